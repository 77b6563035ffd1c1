package tap

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
)

// Program returns the name of the program's file. It lies in PATH too, for shells: in the directory that testscript
// makes for the programs that the test binary can be.
func Program(t *testing.T) string {
	t.Helper()
	file, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var buildOnce = sync.OnceValues(buildProgram) //nolint:gochecknoglobals // one build serves all tests of this package

// buildProgram builds the program as it is released, with the race detector where the tests have it.
func buildProgram() (file string, err error) {
	target, err := exec.LookPath("small-target")
	if err != nil {
		return "", err
	}
	file = filepath.Join(filepath.Dir(target), "tap-zendesk-talk"+filepath.Ext(target))
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", file, "..")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if raced := (debug.BuildSetting{Key: "-race", Value: "true"}); slices.Contains(settingsOfTests(), raced) {
		build.Env = append(build.Env, "CGO_ENABLED=1", "GOFLAGS=-race")
	}
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return file, nil
}

// settingsOfTests returns how the test binary was built.
func settingsOfTests() []debug.BuildSetting {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	return info.Settings
}

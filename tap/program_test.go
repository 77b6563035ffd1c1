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
	args := []string{"build", "-buildvcs=false", "-ldflags=-s -w", "-o", file}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{
		Key: "-race", Value: "true",
	}) {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "..")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return file, nil
}

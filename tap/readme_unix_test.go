//go:build unix

package tap_test

import (
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The served simulator of the README gives the tap what it promises, by the commands as they are printed, but for the
// port.
func TestReadmeServesTheSimulatedAccount(t *testing.T) {
	t.Parallel()
	block := regexp.MustCompile("(?s)```sh\n([^`]*talksim/serve[^`]*)```").FindStringSubmatch(readRoot(t, "README.md"))
	if block == nil {
		t.Fatal("README.md has no ```sh block that serves the simulated account")
	}
	address := unusedAddress(t)
	dir := copySource(t)
	commands := strings.ReplaceAll(block[1], "127.0.0.1:8080", address)
	shell := exec.CommandContext(t.Context(), "bash", "-e", "-c", commands)
	shell.Dir = dir
	// Without the folder's name in the programs, the next run of this test finds them in the build cache.
	shell.Env = append(shell.Environ(), "GOFLAGS=-trimpath")
	shell.WaitDelay = time.Second // for a server that outlives the shell and holds its stderr
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	t.Cleanup(func() { _ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) })
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, abridged(string(out)))
	}
	got := readFile(t, filepath.Join(dir, "calls-and-legs.jsonl"))
	for _, stream := range []string{"calls", "legs"} {
		if !strings.Contains(got, `{"type":"RECORD","stream":"`+stream+`"`) {
			t.Errorf("calls-and-legs.jsonl has no record of %s:\n%s", stream, abridged(got))
		}
	}
	if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", address); err == nil {
		t.Error("the server still runs after kill %1")
	}
}

// unusedAddress returns an address to listen on later. Its port lies below those that systems give away by themselves,
// or another test would take it while the server is being built, and answer in its place, or never.
func unusedAddress(t *testing.T) string {
	t.Helper()
	var problem error
	for range 10 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(10_000)))
		var free net.Listener
		if free, problem = new(net.ListenConfig).Listen(t.Context(), "tcp", address); problem == nil {
			if err := free.Close(); err != nil {
				t.Fatal(err)
			}
			return address
		}
	}
	t.Fatalf("found no port to listen on: %v", problem)
	return ""
}

package tap_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// In a container the script is process 1, to which the kernel gives no signal that it does not handle. Its end is
// that of the container's other processes.
func TestPipeScriptAsProcess1(t *testing.T) {
	t.Parallel()
	namespace := []string{"unshare", "--pid", "--fork", "--kill-child"}
	if os.Geteuid() != 0 {
		namespace = append(namespace, "--user", "--map-root-user") // where the kernel lets everybody make one
	}
	for _, c := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGTERM, 143}, {syscall.SIGINT, 130}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			t.Parallel()
			s := newSyncDirectory(t, "hang@3")
			p := s.start(t, s.wrapped(append(namespace, "../docs/sync.sh", s.dir, "small-target")...))
			s.midway(t)
			pid := p.cmd.Process.Pid
			children := readFile(t, fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
			script, err := strconv.Atoi(strings.TrimSpace(children))
			if err != nil {
				t.Fatalf("unshare's children are %q, want one:\n%s", children, p.wholeLog())
			}
			if err := syscall.Kill(script, c.signal); err != nil {
				t.Fatal(err)
			}
			s.ended(t, p, c.code)
			s.checkKept(t)
		})
	}
}

// A disk that is really full: a file system of four pages, one of which is left when the run begins.
func TestPipeScriptOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := newSyncDirectory(t)
	namespace := []string{"unshare", "--mount"}
	if os.Geteuid() != 0 {
		namespace = append(namespace, "--user", "--map-root-user")
	}
	p := s.start(t, s.wrapped(append(namespace, "bash", "-c", `
		config=$(cat "$1/config.json")
		mount -t tmpfs -o size=16k talk "$1" || exit
		echo "$config" >"$1/config.json"
		printf %s "$2" >"$1/state.json"
		head -c 8192 /dev/zero >"$1/filler"
		../docs/sync.sh "$1" small-target states
		code=$?
		[ "$(cat "$1/state.json")" = "${2%?}" ] || echo "state.json holds $(cat "$1/state.json")" >&2
		exit $code`, "bash", s.dir, oldState)...))
	s.ended(t, p, 74)
	if log := p.lastLogLine(); !strings.HasPrefix(log, "CRITICAL sync.sh: the last state could not be kept") {
		t.Errorf("the run should end in what went wrong:\n%s", p.wholeLog())
	}
}

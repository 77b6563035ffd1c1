//go:build unix

package tap_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

// A syncDirectory is a directory that docs/sync.sh works in, with a phone desk's account.
type syncDirectory struct {
	*servedDesk
	dir, temporary string
}

// oldState is a state as an earlier run left it, which no run here could end with.
const oldState = `{"bookmarks":{"calls":{"end_time":7,"seen":[]},"legs":{"end_time":7,"seen":[]}},"old":true}` + "\n"

// newSyncDirectory makes a directory and serves an account of three pages of calls, and more of legs.
func newSyncDirectory(t *testing.T, scenarios ...string) *syncDirectory {
	t.Helper()
	tap.Program(t) // for PATH
	served := serveDesk(t, 100, append([]string{"page-size=40"}, scenarios...)...)
	return &syncDirectory{served, filepath.Dir(config(t, served.url)), t.TempDir()}
}

// command returns the command line that runs the script with the small target, as the leader of a process group.
func (s *syncDirectory) command(behaviour ...string) *exec.Cmd {
	return s.wrapped(append([]string{"../docs/sync.sh", s.dir, "small-target"}, behaviour...)...)
}

func (s *syncDirectory) wrapped(words ...string) *exec.Cmd {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(os.Environ(), "TMPDIR="+s.temporary)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// start starts a command; its whole group ends with the test.
func (s *syncDirectory) start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := startCmd(t, cmd)
	t.Cleanup(func() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) })
	return p
}

// run runs the script to its end.
func (s *syncDirectory) run(t *testing.T, want int, behaviour ...string) *process {
	t.Helper()
	p := s.start(t, s.command(behaviour...))
	s.ended(t, p, want)
	return p
}

// ended waits for the end of a run, and checks that nothing of it is left: no process, which would hold stderr
// open, and no file.
func (s *syncDirectory) ended(t *testing.T, p *process, want int) {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patient):
		t.Fatalf("still running after %s", patient)
	}
	log := p.wholeLog()
	if got := p.cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("got exit code %d, want %d; stderr:\n%s", got, want, log)
	}
	for _, litter := range []string{filepath.Join(s.dir, "state.json.new"), filepath.Join(s.temporary, "*")} {
		if found, err := filepath.Glob(litter); err != nil || len(found) > 0 {
			t.Errorf("left behind: %q (%v)", found, err)
		}
	}
}

// state returns what state.json holds, which has to be one line with one JSON object at any moment.
func (s *syncDirectory) state(t *testing.T) string {
	t.Helper()
	state := readFile(t, filepath.Join(s.dir, "state.json"))
	if !strings.HasSuffix(state, "\n") || !gjson.Valid(state) || !gjson.Parse(state).IsObject() {
		t.Fatalf("state.json holds %q", state)
	}
	return state
}

// writeState writes a state as an earlier run left it.
func (s *syncDirectory) writeState(t *testing.T, state string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "state.json"), []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
}

// midway waits until the state of two pages is kept, while the request for the third hangs.
func (s *syncDirectory) midway(t *testing.T) {
	t.Helper()
	s.wait(t, 3)
	deadline := time.After(patient)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	kept := func() bool {
		requests := s.sim.Requests() // the third has come, but may not be noted yet
		state := readFile(t, filepath.Join(s.dir, "state.json"))
		return len(requests) == 3 && gjson.Get(state, "bookmarks.calls.end_time").Int() == requests[2].Start
	}
	for !kept() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the state of two pages was not kept, but %s", s.state(t))
		}
	}
}

// checkKept checks that a run that was stopped midway kept its state, and returns where that leads to.
func (s *syncDirectory) checkKept(t *testing.T) (from int64) {
	t.Helper()
	from = gjson.Get(s.state(t), "bookmarks.calls.end_time").Int()
	if want := s.sim.Requests()[2].Start; from != want {
		t.Errorf("the state kept leads to %d, want %d: two pages were stored", from, want)
	}
	return from
}

// checkResumes checks that a run that was stopped midway kept its state, and that a second one brings the rest.
func (s *syncDirectory) checkResumes(t *testing.T) {
	t.Helper()
	from := s.checkKept(t)
	before := len(s.sim.Requests())
	s.run(t, 0)
	if got := s.sim.Requests()[before].Start; got != from {
		t.Errorf("the second run began at %d, want %d", got, from)
	}
	s.checkStored(t)
}

// checkStored checks that the target has every row, and returns what it has.
func (s *syncDirectory) checkStored(t *testing.T) (rows string) {
	t.Helper()
	rows = readFile(t, filepath.Join(s.dir, "rows"))
	s.checkComplete(t, result{stdout: rows})
	return rows
}

// TestPipeScript is about docs/sync.sh.
func TestPipeScript(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"keeps-the-last-state":             testPipeGood,
		"keeps-the-state-of-a-failed-tap":  testPipeTapFails,
		"signals":                          testPipeSignals,
		"second-signal-ends-the-target":    testPipeSecondSignal,
		"takes-nothing-else-for-a-state":   testPipeChatter,
		"target-that-dies-ends-the-tap":    testPipeTargetDies,
		"full-disk-leaves-the-old-state":   testPipeFullDisk,
		"no-second-run":                    testPipeLock,
		"no-second-run-without-flock":      testPipePerlLock,
		"selects-by-catalog.json":          testPipeCatalog,
		"wrong-usage-and-unknown-programs": testPipeUsage,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

func testPipeGood(t *testing.T) {
	s := newSyncDirectory(t)
	s.run(t, 0)
	state := gjson.Parse(s.state(t))
	if state.Get("currently_syncing").Type != gjson.Null || state.Get("bookmarks.legs.end_time").Int() == 0 {
		t.Errorf("state.json is not the last state: %s", state.Raw)
	}
	rows := s.checkStored(t)
	s.run(t, 0)
	if s.checkStored(t) != rows {
		t.Error("a run without news brought rows")
	}
}

func testPipeTapFails(t *testing.T) {
	s := newSyncDirectory(t, "403-role@3")
	s.run(t, 1)
	if got := gjson.Get(s.state(t), "bookmarks.calls.end_time").Int(); got <= s.sim.Requests()[1].Start {
		t.Errorf("the state kept leads to %d, want it behind the second page", got)
	}
	s.run(t, 0)
	s.checkStored(t)
}

// Whatever ends a run midway, the state of two pages is kept and nothing goes on running.
func testPipeSignals(t *testing.T) {
	// Under nohup a hang-up is ignored, and what this process ignores so do its children.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(hangups) })
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		group  bool // the signal goes to the whole process group, as Airflow and terminals send it
		code   int
	}{
		{"terminate", syscall.SIGTERM, false, 143},
		{"interrupt", syscall.SIGINT, false, 130},
		{"terminate-group", syscall.SIGTERM, true, 143},
		{"interrupt-group", syscall.SIGINT, true, 130},
		{"hang-up-group", syscall.SIGHUP, true, 129},
		{"kill-group", syscall.SIGKILL, true, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSyncDirectory(t, "hang@3")
			p := s.start(t, s.command())
			s.midway(t)
			target := p.cmd.Process.Pid
			if c.group {
				target = -target
			}
			if err := syscall.Kill(target, c.signal); err != nil {
				t.Fatal(err)
			}
			s.ended(t, p, c.code)
			s.checkKept(t)
			if c.signal == syscall.SIGKILL {
				s.checkResumes(t)
			}
		})
	}
}

// The first signal ends the tap, and the target may store what it was given. If it takes too long for whoever sends
// a second, that one ends the target.
func testPipeSecondSignal(t *testing.T) {
	s := newSyncDirectory(t, "hang@3")
	p := s.start(t, s.command("stays"))
	s.midway(t)
	p.signal(t, syscall.SIGTERM)
	p.waitFor(t, "small-target stays") // its input has ended, so the tap has
	p.signal(t, syscall.SIGTERM)
	s.ended(t, p, 143)
	s.checkKept(t)
}

func testPipeChatter(t *testing.T) {
	s := newSyncDirectory(t)
	s.writeState(t, oldState)
	s.run(t, 0, "chatter")
	if got := s.state(t); got != oldState {
		t.Errorf("state.json was replaced by %q", got)
	}

	s = newSyncDirectory(t)
	s.writeState(t, oldState)
	s.run(t, 3, "torn")
	if got := gjson.Get(s.state(t), "bookmarks.legs.end_time").Int(); got <= 7 {
		t.Errorf("the last whole state was not kept, but %s", s.state(t))
	}
}

// A target that dies while the tap waits for an answer ends the run at once, with the target's code.
func testPipeTargetDies(t *testing.T) {
	s := newSyncDirectory(t, "hang@2")
	s.run(t, 3, "dies")
	if got := gjson.Get(s.state(t), "bookmarks.calls.end_time"); got.Int() != 0 {
		t.Errorf("a state was kept of rows that are not stored: %s", got.Raw)
	}
}

// A disk that takes no more bytes: here, a limit on the size of files, which needs no root.
func testPipeFullDisk(t *testing.T) {
	s := newSyncDirectory(t)
	s.writeState(t, oldState)
	limited := `trap "" XFSZ; ulimit -f 0; exec ../docs/sync.sh "$1" small-target states`
	full := s.start(t, s.wrapped("bash", "-c", limited, "bash", s.dir))
	s.ended(t, full, 74)
	if got := s.state(t); got != oldState {
		t.Errorf("state.json holds %q, want the old state", got)
	}
	log := full.wholeLog()
	if strings.Count(log, "is the disk full? The one before it stays") != 1 {
		t.Errorf("stderr should say once that states can't be kept:\n%s", log)
	}
	if !strings.HasPrefix(full.lastLogLine(), "CRITICAL sync.sh: the last state could not be kept") {
		t.Errorf("the run should end in what went wrong:\n%s", log)
	}
	s.run(t, 0)
	s.checkStored(t)
}

func testPipeLock(t *testing.T) {
	s := newSyncDirectory(t, "hang@3")
	first := s.start(t, s.command())
	s.midway(t)
	second := s.start(t, s.command())
	<-second.exited
	busy := "another run is at work in " + s.dir
	if got := second.cmd.ProcessState.ExitCode(); got != 75 || !strings.Contains(second.lastLogLine(), busy) {
		t.Errorf("a second run exits %d and says %q, want 75 and why", got, second.lastLogLine())
	}
	// The script alone is killed: tap and target live on.
	if err := syscall.Kill(first.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-first.exited
	orphans := s.start(t, s.command())
	<-orphans.exited
	if got := orphans.cmd.ProcessState.ExitCode(); got != 75 {
		t.Errorf("while tap and target of a killed script are at work, a run exits %d, want 75", got)
	}
	if err := syscall.Kill(-first.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	first.wholeLog() // ends with the last of them
	s.checkResumes(t)
}

// macOS has no flock, but Perl.
func testPipePerlLock(t *testing.T) {
	s := newSyncDirectory(t, "hang@3")
	bin := t.TempDir()
	for name := range strings.FieldsSeq("bash perl mktemp mkfifo rm mv sync tap-zendesk-talk small-target") {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	start := func() *process {
		cmd := s.command()
		cmd.Env = append(cmd.Env, "PATH="+bin)
		return s.start(t, cmd)
	}
	first := start()
	s.midway(t)
	second := start()
	<-second.exited
	if got := second.cmd.ProcessState.ExitCode(); got != 75 {
		t.Errorf("a second run exits %d, want 75:\n%s", got, second.wholeLog())
	}
	first.signal(t, syscall.SIGTERM)
	s.ended(t, first, 143)
	if err := os.Remove(filepath.Join(bin, "perl")); err != nil {
		t.Fatal(err)
	}
	without := start()
	<-without.exited
	got, says := without.cmd.ProcessState.ExitCode(), without.lastLogLine()
	if got != 74 || !strings.Contains(says, "neither flock nor perl") {
		t.Errorf("without a way to lock, a run exits %d and says %q", got, says)
	}
}

func testPipeCatalog(t *testing.T) {
	s := newSyncDirectory(t)
	catalog := catalogWith(t, func(streams map[string]map[string]any) {
		root := map[string]any{"breadcrumb": []any{}, "metadata": map[string]any{"selected": false}}
		streams["legs"]["metadata"] = []any{root}
	})
	if err := os.Rename(catalog, filepath.Join(s.dir, "catalog.json")); err != nil {
		t.Fatal(err)
	}
	s.run(t, 0)
	rows := readFile(t, filepath.Join(s.dir, "rows"))
	if strings.Contains(rows, `"stream":"legs"`) || !strings.Contains(rows, `"stream":"calls"`) {
		t.Error("catalog.json deselects legs: want calls, and no legs")
	}
}

func testPipeUsage(t *testing.T) {
	s := newSyncDirectory(t)
	for _, c := range []struct {
		words []string
		code  int
		says  string
	}{
		{[]string{"../docs/sync.sh"}, 2, "usage: sync.sh DIRECTORY TARGET [ARGUMENT...]"},
		{[]string{"../docs/sync.sh", s.dir}, 2, "usage: sync.sh DIRECTORY TARGET [ARGUMENT...]"},
		{[]string{"../docs/sync.sh", s.dir + "/nowhere", "small-target"}, 2, "there is no directory " + s.dir},
		{[]string{"../docs/sync.sh", s.dir, "no-such-target"}, 127, "no-such-target"},
	} {
		p := s.start(t, s.wrapped(c.words...))
		s.ended(t, p, c.code)
		if !strings.Contains(p.wholeLog(), c.says) {
			t.Errorf("%q: stderr lacks %q:\n%s", c.words, c.says, p.wholeLog())
		}
	}
}

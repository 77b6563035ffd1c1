//go:build unix

package tap_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const broken = "CRITICAL writing to stdout: broken pipe; look at the program that reads it, or at the disk behind it"

// A stdout that takes no more ends the run with exit code 1 and says so. A stderr that takes no more is no reason to
// fail.
func testPipes(t *testing.T, program string) {
	desk := serveDesk(t, 250)
	file := config(t, desk.url)
	t.Run("reader-gone", func(t *testing.T) { // tap | head -1
		t.Parallel()
		p := start(t, program, false, "--config", file)
		readRecords(t, p.stdout, 1)
		if err := p.stdout.Close(); err != nil {
			t.Fatal(err)
		}
		p.fails(t, broken)
	})
	for name, args := range map[string][]string{
		"sync":     {"--config", file},
		"discover": {"--discover"},
		"about":    {"--about"},
	} {
		t.Run("reader-never-there-"+name, func(t *testing.T) {
			t.Parallel()
			r, w := pipe(t)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(program, args...)
			cmd.Stdout = w
			startCmd(t, cmd).fails(t, broken)
		})
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			continue // only Linux has it
		}
		t.Cleanup(func() { _ = full.Close() })
		t.Run("disk-full-"+name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(program, args...)
			cmd.Stdout = full
			startCmd(t, cmd).fails(t, strings.Replace(broken, "broken pipe", "no space left on device", 1))
		})
	}
	t.Run("stderr-closed", func(t *testing.T) {
		t.Parallel()
		cmd := exec.Command("sh", "-c", `exec "$0" "$@" 2>&-`, program, "--config", file)
		desk.checkWhole(t, cmd)
	})
	t.Run("stderr-reader-gone", func(t *testing.T) {
		t.Parallel()
		r, w := pipe(t)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, "--config", file)
		cmd.Stderr = w
		desk.checkWhole(t, cmd)
	})
}

// checkWhole runs a command and checks that it brings the whole account.
func (d *servedDesk) checkWhole(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("the program failed: %v", err)
	}
	d.checkComplete(t, result{stdout: string(stdout)})
}

// A process is the program at work.
type process struct {
	cmd    *exec.Cmd
	stdout *os.File // to read from
	exited chan struct{}

	mu   sync.Mutex
	log  strings.Builder // stderr
	line *sync.Cond      // at each line, and at the end
	over bool
}

// start starts the program. With merged, stderr goes where stdout does.
func start(t *testing.T, program string, merged bool, args ...string) *process {
	t.Helper()
	stdout, writeOut := pipe(t)
	cmd := exec.Command(program, args...)
	cmd.Stdout = writeOut
	if merged {
		cmd.Stderr = writeOut
	}
	p := startCmd(t, cmd)
	p.stdout = stdout
	if err := writeOut.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

// startCmd starts a command and collects its stderr, unless that goes elsewhere.
func startCmd(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, exited: make(chan struct{})}
	p.line = sync.NewCond(&p.mu)
	stderr, writeErr := pipe(t)
	if cmd.Stderr == nil {
		cmd.Stderr = writeErr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := writeErr.Close(); err != nil {
		t.Fatal(err)
	}
	go p.readLog(stderr)
	go func() { _ = p.cmd.Wait(); close(p.exited) }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.exited })
	return p
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r, w
}

// readLog collects stderr.
func (p *process) readLog(stderr io.Reader) {
	lines := bufio.NewReader(stderr)
	for {
		line, err := lines.ReadString('\n')
		p.mu.Lock()
		p.log.WriteString(line)
		p.over = err != nil
		p.line.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// waitFor waits until stderr has a line that holds text.
func (p *process) waitFor(t *testing.T, text string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !strings.Contains(p.log.String(), text) {
		if p.over {
			t.Fatalf("stderr ended without %q:\n%s", text, p.log.String())
		}
		p.line.Wait()
	}
}

// wholeLog returns stderr once it has ended.
func (p *process) wholeLog() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.over {
		p.line.Wait()
	}
	return p.log.String()
}

func (p *process) lastLogLine() string {
	log := strings.TrimSuffix(p.wholeLog(), "\n")
	return log[strings.LastIndexByte(log, '\n')+1:]
}

// collect reads f to its end; call the result to wait for that and get it.
func (p *process) collect(f io.Reader) func() string {
	all := make(chan string, 1)
	go func() {
		data, _ := io.ReadAll(f) // what came is looked at
		all <- string(data)
	}()
	return func() string { return <-all }
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

// end sends a signal, and checks that the program ends in time with that signal's exit code and a last word.
func (p *process) end(t *testing.T, s syscall.Signal, limit time.Duration) {
	t.Helper()
	sent := time.Now()
	p.signal(t, s)
	p.exits(t, 128+int(s))
	if took := time.Since(sent); took > limit {
		t.Errorf("the program ended %s after %s, want %s at most", took, s, limit)
	}
	if p.cmd.Stderr != p.cmd.Stdout && !strings.HasPrefix(p.lastLogLine(), "CRITICAL ") {
		t.Errorf("the last line on stderr is %q, want a CRITICAL one", p.lastLogLine())
	}
}

// exits waits for the program, and checks its exit code and that it left no stack trace.
func (p *process) exits(t *testing.T, code int) {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patient):
		t.Fatalf("the program still runs after %s; it said\n%s", patient, p.log.String())
	}
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("got exit code %d (%s), want %d\n%s", got, p.cmd.ProcessState, code, p.wholeLog())
	}
	if log := p.wholeLog(); strings.Contains(log, "goroutine ") || strings.Contains(log, "panic") {
		t.Errorf("stderr holds a stack trace:\n%s", log)
	}
}

// readRecords reads until that many RECORD lines came.
func readRecords(t *testing.T, r io.Reader, n int) {
	t.Helper()
	one := make([]byte, 1)
	var line []byte
	for n > 0 {
		if _, err := r.Read(one); err != nil {
			t.Fatalf("reading stdout: %v", err)
		}
		line = append(line, one[0])
		if one[0] == '\n' {
			if bytes.HasPrefix(line, []byte(`{"type":"RECORD"`)) {
				n--
			}
			line = line[:0]
		}
	}
}

// fails waits for the program to end with exit code 1 and the given last line on stderr.
func (p *process) fails(t *testing.T, last string) {
	t.Helper()
	p.exits(t, 1)
	if got := p.lastLogLine(); got != last {
		t.Errorf("last line on stderr:\n got %s\nwant %s", got, last)
	}
}

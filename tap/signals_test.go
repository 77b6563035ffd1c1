//go:build unix

package tap_test

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

const (
	soon    = 2900 * time.Millisecond // limit if somebody reads stdout: less than the watch over a stuck pipe waits
	atLast  = 7 * time.Second         // limit if nobody does: the promised 5 s, and what a busy machine adds
	patient = time.Minute             // longest time for all else
)

// TestProgram tests the program as the operating system sees it: its signals, pipes and proxies.
func TestProgram(t *testing.T) {
	t.Parallel()
	program := tap.Program(t)
	for _, c := range []struct {
		name string
		test func(*testing.T, string)
	}{ // those first that wait longest
		{"signals-at-slow-reader", testSignalsAtSlowReader},
		{"signals-at-full-pipe", testSignalsAtFullPipe},
		{"signals", testSignals},
		{"pipes", testPipes},
		{"proxies", testProxies},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, program)
		})
	}
}

// A signal must end the real program at once with its own exit code, wherever it meets it. What was written until then
// ends in a whole STATE, and a run from there brings the rest.
func testSignals(t *testing.T, program string) {
	for _, c := range []struct {
		name      string
		scenarios []string
		settings  string
		arrived   int    // the signal is sent when so many requests have arrived,
		logged    string // or when stderr has a line that holds this
	}{
		{name: "in-the-first-request", scenarios: []string{"hang"}, arrived: 1},
		{name: "in-a-later-request", scenarios: []string{"page-size=40", "hang@3"}, arrived: 3},
		{name: "in-a-body", scenarios: []string{"page-size=40", "slow=1h:10@2"}, arrived: 2},
		{name: "in-a-wait-for-the-limit", scenarios: []string{"page-size=40", "429=500@2"}, logged: "waiting"},
		{name: "in-a-wait-after-an-error", scenarios: []string{"503=500"}, logged: "waiting"},
		{
			name:      "in-a-wait-for-the-pace",
			scenarios: []string{"page-size=40"},
			settings:  `"requests_per_minute":2`,
			logged:    "waiting",
		},
	} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(c.name+"-"+signal.String(), func(t *testing.T) {
				t.Parallel()
				served := serveDesk(t, 100, c.scenarios...)
				pace := cmp.Or(c.settings, `"requests_per_minute":1000`)
				file := config(t, served.url, `"max_retry_seconds":900`, pace)
				p := start(t, program, false, "--config", file)
				stdout := p.collect(p.stdout)
				if c.arrived > 0 {
					served.wait(t, c.arrived)
				} else {
					p.waitFor(t, c.logged)
				}
				p.end(t, signal, soon)
				served.checkResumable(t, stdout())
			})
		}
	}
}

// A signal ends the program even if nobody reads stdout and the pipe is full, so that there is no way to write the
// STATE.
func testSignalsAtFullPipe(t *testing.T, program string) {
	for _, c := range []struct {
		name    string
		merged  bool // stderr goes into the same pipe
		signals []syscall.Signal
	}{
		{"interrupt", false, []syscall.Signal{syscall.SIGINT}},
		{"terminate", false, []syscall.Signal{syscall.SIGTERM}},
		{"second-signal", false, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGINT}},
		{"stderr-too", true, []syscall.Signal{syscall.SIGTERM}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			served := serveDesk(t, 250)
			p := start(t, program, c.merged, "--config", config(t, served.url))
			readRecords(t, p.stdout, 10) // then no more: the rest of the page fills the pipe
			for _, s := range c.signals[1:] {
				defer time.AfterFunc(500*time.Millisecond, func() { p.signal(t, s) }).Stop()
			}
			p.end(t, c.signals[0], atLast)
			if !c.merged && !strings.Contains(p.lastLogLine(), "perhaps since nobody reads stdout") {
				t.Errorf("last line on stderr is %q, want it to say that nobody reads stdout", p.lastLogLine())
			}
		})
	}
}

// A reader that takes 100 KB/s is still a reader: the line in work is finished, and the STATE behind it written.
func testSignalsAtSlowReader(t *testing.T, program string) {
	served := serveDesk(t, 500)
	p := start(t, program, false, "--config", config(t, served.url))
	var stdout bytes.Buffer
	done := make(chan error)
	half := make(chan struct{})
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			<-tick.C
			if _, err := io.CopyN(&stdout, p.stdout, 10_000); err != nil {
				done <- err
				return
			}
			if n == 10 {
				close(half)
			}
		}
	}()
	<-half
	p.end(t, syscall.SIGTERM, atLast)
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if stdout.Len() > 300_000 {
		t.Errorf("got %d bytes: the rest of the page should have been left out, or it would take ten seconds",
			stdout.Len())
	}
	served.checkResumable(t, stdout.String())
	counted, written := 0, strings.Count(stdout.String(), `"type":"RECORD"`)
	for _, m := range regexp.MustCompile(`"record_count","value":(\d+)`).FindAllStringSubmatch(p.wholeLog(), -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		counted += n
	}
	if counted != written {
		t.Errorf("the log counts %d records, stdout holds %d", counted, written)
	}
}

// servedDesk serves the account of a phone desk and tells when requests come.
type servedDesk struct {
	calls   int
	url     string
	sim     *talksim.Sim
	request chan struct{}
}

func serveDesk(t *testing.T, calls int, scenarios ...string) *servedDesk {
	t.Helper()
	made, err := faults.Scenarios(scenarios...)
	if err != nil {
		t.Fatal(err)
	}
	d := &servedDesk{calls: calls, request: make(chan struct{}, 1000)}
	d.sim = talksim.New(talksim.Config{
		Account: desk.Account(1, time.Unix(desk.DemoNow, 0), calls), Scenarios: made,
		Now: func() time.Time { return time.Unix(desk.DemoNow, 0) },
	})
	d.url = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.request <- struct{}{}
		d.sim.ServeHTTP(w, r)
	}))
	return d
}

// wait waits until n requests have come.
func (d *servedDesk) wait(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		select {
		case <-d.request:
		case <-time.After(patient):
			t.Fatalf("got %d requests, want %d", i, n)
		}
	}
}

// checkResumable checks that an interrupted run's stdout keeps to the protocol, so that it ends in a STATE, and that a
// run from that STATE brings all that is missing.
func (d *servedDesk) checkResumable(t *testing.T, stdout string) {
	t.Helper()
	first := result{stdout: stdout}
	if problems := nonconforming([]byte(stdout), nil); len(problems) > 0 {
		t.Errorf("stdout breaks the protocol:\n%s", strings.Join(problems, "\n"))
	}
	state := first.lastState(t)
	whole := serveDesk(t, d.calls)
	second := run(t, 0, "--config", config(t, whole.url), "--state", write(t, "state.json", state.Raw))
	d.checkComplete(t, first, second)
}

// checkComplete checks that runs together brought every row.
func (d *servedDesk) checkComplete(t *testing.T, runs ...result) {
	t.Helper()
	for _, stream := range []string{talksim.Calls, talksim.Legs} {
		got := make(map[int64]bool)
		for _, run := range runs {
			for _, r := range run.records(stream) {
				got[r.Get("id").Int()] = true
			}
		}
		want := d.sim.Account().Final(stream, desk.DemoNow)
		for id := range want {
			if !got[id] {
				t.Errorf("%s: row %d is missing", stream, id)
			}
		}
	}
}

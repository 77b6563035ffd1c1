package tap

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// A run to which nothing is new costs next to nothing: three requests a stream at most, no record, no waiting, with the
// allowance that every account has.
func TestIdleRun(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]time.Duration{
		"at once": 0, "ten minutes later": 10 * time.Minute, "a day later": 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				account := desk.Account(1, time.Now(), 700)
				p := newPlayer(t, &history{account: account, pageSize: 1000, settle: 300, end: talk.NoEnd})
				p.rate, p.target.existed = 10, func(rowKey, string) bool { return true }
				if got := runOnce(t, p); got.records < 700 {
					t.Fatalf("got %d records, want those of 700 calls", got.records)
				}
				time.Sleep(time.Minute + later)
				runOnce(t, p) // what has happened meanwhile
				time.Sleep(time.Minute)
				got := runOnce(t, p)
				if got.records != 0 || got.took != 0 {
					t.Errorf("got %d records in %s, want none at once", got.records, got.took)
				}
				for stream, n := range got.requests {
					if n > 3 {
						t.Errorf("got %d requests for %s, want at most 3", n, stream)
					}
				}
			})
		})
	}
}

// More rows than seen holds, none of them settled: the next run repeats exactly those that the warning speaks of.
func TestMoreRowsThanSeenHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		account := &talksim.Account{}
		for id := range int64(5120) {
			account.Calls = append(account.Calls, talksim.SimpleRow(talksim.Calls, id+1, bubbleStart-600+id/10))
		}
		p := newPlayer(t, &history{account: account, pageSize: 1000, settle: 900, end: talk.NoEnd})
		p.target.repeatable = func(rowKey, int64) bool { return true }
		p.target.existed = func(rowKey, string) bool { return true }
		first, second := runOnce(t, p), runOnce(t, p)
		if first.records != 5120 || second.records != 120 {
			t.Errorf("got %d records and %d when run again, want 5120 and 120", first.records, second.records)
		}
		if !strings.Contains(first.warnings, "all but the newest 5000 may be emitted once more") {
			t.Errorf("got warnings %q, want one that tells which rows may come again", first.warnings)
		}
	})
}

// A state is read by later versions on other machines, so what it says of a record must never change: the fingerprint
// is the xxhash64 of the bytes {"id":7,"updated_at":"1999-12-31T23:59:50Z","note":"größer"}.
func TestStateIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const at = bubbleStart - 10
		version := talksim.Version{Updated: at, Visible: at, Body: body(7, at, "größer")}
		row := talksim.History{ID: 7, Versions: []talksim.Version{version}}
		account := &talksim.Account{Calls: []talksim.History{row}}
		p := newPlayer(t, &history{account: account, pageSize: 10, settle: 300, end: talk.NoEnd})
		runOnce(t, p)
		want := `{"bookmarks":{"calls":{"end_time":946684500,"seen":["946684790:7:9d40c3d083a4e6f6"],` +
			`"seen_from":946684500}},"currently_syncing":null}`
		if got := string(p.target.state); got != want {
			t.Errorf("got state %s, want %s: states that were saved before would be misread", got, want)
		}
	})
}

// outcome is what came of a run.
type outcome struct {
	records  int
	requests map[string]int // by endpoint
	took     time.Duration
	warnings string
}

// runOnce runs the tap to its end.
func runOnce(t *testing.T, p *player) outcome {
	t.Helper()
	notes := &noteTaker{}
	before, began := len(p.sim.Requests()), time.Now()
	p.target.begin(-1)
	if err := p.launch(t.Context(), slog.New(notes), p.target); err != nil {
		t.Fatal(err)
	}
	o := outcome{p.target.records, map[string]int{}, time.Since(began), strings.Join(notes.warnings, "\n")}
	for _, r := range p.sim.Requests()[before:] {
		o.requests[r.Endpoint]++
	}
	if len(p.target.problems) > 0 {
		t.Error(strings.Join(p.target.problems, "\n"))
	}
	return o
}

package talksim_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// A page cut short by the filter still leads on, and hidden rows are no part of the truth.
func TestFilterAfterCount(t *testing.T) {
	t.Parallel()
	cfg := talksim.Config{Account: desk.Account(2, demoClock(), 500), Now: demoClock, PageSize: 50}
	sim := newSim(t, cfg, "filter-after-count")
	final := sim.Account().Final(talksim.Calls, desk.DemoNow)
	url, short := origin+stats+"calls?start_time=0", 0
	got := make(map[string]bool)
	for range 100 {
		e := page(t, sim, url)
		for id := range strings.FieldsSeq(e.ids()) {
			got[id] = true
		}
		if len(e.Calls) < 50 {
			short++
		}
		if e.next() == url {
			break
		}
		url = e.next()
	}
	if len(final) == 500 || len(got) != len(final) {
		t.Errorf("read %d rows, want %d, fewer than 500", len(got), len(final))
	}
	if short < 5 {
		t.Errorf("%d short pages, want most", short)
	}
}

// History scenarios keep the truth: a reader who asks at the end sees what Final says.
func TestHistoryScenarios(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		spec  string
		notes [3]string // of row 3 now, 70 s and 140 s later
	}{
		{"aba", [3]string{"", "4711", ""}},
	} {
		account := &talksim.Account{}
		for id := range int64(60) {
			account.Calls = append(account.Calls, talksim.SimpleRow(talksim.Calls, id, 9_990))
		}
		sim := newSim(t, talksim.Config{Account: account}, test.spec)
		var got [3]string
		for i := range got {
			_, body, err := get(t, sim, origin+stats+"calls?start_time=0")
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(body, []byte("4711")) {
				got[i] = "4711"
			}
			for id, want := range sim.Account().Final(talksim.Calls, sim.Now().Unix()) {
				if !bytes.Contains(body, want) {
					t.Errorf("%s, step %d: row %d is not served as Final has it", test.spec, i, id)
				}
			}
			sim.Advance(70 * time.Second)
		}
		if got != test.notes {
			t.Errorf("%s: got %q, want %q", test.spec, got, test.notes)
		}
	}
}

// churn rewrites rows between two requests: read page by page, each rewritten row turns
// up again with a newer updated_at.
func TestChurn(t *testing.T) {
	t.Parallel()
	cfg := talksim.Config{Account: desk.Account(2, demoClock(), 300), Now: demoClock, PageSize: 40}
	sim := newSim(t, cfg, "churn=10s")
	url, again := origin+stats+"calls?start_time=0", 0
	seen := make(map[string]string)
	for range 12 {
		e := page(t, sim, url)
		for _, row := range e.Calls {
			if old, ok := seen[string(row.ID)]; ok && old != string(row.UpdatedAt) {
				again++
			}
			seen[string(row.ID)] = string(row.UpdatedAt)
		}
		url = e.next()
	}
	if again < 3 {
		t.Errorf("%d rows turned up again, want some", again)
	}
	if got := sim.Now().Unix() - desk.DemoNow; got != 120 {
		t.Errorf("the clock moved %d s, want 120", got)
	}
}

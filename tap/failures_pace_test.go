package tap

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// Zendesk allows 10 requests to the exports in any 60 s. A long run at the default setting must never go beyond that as
// the server sees it, nor waste time: of n requests the last can't come before (n-1)/10 whole minutes are over.
func TestPace(t *testing.T) {
	t.Parallel()
	for _, latency := range []string{"latency=0s", "latency=300ms", "jitter=300ms"} {
		t.Run(latency, func(t *testing.T) {
			t.Parallel()
			f := failure{account: manyPages(), scenarios: []string{"limit=10", "page-size=10", latency}}
			args := f.files(t, t.TempDir())
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(time.Unix(night, 0)))
				sim := f.simulator(t)
				o := runProgram(args, nil, sim.Transport())
				if o.code != 0 {
					t.Fatalf("got exit code %d\n%s", o.code, o.stderr)
				}
				checkPace(t, sim.Requests())
			})
		})
	}
}

// manyPages is an account with 60 pages of ten rows in each stream.
func manyPages() *talksim.Account {
	a := &talksim.Account{}
	for i := range int64(600) {
		a.Calls = append(a.Calls, talksim.SimpleRow(talksim.Calls, 1+i, night-86400+i))
		a.Legs = append(a.Legs, talksim.SimpleRow(talksim.Legs, 1+i, night-86400+i))
	}
	return a
}

// checkPace holds the requests of a run to the limit, and to the least time in which they can be made.
func checkPace(t *testing.T, requests []talksim.Received) {
	t.Helper()
	var at []time.Time // of those that count: a token is no export
	for _, r := range requests {
		if r.Endpoint == "token" {
			continue
		}
		at = append(at, r.At)
		if r.Status != 200 {
			t.Errorf("got status %d at request %d: the program's own pace must not let this happen", r.Status, len(at))
		}
	}
	if len(at) < 120 {
		t.Fatalf("got %d requests, want at least the 120 pages", len(at))
	}
	for i := 10; i < len(at); i++ {
		if d := at[i].Sub(at[i-10]); d < time.Minute {
			t.Errorf("requests %d to %d came within %s: at most 10 may in 60 s", i-9, i+1, d)
		}
	}
	least := time.Duration((len(at)-1)/10) * time.Minute
	if took := at[len(at)-1].Sub(at[0]); took > least*102/100 {
		t.Errorf("%d requests took %s, want at most 1.02 × %s, the least that the limit allows", len(at), took, least)
	} else {
		t.Logf("%d requests in %s, %.4f × the least possible", len(at), took, took.Seconds()/least.Seconds())
	}
}

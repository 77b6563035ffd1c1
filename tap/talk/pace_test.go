package talk_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// bubble runs f under a fake clock that begins at a time later than what the simulated accounts hold.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// most is the greatest number of requests to the exports that arrived in any 60 s, both ends included.
func most(requests []talksim.Received) int {
	most := 0
	var in []time.Time
	for _, r := range requests {
		if r.Endpoint == "token" {
			continue
		}
		in = append(in, r.At)
		for r.At.Sub(in[0]) > time.Minute {
			in = in[1:]
		}
		most = max(most, len(in))
	}
	return most
}

// TestPace: 120 pages, never more than the limit in any minute, in hardly more time than
// that takes.
func TestPace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		network string
		latency time.Duration
	}{
		{"latency=0s", 0}, {"latency=300ms", 300 * time.Millisecond}, {"jitter=300ms", 300 * time.Millisecond}, {
			"jitter=5s", 0},
	} {
		t.Run(test.network, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				const pages, limit = 120, 10
				s := sim(t, test.network)
				c := talk.NewClient(settings(t, s.Transport()))
				began := time.Now()
				for i := range pages {
					page(t, c, []talk.Endpoint{calls(), legs()}[i%2])
				}
				got := time.Since(began)
				if n := most(s.Requests()); n > limit {
					t.Errorf("got %d requests in 60 s, want at most %d", n, limit)
				}
				if n := len(s.Requests()); n != pages {
					t.Errorf("got %d requests, want %d: some were refused", n, pages)
				}
				least := (pages/limit-1)*time.Minute + limit*test.latency
				if test.latency > 0 || test.network == "latency=0s" {
					if float64(got) > 1.02*float64(least) {
						t.Errorf("got %v, want at most 1.02 of %v", got, least)
					}
				}
			})
		})
	}
}

// TestPaceBursts: what fits into the limit does not wait.
func TestPaceBursts(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		c := talk.NewClient(settings(t, sim(t).Transport()))
		began := time.Now()
		for range 10 {
			page(t, c, calls())
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("ten requests took %v, want no wait", d)
		}
	})
}

// TestPaceHeaders: a bucket that is used up is waited for, before any 429.
func TestPaceHeaders(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"bucket-header", "ratelimit-header"} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				s := sim(t, header, "stranger=7")
				cfg := settings(t, s.Transport())
				log := &logged{}
				cfg.Log = log.logger()
				c := talk.NewClient(cfg)
				began := time.Now()
				for range 9 {
					page(t, c, calls())
				}
				if d := time.Since(began); d != 2*time.Minute {
					t.Errorf("nine pages at three a minute took %v, want 2m0s", d)
				}
				if n := len(s.Requests()); n != 9 {
					t.Errorf("got %d requests for nine pages: some were refused", n)
				}
				if want := `level=INFO msg="calls: waiting 1m0s until 00:01:00Z: Zendesk says that the allowance ` +
					`is used up" stream=calls`; !strings.Contains(log.String(), want) {
					t.Errorf("got log\n%swant in it\n%s", log, want)
				}
			})
		})
	}
}

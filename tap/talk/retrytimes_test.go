package talk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// TestRetryTimes: how long a page takes when its first answers are refusals. Jitter is
// seeded, so the times are exact; they lie between what the policy of retries asks for and a quarter more.
func TestRetryTimes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		faults string
		least  time.Duration // without jitter
		want   time.Duration // to the second
	}{
		{"429=38@1", 38 * time.Second, 40 * time.Second},
		{"429=date:30@1", 30 * time.Second, 32 * time.Second},
		{"429=none@1", 10 * time.Second, 11 * time.Second},
		{"429=garbage@1", 10 * time.Second, 11 * time.Second},
		{"429=1@1", time.Second, 1 * time.Second},
		{"429=1@1-4", (1 + 6 + 11 + 21) * time.Second, 43 * time.Second},
		{"429=none@1-3", (10 + 20 + 40) * time.Second, 74 * time.Second},
		{"429-json@1", time.Second, 1 * time.Second},
		{"429-export-text=5@1", 5 * time.Second, 5 * time.Second},
		{"429-bucket@1", 38 * time.Second, 40 * time.Second},
		{"429-reset@1", 38 * time.Second, 40 * time.Second},
		{"503=20@1", 20 * time.Second, 21 * time.Second},
		{"503=none@1", 2 * time.Second, 2 * time.Second},
		{"500@1-3", (2 + 4 + 8) * time.Second, 15 * time.Second},
		{"409@1", 2 * time.Second, 2 * time.Second},
		{"504@1-2", (2 + 4) * time.Second, 7 * time.Second},
		{"html@1", 2 * time.Second, 2 * time.Second},
		{"anonymous@1", 2 * time.Second, 2 * time.Second},
		{"204@1", 2 * time.Second, 2 * time.Second},
		{"rows=absent@1", 2 * time.Second, 2 * time.Second},
		{"truncated@1", 2 * time.Second, 2 * time.Second},
		{"cut-body@1", 2 * time.Second, 2 * time.Second},
		{"gzip-lie@1", 2 * time.Second, 2 * time.Second},
		{"gzip-cut@1", 2 * time.Second, 2 * time.Second},
		{"reset@1", 2 * time.Second, 2 * time.Second},
		{"close@1", 2 * time.Second, 2 * time.Second},
		{"hang@1", 302 * time.Second, 302 * time.Second},
		{"500@1,calls 429=none@2,calls", (2 + 10) * time.Second, 13 * time.Second},
	} {
		t.Run(test.faults, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				s := sim(t, strings.Fields(test.faults)...)
				began := time.Now()
				page(t, talk.NewClient(settings(t, s.Transport())), calls())
				got := time.Since(began)
				if got < test.least || got > test.least*5/4 {
					t.Errorf("got %v, want between %v and a quarter more", got, test.least)
				}
				if got.Round(time.Second) != test.want {
					t.Errorf("got %v, want %v with jitter seed 1", got, test.want)
				}
			})
		})
	}
}

// TestGivingUp: what never ends is left after max_retry_seconds, or at once where waiting would be in vain.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		faults string
		after  time.Duration // at least; jitter may add a quarter where it is less than max_retry_seconds
		kind   talk.Kind
		want   string
	}{
		{"503", 15 * time.Minute, talk.KindUnavailable,
			`calls: 503 Service Unavailable from Zendesk (request id 0000000000000013-SIM), after 19 attempts in ` +
				`15m0s`},
		{"429=none", 15 * time.Minute, talk.KindRateLimited,
			`calls: 429 Too Many Requests from Zendesk: "Number of allowed API requests per minute exceeded" ` +
				`(request id 0000000000000011-SIM), after 17 attempts in 15m0s`},
		{"429=3600", 0, talk.KindRateLimited,
			`calls: 429 Too Many Requests from Zendesk: "Number of allowed API requests per minute exceeded" ` +
				`(request id 0000000000000001-SIM)`},
		{"hang", 15 * time.Minute, talk.KindTimeout,
			`calls: no answer from acme.zendesk.com within 4m53.4s, after 3 attempts in 15m0s`},
		{"slow=2s:1", 15 * time.Minute, talk.KindTimeout, `calls: 200 OK, but the body did not end ` +
			`within 4m53.4s ` +
			`(request id 0000000000000003-SIM), after 3 attempts in 15m0s`},
		{"no-host", 0, talk.KindHost, `calls: no such host: acme.zendesk.com`},
		{"certificate", 0, talk.KindCertificateAuthority, `calls: no secure connection to acme.zendesk.com: ` +
			`tls: failed to verify certificate: x509: certificate signed by unknown authority`},
		{"refused", 15 * time.Minute, talk.KindConnection,
			`calls: no answer from acme.zendesk.com: dial tcp: connect: connection refused, after 19 attempts in ` +
				`15m0s`},
		{"html", 15 * time.Minute, talk.KindUnexpected,
			`calls: 200 OK, but an HTML page instead of JSON ` +
				`(request id 0000000000000013-SIM), after 19 attempts in 15m0s`},
		{"truncated", 15 * time.Minute, talk.KindBody, `calls: 200 OK, but not valid JSON, or cut short ` +
			`(request id 0000000000000013-SIM), after 19 attempts in 15m0s`},
		{"no-host@2+", 15 * time.Minute, talk.KindHost, `calls: no such host: acme.zendesk.com, after 19 ` +
			`attempts in 15m0s`},
		{"certificate@2-4", 14 * time.Second, 0, ""},
	} {
		t.Run(test.faults, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				c := talk.NewClient(settings(t, sim(t, test.faults).Transport()))
				if strings.Contains(test.faults, "@2") {
					page(t, c, calls())
				}
				began := time.Now()
				_, err := c.Page(t.Context(), calls(), talk.Request{})
				if d := time.Since(began); d < test.after || d > min(test.after*5/4, 15*time.Minute) {
					t.Errorf("took %v, want %v", d, test.after)
				}
				if test.kind == 0 {
					if err != nil {
						t.Errorf("got error %v, want a page", err)
					}
					return
				}
				e := failure(t, err)
				if e.Error() != test.want || e.Kind != test.kind {
					t.Errorf("got kind %d and error\n%s\nwant kind %d and\n%s", e.Kind, e, test.kind, test.want)
				}
				if later := test.faults == "429=3600"; later != e.RetryAt.Equal(began.Add(time.Hour)) {
					t.Errorf("got %v as the time to ask again, want one an hour from now: %t", e.RetryAt, later)
				}
			})
		})
	}
}

// TestRetryInTheWindow: a refusal does not make the own window forget itself, and what the window costs is not taken
// from max_retry_seconds.
func TestRetryInTheWindow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		faults    string
		perMinute int
		maxRetry  time.Duration
		want      time.Duration
	}{
		{"429=1@10", 10, 900 * time.Second, 60100 * time.Millisecond}, // the tenth request filled the window
		{"500@10", 10, 900 * time.Second, 60100 * time.Millisecond},
		{"500@10-12", 1, 20 * time.Second, 3 * 60100 * time.Millisecond}, // 2, 4 and 8 s count, plus jitter
	} {
		t.Run(test.faults, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				s := sim(t, test.faults)
				cfg := settings(t, s.Transport())
				cfg.RequestsPerMinute, cfg.MaxRetry = test.perMinute, test.maxRetry
				c := talk.NewClient(cfg)
				for range 9 {
					page(t, c, calls())
				}
				if test.perMinute == 1 {
					time.Sleep(paceRest)
				}
				began := time.Now()
				page(t, c, calls())
				if got := time.Since(began); got != test.want {
					t.Errorf("the tenth page took %v, want %v", got, test.want)
				}
				if n := most(s.Requests()); n > test.perMinute {
					t.Errorf("got %d requests in 60 s, want at most %d", n, test.perMinute)
				}
			})
		})
	}
}

// paceRest empties every window.
const paceRest = 2 * time.Minute

// TestStranger: another program that takes the whole allowance all the time does not end the run before
// max_retry_seconds, and ends it then.
func TestStranger(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		s := sim(t, "stranger", "limit-retry-after=none")
		began := time.Now()
		_, err := talk.NewClient(settings(t, s.Transport())).Page(t.Context(), calls(), talk.Request{})
		if e := failure(t, err); e.Kind != talk.KindRateLimited || !e.Fatal() || time.Since(began) != 900*time.Second {
			t.Errorf("got %v after %v, want a rate limit that ends the run after 15m0s", err, time.Since(began))
		}
	})
}

// TestWaitsAreLogged: long ones with reason and end, in a sentence; each with the stream as an attribute.
func TestWaitsAreLogged(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := settings(t, sim(t, "500@1", "429=60@2").Transport())
		log := &logged{}
		cfg.Log, cfg.JitterSeed = log.logger(), 1
		c := talk.NewClient(cfg)
		for range 11 {
			page(t, c, calls())
		}
		want := `level=INFO msg="calls: waiting 1m7.5s until 00:01:09Z: 429 Too Many Requests from Zendesk: ` +
			`\"Number of allowed API requests per minute exceeded\"" stream=calls
level=INFO msg="calls: waiting 1m0.1s until 00:02:09Z: the limit of requests a minute" stream=calls
`
		if got := log.String(); got != want {
			t.Errorf("got log\n%s\nwant\n%s", got, want)
		}
	})
}

// TestStats: one report for each request, with the wait before it.
func TestStats(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		var got []talk.RequestStats
		cfg := settings(t, sim(t, "latency=2s@any", "500@1", "503=20@token,1").Transport())
		cfg.Login = talk.Login{ClientID: talksim.ClientID, ClientSecret: talksim.ClientSecret}
		cfg.OnRequest = func(r talk.RequestStats) {
			r.Waited, r.Bytes = r.Waited.Round(time.Second), min(r.Bytes, 1)
			got = append(got, r)
		}
		page(t, talk.NewClient(cfg), calls())
		want := []talk.RequestStats{
			{Endpoint: talk.TokenEndpoint, Status: 503, Bytes: 1, Duration: 2 * time.Second},
			{Endpoint: talk.TokenEndpoint, Status: 200, Bytes: 1, Duration: 2 * time.Second, Waited: 21 * time.Second},
			{Endpoint: "calls", Status: 500, Bytes: 1, Duration: 2 * time.Second},
			{Endpoint: "calls", Status: 200, Bytes: 1, Duration: 2 * time.Second, Waited: 2 * time.Second},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
	})
}

// TestRetryBeyondReason: a server that wants to be asked again after more time than anybody has ends the try at once,
// with a time that can be read.
func TestRetryBeyondReason(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"9223372036", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			bubble(t, func(t *testing.T) {
				began := time.Now()
				_, err := talk.NewClient(settings(t, handler(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Retry-After", value)
					w.WriteHeader(status)
				}))).Page(t.Context(), calls(), talk.Request{})
				e := failure(t, err)
				if want := began.Add(10 * 365 * 24 * time.Hour); e.Attempts != 1 || !e.RetryAt.Equal(want) {
					t.Errorf("%d with Retry-After: %s: got %d attempts and %v to ask again, want 1 and %v",
						status, value, e.Attempts, e.RetryAt, want)
				}
			})
		}
	}
}

// TestLastTry: the last try does not last longer than the time for retries, but for a second if that has run out.
func TestLastTry(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := settings(t, sim(t, "500@1", "hang@2+").Transport())
		cfg.MaxRetry = 2 * time.Second // which is as long as the first wait
		began := time.Now()
		_, err := talk.NewClient(cfg).Page(t.Context(), calls(), talk.Request{})
		if e, took := failure(t, err), time.Since(began); e.Kind != talk.KindTimeout || took != 3*time.Second {
			t.Errorf("got %v after %v, want no answer after 3s", err, took)
		}
	})
}

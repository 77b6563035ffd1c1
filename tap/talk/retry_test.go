package talk

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestDecide is the policy of retries as a table.
func TestDecide(t *testing.T) {
	t.Parallel()
	const s, limit = time.Second, 900 * time.Second
	giveUp := decision{giveUp: true}
	wait := func(d time.Duration) decision { return decision{wait: d} }
	for _, test := range []struct {
		name string
		a    attempt
		want decision
	}{
		{"other 4xx", attempt{verdict: never, number: 1}, giveUp},
		{"connection given up", attempt{verdict: stale, number: 1}, wait(0)},
		{"connection given up, no room", attempt{verdict: stale, number: 1, window: 40 * s}, decision{wait: 40 * s,
			ofPace: 40 * s}},
		{"connection given up, time is up", attempt{verdict: stale, number: 1, elapsed: limit}, giveUp},
		{"connection given up again", attempt{verdict: stale, number: 2}, wait(4 * s)},
		{"5xx", attempt{verdict: transient, number: 1}, wait(2 * s)},
		{"5xx again", attempt{verdict: transient, number: 2}, wait(4 * s)},
		{"5xx, fifth", attempt{verdict: transient, number: 5}, wait(32 * s)},
		{"5xx, sixth: no longer", attempt{verdict: transient, number: 6}, wait(60 * s)},
		{"5xx, hundredth", attempt{verdict: transient, number: 100}, wait(60 * s)},
		{"5xx with most jitter", attempt{verdict: transient, number: 3, jitter: 1}, wait(10 * s)},
		{"5xx, half the jitter", attempt{verdict: transient, number: 3, jitter: 0.5}, wait(9 * s)},
		{"5xx, no room", attempt{verdict: transient, number: 1, window: 40 * s},
			decision{wait: 40 * s, ofPace: 38 * s}},
		{"5xx, the last try", attempt{verdict: transient, number: 9, elapsed: 890 * s}, wait(10 * s)},
		{"5xx, jitter stops at the limit", attempt{verdict: transient, number: 9, elapsed: 835 * s, jitter: 1},
			wait(65 * s)},
		{"5xx, time is up", attempt{verdict: transient, number: 9, elapsed: limit}, giveUp},
		{"503 with a time", attempt{verdict: transient, number: 1, retry: 30 * s, hasRetry: true}, wait(30 * s)},
		{"503 with a short time, again", attempt{verdict: transient, number: 5, retry: 1 * s, hasRetry: true},
			wait(32 * s)},
		{"503 with a time too far off", attempt{verdict: transient, number: 1, retry: 901 * s, hasRetry: true},
			decision{giveUp: true, tooFar: true}},
		{"429 with a time", attempt{verdict: rateLimited, number: 1, retry: 38 * s, hasRetry: true}, wait(38 * s)},
		{"429 with a time and jitter", attempt{verdict: rateLimited, number: 1, retry: 40 * s, hasRetry: true,
			jitter: 1}, wait(50 * s)},
		{"429 with no time at all", attempt{verdict: rateLimited, number: 1, retry: 0, hasRetry: true}, wait(1 * s)},
		{"429 with a date gone by", attempt{verdict: rateLimited, number: 1, retry: -9 * s, hasRetry: true},
			wait(1 * s)},
		{"429 too short", attempt{verdict: rateLimited, number: 2, retry: 1 * s, hasRetry: true}, wait(6 * s)},
		{"429 too short again", attempt{verdict: rateLimited, number: 3, retry: 1 * s, hasRetry: true}, wait(11 * s)},
		{"429 too short, many times", attempt{verdict: rateLimited, number: 9, retry: 1 * s, hasRetry: true},
			wait(61 * s)},
		{"429 with less time than the window needs",
			attempt{verdict: rateLimited, number: 1, retry: 1 * s, hasRetry: true, window: 55 * s},
			decision{wait: 55 * s, ofPace: 54 * s}},
		{"429 too far off", attempt{verdict: rateLimited, number: 1, retry: 3600 * s, hasRetry: true},
			decision{giveUp: true, tooFar: true}},
		{"429 just not too far off", attempt{verdict: rateLimited, number: 1, retry: limit, hasRetry: true, jitter: 1},
			wait(limit)},
		{"429 beyond what is left", attempt{verdict: rateLimited, number: 9, retry: 38 * s, hasRetry: true,
			elapsed: 880 * s}, decision{giveUp: true, tooFar: true}},
		{"429 without a time", attempt{verdict: rateLimited, number: 1}, wait(10 * s)},
		{"429 without a time, again", attempt{verdict: rateLimited, number: 2}, wait(20 * s)},
		{"429 without a time, tenth", attempt{verdict: rateLimited, number: 10}, wait(60 * s)},
		{"429 without a time, no room", attempt{verdict: rateLimited, number: 1, window: 50 * s}, decision{wait: 50 * s,
			ofPace: 40 * s}},
		{"429, time is up", attempt{verdict: rateLimited, number: 9, elapsed: limit}, giveUp},
		{"certificate, at first", attempt{verdict: afterSuccess, number: 1}, giveUp},
		{"certificate, later", attempt{verdict: afterSuccess, number: 1, reached: true}, wait(2 * s)},
		{"401, nothing to renew", attempt{verdict: unauthorized, number: 1}, giveUp},
		{"401", attempt{verdict: unauthorized, number: 1, renewable: true}, decision{renew: true}},
		{"401, no room", attempt{verdict: unauthorized, number: 1, renewable: true, window: 9 * s},
			decision{renew: true, wait: 9 * s, ofPace: 9 * s}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.a.limit = limit
			if got := decide(test.a); got != test.want {
				t.Errorf("decide(%+v) = %+v, want %+v", test.a, got, test.want)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const date = "Tue, 24 Nov 2026 11:00:00 GMT" // the server's clock is an hour behind
	for _, test := range []struct {
		name   string
		header map[string]string
		want   time.Duration
		ok     bool
	}{
		{"none", nil, 0, false},
		{"seconds", map[string]string{"Retry-After": "93"}, 93 * time.Second, true},
		{"with blanks", map[string]string{"Retry-After": " 7 "}, 7 * time.Second, true},
		{"a fraction", map[string]string{"Retry-After": "1.5"}, 1500 * time.Millisecond, true},
		{"a date, by the server's clock", map[string]string{"Retry-After": "Tue, 24 Nov 2026 11:01:00 GMT",
			"Date": date}, time.Minute, true},
		{"a date, by ours", map[string]string{"Retry-After": "Tue, 24 Nov 2026 12:01:00 GMT"}, time.Minute, true},
		{"negative", map[string]string{"Retry-After": "-5"}, 0, false},
		{"nonsense", map[string]string{"Retry-After": "soon"}, 0, false},
		{"no number", map[string]string{"Retry-After": "NaN"}, 0, false},
		{"endless", map[string]string{"Retry-After": "Inf"}, 0, false},
		{"a number with no end", map[string]string{"Retry-After": strings.Repeat("9", 400)}, longestAsked, true},
		{"more than a duration holds", map[string]string{"Retry-After": "9223372036"}, longestAsked, true},
		{"less than nothing, with no end", map[string]string{"Retry-After": "-" + strings.Repeat("9", 400)}, 0, false},
		{"the last date", map[string]string{"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, longestAsked, true},
		{"plain header with a time in Unix seconds", map[string]string{"ratelimit-remaining": "0",
			"ratelimit-reset": "1795521600"}, 0, false},
		{"bucket", map[string]string{"zendesk-ratelimit-incremental-exports": "total=10; remaining=0; resets=38"},
			38 * time.Second, true},
		{"cursor bucket, other letters", map[string]string{
			"ZENDESK-RATELIMIT-INCREMENTAL-EXPORTS-CURSOR": "Total=10;Remaining=0;Resets=5",
		}, 5 * time.Second, true},
		{"bucket with something left", map[string]string{
			"zendesk-ratelimit-incremental-exports": "total=10; remaining=9; resets=38",
		}, 0, false},
		{"both: the longer", map[string]string{"Retry-After": "1",
			"zendesk-ratelimit-incremental-exports": "total=10; remaining=0; resets=38"}, 38 * time.Second, true},
		{"plain headers", map[string]string{"ratelimit-limit": "10", "ratelimit-remaining": "0",
			"ratelimit-reset": "12"}, 12 * time.Second, true},
		{"plain header with a time alone", map[string]string{"ratelimit-reset": "12"}, 12 * time.Second, true},
		{"the account's, which has no time", map[string]string{"x-rate-limit": "700", "x-rate-limit-remaining": "0"},
			0, false},
		{"bucket in disorder", map[string]string{"zendesk-ratelimit-incremental-exports": "remaining=0"}, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for name, value := range test.header {
				h.Set(name, value)
			}
			if got, ok := retryAfter(h, received); got != test.want || ok != test.ok {
				t.Errorf("retryAfter(%v) = %v, %t; want %v, %t", h, got, ok, test.want, test.ok)
			}
		})
	}
}

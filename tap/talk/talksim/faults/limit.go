package faults

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// limitEntries are the scenarios of the rate limit, and the answers of a server that was asked too often or too much:
// docs/zendesk-api.md, "Rate limit".
func limitEntries() []entry {
	const export = "Number of allowed incremental export API requests per minute exceeded"
	const json = `{"error":"APIRateLimitExceeded","description":"` + export + `"}`
	const bucket = "Zendesk-Ratelimit-Incremental-Exports"
	return append(named("429", map[string]string{
		"none": "none", "huge": "86400", "garbage": "soon", "negative": "-5", "zero": "0",
	}, tooMany), []entry{
		{"429", tooMany("1")},
		{"429-json", refusal("1", fixed{429, json}.reply)},
		{"429-export-text", refusal("1", fixed{429, export}.reply)},
		{"429-bucket", resets(bucket, "total=10; remaining=0; resets=38")},
		{"429-reset", resets("Ratelimit-Reset", "38")},
		{"503", refusal("none", fixed{503, "Service Unavailable"}.reply)},
		{"limit", number(talksim.DefaultLimit, func(n int) talksim.Scenario {
			return talksim.Scenario{Configure: func(c *talksim.Config) { c.Limit = n }}
		})},
		{"stranger", number(10, func(n int) talksim.Scenario {
			return talksim.Scenario{
				Configure: func(c *talksim.Config) { c.Limit = cmp.Or(c.Limit, talksim.DefaultLimit) },
				Arrive:    func(q *talksim.Request) { q.Strangers += n },
			}
		})},
		{"limit-retry-after=none", send(func(q *talksim.Request, r *talksim.Reply) {
			if q.Received.Scenario == "limit" {
				r.Header.Del("Retry-After")
			}
		})},
		{"bucket-header", send(func(q *talksim.Request, r *talksim.Reply) {
			total, remaining, resets := q.Budget()
			r.Header.Set(bucket, fmt.Sprintf("total=%d; remaining=%d; resets=%d", total, remaining, resets))
		})},
		{"ratelimit-header", send(func(q *talksim.Request, r *talksim.Reply) {
			total, remaining, resets := q.Budget()
			r.Header.Set("Ratelimit-Limit", strconv.Itoa(total))
			r.Header.Set("Ratelimit-Remaining", strconv.Itoa(remaining))
			r.Header.Set("Ratelimit-Reset", strconv.Itoa(resets))
		})},
	}...)
}

// tooMany makes the 429 that was observed.
func tooMany(retryAfter string) maker {
	return refusal(retryAfter, func() *talksim.Reply { return talksim.TooMany("") })
}

// refusal makes a refusal with the Retry-After that the value names: its text, none, or date:SECONDS from now.
func refusal(standard string, reply func() *talksim.Reply) maker {
	return func(v string) (talksim.Scenario, error) {
		v = cmp.Or(v, standard)
		seconds, dated := strings.CutPrefix(v, "date:")
		wait, err := time.ParseDuration(seconds + "s")
		if !dated {
			err = nil
		}
		return talksim.Scenario{Answer: func(q *talksim.Request) *talksim.Reply {
			r := reply()
			switch {
			case dated:
				r.Header.Set("Retry-After", q.Now.Add(wait).UTC().Format(http.TimeFormat))
			case v != "none":
				r.Header.Set("Retry-After", v)
			}
			return r
		}}, err
	}
}

// resets makes a 429 without a Retry-After but with another header that says how many seconds to wait.
func resets(header, value string) maker {
	return plain(talksim.Scenario{Answer: func(*talksim.Request) *talksim.Reply {
		r := talksim.TooMany("")
		r.Header.Set(header, value)
		return r
	}})
}

package talksim

import (
	"cmp"
	"strconv"
	"time"
)

const window = time.Minute

// DefaultLimit is the documented limit of requests in a minute, which scenarios use where a [Config] has none.
const DefaultLimit = 10

// limit refuses an export request when as many as the limit were accepted in the 60 s before it; nil lets it pass and
// counts it. Both endpoints, and strangers on the same account, share the budget.
func (s *Sim) limit(q *Request) *Reply {
	if s.cfg.Limit <= 0 {
		return nil
	}
	if total, remaining, resets := q.Budget(); remaining <= 0 {
		q.Received.Scenario = "limit"
		if total <= 0 {
			resets = 60 - q.Now.Second() // a stranger has all of it, minute by minute
		}
		return TooMany(strconv.Itoa(resets))
	}
	s.accepted = append(s.accepted, q.Now)
	return nil
}

// Budget returns what a request may use: the allowance left by strangers, what remains of it, and the seconds until
// more is free.
func (q *Request) Budget() (total, remaining, resets int) {
	s := q.sim
	for len(s.accepted) > 0 && q.Now.Sub(s.accepted[0]) >= window {
		s.accepted = s.accepted[1:]
	}
	total = cmp.Or(s.cfg.Limit, DefaultLimit) - q.Strangers
	remaining = max(0, total-len(s.accepted))
	first := min(max(0, len(s.accepted)-total), len(s.accepted)-1)
	if first < 0 {
		return total, remaining, 60
	}
	left := window - q.Now.Sub(s.accepted[first])
	return total, remaining, int((left + time.Second - 1) / time.Second)
}

// TooMany returns a 429 as one was observed, its 50 bytes included, with the given Retry-After, or without one if that
// is empty: docs/zendesk-api.md, "Rate limit".
func TooMany(retryAfter string) *Reply {
	r := Text(429, "Number of allowed API requests per minute exceeded")
	r.Header.Set("X-Rate-Limit-Remaining", "0")
	r.Header.Set("Cache-Control", "max-age=1,public")
	if retryAfter != "" {
		r.Header.Set("Retry-After", retryAfter)
	}
	return r
}

package talksim

import (
	"cmp"
	"strconv"
	"time"
)

const window = time.Minute

// The body of an observed 429: its 50 bytes were its Content-Length (samples/13).
const body429 = "Number of allowed API requests per minute exceeded"

// limit refuses an export request when as many as the limit were accepted in the 60 s
// before it; nil lets it pass and counts it. Both endpoints, and strangers on the same
// account, share the budget.
func (s *Sim) limit(x *exchange) *reply {
	if s.cfg.Limit <= 0 {
		return nil
	}
	if total, remaining, resets := s.budget(x); remaining <= 0 {
		x.log.Scenario = "limit"
		if total <= 0 {
			resets = 60 - x.now.Second() // a stranger has all of it, minute by minute
		}
		return tooMany(strconv.Itoa(resets))
	}
	s.accepted = append(s.accepted, x.now)
	return nil
}

// budget returns what a request may use: the allowance left by strangers, what remains
// of it, and the seconds until more is free.
func (s *Sim) budget(x *exchange) (total, remaining, resets int) {
	for len(s.accepted) > 0 && x.now.Sub(s.accepted[0]) >= window {
		s.accepted = s.accepted[1:]
	}
	total = cmp.Or(s.cfg.Limit, 10) - x.stranger
	remaining = max(0, total-len(s.accepted))
	first := min(max(0, len(s.accepted)-total), len(s.accepted)-1)
	if first < 0 {
		return total, remaining, 60
	}
	left := window - x.now.Sub(s.accepted[first])
	return total, remaining, int((left + time.Second - 1) / time.Second)
}

// tooMany is a 429 with the given Retry-After, or without one if it is empty.
func tooMany(retryAfter string) *reply {
	r := textReply(429, body429)
	r.set("X-Rate-Limit-Remaining", "0")
	r.set("Cache-Control", "max-age=1,public")
	if retryAfter != "" {
		r.set("Retry-After", retryAfter)
	}
	return r
}

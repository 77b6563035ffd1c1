package talk

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Pace. Zendesk allows 10 requests a minute to these endpoints. The window that counts is the server's, and a request
// reaches the server some unknown time between its sending and its answer. So a request may be sent 60 s after the
// answer to the one that lies a whole allowance before it: however the latency varies, the server then sees them at
// least 60 s apart. Requests burst as long as the allowance lasts; nothing is spread out.

const (
	paceWindow = time.Minute
	mostHold   = 15 * time.Minute       // buckets fill in a minute: longer times are not believed, but a 429 is
	paceMargin = 100 * time.Millisecond // clocks differ in rate, and windows in whether their ends belong to them
)

// pacer says when the next request may be sent.
type pacer struct {
	answers []time.Time // ring: when the last answers came; as long as the allowance
	next    int         // oldest of them
	hold    time.Time   // no request before this, since a rate-limit header said so
}

// room returns how long after now the next request may be sent; 0 if at once.
func (p *pacer) room(now time.Time) time.Duration {
	wait := p.hold.Sub(now)
	if oldest := p.answers[p.next]; !oldest.IsZero() {
		wait = max(wait, oldest.Add(paceWindow+paceMargin).Sub(now))
	}
	return max(wait, 0)
}

// count records that a request ended at that time, with this response header (nil if no answer came). A bucket that
// the header says is used up holds the next request until it is filled again.
func (p *pacer) count(at time.Time, header http.Header) {
	p.answers[p.next] = at
	p.next = (p.next + 1) % len(p.answers)
	if resets, ok := emptyBucket(header, false); ok && resets <= mostHold {
		p.hold = at.Add(resets)
	}
}

// emptyBucket returns the longest time until a used-up request bucket fills again, by the headers that describe buckets
// of the exports (seen on the Support exports: docs/zendesk-api.md, "Rate limit"), and false if none is used up. Of a
// refused request, a bucket that does not tell what remains counts as used up. The account-wide x-rate-limit-remaining
// has no such time.
func emptyBucket(header http.Header, refused bool) (resets time.Duration, ok bool) {
	const exports = "Zendesk-Ratelimit-Incremental-Exports"
	for _, name := range []string{exports, exports + "-Cursor"} {
		fields := map[string]string{}
		for field := range strings.SplitSeq(header.Get(name), ";") {
			key, value, _ := strings.Cut(field, "=")
			fields[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
		if d, empty := bucket(fields["remaining"], fields["resets"], refused); empty {
			resets, ok = max(resets, d), true
		}
	}
	if d, empty := bucket(header.Get("Ratelimit-Remaining"), header.Get("Ratelimit-Reset"), refused); empty {
		resets, ok = max(resets, d), true
	}
	return resets, ok
}

func bucket(remaining, resets string, refused bool) (time.Duration, bool) {
	left, err := strconv.Atoi(remaining)
	if err == nil && left > 0 || err != nil && !refused {
		return 0, false
	}
	d, ok := seconds(resets)
	return d, ok && d < longestAsked // what is longer is a Unix time, not a delay
}

// seconds reads a delay in seconds, which may have a fraction. A longer one than longestAsked is taken for that.
func seconds(s string) (time.Duration, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	switch {
	case errors.Is(err, strconv.ErrRange): // then n is infinite, while "Inf" is no error
		n = min(n, longestAsked.Seconds())
	case err != nil, math.IsInf(n, 1):
		return 0, false
	}
	return time.Duration(min(n, longestAsked.Seconds()) * float64(time.Second)), n >= 0
}

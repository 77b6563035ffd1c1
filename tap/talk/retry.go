package talk

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Retries. What is tried again is the whole page: request, status, body, unzipping, JSON, the promised array. The
// policy is the pure function [decide]: a 429 waits at least as long as it asks for; what may pass backs off from 2 s
// to 1 min, with up to 25 % of jitter; all attempts and waits together last no longer than Config.MaxRetry.

const (
	backoffFirst   = 2 * time.Second   // doubled each time
	rateLimitFirst = 10 * time.Second  // 429 without a time: what Zendesk's own Ruby client waits
	rateLimitMore  = 5 * time.Second   // added to a time asked for that was too short, then doubled
	backoffMost    = time.Minute       // the limit's window, and enough between two looks at a dead server
	lastTry        = time.Second       // least time of a try, even when the time for retries is nearly used up
	longestAsked   = 87600 * time.Hour // ten years: the longest wait that a server is taken to ask for
	longWait       = 3 * time.Second   // longer waits are logged
)

// attempt is what [decide] looks at.
type attempt struct {
	verdict   verdict
	number    int           // of failures in a row with this verdict, this one included
	retry     time.Duration // see failure
	hasRetry  bool
	elapsed   time.Duration // since the first try, without waits of the own pace
	limit     time.Duration // on elapsed
	window    time.Duration // until the own pace has room
	jitter    float64       // 0 to 1
	reached   bool          // a request of this run succeeded
	renewable bool          // the token can be renewed, and was not just renewed
}

// decision is what to do after a failure: give up; or wait, get a new token if that may help, and try again.
type decision struct {
	giveUp bool
	tooFar bool // gave up since the server wants to be asked again only beyond the limit
	renew  bool
	wait   time.Duration
	ofPace time.Duration // share of wait that only the own pace forces
}

// decide is the rule for retries.
func decide(a attempt) decision {
	switch {
	case a.verdict == never, a.verdict == afterSuccess && !a.reached, a.verdict == unauthorized && !a.renewable:
		return decision{giveUp: true}
	case a.verdict == unauthorized:
		return decision{renew: true, wait: a.window, ofPace: a.window}
	}
	left := a.limit - a.elapsed
	if left <= 0 || a.retry > left {
		return decision{giveUp: true, tooFar: left > 0}
	}
	var wait time.Duration
	switch {
	case a.verdict == stale && a.number == 1:
		return decision{wait: a.window, ofPace: a.window}
	case a.verdict == rateLimited && a.hasRetry:
		wait = max(a.retry, time.Second)
		if a.number > 1 { // it was too short last time
			wait += doubled(rateLimitMore, a.number-2)
		}
	case a.verdict == rateLimited:
		wait = doubled(rateLimitFirst, a.number-1)
	default:
		wait = max(a.retry, doubled(backoffFirst, a.number-1))
	}
	wait += time.Duration(a.jitter * float64(wait) / 4)
	wait = min(wait, left) // the last try comes as late as it may, never sooner than asked
	whole := max(wait, a.window)
	return decision{wait: whole, ofPace: whole - wait}
}

// doubled is d doubled n times, at most backoffMost.
func doubled(d time.Duration, n int) time.Duration {
	for ; n > 0 && d < backoffMost; n-- {
		d *= 2
	}
	return min(d, backoffMost)
}

// tries is what the tries for one page or token have cost so far.
type tries struct {
	c        *Client
	endpoint string    // key
	stream   string    // for whose sake
	began    time.Time // when they began
	ofPace   time.Duration
	waited   time.Duration // since the last request
	attempts int
	verdict  verdict // of the last failure
	number   int     // failures in a row with that verdict
}

func (c *Client) begin(endpoint string) *tries {
	return &tries{c: c, endpoint: endpoint, stream: endpoint, began: time.Now()}
}

// forToken begins the tries for a token that t needs. They have what is left of t's time.
func (t *tries) forToken() *tries {
	return &tries{c: t.c, endpoint: TokenEndpoint, stream: t.stream, began: t.began, ofPace: t.ofPace}
}

func (t *tries) elapsed() time.Duration { return time.Since(t.began) - t.ofPace }

// turn waits until the pace lets a request go.
func (t *tries) turn(ctx context.Context) error {
	now := time.Now()
	d := t.c.pace.room(now)
	t.ofPace += d
	reason := "the limit of requests a minute"
	if d > 0 && !t.c.pace.hold.Before(now.Add(d)) {
		reason = "Zendesk says that the allowance is used up"
	}
	return t.wait(ctx, d, reason)
}

// retry does what [decide] says about f: it returns nil when it is time to try again, else the error to return.
func (t *tries) retry(ctx context.Context, f *failure, window time.Duration) error {
	if err := contextError(ctx, t.endpoint); err != nil {
		return err
	}
	if f.verdict != t.verdict {
		t.number = 0
	}
	renewable := t.c.auth.renewable() && t.verdict != unauthorized
	t.verdict = f.verdict
	t.number++
	d := decide(attempt{
		verdict: f.verdict, number: t.number, retry: f.retry, hasRetry: f.hasRetry,
		elapsed: t.elapsed(), limit: t.c.cfg.MaxRetry, window: window, jitter: t.c.jitter.Float64(),
		reached: t.c.reached, renewable: renewable,
	})
	if d.giveUp {
		f.Attempts, f.Elapsed = t.attempts, t.elapsed()
		if d.tooFar {
			f.RetryAt = time.Now().Add(f.retry + time.Second - 1).Truncate(time.Second).UTC()
		}
		return f.Error
	}
	if d.renew {
		t.c.auth.header = ""
	}
	t.ofPace += d.ofPace
	return t.wait(ctx, d.wait, f.event())
}

// wait sleeps for d, or less if ctx ends; then the error says so. A long wait is logged.
func (t *tries) wait(ctx context.Context, d time.Duration, reason string) error {
	if d <= 0 {
		return contextError(ctx, t.endpoint)
	}
	level := slog.LevelDebug
	if d > longWait {
		level = slog.LevelInfo
	}
	text := fmt.Sprintf("%s: waiting %s until %s: %s", t.endpoint, d.Round(100*time.Millisecond),
		time.Now().Add(d).UTC().Format("15:04:05Z"), reason)
	t.c.cfg.Log.Log(ctx, level, text, "stream", t.stream)
	t.waited += d
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
	return contextError(ctx, t.endpoint)
}

// contextError is nil as long as ctx lasts.
func contextError(ctx context.Context, endpoint string) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", endpoint, context.Cause(ctx))
}

// retryAfter is the wait that an answer asks for: Retry-After in seconds or as a date, else the time until a used-up
// bucket fills. A date is taken relative to the answer's own Date, since the clocks may differ.
func retryAfter(header http.Header, received time.Time) (time.Duration, bool) {
	wait, ok := emptyBucket(header, true)
	value := header.Get("Retry-After")
	if d, secs := seconds(value); secs {
		return max(wait, d), true
	}
	if at, err := http.ParseTime(value); err == nil {
		now, err := http.ParseTime(header.Get("Date"))
		if err != nil {
			now = received
		}
		return max(wait, min(at.Sub(now), longestAsked)), true
	}
	return wait, ok
}

package talk

import (
	"fmt"
	"time"
)

// What the cursor judges by the server's clock stands here.

const (
	day = 24 * 60 * 60 // seconds

	// leastSettled is how old a row must be, in seconds, before the cursor takes its second for complete: Zendesk
	// leaves the last minute out of some exports, or refuses it ("The time must be more than one minute in the past").
	leastSettled = 60

	// chaseLimit bounds how often a round follows rows that were modified after it had looked at the clock, so that an
	// account on which somebody is always on the phone doesn't keep a run going for ever.
	chaseLimit = 3
)

// JudgeStart returns an error if the round begins in the future of the server's clock: a mistake of a person (or
// milliseconds), which would otherwise look like a stream that never has anything new. Call it with the time of the
// first response, whatever its status.
func (c *Cursor) JudgeStart(server time.Time) error {
	now := server.Unix()
	if c.config.HasBookmark && c.config.Bookmark > now+day {
		return fmt.Errorf("the bookmark's end_time %d lies ahead of Zendesk's clock (%s): it must be in Unix seconds; is it in milliseconds?", c.config.Bookmark, UTC(now))
	}
	if c.config.StartDate > now {
		return fmt.Errorf("\"start_date\" %s lies ahead of Zendesk's clock (%s): set an earlier one", UTC(c.config.StartDate), UTC(now))
	}
	return nil
}

// TooRecent tells the cursor that Zendesk refused its request as too recent. That means caught up, and ends the round
// with the bookmark where it is; ok is false if the second asked for is more than a day old, where it can't mean that.
func (c *Cursor) TooRecent(server time.Time) (ok bool) {
	if c.Request().Start < server.Unix()-day {
		return false
	}
	c.caughtUp()
	return true
}

// chasing counts the pages whose newest row came into being after the round last looked at the clock, and reports
// whether it is time to stop: what is newer is the next run's. Rows from the future of the server's own clock don't
// count, since then the clock is wrong.
func (c *Cursor) chasing(newest int64) bool {
	if newest <= c.clock || newest > c.server+leastSettled {
		return false
	}
	c.clock = c.server
	c.chases++
	return c.chases >= chaseLimit
}

// UTC shows a Unix second as a person reads it: RFC 3339, in UTC.
func UTC(second int64) string { return time.Unix(second, 0).UTC().Format(time.RFC3339) }

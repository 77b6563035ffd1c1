package talk

import "fmt"

// A second without end. Rows are asked for by the second, inclusive, a page at a time, and nothing but a later second
// leads on. So if a page brings nothing newer than the second asked for, S, there are three cases, which one page can't
// tell apart: S is the newest second there is; S holds as many rows as a page, and the server cuts a page inside a
// second; or the server completes the last second of a page (as Zendesk's support documents for its other exports: "the
// system may exceed the 1000-item default return limit if items share the same timestamp"), and S is one of those. The
// page's size doesn't tell, since it is not documented and was never seen. What tells them apart is looked at here.

// bigPage is the number of rows in one second that makes it worth a warning when nothing can be seen behind it.
const bigPage = 100

// lookBack returns how far before S the i-th extra page begins, in seconds; 0 behind the last one. Near first: such a
// page must hold a row older than S and yet reach S, and the fewer rows lie before S the more of S it shows.
func lookBack(i int) int64 {
	before := [...]int64{1, 60, 60 * 60, day}
	if i >= len(before) {
		return 0
	}
	return before[i]
}

// settledBefore returns the newest second that counts as settled, by the clock of the page in work.
func (c *Cursor) settledBefore() int64 { return c.server - max(c.config.Settle, leastSettled) }

// endWithoutProgress follows a page that has rows but none newer than S.
func (c *Cursor) endWithoutProgress() error {
	c.next = ""
	if c.held == nil {
		c.held = make(map[int64]struct{})
	}
	if c.phase == reading {
		clear(c.held)
		c.hold(c.led.rows)
		c.big = c.page.count
	}
	c.hold(c.page.rows)
	switch {
	case c.phase == lookingAgain:
		return c.endSecondLook()
	case c.asked+1 > c.settledBefore():
		// Whatever a probe brought would be newer than what has settled.
		c.caughtUp()
	default:
		c.phase = probing
	}
	return nil
}

// hold adds the rows of S to those that a page must hold to prove S whole.
func (c *Cursor) hold(rows []rowTime) {
	for _, r := range rows {
		if r.updated == c.asked {
			c.held[r.id] = struct{}{}
		}
	}
}

// release takes out what the page in work shows to have left S since: rows rewritten while the cursor looked.
func (c *Cursor) release() {
	for _, r := range c.page.rows {
		if r.updated > c.asked {
			delete(c.held, r.id)
		}
	}
}

// endProbe follows the page from S+1, whose rows were only looked at. If something settled lies behind S, the page of S
// is looked at a second time before it is called cut: the first one may have come from a replica that lags.
func (c *Cursor) endProbe() {
	behind := c.page.count > len(c.page.rows) // a row without a readable time may be anything
	for _, r := range c.page.rows {
		if r.updated > c.asked && r.updated <= c.settledBefore() {
			behind = true
		}
	}
	if !behind {
		c.caughtUp()
		return
	}
	c.release()
	c.phase = lookingAgain
}

// endSecondLook judges S by the page that led to it, or else asks for one from before it.
func (c *Cursor) endSecondLook() error {
	if c.proves(&c.led) {
		c.stepOver()
		return nil
	}
	c.back = 0
	return c.lookFurther()
}

// proves reports whether a page shows that S is whole: it holds a row older than S, so that a server that cuts would
// have cut S short in it, and yet every row of S received so far. A row from before the page's own beginning takes no
// other's place, so it proves nothing.
func (c *Cursor) proves(p *page) bool {
	older, held := false, make(map[int64]struct{}, len(c.held))
	for _, r := range p.rows {
		older = older || p.from <= r.updated && r.updated < c.asked
		if _, ok := c.held[r.id]; ok && r.updated == c.asked {
			held[r.id] = struct{}{}
		}
	}
	return older && len(held) > 0 && len(held) == len(c.held)
}

// endLookBack judges S by an extra page, or else looks further back. A page that doesn't reach S ends the search:
// one from further back would reach less.
func (c *Cursor) endLookBack() error {
	c.release()
	c.hold(c.page.rows)
	if c.proves(&c.page) {
		c.stepOver()
		return nil
	}
	reaches := len(c.page.rows) == 0
	for _, r := range c.page.rows {
		reaches = reaches || r.updated >= c.asked
	}
	if !reaches {
		return c.cut()
	}
	c.back++
	return c.lookFurther()
}

// lookFurther asks for the next extra page if there is one to ask for; otherwise S counts as cut.
func (c *Cursor) lookFurther() error {
	if lookBack(c.back) == 0 || c.asked == 0 {
		return c.cut()
	}
	c.phase = lookingBack
	return nil
}

// cut is where the API ends: fail, or go on without what can't be reached.
func (c *Cursor) cut() error {
	err := &FullSecondError{Second: c.asked, Rows: len(c.held)}
	if !c.config.SkipFull {
		return err
	}
	c.warnings = append(c.warnings, fmt.Sprintf("skipped over the second %d (%s): %d rows of it were received, others can't be reached", err.Second, UTC(err.Second), err.Rows))
	c.stepOver()
	return nil
}

// stepOver goes on behind S.
func (c *Cursor) stepOver() {
	c.moveBookmark(c.asked+1, c.asked+1)
	c.page.rows = c.page.rows[:0]
	c.leadTo(c.asked+1, "")
	c.done = c.asked >= c.config.EndDate
}

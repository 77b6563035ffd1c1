package talk

import (
	"fmt"
	"slices"
)

// A second without end. Rows are asked for by the second, inclusive, a page at a time, and nothing but a later second
// leads on. So if a page brings nothing newer than the second asked for, S, there are three cases, which one page can't
// tell apart: S is the newest second there is; S holds as many rows as a page, and the server cuts a page inside a
// second; or the server completes the last second of a page, as Zendesk's support documents it for its other exports,
// and S is one of those (docs/zendesk-api.md, "Full seconds"). The page's size doesn't tell, since it is not documented
// and was never seen. What tells them apart is looked at here.

// manyRows is the number of rows in the newest second from which on a warning is given.
const manyRows = 100

// A FullSecondError says that one second holds more rows than the API hands out: what lies behind can't be reached.
type FullSecondError struct {
	Second int64 // Unix second that is full
	Rows   int   // number of its rows that were received and emitted
}

// Error names the second in Unix time and in UTC, and the number of rows that were received of it.
func (e *FullSecondError) Error() string {
	return fmt.Sprintf("%d rows share the modification time %d (%s), and the API shows no way past them: more rows of"+
		" that second may be missing; the bookmark stays there", e.Rows, e.Second, UTC(e.Second))
}

// lookBack returns how far before S the i-th extra page begins, in seconds; 0 behind the last one. The first is near:
// such a page must hold a row older than S and yet reach S, and the fewer rows lie before S the more of S it shows.
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
	if c.phase == reading {
		c.expected = make(map[int64]struct{})
		c.expect(c.leading.rows)
		c.rowsOfS = len(c.page.rows)
	}
	c.expect(c.page.rows)
	switch {
	case c.phase == rereading:
		return c.endSecondLook()
	case c.asked+1 > c.settledBefore():
		// Whatever a probe brought would be newer than what has settled.
		c.endCaughtUp()
	default:
		c.phase = probing
	}
	return nil
}

// expect adds the rows of S to those that a page must hold to show that S is complete, and takes out those that were
// rewritten while the cursor looked, and have left S.
func (c *Cursor) expect(rows []Row) {
	for _, r := range rows {
		switch {
		case r.Updated == c.asked:
			c.expected[r.ID] = struct{}{}
		case r.Updated > c.asked:
			delete(c.expected, r.ID)
		}
	}
}

// endProbe follows the page from S+1, whose rows were only looked at. If something settled lies behind S, the page of S
// is looked at a second time before it is called cut: the first one may have come from a replica that lags.
func (c *Cursor) endProbe() {
	behind := c.page.timed < len(c.page.rows) // a row without a readable time may be anything
	for _, r := range c.page.rows {
		if r.Updated > c.asked {
			behind = behind || r.Updated <= c.settledBefore()
			delete(c.expected, r.ID) // rewritten while the cursor looked
		}
	}
	if !behind {
		c.endCaughtUp()
		return
	}
	c.phase = rereading
}

// endSecondLook goes past S if the page that led to it shows that it is complete, or else asks for one from before it.
func (c *Cursor) endSecondLook() error {
	if c.completes(&c.leading) {
		c.stepOver()
		return nil
	}
	c.back = 0
	return c.lookFurther()
}

// completes reports whether a page shows that S is complete: it holds a row older than S, so that a server that cuts
// would have cut S short in it, and yet every row of S received so far. A row from before the page's own beginning
// takes no other's place, so it shows nothing; and one without a readable time may be of S.
func (c *Cursor) completes(p *page) bool {
	older, ofS, found := false, false, make(map[int64]struct{}, len(c.expected))
	for _, r := range p.rows {
		older = older || r.UpdatedOK && p.from <= r.Updated && r.Updated < c.asked
		ofS = ofS || r.UpdatedOK && r.Updated == c.asked
		if _, ok := c.expected[r.ID]; ok && (r.Updated == c.asked || !r.UpdatedOK) {
			found[r.ID] = struct{}{}
		}
	}
	return older && ofS && len(found) == len(c.expected)
}

// endLookBack goes past S if an extra page shows that it is complete, or else looks further back. A page that doesn't
// reach S ends the search: one from further back would reach less.
func (c *Cursor) endLookBack() error {
	c.expect(c.page.rows)
	if c.completes(&c.page) {
		c.stepOver()
		return nil
	}
	reaches := func(r Row) bool { return r.Updated >= c.asked }
	if len(c.page.rows) > 0 && !slices.ContainsFunc(c.page.rows, reaches) {
		return c.failOrSkip()
	}
	c.back++
	return c.lookFurther()
}

// lookFurther asks for the next extra page if there is one to ask for; otherwise S counts as cut.
func (c *Cursor) lookFurther() error {
	if lookBack(c.back) == 0 || c.asked == 0 {
		return c.failOrSkip()
	}
	c.phase = lookingBack
	return nil
}

// failOrSkip ends the search for a way past S: it fails, or goes on without what can't be reached.
func (c *Cursor) failOrSkip() error {
	err := &FullSecondError{Second: c.asked, Rows: len(c.expected)}
	if !c.config.SkipFull {
		return err
	}
	c.warnings.Add(c.asked, "skipped over the second %d (%s): %d rows of it were received, others can't be reached",
		err.Second, UTC(err.Second), err.Rows)
	c.skipped = true
	c.stepOver()
	return nil
}

// stepOver goes on behind S.
func (c *Cursor) stepOver() {
	c.moveBookmark(c.asked+1, c.asked+1)
	c.page.rows = c.page.rows[:0]
	c.goTo(c.asked+1, "")
}

package talk

import (
	"fmt"
	"math"
	"time"
)

// NoEnd is the CursorConfig.EndDate of a round without a window's end.
const NoEnd = math.MaxInt64

// CursorConfig says where a round of reading begins and how it may end. Times are Unix seconds.
type CursorConfig struct {
	Bookmark    int64 // the saved end_time, if HasBookmark
	HasBookmark bool
	StartDate   int64    // oldest modification time wanted; 0: all history
	EndDate     int64    // first modification time not wanted; NoEnd: none
	Settle      int64    // seconds that the bookmark stays behind the server's clock
	SkipFull    bool     // go past a second that the API cuts, instead of failing
	Seen        []string // the saved seen list, see Cursor.Seen
}

// A Cursor reads one stream once, from where the last run stopped to the newest row: a round. It is a state machine of
// plain values, without I/O and without a clock; package talk's documentation has its rules. Its user repeats
//
//	for !c.Done() {
//		page := fetch(c.Request())           // a refusal as too recent goes to TooRecent
//		c.Begin(server time of the page)
//		for each row { emit it if c.Admit(row) }
//		err = c.End(page)                    // err ends the round as failed
//		save c.Bookmark() and c.Seen()
//	}
//
// A Cursor is not safe for concurrent use.
type Cursor struct {
	config   CursorConfig
	start    int64 // the second the round began with
	first    int64 // modification time of the first row, 0 before it
	asked    int64 // S: the second that is being read
	next     string
	phase    phase
	back     int // index into lookBack while phase is lookingBack
	done     bool
	bookmark int64
	moved    bool  // a page with rows has set the bookmark
	ceiling  int64 // the bookmark can't go above it in this round

	server int64 // the server's clock at the page in work
	clock  int64 // the server's clock when the newest rows were last looked for; 0 before the first page
	chases int

	page page
	led  page // the page that led to asked; empty if none did
	held map[int64]struct{}
	big  int // rows of the page that brought nothing newer than asked

	known    versions
	stale    int
	warnings []string
	warned   warning
}

// page is what the cursor keeps of the rows of one page.
type page struct {
	from     int64     // the second that was asked for
	rows     []rowTime // readable ones
	count    int       // all rows
	newest   int64     // T: the newest readable updated_at, never less than asked
	readable bool      // at least one row has a readable updated_at
}

type rowTime struct{ id, updated int64 }

type phase int

const (
	reading      phase = iota // asked for S
	probing                   // asked for S+1 to see whether anything lies behind a second without end
	lookingAgain              // asked for S a second time
	lookingBack               // asked from before S, to see whether the server completes a second
)

// RowVersion is one row as the cursor judges it.
type RowVersion struct {
	ID          int64
	Updated     int64 // updated_at in Unix seconds, if UpdatedOK
	UpdatedOK   bool
	Fingerprint uint64 // over the record as it is emitted
}

// A FullSecondError says that one second holds more rows than the API hands out: what lies behind can't be reached.
type FullSecondError struct {
	Second int64
	Rows   int // rows of that second that were received and emitted
}

// Error names the second in Unix time and in UTC, and the number of rows that were received of it.
func (e *FullSecondError) Error() string {
	return fmt.Sprintf("%d rows share the modification time %d (%s), as many as a page holds, so that the API can't go past them and rows of that second may be missing;"+
		" the bookmark stays there. Run again later: rows that Zendesk rewrites leave the second."+
		" Or set \"on_full_second\" to \"skip\" to go on without those rows", e.Rows, e.Second, UTC(e.Second))
}

// NewCursor returns the cursor of a round. It starts at the later of StartDate and Bookmark, and is done at once if that
// is not before EndDate.
func NewCursor(config CursorConfig) *Cursor {
	c := &Cursor{config: config, start: config.StartDate, ceiling: math.MaxInt64}
	if config.HasBookmark {
		c.start = max(c.start, config.Bookmark)
	}
	c.loadSeen(config.Seen)
	c.asked, c.bookmark = c.start, c.start
	c.done = c.start >= config.EndDate
	return c
}

// Start returns the second at which the round began, inclusive.
func (c *Cursor) Start() int64 { return c.start }

// Progress returns the second that is being read, and how much of the time from the first row to the server's clock lies
// before it, from 0 to 1.
func (c *Cursor) Progress() (reached int64, share float64) {
	if c.first == 0 || c.server <= c.first {
		return c.asked, 0
	}
	return c.asked, min(max(float64(c.asked-c.first)/float64(c.server-c.first), 0), 1)
}

// Done reports whether the round is over.
func (c *Cursor) Done() bool { return c.done }

// Stale returns how many rows were dropped because a newer version of them had been emitted before.
func (c *Cursor) Stale() int { return c.stale }

// Bookmark returns the second from which the next run has to read, inclusive, and whether a page has set it; until then
// the bookmark that was saved stands, if there was one.
func (c *Cursor) Bookmark() (second int64, ok bool) { return c.bookmark, c.moved }

// Request returns what to ask for next.
func (c *Cursor) Request() Request {
	switch c.phase {
	case probing:
		return Request{Start: c.asked + 1}
	case lookingBack:
		return Request{Start: max(0, c.asked-lookBack(c.back))}
	default:
		return Request{Start: c.asked, Next: c.next}
	}
}

// Begin starts a page that was received when the server's clock showed server.
func (c *Cursor) Begin(server time.Time) {
	c.server = server.Unix()
	if c.clock == 0 {
		c.clock = c.server
	}
	c.page = page{from: c.Request().Start, rows: c.page.rows[:0], newest: c.asked}
}

// Probing reports whether the page in work is only looked at: none of its rows may be emitted.
func (c *Cursor) Probing() bool { return c.phase == probing }

// Admit takes the next row of the page and reports whether to emit it. A row is dropped only if the same version of it,
// or a newer one, was emitted last; if it lies outside the window; or if the page is not there for its sake.
func (c *Cursor) Admit(r RowVersion) bool {
	c.page.count++
	if r.UpdatedOK {
		c.page.readable = true
		if c.first == 0 {
			c.first = r.Updated
		}
		c.page.newest = max(c.page.newest, r.Updated)
		c.page.rows = append(c.page.rows, rowTime{r.ID, r.Updated})
	}
	switch {
	case c.phase == probing, r.UpdatedOK && r.Updated >= c.config.EndDate:
		return false
	case r.UpdatedOK && r.Updated < c.asked && c.phase == lookingBack:
		return false
	}
	last, ok := c.known.get(r.ID)
	v := version{updated: r.Updated, fingerprint: r.Fingerprint}
	if !r.UpdatedOK {
		v.updated = max(c.asked, last.updated) // nothing says that it is older than what was emitted
	}
	if ok {
		if last.fingerprint == v.fingerprint {
			if !r.UpdatedOK {
				c.known.put(r.ID, v) // counts as modified at the second it was last seen from, or the next run would know nothing of it
			}
			return false
		}
		if v.updated < last.updated {
			c.stale++
			return false
		}
	}
	if !r.UpdatedOK {
		c.warn(warnTimeless, fmt.Sprintf("Zendesk sent a row without a readable updated_at; it is emitted with null there, and counts as modified at the second asked for (%s)", UTC(c.asked)))
	}
	if v.updated < c.asked {
		c.warn(warnOlder, fmt.Sprintf("Zendesk sent a row that was modified at %s, before the second asked for (%s); it is emitted all the same", UTC(v.updated), UTC(c.asked)))
	}
	c.known.put(r.ID, v)
	return true
}

// End closes the page with what its envelope said, and moves the cursor on. An error fails the stream: the rows admitted
// are to be emitted, and the bookmark is safe.
func (c *Cursor) End(p *Page) error {
	switch c.phase {
	case probing:
		c.endProbe()
		return nil
	case lookingBack:
		return c.endLookBack()
	}
	if c.page.count == 0 {
		c.done = true
		return nil
	}
	if !c.page.readable {
		return fmt.Errorf("none of the %d rows of the page from %d (%s) has a readable updated_at, so that there is no way on; ask Zendesk's support about it", c.page.count, c.asked, UTC(c.asked))
	}
	if c.page.newest > c.asked {
		c.advance(p)
		return nil
	}
	c.moveBookmark(c.asked, c.asked)
	return c.endWithoutProgress()
}

// advance goes on behind a page that brought something newer than asked.
func (c *Cursor) advance(p *Page) {
	asked, newest := c.asked, c.page.newest
	end := newest
	if p.EndTimeOK && asked < p.EndTime && p.EndTime <= newest {
		end = p.EndTime
	}
	to, next := end, ""
	if p.Next != "" && asked < p.NextStart && p.NextStart <= newest {
		to, next = p.NextStart, p.Next
	}
	c.moveBookmark(end, to)
	c.leadTo(to, next)
	if end >= c.config.EndDate || to >= c.config.EndDate || c.chasing(newest) {
		c.done = true
	}
}

// leadTo makes second the one to ask for and remembers what the page that led there held of it.
func (c *Cursor) leadTo(second int64, next string) {
	c.led, c.page = c.page, page{rows: c.led.rows[:0]}
	c.asked, c.next, c.phase = second, next, reading
}

// moveBookmark raises the bookmark to second, but not above the window's end, nor above what had settled when reading
// went on from the second next: what becomes visible before next afterwards is only seen by the next run, however long
// this one goes on.
func (c *Cursor) moveBookmark(second, next int64) {
	settled := c.server - c.config.Settle
	if max(second, next) > settled {
		c.ceiling = min(c.ceiling, settled)
	}
	c.bookmark = max(c.bookmark, min(second, c.ceiling, c.config.EndDate))
	c.moved = true
	c.known.settle(c.bookmark)
}

// caughtUp ends the round behind a second that may hold more than it shows.
func (c *Cursor) caughtUp() {
	c.done = true
	if c.big >= bigPage {
		c.warn(warnNewestFull, fmt.Sprintf("the newest second, %d (%s), filled a page of %d rows: further rows of it may become visible only when later ones follow and settle", c.asked, UTC(c.asked), c.big))
	}
}

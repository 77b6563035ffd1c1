package talk

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/warn"
)

const (
	// NoEnd is the CursorConfig.End of a cursor that reads to the newest row.
	NoEnd = math.MaxInt64

	day = 24 * 60 * 60 // seconds

	// leastSettled is how old a row must be, in seconds, before the cursor takes its second for complete: Zendesk
	// leaves the last minute out of some exports, or refuses it (docs/zendesk-api.md, "Too recent").
	leastSettled = 60

	// busyLimit bounds how often the cursor follows rows that came into being while it read.
	busyLimit = 3
)

// CursorConfig says where reading begins and how it may end. Times are Unix seconds.
type CursorConfig struct {
	Bookmark int64     // second that the last run saved; 0: none
	Seen     []Version // versions that it saved beside this very bookmark, see [Cursor.Seen]
	Start    int64     // oldest modification time wanted; 0: all history
	End      int64     // first modification time not wanted; NoEnd: none
	Settle   int64     // seconds that the bookmark stays behind the server's clock
	SkipFull bool      // whether to go past a second that the API cuts, instead of failing
}

// A Row is what the cursor has to know of one row of a page.
type Row struct {
	ID          int64  // id of the row, if IDOK
	Updated     int64  // modification time in Unix seconds, if UpdatedOK
	Fingerprint uint64 // hash of the record as it is emitted
	IDOK        bool   // whether ID is usable, at which the cursor does not look: its user refuses a page of such rows
	UpdatedOK   bool   // whether the modification time is readable
}

// A Cursor reads one stream once, from where the last run stopped to the newest row. It is a state machine of plain
// values, without I/O and without a clock; package talk's documentation has its rules. Its user repeats
//
//	for !c.Done() {
//		page := fetch(c.Request()) // tell TooRecent if Zendesk refuses that as too recent
//		c.BeginPage(page.ServerTime)
//		for each row { emit it if c.Admit(row) }
//		err := c.EndPage(page) // an error ends the stream as failed
//		save c.Bookmark() and c.Seen()
//	}
//
// as the example has it in full. A Cursor is not safe for concurrent use.
type Cursor struct {
	config CursorConfig
	start  int64 // second at which reading began
	first  int64 // modification time of the first row; 0 before it
	asked  int64 // S: the second that is being read
	next   string
	phase  phase
	back   int // index into lookBack while phase is lookingBack
	done   bool

	bookmark int64
	saves    bool  // whether a page with rows has set the bookmark
	ceiling  int64 // highest second that the bookmark may take in this run

	server   int64 // server's clock at the page in work
	present  int64 // server's clock when the cursor began, or last followed rows that were newer
	followed int   // times that it followed such rows

	page     page
	leading  page               // page that led to S; empty if none did
	expected map[int64]struct{} // ids of the rows of S that a page must hold to show that S is complete
	rowsOfS  int                // rows of the page that brought nothing newer than S

	known      versions
	timeless   []Version // rows without a readable modification time that came while S was read
	superseded int
	skipped    bool // whether it went past a second that is cut
	warnings   warn.Once
}

// page is what the cursor keeps of the rows of one page.
type page struct {
	from   int64 // second that was asked for
	rows   []Row // those without a readable modification time as if modified at S
	timed  int   // number of those with one
	newest int64 // T: the newest modification time, never less than S
}

type phase int

const (
	reading     phase = iota // asked for S
	probing                  // asked for S+1, to see whether anything lies behind a second without end
	rereading                // asked for S a second time
	lookingBack              // asked from before S, to see whether the server completes a second
)

// A FutureStartError says that reading would begin too far ahead of the server's clock, see [Cursor.CheckStart].
type FutureStartError struct {
	Second   int64 // where it would begin
	Server   int64 // the server's clock
	Bookmark bool  // whether the bookmark says so; if not, CursorConfig.Start does
}

// Error names the second in Unix time and in UTC, and the server's clock in UTC.
func (e *FutureStartError) Error() string {
	return fmt.Sprintf("the second to read from, %d (%s), lies ahead of Zendesk's clock (%s)", e.Second, UTC(e.Second),
		UTC(e.Server))
}

// A NoTimesError says that no row of a page has a readable modification time, so that nothing leads on from it.
type NoTimesError struct {
	Second int64 // Unix second that was asked for
	Rows   int   // number of the page's rows, which were emitted
}

// Error names the second in Unix time and in UTC.
func (e *NoTimesError) Error() string {
	return fmt.Sprintf("none of the %d rows of the page from %d (%s) has a readable updated_at, so that there is no"+
		" way on", e.Rows, e.Second, UTC(e.Second))
}

// NewCursor returns the cursor of a stream. It starts at the later of Start and Bookmark, and is done at once if that
// is not before End.
func NewCursor(config CursorConfig) *Cursor {
	c := &Cursor{config: config, start: max(config.Start, config.Bookmark), ceiling: math.MaxInt64}
	c.loadSeen()
	c.asked, c.bookmark = c.start, c.start
	c.done = c.start >= config.End
	return c
}

// Start returns the second at which reading began, inclusive.
func (c *Cursor) Start() int64 { return c.start }

// Progress returns the second that is being read, and how much of the time from the first row to the server's clock
// lies before it, from 0 to 1.
func (c *Cursor) Progress() (reached int64, share float64) {
	if c.first == 0 || c.server <= c.first {
		return c.asked, 0
	}
	return c.asked, min(max(float64(c.asked-c.first)/float64(c.server-c.first), 0), 1)
}

// Done reports whether reading is over.
func (c *Cursor) Done() bool { return c.done }

// Superseded returns how many rows were dropped because a newer version of them had been emitted before.
func (c *Cursor) Superseded() int { return c.superseded }

// Skipped reports whether reading went past a second that the API cuts, so that rows of it may be missing.
func (c *Cursor) Skipped() bool { return c.skipped }

// Bookmark returns the second from which the next run has to read, inclusive, and whether a page has set it; until then
// the bookmark that was saved stands, if there was one.
func (c *Cursor) Bookmark() (second int64, ok bool) { return c.bookmark, c.saves }

// Warnings returns the warnings that came up since the last call.
func (c *Cursor) Warnings() []string { return c.warnings.Take() }

// CheckStart returns a *[FutureStartError] if CursorConfig.Start lies ahead of the server's clock, or
// CursorConfig.Bookmark more than a day: a mistake of a person (or milliseconds), which would otherwise look like a
// stream that never has anything new. Call it with the time of the first response, whatever its status.
func (c *Cursor) CheckStart(server time.Time) error {
	now := server.Unix()
	switch {
	case c.config.Bookmark > now+day:
		return &FutureStartError{Second: c.config.Bookmark, Server: now, Bookmark: true}
	case c.config.Start > now:
		return &FutureStartError{Second: c.config.Start, Server: now}
	}
	return nil
}

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

// TooRecent tells the cursor that Zendesk refused its request as too recent. That means caught up, and ends reading
// with the bookmark where it is. It returns false if the second asked for is more than a day old, where it can't mean
// that; then the refusal is an error like any other.
func (c *Cursor) TooRecent(server time.Time) (ok bool) {
	if c.Request().Start < server.Unix()-day {
		return false
	}
	c.endCaughtUp()
	return true
}

// BeginPage starts a page that was received when the server's clock showed server.
func (c *Cursor) BeginPage(server time.Time) {
	c.server = server.Unix()
	if c.present == 0 {
		c.present = c.server
	}
	c.page = page{from: c.Request().Start, rows: c.page.rows[:0], newest: c.asked}
}

// Probing reports whether the page in work is only looked at: none of its rows may be emitted.
func (c *Cursor) Probing() bool { return c.phase == probing }

// Admit takes the next row of the page and reports whether to emit it. A row is dropped only if the same version of it,
// or a newer one, was emitted last; if it lies outside the window; or if the rule "Full seconds" asked for its page and
// only looks at the row: at each behind S, and at those older than S.
func (c *Cursor) Admit(r Row) bool {
	if r.UpdatedOK {
		if c.first == 0 {
			c.first = r.Updated
		}
		c.page.newest = max(c.page.newest, r.Updated)
		c.page.timed++
	} else {
		r.Updated = c.asked
	}
	c.page.rows = append(c.page.rows, r)
	switch {
	case c.phase == probing, r.UpdatedOK && r.Updated >= c.config.End:
		return false
	case r.UpdatedOK && r.Updated < c.asked && c.phase == lookingBack:
		return false
	}
	last, emitted := c.known.get(r.ID)
	v := Version{r.ID, r.Updated, r.Fingerprint}
	if !r.UpdatedOK {
		v.Updated = max(v.Updated, last.Updated) // nothing says that it is older than what was emitted
	}
	switch {
	case emitted && v.Fingerprint == last.Fingerprint:
		if !r.UpdatedOK {
			c.putTimeless(v)
		}
		return false
	case emitted && v.Updated < last.Updated:
		c.superseded++
		return false
	}
	if !r.UpdatedOK {
		c.warnings.Add("Bad rows", "Zendesk sent a row without a readable updated_at; it is emitted with null there,"+
			" and counts as modified at the second asked for (%s)", UTC(c.asked))
		c.putTimeless(v)
		return true
	}
	if v.Updated < c.asked {
		c.warnings.Add("Older rows", "Zendesk sent a row that was modified at %s, before the second asked for (%s);"+
			" it is emitted all the same", UTC(v.Updated), UTC(c.asked))
	}
	c.known.put(v)
	return true
}

// putTimeless remembers a row without a readable modification time.
func (c *Cursor) putTimeless(v Version) {
	c.known.put(v)
	c.timeless = append(c.timeless, v)
}

// EndPage closes the page with what its envelope said, and moves the cursor on. An error, [*NoTimesError] or
// [*FullSecondError], fails the stream: the rows admitted are to be emitted, and Bookmark and Seen are to be saved.
func (c *Cursor) EndPage(p *Page) error {
	switch {
	case c.phase == probing:
		c.endProbe()
	case c.phase == lookingBack:
		return c.endLookBack()
	case len(c.page.rows) == 0:
		c.done = true
	case c.page.timed == 0:
		return &NoTimesError{Second: c.asked, Rows: len(c.page.rows)}
	case c.page.newest > c.asked:
		c.advance(p)
	default:
		c.moveBookmark(c.asked, c.asked)
		return c.endWithoutProgress()
	}
	return nil
}

// advance goes on behind a page that brought something newer than S.
func (c *Cursor) advance(p *Page) {
	newest := c.page.newest
	end := newest
	if p.EndTimeOK && c.asked < p.EndTime && p.EndTime <= newest {
		end = p.EndTime
	}
	to, next := end, ""
	if p.Next != "" && c.asked < p.NextStart && p.NextStart <= newest {
		to, next = p.NextStart, p.Next
	}
	c.moveBookmark(min(end, to), to)
	c.goTo(to, next)
	c.done = c.done || c.tooBusy(newest)
}

// goTo makes second the one to ask for, unless the window ends there, and remembers the page that led there.
func (c *Cursor) goTo(second int64, next string) {
	c.leading, c.page = c.page, page{rows: c.leading.rows[:0]}
	c.asked, c.next, c.phase, c.timeless = second, next, reading, c.timeless[:0]
	c.done = second >= c.config.End
}

// moveBookmark raises the bookmark to second, limited by the window's end and by what had settled when the cursor moved
// on to next. Rows that appear before next after that are left to the next run.
func (c *Cursor) moveBookmark(second, next int64) {
	if settled := c.server - c.config.Settle; next > settled {
		c.ceiling = min(c.ceiling, settled)
	}
	c.bookmark = max(c.bookmark, min(second, c.ceiling, c.config.End))
	c.saves = true
	for _, v := range c.timeless { // it may lie at the bookmark or behind it, where the next run meets it again
		if last, _ := c.known.get(v.ID); last == v {
			v.Updated = max(v.Updated, c.bookmark)
			c.known.put(v)
		}
	}
	c.known.settle(c.bookmark)
}

// tooBusy counts the pages whose newest row came into being after the cursor had come to the present, and reports
// whether to leave what is newer to the next run. Rows from the future of the server's own clock don't count, since
// then the clock is wrong.
func (c *Cursor) tooBusy(newest int64) bool {
	if newest <= c.present || newest > c.server+leastSettled {
		return false
	}
	c.present = c.server
	c.followed++
	return c.followed >= busyLimit
}

// endCaughtUp ends reading behind a second that may hold more than it shows.
func (c *Cursor) endCaughtUp() {
	c.done = true
	if c.rowsOfS >= manyRows {
		c.warnings.Add("Full seconds", "the newest second, %d (%s), shows %d rows, and may have more: these become"+
			" visible only when later ones follow and settle", c.asked, UTC(c.asked), c.rowsOfS)
	}
}

// UTC shows a Unix second as a person reads it: RFC 3339, in UTC.
func UTC(second int64) string { return time.Unix(second, 0).UTC().Format(time.RFC3339) }

// generation is how many versions from before the bookmark a run remembers at least; twice that is about the most.
const generation = 16384

// A Version is a row as it was emitted last.
type Version struct {
	ID          int64 // id of the row
	Updated     int64 // modification time in Unix seconds; S for a row without a readable one
	Fingerprint uint64
}

// Seen returns the versions to save beside the bookmark, oldest first: those of all rows modified at or after it. With
// them the next run emits only what is new or has changed.
func (c *Cursor) Seen() []Version { return slices.Clone(c.known.list()) }

// loadSeen takes in the versions of the last run. Those older than the bookmark are of no use.
func (c *Cursor) loadSeen() {
	c.known.bookmark = c.config.Bookmark
	for _, v := range c.config.Seen {
		if v.Updated >= c.config.Bookmark {
			c.known.put(v)
		}
	}
}

// versions remembers the version of each row that was emitted last: every one modified at or after the bookmark, which
// the next request, or the next run, can meet again, and of older ones the last generation or two, for servers that
// repeat what they shouldn't. The zero value knows nothing.
type versions struct {
	last     map[int64]remembered
	recent   []Version // candidates for the versions to save: modified at or after bookmark, a row maybe several times
	bookmark int64
	turn     int // number of puts so far
	room     int // rows in last at which it forgets, and makes room for more; 0 at the start, when last is nil
}

type remembered struct {
	Version
	turn int // number of the put it came with
}

func (k *versions) get(id int64) (Version, bool) {
	v, ok := k.last[id]
	return v.Version, ok
}

func (k *versions) put(v Version) {
	if len(k.last) >= k.room {
		k.forget()
	}
	k.turn++
	k.last[v.ID] = remembered{v, k.turn}
	if v.Updated >= k.bookmark {
		k.recent = append(k.recent, v)
	}
}

// forget drops the older ones of the rows that need not be saved.
func (k *versions) forget() {
	if k.last == nil {
		k.last = map[int64]remembered{}
	}
	maps.DeleteFunc(k.last, func(_ int64, v remembered) bool {
		return v.Updated < k.bookmark && v.turn <= k.turn-generation
	})
	k.room = len(k.last) + generation
}

// settle raises the bookmark: what was modified before it is no candidate any more.
func (k *versions) settle(bookmark int64) {
	k.bookmark = bookmark
	k.recent = slices.DeleteFunc(k.recent, func(v Version) bool { return v.Updated < bookmark })
}

// list returns the rows modified at or after the bookmark, in order of time, each once.
func (k *versions) list() []Version {
	k.recent = slices.DeleteFunc(k.recent, func(v Version) bool { return k.last[v.ID].Version != v })
	slices.SortFunc(k.recent, func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.Updated, b.Updated), cmp.Compare(a.ID, b.ID))
	})
	k.recent = slices.Compact(k.recent)
	return k.recent
}

package tap

import (
	"fmt"
	"slices"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// A generator draws the rows of a stream.
type generator struct {
	*dice
	page    int
	crowded bool  // seconds may hold a page of rows and more; if not, none ever does
	late    int64 // up to so many seconds after its time a version becomes visible
	alive   bool  // rows are still made and rewritten when the tap has begun to run
	span    int64 // seconds of past that the rows lie in
	future  int64 // seconds after the first run in which rows are made and rewritten

	held map[int64]int // versions by their second
	last int64         // id
}

// rows draws a stream.
func (g *generator) rows() []talksim.History {
	g.held = make(map[int64]int)
	n := g.n(pick(g.dice, 8, 40, 40, 90, 3*min(g.page, 400)+2))
	g.span = max(100, int64(n)*int64(pick(g.dice, 1, 4, 40, 2000)))
	var rows []talksim.History
	for range n {
		rows = append(rows, g.row(g.moment()))
	}
	if g.crowded {
		for range 1 + g.n(2) {
			rows = append(rows, g.burst(rows)...)
		}
	}
	slices.SortFunc(rows, func(a, b talksim.History) int { return int(a.ID - b.ID) })
	return rows
}

// moment draws a time for a version.
func (g *generator) moment() int64 {
	at := bubbleStart - int64(g.n(int(g.span)))
	if g.alive && g.one(3) {
		at = bubbleStart + int64(g.n(int(g.future)))
	}
	return at
}

// burst draws a second with about a page of rows, or several: the newest there is, that of some row, or any.
func (g *generator) burst(rows []talksim.History) []talksim.History {
	at := g.moment()
	if len(rows) > 0 {
		v := rows[g.n(len(rows))].Versions
		at = pick(g.dice, at, v[0].Updated, v[len(v)-1].Updated)
	}
	if g.one(4) {
		at = bubbleStart + g.future + 1
	}
	size := min(1500, pick(g.dice, g.page, g.page, g.page+1, g.page+g.n(g.page)+1, 2*g.page, 3*g.page))
	var burst []talksim.History
	for range max(1, size-g.n(2)) {
		burst = append(burst, g.row(at))
	}
	return burst
}

// row draws a row that is made at a moment: most stay as they are, some are rewritten, moving to a later second or not.
func (g *generator) row(at int64) talksim.History {
	g.last += 1 + int64(g.n(3))
	row := talksim.History{ID: g.last}
	g.version(&row, at)
	for g.one(3) && len(row.Versions) < 6 {
		last := row.Versions[len(row.Versions)-1]
		switch {
		case g.one(3): // contents that go A, B, A within a second
			if step := min(int64(1+g.n(20)), (last.Updated+g.late-last.Visible)/2); step > 0 {
				other := last
				other.Visible += step
				other.Body = body(row.ID, last.Updated, "other")
				last.Visible += 2 * step
				row.Versions = append(row.Versions, other, last)
			}
		case g.alive:
			soon, later := last.Updated+int64(g.n(int(g.future))), bubbleStart+int64(g.n(int(g.future)))
			g.version(&row, max(last.Updated, pick(g.dice, g.moment(), soon, later)))
		default:
			g.version(&row, max(last.Updated, min(bubbleStart-1, last.Updated+int64(g.n(300)))))
		}
	}
	return row
}

// version adds a version to the row, modified at a second, or soon after if that has no room.
func (g *generator) version(row *talksim.History, at int64) {
	for !g.crowded && g.held[at] >= g.page-1 {
		at++
	}
	g.held[at]++
	v := talksim.Version{Updated: at, Visible: at, Body: body(row.ID, at, fmt.Sprint("v", len(row.Versions)))}
	if g.one(2) {
		v.Visible += int64(g.n(int(g.late) + 1))
	}
	if n := len(row.Versions); n > 0 {
		v.Visible = max(v.Visible, row.Versions[n-1].Visible)
	}
	row.Versions = append(row.Versions, v)
}

// body is a row as the API sends it and, since the schema of the property test has these fields in this order, as the
// tap emits it.
func body(id, updated int64, note string) []byte {
	return fmt.Appendf(nil, `{"id":%d,"updated_at":"%s","note":"%s"}`, id, talk.UTC(updated), note)
}

package tap

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// The small world's account and server. Every run of a history goes on counting the server's requests, and what happens
// to the account happens between two of them.

const (
	// smallStart is the first of the small world's three seconds. It lies more than a day after 1970, so that an export
	// from the beginning of time asks for a second that no server may call too recent.
	smallStart = 1_000_000

	smallSettle = 60
	atRest      = 1 << 20 // a request before which everything has happened, and settled
	neverBad    = -1
)

// A smallVersion is a row as it is from a request on.
type smallVersion struct {
	id      int64
	updated int64
	visible int // number of the first request that shows it
}

// A smallClock is what the server's clock shows, and which seconds the rows are modified in.
type smallClock struct {
	name    string
	seconds [3]int64
	first   int64 // at the first request
	tick    int64 // between two requests
}

func (c *smallClock) at(request int) int64 {
	if request >= atRest {
		return smallStart + 1_000_000
	}
	return c.first + int64(request-1)*c.tick
}

// mayAppear reports whether a version may become visible at a request: not before its time, and no more than the
// settling time after it, if the clock can be trusted.
func (c *smallClock) mayAppear(updated int64, request int) bool {
	now := c.at(request)
	return updated <= now && now <= updated+smallSettle && c.tick >= 0
}

// smallClocks returns the times at which an account can be read: long after all of it has settled, and just when it
// has; before any of it has; while it settles; with a clock that goes back; and when all has settled but the newest
// second. A second without rows may lie between the others.
func smallClocks() []smallClock {
	near := [3]int64{smallStart, smallStart + 1, smallStart + 2}
	apart := [3]int64{smallStart, smallStart + 2, smallStart + 3}
	return []smallClock{
		{"long after", apart, smallStart + 100_000, 0},
		{"just settled", apart, smallStart + 3 + smallSettle, 0},
		{"at once", near, smallStart + 2, 0},
		{"settling", near, smallStart + 2, 31},
		{"going back", near, smallStart + 100, -50},
		{"newest unsettled", [3]int64{smallStart, smallStart + 1, smallStart + 200}, smallStart + 200, 0},
	}
}

// A smallServer is how a server answers.
type smallServer struct {
	page     int
	whole    bool   // completes a second instead of cutting it
	endTime  string // right, none, behind, ahead, stuck
	nextPage string // the same
	order    string // sorted, reversed, older (one from before start_time in front), jumps (the newest at the end)
	refuses  string // never, recent (a start_time of the last minute), first (any start_time, at the first request)
}

// documented reports whether the server is as Zendesk documents it.
func (s *smallServer) documented() bool {
	return s.endTime == "right" && s.nextPage == "right" && s.order == "sorted" && s.refuses == "never"
}

// smallServers returns all kinds of servers.
func smallServers() (all []smallServer) {
	for page := 1; page <= 3; page++ {
		for _, whole := range []bool{false, true} {
			server := smallServer{page, whole, "right", "right", "sorted", "never"}
			for _, way := range [][2]string{
				{"right", "right"}, {"none", "none"}, {"behind", "right"}, {"right", "behind"}, {"none", "right"},
				{"right", "none"}, {"behind", "none"}, {"none", "behind"}, {"ahead", "ahead"}, {"stuck", "stuck"},
			} {
				server.endTime, server.nextPage = way[0], way[1]
				all = append(all, server)
			}
			server.endTime, server.nextPage = "right", "right"
			for _, order := range []string{"reversed", "older", "jumps"} {
				if server.order = order; order != "jumps" || whole {
					all = append(all, server)
				}
			}
			server.order = "sorted"
			for _, refuses := range []string{"recent", "first"} {
				server.refuses = refuses
				all = append(all, server)
			}
		}
	}
	return all
}

// A smallWorld is an account with its server, and all of a history but deaths and wound-back bookmarks.
type smallWorld struct {
	clock    *smallClock
	server   smallServer
	versions []smallVersion // of all rows; those of one row in the order in which they become visible
	lagging  int            // request that is answered as if it were the second one before; 0: none
	bad      int            // index of the version whose time can't be read; neverBad: none
	end      int64          // end of the window
	skip     bool
}

func (w *smallWorld) String() string {
	return fmt.Sprintf("%s; %+v; versions %v (%d is bad); request %d lags; window's end %d; skip %t",
		w.clock.name, w.server, w.versions, w.bad, w.lagging, w.end, w.skip)
}

// rows returns the indices of the versions that a request sees, by time and id.
func (w *smallWorld) rows(into []int, request int) []int {
	if request == w.lagging {
		request -= 2
	}
	into = into[:0]
	for i, v := range w.versions {
		if v.visible > request {
			continue
		}
		old := slices.IndexFunc(into, func(j int) bool { return w.versions[j].id == v.id })
		if old >= 0 {
			into = slices.Delete(into, old, old+1)
		}
		into = append(into, i)
	}
	slices.SortFunc(into, func(i, j int) int {
		a, b := w.versions[i], w.versions[j]
		return cmp.Or(cmp.Compare(a.updated, b.updated), cmp.Compare(a.id, b.id))
	})
	return into
}

// cut returns where the page from start begins and ends among rows.
func (w *smallWorld) cut(rows []int, start int64) (from, to int) {
	for from < len(rows) && w.versions[rows[from]].updated < start {
		from++
	}
	to = min(len(rows), from+w.server.page)
	second := func(place int) int64 { return w.versions[rows[place]].updated }
	for w.server.whole && to > from && to < len(rows) && second(to) == second(to-1) {
		to++
	}
	return from, to
}

// answer returns the page from start, as indices of versions, and its envelope.
func (w *smallWorld) answer(buffer []int, start int64, request int) (page []int, envelope talk.Page) {
	rows := w.rows(buffer, request)
	from, to := w.cut(rows, start)
	if from == to {
		return nil, talk.Page{}
	}
	page = rows[from:to:to]
	newest := w.versions[rows[to-1]].updated
	lead := newest
	switch w.server.order {
	case "reversed":
		slices.Reverse(page)
	case "older":
		if from > 0 {
			page = append([]int{rows[from-1]}, page...)
		}
	case "jumps": // next_page knows which row comes next; end_time is that of the newest row
		if to < len(rows) {
			lead, newest = w.versions[rows[to]].updated, w.versions[rows[len(rows)-1]].updated
			page = append(page, rows[len(rows)-1])
		}
	}
	envelope.EndTime, envelope.EndTimeOK = way(w.server.endTime, newest, start)
	var follow bool
	if envelope.NextStart, follow = way(w.server.nextPage, lead, start); follow {
		envelope.Next = "next"
	}
	return page, envelope
}

// way returns the second that end_time or next_page names.
func way(kind string, newest, start int64) (second int64, ok bool) {
	switch kind {
	case "none":
		return 0, false
	case "behind":
		newest--
	case "ahead":
		newest += 1000
	case "stuck":
		newest = start
	}
	return newest, true
}

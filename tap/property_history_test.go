package tap

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

// bubbleStart is the clock of a new testing/synctest bubble, 2000-01-01, where all histories have their first run.
const bubbleStart = 946684800

// A history is all that happens in one case of the property test: an account over its past and future, the ways of its
// server, the tap's settings, and when the tap runs and dies.
type history struct {
	account  *talksim.Account
	pageSize int
	whole    bool     // the server completes a second instead of cutting it
	quirks   []string // specs of scenarios that hold all the time
	faults   []string // specs of scenarios that come and go
	skip     bool     // on_full_second
	settle   int64
	start    int64 // start_date, 0: none
	end      int64 // end_date, talk.NoEnd: none
	runs     []plannedRun
	seed     uint64 // of what the simulator leaves to chance
}

// A plannedRun begins some time after the one before. Its reader gets cut lines, then the run is dead; all if cut < 0.
// Before it, every bookmark is wound back by so many seconds.
type plannedRun struct {
	after time.Duration
	cut   int
	back  int64
}

// dice make the choices of a history: at random, or as raw bytes have it, which a fuzzer can then mutate.
type dice struct {
	rand *rand.Rand // nil: raw
	raw  []byte
}

// n returns a number from 0 to limit-1, 0 when the raw bytes are used up.
func (d *dice) n(limit int) int {
	if d.rand != nil {
		return d.rand.IntN(limit)
	}
	v := 0
	for span := 1; span < limit && len(d.raw) > 0; span <<= 8 {
		v = v<<8 | int(d.raw[0])
		d.raw = d.raw[1:]
	}
	return v % limit
}

// one is true once in so many times.
func (d *dice) one(in int) bool { return d.n(in) == in-1 }

func pick[T any](d *dice, from ...T) T { return from[d.n(len(from))] }

// drawHistory draws a history: mostly some dozens of rows and small pages, where everything that can happen happens
// often, and some with pages of up to 2,000 rows.
func drawHistory(d *dice) *history {
	h := &history{end: talk.NoEnd, seed: uint64(d.n(1 << 16))}
	h.pageSize = 1 + d.n(pick(d, 4, 4, 12, 12, 12, 60, 60, 400, 2000))
	h.whole = d.one(2)
	h.skip = d.one(4)
	h.settle = int64(pick(d, 0, 60, 300, 300, 1+d.n(900)))
	g := &generator{dice: d, page: h.pageSize, crowded: d.one(3)}
	if !g.crowded {
		h.pageSize = max(h.pageSize, 2) // with pages of one row every second is full
		g.page = h.pageSize
	}
	g.late = int64(d.n(int(h.settle) + 1))
	lag := int64(d.n(int(h.settle-g.late) + 1))
	g.alive = d.one(2)
	g.future = int64(pick(d, 3*60*60, 20*60, 60))
	h.drawQuirks(d, lag, g.crowded)
	h.account = &talksim.Account{}
	streams := pick(d, []string{talksim.Calls}, []string{talksim.Legs}, []string{talksim.Calls, talksim.Legs})
	for _, stream := range streams {
		rows := g.rows()
		if stream == talksim.Calls {
			h.account.Calls = rows
		} else {
			h.account.Legs = rows
		}
	}
	if d.one(8) {
		h.start = bubbleStart - 20 - int64(d.n(int(g.span))) // no start_date may lie ahead of a clock that is behind
	}
	if d.one(8) {
		h.end = max(h.start, bubbleStart-int64(d.n(int(g.span)))) + int64(d.n(100))
	}
	for range d.n(4) {
		seconds := pick(d, 0, d.n(30), d.n(100), d.n(1000), d.n(10000))
		run := plannedRun{after: time.Duration(seconds) * time.Second, cut: -1}
		if d.one(2) {
			run.cut = d.n(pick(d, 6, 12, 40, 200))
		}
		if d.one(6) {
			run.back = 1 + int64(d.n(pick(d, 60, 1000, int(g.span))))
		}
		h.runs = append(h.runs, run)
	}
	return h
}

// drawQuirks chooses how the server is odd, slow to replicate, or faulty.
func (h *history) drawQuirks(d *dice, lag int64, crowded bool) {
	if lag > 0 && d.one(2) {
		h.quirks = append(h.quirks, fmt.Sprintf("lag=%ds@p0.3", lag))
	}
	if d.one(4) {
		h.quirks = append(h.quirks, pick(d, "tick=1s", "tick=20s", "tick=90s", "tick=10m"))
	}
	if d.one(8) {
		h.quirks = append(h.quirks, "date-skew=-15s@p0.3")
	}
	// What a server filters out after it cut a page leaves no trace, so that a full second can't be told from a whole
	// one; only one that completes seconds may do so here.
	if d.one(6) && (h.whole || !crowded) {
		h.quirks = append(h.quirks, pick(d, "filter-after-count=2", "filter-after-count=5"))
	}
	if d.one(6) && h.whole {
		h.quirks = append(h.quirks, "short-pages")
	}
	// A row out of turn leads past what lies before it, unless next_page knows better and can say so.
	if d.one(6) && (h.whole || !crowded) {
		h.quirks = append(h.quirks, "early-row")
	}
	if d.one(2) {
		all := quirks()
		for range 1 + d.n(3) {
			spec := all[d.n(len(all))]
			name, _, _ := strings.Cut(spec, "=")
			if early := h.has("early-row") && (name == "end-time" || name == "next-page"); !early && !h.has(name) {
				h.quirks = append(h.quirks, spec)
			}
		}
	}
	if d.one(4) {
		all := []string{
			"503", "500", "409", "502-html", "429=1", "429=none", "reset", "close", "html", "empty-body", "hang",
			"cut-body", "reset-body", "truncated", "gzip-cut",
		}
		if h.has("too-recent") {
			all = all[:11] // a refusal cut short doesn't tell what it is
		}
		for range 1 + d.n(2) {
			h.faults = append(h.faults, all[d.n(len(all))]+"@p0.06")
		}
	}
	if h.whole {
		h.quirks = append(h.quirks, "complete-second")
	}
}

// quirks returns the specs of what may be odd about an answer without a row of it being lost or another than it is.
func quirks() []string {
	harmless := []string{
		"unsorted", "twice", "older-rows", "hide-minute", "end-time", "empty-end-time", "count", "next-page",
		"too-recent",
	}
	fit := func(spec string) bool {
		name, _, _ := strings.Cut(spec, "=")
		return slices.Contains(harmless, name)
	}
	all := slices.DeleteFunc(faults.Names(), func(spec string) bool { return !fit(spec) })
	return append(all, "too-recent=422-json:5m", "row-id=string:3", "row-id=float:2", "row-updated-at=offset:2",
		"unsorted", "older-rows", "twice")
}

// has reports whether the server has a quirk of that name.
func (h *history) has(name string) bool {
	return slices.ContainsFunc(h.quirks, func(spec string) bool {
		got, _, _ := strings.Cut(strings.Split(spec, "@")[0], "=")
		return got == name
	})
}

// String describes the history for whoever has to find out what went wrong with it.
func (h *history) String() string {
	return fmt.Sprintf("page size %d, completes seconds %t, skip %t, settle %d, start %d, end %d, quirks %q,"+
		" faults %q, runs %v, %d calls, %d legs",
		h.pageSize, h.whole, h.skip, h.settle, h.start, h.end, h.quirks, h.faults, h.runs,
		len(h.account.Calls), len(h.account.Legs))
}

// scenarios looks up everything odd about the server.
func (h *history) scenarios(t *testing.T) []talksim.Scenario {
	t.Helper()
	all, err := faults.Scenarios(slices.Concat(h.quirks, h.faults)...)
	if err != nil {
		t.Fatalf("the history names a scenario that talksim does not have: %v", err)
	}
	return all
}

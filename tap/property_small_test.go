package tap

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/warn"
)

// Every history of a small world, enumerated: all accounts of a few rows that are modified in three seconds, one of
// them late or rewritten or read from a replica that lags, at any request; all kinds of servers; a run that dies after
// any message; a bookmark wound back to any second. The cursor reads it, and what it saves goes through the text of a
// bookmark. Its judges are those of the property test: in the end every row is there in its final version, nothing came
// twice but after a death, nothing came in an older version, every run ends, a second fails only where it must, no
// request is made in vain, and a bookmark that was wound back brings everything from there on.

const (
	// smallRows is how many rows there are at most when nothing happens to them, smallRowsWithEvent when something
	// does. A server that is as documented gets one more, or two. TAP_SMALL_WORLD=1 makes one more everywhere, and
	// winds the bookmark back also behind a run that died.
	smallRows, smallRowsWithEvent = 2, 1

	smallEvents = 6 // requests at which something may happen

	// smallShare is how many accounts there are to one that plain `go test` plays; .ci/run plays every one, and more.
	smallShare = 8
)

func TestEveryHistoryOfASmallWorld(t *testing.T) {
	t.Parallel()
	more := number(t, "TAP_SMALL_WORLD", 0)
	servers := smallServers()
	var played atomic.Int64
	t.Cleanup(func() { t.Logf("%d histories played", played.Load()) })
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		t.Run(fmt.Sprint("servers from ", worker), func(t *testing.T) {
			t.Parallel()
			p := &smallPlayer{more: more, parsed: map[string]bookmark{}}
			accounts := 0
			for i := worker; i < len(servers) && !t.Failed(); i += workers {
				eachSmallWorld(servers[i], more, func(w *smallWorld) {
					if accounts++; more == 0 && accounts%smallShare != 0 {
						return
					}
					if err := p.playAll(w); err != nil && !t.Failed() {
						t.Errorf("%v\n%v", err, w)
					}
				})
			}
			played.Add(int64(p.played))
		})
	}
}

// eachSmallWorld makes every account for a server.
func eachSmallWorld(server smallServer, more int, do func(*smallWorld)) {
	clocks := smallClocks()
	still, event := smallRows+more, smallRowsWithEvent+more
	switch {
	case server.documented():
		still, event = still+1, event+1
	case server.order == "jumps":
		still++ // so that something can lie between
	}
	for i := range clocks {
		clock, still, event := &clocks[i], still, event
		// A second of several rows lies between others; and stays so where one of its rows is rewritten.
		switch surrounded := 4 + more; {
		case clock.name == "long after" && server.documented():
			still = surrounded
		case clock.name == "long after" && server.order == "older" && !server.whole && server.page == 2:
			still = surrounded
		case clock.name == "just settled" && !server.documented():
			continue // as long after
		case clock.name == "just settled" && server.documented() && server.whole && server.page == 2:
			event = surrounded
		}
		eachSmallAccount(clock, still, func(versions []smallVersion) {
			w := smallWorld{clock: clock, server: server, versions: versions, bad: neverBad, end: talk.NoEnd}
			do(&w)
			if server.endTime != "right" || server.nextPage != "right" {
				return
			}
			if !server.whole {
				w.skip = true
				do(&w)
				w.skip = false
			}
			for _, w.end = range clock.seconds[1:] {
				do(&w)
			}
			w.end = talk.NoEnd
			for w.bad = range versions {
				do(&w)
			}
		})
		eachSmallAccount(clock, event, func(versions []smallVersion) {
			eachSmallEvent(clock, versions, func(event smallVersion) {
				all := append(slices.Clip(versions), event)
				w := smallWorld{clock: clock, server: server, versions: all, bad: neverBad, end: talk.NoEnd}
				do(&w)
				if clock.name == "just settled" {
					return // as late as can be: with a lag on top it would come later, and may be missed at both looks
				}
				if w.lagging = event.visible + 1; clock.mayAppear(event.updated, w.lagging) {
					do(&w)
				}
			})
		})
	}
	busy := smallClock{"busy", clocks[0].seconds, smallStart + 2, 1}
	w := smallWorld{clock: &busy, server: server, bad: neverBad, end: talk.NoEnd}
	for request := 1; request < 40; request++ { // somebody is always on the phone
		w.versions = append(w.versions, smallVersion{1, busy.at(request), request})
	}
	do(&w)
}

// eachSmallAccount makes every account of at most n rows that stay as they are.
func eachSmallAccount(clock *smallClock, n int, do func([]smallVersion)) {
	var add func(versions []smallVersion)
	add = func(versions []smallVersion) {
		do(versions)
		if len(versions) == n {
			return
		}
		for _, second := range clock.seconds {
			add(append(slices.Clip(versions), smallVersion{int64(len(versions)) + 1, second, 0}))
		}
	}
	add(nil)
}

// eachSmallEvent makes everything that can happen to an account once: a row that becomes visible late, with an id
// before or behind all others, and a row that is rewritten, at any request.
func eachSmallEvent(clock *smallClock, versions []smallVersion, do func(smallVersion)) {
	for _, second := range clock.seconds {
		for request := 1; request <= smallEvents; request++ {
			if !clock.mayAppear(second, request) {
				continue
			}
			do(smallVersion{0, second, request})
			do(smallVersion{int64(len(versions)) + 1, second, request})
			for _, v := range versions {
				if v.updated <= second {
					do(smallVersion{v.id, second, request})
				}
			}
		}
	}
}

// A smallPlayer plays histories of small worlds, and is the target that their records come to.
type smallPlayer struct {
	*smallWorld
	more    int // as TAP_SMALL_WORLD has it
	played  int
	buffer  []int
	parsed  map[string]bookmark // by the text of the state
	problem error

	request int          // number of the last request
	last    bookmark     // in the last STATE
	state   string       // its text, as the last run read it
	saved   int64        // its end_time; 0 if it has none
	held    smallRecords // that came last
	known   smallRecords // that the tap may know of
	sure    smallRecords // that came before the last STATE
	anyDied bool

	// Of the last run:
	left    int // messages until it is dead; no end if negative
	died    bool
	failure error
	records int
	asked   int          // requests
	shown   smallRecords // versions that its pages showed last
	leading smallPage    // page that led to the second it reads
	short   bool         // whether its last page lies before that second, and doesn't reach it
}

// A smallPage is a page, as indices of versions, and the second that it was asked for.
type smallPage struct {
	start    int64
	versions []int
}

// smallRecords holds the version of each row, by its id: its index and 1, or 0.
type smallRecords [8]int

// playAll plays a world with a death after each message of its first run, and with none, each with every earlier second
// for the bookmark to be wound back to, and with none.
func (p *smallPlayer) playAll(w *smallWorld) error {
	p.smallWorld = w
	for death, died := 1, true; died; death++ {
		var reached int64
		if died, reached = p.play(death, 0); p.problem != nil {
			return fmt.Errorf("death after message %d: %w", death, p.problem)
		}
		if reached == 0 || died && p.more == 0 {
			continue
		}
		for _, second := range w.clock.seconds {
			if second >= reached {
				continue
			}
			if p.play(death, second); p.problem != nil {
				return fmt.Errorf("death after message %d, wound back from %d to %d: %w",
					death, reached, second, p.problem)
			}
		}
	}
	return nil
}

// play plays one history: a run that dies after so many messages, one that goes on, and when all has come to rest one
// to the end, before which the bookmark may be wound back to a second, and an idle one. It returns whether the first
// run died, and the bookmark before it was wound back.
func (p *smallPlayer) play(death int, back int64) (died bool, reached int64) {
	*p = smallPlayer{smallWorld: p.smallWorld, more: p.more, played: p.played + 1, buffer: p.buffer, parsed: p.parsed}
	p.run(death)
	died = p.died
	p.run(-1)
	reached = p.saved
	if back > 0 {
		p.windBack(back)
	}
	p.request = atRest
	p.run(-1)
	p.judge()
	failed := p.failure != nil
	p.run(-1)
	if p.records > 0 && p.server.order != "older" {
		p.fail("the idle run emitted %d records", p.records)
	}
	if p.asked > 3 && !failed {
		p.fail("the idle run took %d requests", p.asked)
	}
	return died, reached
}

// windBack moves the bookmark back, as a person does who leaves the rest of the state alone.
func (p *smallPlayer) windBack(to int64) {
	_, rest, _ := strings.Cut(string(p.last.json()), ",")
	p.sure = smallRecords{}
	p.last, p.state, p.saved = bookmark{}, fmt.Sprintf(`{"end_time":%d,%s`, to, rest), to
	for id, i := range p.held {
		if i > 0 && p.versions[i-1].updated >= to && p.sure[id] == 0 {
			p.held[id] = 0
		}
	}
}

func (p *smallPlayer) fail(format string, args ...any) {
	if p.problem == nil {
		p.problem = fmt.Errorf(format, args...)
	}
}

// run runs the tap once, from the state that was saved last.
func (p *smallPlayer) run(messages int) {
	p.left, p.died, p.failure, p.records, p.asked = messages, false, nil, 0, 0
	p.known, p.shown, p.leading.versions, p.short = p.sure, smallRecords{}, nil, false
	if p.last.ok || len(p.last.seen) > 0 {
		p.state = string(p.last.json())
	}
	b := p.readState()
	c := talk.NewCursor(talk.CursorConfig{
		Bookmark: b.endTime, Seen: b.seen, End: p.end, Settle: smallSettle, SkipFull: p.skip,
	})
	for alive := p.message(); alive && !c.Done() && p.failure == nil; {
		alive = p.readPage(c, b)
	}
	if p.died {
		p.anyDied = true
		return
	}
	full, ok := errors.AsType[*talk.FullSecondError](p.failure)
	if ok && p.bad == neverBad && p.ever(full.Second) < p.server.page { // a row without a time may be of any second
		p.fail("failed although never more than %d rows were modified in the second: %w", p.ever(full.Second), full)
	}
}

// readState reads the state. Of the few that there are, each is parsed once: that takes longer than a run.
func (p *smallPlayer) readState() bookmark {
	b, known := p.parsed[p.state]
	if known {
		return b
	}
	b, warnings, err := readBookmark([]byte(p.state), replicationKey)
	if err != nil || len(warnings) > 0 {
		p.fail("the state %s: %w %v", p.state, err, warnings)
	}
	p.parsed[p.state] = b
	return b
}

// message takes a message, unless the reader is gone.
func (p *smallPlayer) message() bool {
	if p.left == 0 {
		p.died = true
		return false
	}
	p.left--
	return true
}

// readPage reads a page as the tap does, and returns false if the run has died.
func (p *smallPlayer) readPage(c *talk.Cursor, b bookmark) (alive bool) {
	p.judgeRequest(c)
	p.request++
	if p.asked++; p.asked > 40 {
		p.fail("no end after %d requests", p.asked)
		return false
	}
	start, now := c.Request().Start, p.clock.at(p.request)
	if p.server.refuses == "first" && p.request == 1 || p.server.refuses == "recent" && start > now-60 {
		const day = 24 * 60 * 60
		caughtUp := c.TooRecent(time.Unix(now, 0))
		if caughtUp != (start >= now-day) {
			p.fail("a refusal of %d at %d is taken for caught up: %t", start, now, caughtUp)
		}
		if !caughtUp {
			p.failure = errors.New("refused")
		}
		return true
	}
	page, envelope := p.answer(p.buffer, start, p.request)
	c.BeginPage(time.Unix(now, 0))
	for _, i := range page {
		v := p.versions[i]
		row := talk.Row{ID: v.id, Updated: v.updated, Fingerprint: uint64(i), IDOK: true, UpdatedOK: i != p.bad}
		if c.Admit(row) && !p.record(i, c.Probing()) {
			return false
		}
	}
	probing := c.Probing()
	before, _ := c.Bookmark()
	second, _ := c.Progress()
	if start == second {
		p.judgePage(page)
	}
	p.failure = c.EndPage(&envelope)
	p.judgeEnd(c, smallPage{start, page}, second)
	if probing || len(page) == 0 {
		if after, _ := c.Bookmark(); after != before {
			p.fail("a page without rows to emit moved the bookmark from %d to %d", before, after)
		}
		return true
	}
	if !p.message() {
		return false
	}
	p.save(b.after(c, &warn.Once{}), max(now-smallSettle, c.Start(), p.saved))
	return true
}

// record takes a record, and returns false if the run has died.
func (p *smallPlayer) record(i int, probing bool) bool {
	if !p.message() {
		return false
	}
	p.records++
	v := p.versions[i]
	before := p.known[v.id] - 1
	switch {
	case probing:
		p.fail("%v was only to be looked at", v)
	case v.updated >= p.end && i != p.bad:
		p.fail("%v came from behind the window", v)
	case p.server.order == "older" && v.updated < p.saved:
		// What lies before the bookmark nobody keeps in mind.
	case before == i:
		p.fail("%v came twice", v)
	case before > i && p.versions[before].updated > v.updated:
		p.fail("%v came after %v", v, p.versions[before])
	}
	p.held[v.id], p.known[v.id] = i+1, i+1
	return true
}

// save takes a STATE.
func (p *smallPlayer) save(b bookmark, safe int64) {
	if b.endTime < p.saved || b.endTime > min(safe, p.end) {
		p.fail("the bookmark went from %d to %d; %d is safe", p.saved, b.endTime, safe)
	}
	p.last, p.saved, p.sure = b, b.endTime, p.known
}

// ever returns how many rows were ever modified in a second.
func (p *smallPlayer) ever(second int64) (n int) {
	var counted smallRecords
	for _, v := range p.versions {
		if v.updated == second && counted[v.id] == 0 {
			counted[v.id] = 1
			n++
		}
	}
	return n
}

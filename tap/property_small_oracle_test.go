package tap

import (
	"errors"
	"slices"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// judgePage holds that of a page that is read for its own sake every row came, now or before.
func (p *smallPlayer) judgePage(page []int) {
	for _, i := range page {
		if v := p.versions[i]; p.known[v.id] == 0 && v.updated < p.end {
			p.fail("%v was on a page and never came", v)
		}
	}
}

// judgeRequest holds that no request is made in vain: none to see whether anything lies behind a second that has not
// settled; and none from before a second that the page that led to it shows to be complete, or that one from nearer by
// didn't reach.
func (p *smallPlayer) judgeRequest(c *talk.Cursor) {
	start := c.Request().Start
	second, _ := c.Progress()
	switch now := p.clock.at(p.request); {
	case c.Probing() && start > now-max(smallSettle, 60):
		p.fail("asked for %d, which has not settled at %d, to see whether anything lies there", start, now)
	case start < second && p.proves(p.leading, second):
		p.fail("asked from %d, although the page that led to %d shows that the server completes it", start, second)
	case start < second && p.short:
		p.fail("asked from %d, although a page from nearer by didn't reach %d", start, second)
	}
}

// judgeEnd holds that a second does not fail behind a page that shows that it is complete, and keeps in mind what the
// page shows.
func (p *smallPlayer) judgeEnd(c *talk.Cursor, page smallPage, second int64) {
	for _, i := range page.versions {
		p.shown[p.versions[i].id] = i + 1
	}
	if p.failure != nil && p.proves(page, second) {
		p.fail("failed, although the page from %d shows that the server completes %d: %w",
			page.start, second, p.failure)
	}
	reaches := func(i int) bool { return p.versions[i].updated >= second || i == p.bad }
	p.short = page.start < second && len(page.versions) > 0 && !slices.ContainsFunc(page.versions, reaches)
	if reached, _ := c.Progress(); reached > second {
		if p.leading.versions = nil; page.start == second {
			p.leading = smallPage{second, slices.Clone(page.versions)}
		}
	}
}

// proves reports whether a page shows that the server completes a second: it holds a row older than the second, and all
// rows of it that this run was shown and that are not known to have left it.
func (p *smallPlayer) proves(page smallPage, second int64) bool {
	if p.bad != neverBad || p.lagging > 0 {
		return false // not all is what it seems
	}
	older, rows, missing := false, 0, 0
	for _, i := range page.versions {
		older = older || page.start <= p.versions[i].updated && p.versions[i].updated < second
	}
	for _, i := range p.shown {
		if i > 0 && p.versions[i-1].updated == second {
			rows++
			if !slices.Contains(page.versions, i-1) {
				missing++
			}
		}
	}
	return older && rows > 0 && missing == 0
}

// judge holds what came of a small world against the truth, when all has come to rest and a run came to its end.
func (p *smallPlayer) judge() {
	rows := p.rows(p.buffer, atRest)
	p.buffer = rows
	full, _ := errors.AsType[*talk.FullSecondError](p.failure)
	p.judgeFailure(rows, full)
	place, last := 0, int64(0)
	for _, i := range rows {
		v := p.versions[i]
		if place++; v.updated != last {
			place, last = 0, v.updated
		}
		newest := v.updated == p.versions[rows[len(rows)-1]].updated
		switch {
		case p.held[v.id] == i+1, v.updated >= p.end:
		case errors.As(p.failure, new(*talk.NoTimesError)): // what follows can't be had
		case p.known[v.id] == i+1 && p.anyDied && p.lagging > 0: // A, B, A, of which a death hid the last from the tap
		case full != nil && v.updated > full.Second:
		case !p.server.whole && place >= p.server.page && (newest || full != nil && full.Second == v.updated):
		case !p.server.whole && p.skip && p.ever(v.updated) > p.server.page:
		default:
			p.fail("lost: %v; failure: %w", v, p.failure)
		}
	}
}

// judgeFailure holds a failure against the first second that can't be passed.
func (p *smallPlayer) judgeFailure(rows []int, full *talk.FullSecondError) {
	if p.bad != neverBad && (errors.As(p.failure, new(*talk.NoTimesError)) || full != nil) {
		return // a row without a time hides what the others show
	}
	stuck := p.stuck(rows)
	switch {
	case p.failure != nil && (full == nil || p.skip):
		p.fail("failed: %w", p.failure)
	case full != nil && p.server.whole && p.provable(rows, full.Second):
		p.fail("failed, although a page shows that the server completes the second: %w", full)
	case p.server.whole || p.skip || p.bad != neverBad:
	case full == nil && stuck != 0:
		p.fail("passed the second %d although the server cuts it", stuck)
	case full != nil && (full.Second != stuck || full.Rows != p.server.page):
		p.fail("failed, but the second that can't be passed is %d: %w", stuck, full)
	}
}

// stuck returns the first second that holds a page of rows or more, and has later ones behind it; 0 if there is none.
func (p *smallPlayer) stuck(rows []int) int64 {
	place, last := 0, int64(0)
	for _, i := range rows {
		second := p.versions[i].updated
		if place++; second != last {
			place, last = 1, second
		}
		if place >= p.server.page && second < min(p.end, p.versions[rows[len(rows)-1]].updated) {
			return second
		}
	}
	return 0
}

// provable reports whether one of the pages that the cursor may ask for shows that the server completes a second.
func (p *smallPlayer) provable(rows []int, second int64) bool {
	shows := func(start int64) (older, of int) {
		from, to := p.cut(rows, start)
		for _, i := range rows[from:to] {
			switch updated := p.versions[i].updated; {
			case updated < second:
				older++
			case updated == second:
				of++
			}
		}
		return older, of
	}
	_, all := shows(second)
	for _, back := range []int64{1, 60, 60 * 60, 24 * 60 * 60} {
		older, of := shows(second - back)
		switch {
		case of == 0:
			return false // too many rows lie before it
		case older > 0 && of == all:
			return true
		}
	}
	return false
}

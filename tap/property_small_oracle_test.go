package tap

import (
	"errors"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

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

package tap

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// The oracle. What a run may ask and send is judged after each run (judgeRun), what all runs together must have brought
// when nothing happens any more (judge), and that it then stays quiet (judgeIdle).

// judgeRun judges the last run, dead or not.
func (p *player) judgeRun() error {
	var problems []error
	for _, text := range p.target.problems {
		problems = append(problems, errors.New(text))
	}
	for _, s := range p.selected {
		seconds := p.secondsEver(s.Name)
		if f := p.failures[s.Name]; f != nil && seconds[f.Second] < p.leastPage() {
			problems = append(problems, fmt.Errorf("%s failed with a full second although never more than %d rows were"+
				" modified in it: %w", s.Name, seconds[f.Second], f))
		}
		for second, rows := range p.skipped[s.Name] {
			if seconds[second] < p.leastPage() || rows > seconds[second] {
				problems = append(problems, fmt.Errorf("%s: skipped over %d with %d rows received, although no more"+
					" than %d rows were modified in it", s.Name, second, rows, seconds[second]))
			}
		}
		if end, now := p.target.ends[s.Name], p.sim.Now().Unix(); end > max(now-p.settle, p.start) {
			problems = append(problems, fmt.Errorf("the bookmark of %s, %d, is less than the settling time of %d"+
				" behind the clock, %d", s.Name, end, p.settle, now))
		}
		problems = append(problems, p.judgeRequests(s.Name))
	}
	return errors.Join(problems...)
}

// existed reports whether the row ever was what the record says, up to now, and was wanted.
func (p *player) existed(k rowKey, record string) bool {
	rows := p.sim.Account().Rows(k.stream)
	i := sort.Search(len(rows), func(i int) bool { return rows[i].ID >= k.id })
	if i == len(rows) || rows[i].ID != k.id || rows[i].Hidden {
		return false
	}
	for _, v := range rows[i].Versions {
		if string(v.Body) == record && v.Visible <= p.sim.Now().Unix() {
			return v.Updated < p.end && (v.Updated >= p.start || p.has("older-rows"))
		}
	}
	return false
}

// secondsEver returns how many rows of a stream were ever modified in each second.
func (p *player) secondsEver(stream string) map[int64]int {
	seconds := make(map[int64]int)
	for _, row := range p.account.Rows(stream) {
		last := int64(-1)
		for _, v := range row.Versions {
			if v.Updated != last {
				seconds[v.Updated]++
			}
			last = v.Updated
		}
	}
	return seconds
}

// leastPage is the size of the smallest page that is not the last.
func (p *player) leastPage() int {
	if p.has("short-pages") || p.has("filter-after-count") {
		return 1
	}
	return p.pageSize
}

// judgeRequests counts the requests of a stream: one for each page that leads on, 3 for the end of the round, 8 for
// each full second.
func (p *player) judgeRequests(stream string) error {
	full := 0
	for _, rows := range p.secondsEver(stream) {
		if rows >= p.leastPage() {
			full++
		}
	}
	var asked []int64
	forward, newest := 0, int64(-1)
	for _, r := range p.requests {
		again := len(asked) > 0 && asked[len(asked)-1] == r.Start && len(p.faults) > 0
		if r.Endpoint != stream || r.Status != http.StatusOK || r.Start < 0 || again {
			continue
		}
		asked = append(asked, r.Start)
		if r.Start > newest {
			forward++
			newest = r.Start
		}
	}
	if limit := forward + 3 + 8*full; len(asked) > limit {
		return fmt.Errorf("%s: %d requests, more than %d: %v", stream, len(asked), limit, asked)
	}
	if len(p.quirks) > 1 || len(p.quirks) == 1 && !p.has("complete-second") || !p.still() || len(asked) == 0 {
		return nil
	}
	if limit := p.pages(stream, asked[0]) + 3 + 8*full; len(asked) > limit {
		return fmt.Errorf("%s: %d requests, more than %d: %v", stream, len(asked), limit, asked)
	}
	return nil
}

// still reports whether nothing happens to any row once the tap has begun to run.
func (p *player) still() bool { return p.settled() <= bubbleStart+2*24*60*60 }

// pages returns how many pages of a history at rest bring something newer than was asked for.
func (p *player) pages(stream string, start int64) int {
	rows := p.final(stream)
	n := 0
	for {
		page := p.page(rows, start)
		switch {
		case len(page) == 0:
			return n
		case page[len(page)-1].updated > start:
			start = page[len(page)-1].updated
			n++
		default:
			start++
		}
	}
}

// page returns the rows, hidden ones among them, that the server looks at for a request.
func (p *player) page(rows []finalRow, start int64) []finalRow {
	from := sort.Search(len(rows), func(i int) bool { return rows[i].updated >= start })
	to := min(len(rows), from+p.pageSize)
	for to > from && to < len(rows) && (p.whole && rows[to].updated == rows[to-1].updated || allHidden(rows[from:to])) {
		to++
	}
	return rows[from:to]
}

// A finalRow is a row as it is in the end.
type finalRow struct {
	id, updated int64
	hidden      bool
	body        string
	place       int // among the rows of its second
}

// final returns the rows of a stream as they are in the end, in the order of the API.
func (p *player) final(stream string) []finalRow {
	var rows []finalRow
	for _, row := range p.sim.Account().Rows(stream) {
		v := row.Versions[len(row.Versions)-1]
		rows = append(rows, finalRow{id: row.ID, updated: v.Updated, hidden: row.Hidden, body: string(v.Body)})
	}
	slices.SortFunc(rows, func(a, b finalRow) int {
		return cmp.Or(cmp.Compare(a.updated, b.updated), cmp.Compare(a.id, b.id))
	})
	for i := 1; i < len(rows); i++ {
		if rows[i].updated == rows[i-1].updated {
			rows[i].place = rows[i-1].place + 1
		}
	}
	return rows
}

// judge holds what the target has against the truth.
func (p *player) judge() error {
	var problems []error
	for _, s := range p.selected {
		rows := p.final(s.Name)
		problems = append(problems, p.judgeFailure(s.Name, rows))
		for _, row := range rows {
			k := rowKey{s.Name, row.id}
			got := p.target.held[k]
			switch {
			case row.hidden || row.updated < p.start || row.updated >= p.end:
			case got == row.body, p.unreachable(s.Name, row, rows):
			case p.target.known[k] == row.body:
				// Contents that went A, B, A: the run that sent B died before its STATE, so for the next one A came
				// last. That is what a seen list can't know, and the price of not sending again all that it holds.
				p.total.reverted++
			default:
				problems = append(problems, fmt.Errorf("lost: %s %s; the target has %q", s.Name, row.body, got))
			}
		}
	}
	return errors.Join(problems...)
}

// unreachable reports whether a row can't be had: a server that cuts seconds shows no more than a page of each.
func (p *player) unreachable(stream string, row finalRow, rows []finalRow) bool {
	f := p.failures[stream]
	if f != nil && row.updated > f.Second {
		return true
	}
	if p.whole || row.place < p.pageSize && p.still() {
		return false
	}
	_, skipped := p.skipped[stream][row.updated]
	last := f != nil && f.Second == row.updated || rows[len(rows)-1].updated == row.updated
	return skipped || last && row.place >= p.pageSize
}

// judgeFailure holds the last run's failure against the first second that can't be passed.
func (p *player) judgeFailure(stream string, rows []finalRow) error {
	f := p.failures[stream]
	stuck := p.stuck(rows)
	switch {
	case f != nil && p.has("short-pages"):
		return nil // the next page may be longer
	case f != nil && (p.whole || p.has("filter-after-count")):
		return p.provable(f.Second, rows)
	case p.whole || p.has("filter-after-count") || p.skip && f == nil:
		return nil
	case f == nil && stuck != 0:
		return fmt.Errorf("%s passed the second %d although the server cuts it", stream, stuck)
	case f != nil && (f.Second != stuck || f.Rows != p.pageSize || p.skip):
		return fmt.Errorf("%s failed, but the second that can't be passed is %d, of which %d rows can be had: %w",
			stream, stuck, p.pageSize, f)
	}
	return nil
}

// stuck returns the first second that holds a page of rows or more, and has later ones behind it; 0 if there is none.
func (p *player) stuck(rows []finalRow) int64 {
	newest := int64(0)
	for _, row := range rows {
		newest = max(newest, row.updated)
	}
	for _, row := range rows {
		if row.place+1 >= p.pageSize && row.updated >= p.start && row.updated < min(p.end, newest) {
			return row.updated
		}
	}
	return 0
}

// provable returns an error if one of the pages that the cursor may ask for shows that the server completes the second.
func (p *player) provable(second int64, rows []finalRow) error {
	shows := func(start int64) (older, of int) {
		for _, row := range p.page(rows, start) {
			switch {
			case row.hidden:
			case row.updated < second:
				older++
			case row.updated == second:
				of++
			}
		}
		return older, of
	}
	_, all := shows(second)
	for _, back := range []int64{1, 60, 60 * 60, 24 * 60 * 60} {
		older, of := shows(second - back)
		if of == 0 {
			return nil // too many rows lie before it
		}
		if older > 0 && of == all {
			return fmt.Errorf("failed at the second %d, although the page from %d shows that the server completes it",
				second, second-back)
		}
	}
	return nil
}

// judgeIdle judges the last run as one in which nothing was new.
func (p *player) judgeIdle(before map[string]*talk.FullSecondError) error {
	var problems []error
	healed := p.has("short-pages") && len(before) > 0 // by a longer page, so that something was new
	if n := p.target.records - p.target.repeats; n > 0 && !healed {
		problems = append(problems, fmt.Errorf("emitted %d records, %d repeats not counted", n, p.target.repeats))
	}
	for _, s := range p.selected {
		n := 0
		for _, r := range p.requests {
			if r.Endpoint == s.Name && r.Status == http.StatusOK {
				n++
			}
		}
		if limit := 3; n > limit && before[s.Name] == nil && len(p.faults) == 0 {
			problems = append(problems, fmt.Errorf("%s took %d requests, more than %d", s.Name, n, limit))
		}
	}
	return errors.Join(problems...)
}

func allHidden(rows []finalRow) bool {
	return !slices.ContainsFunc(rows, func(r finalRow) bool { return !r.hidden })
}

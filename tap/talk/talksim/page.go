package talksim

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Page is one answer of an export endpoint before it becomes text.
type Page struct {
	*Request
	Start  int64 // the start_time that was asked for
	Newest int64 // updated_at of the newest row that was counted, or Start
	Rows   []PageRow

	NextStart int64 // the start_time of next_page

	// The JSON texts of the envelope's members. An empty Array stands for the array of Rows, an empty NextPage for the
	// URL that follows from NextStart; [Absent] leaves a member out.
	Array, Count, EndTime, NextPage string
}

// Absent leaves a member out of a page's envelope.
const Absent = "absent"

// PageRow is one row in a page.
type PageRow struct {
	ID, Updated int64
	Body        []byte // one JSON object
}

// Older returns up to n of the rows that come right before the page's start_time, oldest first.
func (p *Page) Older(n int) []PageRow {
	v := p.sim.visible(p.Endpoint, p.Now.Unix())
	to := v.index(p.Start)
	return pageRows(v.items[max(0, to-n):to])
}

// Later returns the rows modified after the newest of the page, oldest first.
func (p *Page) Later() []PageRow {
	v := p.sim.visible(p.Endpoint, p.Now.Unix())
	return pageRows(v.items[v.index(p.Newest+1):])
}

func pageRows(items []item) []PageRow {
	rows := make([]PageRow, 0, len(items))
	for _, it := range items {
		if !it.hidden {
			rows = append(rows, PageRow{it.id, it.version.Updated, it.version.JSON()})
		}
	}
	return rows
}

// SetEnd makes end_time, and the start_time of next_page, those of a page that ends with the row modified at newest.
func (p *Page) SetEnd(newest int64) {
	p.NextStart, p.NextPage, p.EndTime = newest, "", strconv.FormatInt(newest, 10)
}

// export answers a request for calls or legs as the real endpoints do: rows modified at or after start_time, oldest
// first, cut at the page size; end_time is that of the newest row; next_page is never null: docs/zendesk-api.md,
// "The export".
func (s *Sim) export(q *Request) *Reply {
	if q.Received.Start < 0 {
		return JSON(http.StatusBadRequest,
			`{"error":"InvalidValue","description":"Missing or invalid parameter: start_time"}`)
	}
	p := s.page(q, q.Received.Start)
	for _, sc := range q.active {
		if sc.Page != nil {
			sc.Page(p)
		}
	}
	q.Received.Rows = len(p.Rows)
	return JSON(http.StatusOK, p.json())
}

func (s *Sim) page(q *Request, start int64) *Page {
	v := s.visible(q.Endpoint, q.Now.Add(-q.Lag).Unix())
	items := v.items[v.index(start):]
	n := min(len(items), q.PageSize)
	for n > 0 && n < len(items) && (q.WholeSeconds && sameSecond(items[n-1], items[n]) || allHidden(items[:n])) {
		n++
	}
	p := &Page{
		Request: q, Start: start, Newest: start, Rows: pageRows(items[:n]), EndTime: "null", NextStart: start,
	}
	p.Count = strconv.Itoa(len(p.Rows))
	if n > 0 {
		p.Newest = items[n-1].version.Updated
		p.SetEnd(p.Newest)
	}
	return p
}

func sameSecond(a, b item) bool { return a.version.Updated == b.version.Updated }

// allHidden tells whether a page of these items would look like the end of the stream, which no reader could get past;
// the simulated server fills it up instead.
func allHidden(items []item) bool {
	return !slices.ContainsFunc(items, func(it item) bool { return !it.hidden })
}

// json writes the envelope, its members in alphabetical order.
func (p *Page) json() string {
	bodies := make([]string, len(p.Rows))
	for i, row := range p.Rows {
		bodies[i] = string(row.Body)
	}
	next := p.Base + StatsPath + p.Endpoint + "?start_time=" + strconv.FormatInt(p.NextStart, 10)
	members := map[string]string{
		p.Endpoint: cmp.Or(p.Array, "["+strings.Join(bodies, ",")+"]"), "count": p.Count, "end_time": p.EndTime,
		"next_page": cmp.Or(p.NextPage, strconv.Quote(next)),
	}
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if members[name] != Absent {
			texts = append(texts, strconv.Quote(name)+":"+members[name])
		}
	}
	return "{" + strings.Join(texts, ",") + "}"
}

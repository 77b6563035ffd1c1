package talksim

import (
	"net/http"
	"strconv"
)

// A page is one answer of an export endpoint before it becomes text; scenarios edit it.
type page struct {
	x      *exchange
	key    string // of the array: calls or legs
	start  int64
	newest int64 // updated_at of the newest row that was counted, or start
	rows   []pageRow
	array  string // JSON text in place of the array of rows, if not ""
	// JSON texts of the envelope's other members; "" leaves the member out.
	count, endTime, nextPage string
	path, query              string // of next_page, before its start_time
	nextStart                int64
}

type pageRow struct {
	id, updated int64
	body        []byte
}

// export answers a request for calls or legs as the real endpoints do: rows modified at
// or after start_time, oldest first, cut at the page size; end_time is that of the
// newest row; next_page is never null (zendesk_api.md §1).
func (s *Sim) export(x *exchange) *reply {
	start, err := strconv.ParseInt(x.req.URL.Query().Get("start_time"), 10, 64)
	if err != nil || start < 0 {
		return jsonReply(http.StatusBadRequest, `{"error":"InvalidValue","description":"Missing or invalid parameter: start_time"}`)
	}
	x.log.Start = start
	for _, sc := range x.active {
		if sc.admit == nil {
			continue
		}
		if r := sc.admit(x, start); r != nil {
			x.log.Scenario = sc.spec
			return r
		}
	}
	p := s.page(x, start)
	for _, sc := range x.active {
		if sc.page != nil {
			sc.page(p)
		}
	}
	x.log.Rows = len(p.rows)
	r := jsonReply(http.StatusOK, "")
	r.body = p.json()
	return r
}

func (s *Sim) page(x *exchange, start int64) *page {
	now := x.now.Add(-x.lag).Unix()
	items := s.view(x.endpoint, now).since(start)
	n := min(len(items), x.pageSize)
	for n > 0 && n < len(items) && (x.whole && items[n].version.Updated == items[n-1].version.Updated || allHidden(items[:n])) {
		n++
	}
	p := &page{
		x: x, key: x.endpoint, start: start, newest: start,
		rows: make([]pageRow, 0, n), path: statsPath + x.endpoint, nextStart: start,
	}
	const typical = 1500 // bytes of a call
	buf := make([]byte, 0, n*typical)
	for _, it := range items[:n] {
		p.newest = it.version.Updated
		if it.hidden {
			continue
		}
		from := len(buf)
		buf = it.version.appendJSON(buf)
		p.rows = append(p.rows, pageRow{it.id, it.version.Updated, buf[from:len(buf):len(buf)]})
	}
	p.count = strconv.Itoa(len(p.rows))
	p.endTime = "null"
	if n > 0 {
		p.nextStart = p.newest
		p.endTime = strconv.FormatInt(p.newest, 10)
	}
	return p
}

// allHidden tells whether a page of these items would look like the end of the stream,
// which no reader could get past; the simulated server fills it up instead.
func allHidden(items []item) bool {
	for _, it := range items {
		if !it.hidden {
			return false
		}
	}
	return true
}

func (p *page) url() string {
	return p.x.base + p.path + "?" + p.query + "start_time=" + strconv.FormatInt(p.nextStart, 10)
}

func (p *page) json() []byte {
	size := 256
	for _, row := range p.rows {
		size += len(row.body) + 1
	}
	o := newObject(make([]byte, 0, size))
	if p.key == Calls {
		p.appendRows(o)
	}
	if p.count != "" {
		o.raw("count", p.count)
	}
	if p.endTime != "" {
		o.raw("end_time", p.endTime)
	}
	if p.key != Calls {
		p.appendRows(o)
	}
	switch p.nextPage {
	case "":
		o.str("next_page", p.url())
	case absent:
	default:
		o.raw("next_page", p.nextPage)
	}
	return o.end()
}

// absent as a page's next_page leaves the member out.
const absent = "absent"

func (p *page) appendRows(o *object) {
	if p.array != "" {
		if p.array != absent {
			o.raw(p.key, p.array)
		}
		return
	}
	o.raw(p.key, "[")
	for i, row := range p.rows {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = append(o.b, row.body...)
	}
	o.b = append(o.b, ']')
}

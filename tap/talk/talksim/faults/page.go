package faults

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// pageEntries are the scenarios that change a page's order and its envelope.
func pageEntries() []entry {
	return slices.Concat([]entry{
		{"unsorted", page(func(p *talksim.Page) {
			p.Rand.Shuffle(len(p.Rows), func(i, j int) { p.Rows[i], p.Rows[j] = p.Rows[j], p.Rows[i] })
		})},
		{"twice", page(func(p *talksim.Page) {
			if len(p.Rows) > 0 {
				p.Rows = append(p.Rows, p.Rows[len(p.Rows)/2])
			}
		})},
		{"older-rows", page(olderRows)},
		{"early-row", page(earlyRow)},
		{"tiny-rows", number(100_000, paging(tinyRows))},
		{"end-time=behind", number(1, paging(func(p *talksim.Page, n int) {
			setEndTime(p, digits(p.Newest-int64(n)))
		}))},
		{"end-time=ahead", number(3600, paging(func(p *talksim.Page, n int) {
			setEndTime(p, digits(p.Newest+int64(n)))
		}))},
		{"next-page=behind", number(1, paging(func(p *talksim.Page, n int) { p.NextStart -= int64(n) }))},
		{"next-page=ahead", number(86400, paging(func(p *talksim.Page, n int) { p.NextStart += int64(n) }))},
		{"next-page=foreign", text(paging(func(p *talksim.Page, origin string) { p.Base = cmp.Or(origin, attacker) }))},
	},
		named("end-time", map[string]string{
			"null": "null", "absent": talksim.Absent, "zero": "0", "negative": "-1", "string": `"{newest}"`,
			"iso": `"{date}"`, "float": "{newest}.0", "milliseconds": "{newest}000", "stuck": "{start}",
		}, envelope(setEndTime)),
		named("empty-end-time", map[string]string{
			"null": "null", "absent": talksim.Absent, "echo": "{start}", "now": "{now}",
		}, envelope(setEmptyEndTime)),
		named("count", map[string]string{
			"wrong": "7919", "absent": talksim.Absent, "string": `"12"`, "zero": "0", "null": "null",
		}, envelope(func(p *talksim.Page, text string) { p.Count = text })),
		named("rows", map[string]string{
			"absent": talksim.Absent, "null": "null", "object": "{}", "string": `"none"`,
		}, envelope(func(p *talksim.Page, text string) { p.Array = text })),
		named("next-page", nextPages(), envelope(func(p *talksim.Page, text string) { p.NextPage = text })),
		named("too-recent", map[string]fixed{
			"422-json": {422, recentJSON}, "422-text": {422, recentText}, "400": {400, recent400},
		}, tooRecent),
	)
}

// nextPages are the texts of next_page by the name of the value: no URL, another spelling of the right one, or one that
// leads elsewhere.
func nextPages() map[string]string {
	const query = `?start_time={next}"`
	return map[string]string{
		"null": "null", "absent": talksim.Absent, "empty": `""`, "number": "2",
		"stuck":        `"{origin}{path}?start_time={start}"`,
		"no-start":     `"{origin}{path}"`,
		"params":       `"{origin}{path}?include=none&cursor=b3BhcXVlLTE%3D&start_time={next}"`,
		"json":         `"{origin}{path}.json` + query,
		"older":        `"{origin}{older}` + query,
		"path":         `"{origin}/api/v2/users.json` + query,
		"relative":     `"{path}` + query,
		"no-scheme":    `"//{host}{path}` + query,
		"upper-case":   `"{ORIGIN}{path}` + query,
		"default-port": `"{scheme}://{host:port}{path}` + query,
		"scheme":       `"{other}://{host}{path}` + query,
		"port":         `"{scheme}://{name}:8443{path}` + query,
		"userinfo":     `"{scheme}://user:pass@{host}{path}` + query,
		"lookalike":    `"{scheme}://{name}.attacker.example{path}` + query,
	}
}

// page makes a scenario that edits a page of rows.
func page(edit func(p *talksim.Page)) maker { return plain(talksim.Scenario{Page: edit}) }

// envelope makes scenarios that set a member of the envelope to a JSON text, in which names in braces stand for what
// the page has.
func envelope(set func(p *talksim.Page, text string)) func(text string) maker {
	return func(text string) maker {
		return page(func(p *talksim.Page) {
			set(p, fill(p.Request, text, "{start}", digits(p.Start), "{next}", digits(p.NextStart),
				"{newest}", digits(p.Newest), "{date}", date(p.Newest), "{now}", digits(p.Now.Unix())))
		})
	}
}

// setEndTime changes the end_time of a page that has rows, and leaves next_page as it is.
func setEndTime(p *talksim.Page, text string) {
	if len(p.Rows) > 0 {
		p.EndTime = text
	}
}

// setEmptyEndTime changes the end_time of a page that has none, and next_page with it. What it is then, nobody knows;
// without this it is null: docs/zendesk-api.md, "The last page".
func setEmptyEndTime(p *talksim.Page, text string) {
	if len(p.Rows) > 0 {
		return
	}
	p.EndTime = text
	if unix, err := strconv.ParseInt(text, 10, 64); err == nil {
		p.NextStart = unix
	}
}

// olderRows puts up to three rows in front that are older than start_time, as Support's exports do:
// docs/zendesk-api.md, "Order and late rows".
func olderRows(p *talksim.Page) {
	rows := p.Older(3)
	p.Rows = append(rows, p.Rows...)
	if n := len(rows); p.EndTime == "null" && n > 0 {
		p.EndTime = digits(rows[n-1].Updated)
	}
}

// earlyRow puts the newest row of all behind the others. So end_time, which is that of the newest row sent, lies ahead
// of next_page, which leads to where the page ends.
func earlyRow(p *talksim.Page) {
	later := p.Later()
	if len(p.Rows) == 0 || len(later) == 0 {
		return
	}
	if p.Newest == p.Start {
		p.NextStart = later[0].Updated
	}
	early := later[len(later)-1]
	p.Rows, p.EndTime = append(p.Rows, early), digits(early.Updated)
}

// tinyRows makes n rows of a page that has any, each of them nothing but an id.
func tinyRows(p *talksim.Page, n int) {
	if len(p.Rows) == 0 {
		return
	}
	p.Rows, p.Count = make([]talksim.PageRow, n), strconv.Itoa(n)
	for i := range p.Rows {
		p.Rows[i] = talksim.PageRow{ID: int64(i + 1), Updated: p.Newest, Body: fmt.Appendf(nil, `{"id":%d}`, i+1)}
	}
}

// tooRecent refuses a start_time of the last minute, or of another time: too-recent=422-text:5m. The three forms are
// those of docs/zendesk-api.md, "Too recent".
func tooRecent(refusal fixed) maker {
	return duration(time.Minute, func(age time.Duration) talksim.Scenario {
		return talksim.Scenario{Answer: func(q *talksim.Request) *talksim.Reply {
			if q.Received.Start <= q.Now.Add(-age).Unix() {
				return nil
			}
			return refusal.reply()
		}}
	})
}

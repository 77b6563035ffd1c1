package faults

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// pageEntries are the scenarios that change a page's order and its envelope.
func pageEntries() []entry {
	page := func(edit func(p *talksim.Page)) maker { return plain(talksim.Scenario{Page: edit}) }
	return []entry{
		{"unsorted", nil, page(func(p *talksim.Page) {
			p.Rand.Shuffle(len(p.Rows), func(i, j int) { p.Rows[i], p.Rows[j] = p.Rows[j], p.Rows[i] })
		})},
		{"twice", nil, page(func(p *talksim.Page) {
			if len(p.Rows) > 0 {
				p.Rows = append(p.Rows, p.Rows[len(p.Rows)/2])
			}
		})},
		{"older-rows", nil, page(olderRows)},
		{"early-row", nil, page(earlyRow)},
		{"tiny-rows", nil, number(100_000, tinyRows)},
		edits("end-time", endTime(), func(p *talksim.Page) bool { return len(p.Rows) > 0 }),
		edits("empty-end-time", emptyEndTime(), func(p *talksim.Page) bool { return len(p.Rows) == 0 }),
		edits("count", member(func(p *talksim.Page) *string { return &p.Count }, map[string]string{
			"wrong": "7919", "absent": talksim.Absent, "string": `"12"`, "zero": "0", "null": "null",
		}), always),
		edits("rows", member(func(p *talksim.Page) *string { return &p.Array }, map[string]string{
			"absent": talksim.Absent, "null": "null", "object": "{}", "string": `"none"`,
		}), always),
		nextPage(),
		tooRecent(),
	}
}

// A pageEdit changes a page; amount is the number of seconds behind a colon in the value, or 0.
type pageEdit func(p *talksim.Page, amount int64)

// edits is an entry whose values are edits of the pages that fit.
func edits(name string, table map[string]pageEdit, fits func(p *talksim.Page) bool) entry {
	return variants(name, table, func(edit pageEdit, argument string) (talksim.Scenario, error) {
		amount, err := strconv.ParseInt(cmp.Or(argument, "0"), 10, 64)
		return talksim.Scenario{Page: func(p *talksim.Page) {
			if fits(p) {
				edit(p, amount)
			}
		}}, err
	})
}

func always(*talksim.Page) bool { return true }

// member makes edits that put a JSON text in place of a member of the envelope.
func member(of func(p *talksim.Page) *string, texts map[string]string) map[string]pageEdit {
	table := make(map[string]pageEdit, len(texts))
	for value, text := range texts {
		table[value] = func(p *talksim.Page, _ int64) { *of(p) = text }
	}
	return table
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

// earlyRow puts the newest row of all behind the others. So end_time, which is that of the newest row sent, lies ahead of
// next_page, which leads to where the page ends.
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
func tinyRows(n int) talksim.Scenario {
	return talksim.Scenario{Page: func(p *talksim.Page) {
		if len(p.Rows) == 0 {
			return
		}
		p.Rows = make([]talksim.PageRow, n)
		for i := range p.Rows {
			p.Rows[i] = talksim.PageRow{ID: int64(i + 1), Updated: p.Newest, Body: fmt.Appendf(nil, `{"id":%d}`, i+1)}
		}
		p.Count = strconv.Itoa(n)
	}}
}

func endTime() map[string]pageEdit {
	table := member(func(p *talksim.Page) *string { return &p.EndTime }, map[string]string{
		"null": "null", "absent": talksim.Absent, "zero": "0", "negative": "-1",
	})
	table["string"] = func(p *talksim.Page, _ int64) { p.EndTime = strconv.Quote(digits(p.Newest)) }
	table["iso"] = func(p *talksim.Page, _ int64) { p.EndTime = quoted(p.Newest) }
	table["float"] = func(p *talksim.Page, _ int64) { p.EndTime = digits(p.Newest) + ".0" }
	table["milliseconds"] = func(p *talksim.Page, _ int64) { p.EndTime = digits(p.Newest * 1000) }
	table["behind"] = func(p *talksim.Page, amount int64) { p.EndTime = digits(p.Newest - cmp.Or(amount, 1)) }
	table["ahead"] = func(p *talksim.Page, amount int64) { p.EndTime = digits(p.Newest + cmp.Or(amount, 60*60)) }
	table["stuck"] = func(p *talksim.Page, _ int64) { p.EndTime = digits(p.Start) }
	return table
}

// emptyEndTime changes end_time where there are no rows: what it is then, nobody knows (docs/zendesk-api.md, "The last
// page"); without this scenario it is null.
func emptyEndTime() map[string]pageEdit {
	return map[string]pageEdit{
		"null":   func(*talksim.Page, int64) {},
		"absent": func(p *talksim.Page, _ int64) { p.EndTime = talksim.Absent },
		"echo":   func(p *talksim.Page, _ int64) { p.EndTime = digits(p.Start) },
		"now":    func(p *talksim.Page, _ int64) { p.SetEnd(p.Now.Unix()) },
	}
}

// nextPage changes next_page: its path, its start_time, its origin, or all of it.
func nextPage() entry {
	table := member(func(p *talksim.Page) *string { return &p.NextPage }, map[string]string{
		"null": "null", "absent": talksim.Absent, "empty": `""`, "number": "2",
	})
	table["no-start"] = func(p *talksim.Page, _ int64) { p.NextPage = strconv.Quote(p.Base + p.Path) }
	table["params"] = func(p *talksim.Page, _ int64) { p.Query = "include=none&cursor=b3BhcXVlLTE%3D&" }
	table["json"] = func(p *talksim.Page, _ int64) { p.Path += ".json" }
	table["older"] = func(p *talksim.Page, _ int64) { p.Path = talksim.OlderPath + p.Endpoint }
	table["path"] = func(p *talksim.Page, _ int64) { p.Path = "/api/v2/users.json" }
	table["stuck"] = func(p *talksim.Page, _ int64) { p.NextStart = p.Start }
	table["behind"] = func(p *talksim.Page, amount int64) { p.NextStart -= cmp.Or(amount, 1) }
	table["ahead"] = func(p *talksim.Page, amount int64) { p.NextStart += cmp.Or(amount, 24*60*60) }
	here, elsewhere := edits("next-page", table, always), otherOrigin()
	return entry{"next-page", slices.Concat(here.values, elsewhere.values), func(v string) (talksim.Scenario, error) {
		if kind, _, _ := strings.Cut(v, ":"); slices.Contains(elsewhere.values, kind) {
			return elsewhere.make(v)
		}
		return here.make(v)
	}}
}

// otherOrigin changes what next_page begins with in place of scheme://host: the same origin written differently, or
// another one; foreign takes the one to name.
func otherOrigin() entry {
	type move func(scheme, host, argument string) string
	return variants("next-page", map[string]move{
		"relative":     func(_, _, _ string) string { return "" },
		"no-scheme":    func(_, host, _ string) string { return "//" + host },
		"upper-case":   func(scheme, host, _ string) string { return strings.ToUpper(scheme + "://" + host) },
		"default-port": func(scheme, host, _ string) string { return scheme + "://" + withPort(scheme, host) },
		"scheme":       func(scheme, host, _ string) string { return otherScheme(scheme) + "://" + host },
		"port":         func(scheme, host, _ string) string { return scheme + "://" + bare(host) + ":8443" },
		"userinfo":     func(scheme, host, _ string) string { return scheme + "://user:pass@" + host },
		"lookalike":    func(scheme, host, _ string) string { return scheme + "://" + bare(host) + ".attacker.example" },
		"foreign":      func(_, _, argument string) string { return cmp.Or(argument, attacker) },
	}, func(to move, argument string) (talksim.Scenario, error) {
		return talksim.Scenario{Page: func(p *talksim.Page) {
			scheme, host, _ := strings.Cut(p.Base, "://")
			p.NextPage = strconv.Quote(to(scheme, host, argument) + strings.TrimPrefix(p.URL(), p.Base))
		}}, nil
	})
}

const attacker = "https://attacker.example"

func otherScheme(scheme string) string {
	return map[string]string{"http": "https", "https": "http"}[scheme]
}

func withPort(scheme, host string) string {
	if strings.Contains(host, ":") {
		return host
	}
	return host + map[string]string{"http": ":80", "https": ":443"}[scheme]
}

func bare(host string) string {
	host, _, _ = strings.Cut(host, ":")
	return host
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }

// tooRecent refuses a start_time of the last minute, or of the time after a colon: too-recent=422-text:5m. The three
// forms are those of docs/zendesk-api.md, "Too recent".
func tooRecent() entry {
	forms := map[string]func() *talksim.Reply{"422-json": recentJSON, "422-text": recentText, "400": recent400}
	return variants("too-recent", forms, func(reply func() *talksim.Reply, argument string) (talksim.Scenario, error) {
		age, err := span(argument, time.Minute)
		return talksim.Scenario{Answer: func(q *talksim.Request) *talksim.Reply {
			if q.Received.Start <= q.Now.Add(-age).Unix() {
				return nil
			}
			return reply()
		}}, err
	})
}

const tooRecentText = "Too recent start_time. Use a start_time older than 5 minutes"

func recentJSON() *talksim.Reply {
	return talksim.JSON(422, `{"error":"InvalidValue","description":"`+tooRecentText+`"}`)
}

func recentText() *talksim.Reply { return talksim.Text(422, tooRecentText) }

func recent400() *talksim.Reply {
	return talksim.JSON(400, `{"error":"StartTimeTooRecent",`+
		`"description":"The start_time must be at least one minute in the past"}`)
}

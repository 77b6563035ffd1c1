package faults

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// A pageEdit changes a page; amount is the number of seconds behind a colon in the value.
type pageEdit func(p *talksim.Page, amount int64)

// pageEntries are the scenarios that change a page's order and its envelope.
func pageEntries() []entry {
	page := func(edit func(p *talksim.Page)) maker { return plain(talksim.Scenario{Page: edit}) }
	set := func(edit func(p *talksim.Page, text string)) func(text string) talksim.Scenario {
		return func(text string) talksim.Scenario {
			return talksim.Scenario{Page: func(p *talksim.Page) { edit(p, text) }}
		}
	}
	counts := map[string]string{"wrong": "7919", "absent": talksim.Absent, "string": `"12"`, "zero": "0", "null": "null"}
	arrays := map[string]string{"absent": talksim.Absent, "null": "null", "object": "{}", "string": `"none"`}
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
		{"tiny-rows", nil, number(100_000, tinyRows)},
		endTime(),
		emptyEndTime(),
		named("count", counts, set(func(p *talksim.Page, text string) { p.Count = text })),
		named("rows", arrays, set(func(p *talksim.Page, text string) { p.Array = text })),
		nextPage(),
		tooRecent(),
	}
}

// olderRows puts up to three rows in front that are older than start_time, as Support's exports do:
// docs/zendesk-api.md, "Order and late rows".
func olderRows(p *talksim.Page) {
	rows := p.Older(3)
	p.Rows = append(rows, p.Rows...)
	if n := len(rows); p.EndTime == "null" && n > 0 {
		p.EndTime = strconv.FormatInt(rows[n-1].Updated, 10)
	}
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

// endTime changes end_time where there are rows.
func endTime() entry {
	text := func(write func(newest int64) string) pageEdit {
		return func(p *talksim.Page, _ int64) { p.EndTime = write(p.Newest) }
	}
	fixed := func(text string) pageEdit { return func(p *talksim.Page, _ int64) { p.EndTime = text } }
	add := func(sign, standard int64) pageEdit {
		return func(p *talksim.Page, amount int64) {
			p.EndTime = strconv.FormatInt(p.Newest+sign*cmp.Or(amount, standard), 10)
		}
	}
	return amounts("end-time", map[string]pageEdit{
		"null":         fixed("null"),
		"absent":       fixed(talksim.Absent),
		"string":       text(func(newest int64) string { return strconv.Quote(strconv.FormatInt(newest, 10)) }),
		"iso":          text(quoted),
		"float":        text(func(newest int64) string { return strconv.FormatInt(newest, 10) + ".0" }),
		"behind":       add(-1, 1),
		"ahead":        add(1, 60*60),
		"milliseconds": text(func(newest int64) string { return strconv.FormatInt(newest*1000, 10) }),
		"stuck":        func(p *talksim.Page, _ int64) { p.EndTime = strconv.FormatInt(p.Start, 10) },
		"zero":         fixed("0"),
		"negative":     fixed("-1"),
	}, func(p *talksim.Page) bool { return len(p.Rows) > 0 })
}

// emptyEndTime changes end_time where there are no rows: what it is then, nobody knows (docs/zendesk-api.md, "The last
// page"); without this scenario it is null.
func emptyEndTime() entry {
	return amounts("empty-end-time", map[string]pageEdit{
		"null":   func(*talksim.Page, int64) {},
		"absent": func(p *talksim.Page, _ int64) { p.EndTime = talksim.Absent },
		"echo":   func(p *talksim.Page, _ int64) { p.EndTime = strconv.FormatInt(p.Start, 10) },
		"now":    func(p *talksim.Page, _ int64) { p.SetEnd(p.Now.Unix()) },
	}, func(p *talksim.Page) bool { return len(p.Rows) == 0 })
}

// nextPage changes next_page: its path, its start_time, its origin, or all of it.
func nextPage() entry {
	here, elsewhere := nextStart(), otherOrigin()
	return entry{"next-page", slices.Concat(here.values, elsewhere.values), func(v string) (talksim.Scenario, error) {
		if kind, _, _ := strings.Cut(v, ":"); slices.Contains(elsewhere.values, kind) {
			return elsewhere.make(v)
		}
		return here.make(v)
	}}
}

func nextStart() entry {
	fixed := func(text string) pageEdit { return func(p *talksim.Page, _ int64) { p.NextPage = text } }
	add := func(sign, standard int64) pageEdit {
		return func(p *talksim.Page, amount int64) { p.NextStart += sign * cmp.Or(amount, standard) }
	}
	return amounts("next-page", map[string]pageEdit{
		"null":     fixed("null"),
		"absent":   fixed(talksim.Absent),
		"empty":    fixed(`""`),
		"number":   fixed("2"),
		"no-start": func(p *talksim.Page, _ int64) { p.NextPage = strconv.Quote(p.Base + p.Path) },
		"params":   func(p *talksim.Page, _ int64) { p.Query = "include=none&cursor=b3BhcXVlLTE%3D&" },
		"json":     func(p *talksim.Page, _ int64) { p.Path += ".json" },
		"older":    func(p *talksim.Page, _ int64) { p.Path = talksim.OlderPath + p.Endpoint },
		"path":     func(p *talksim.Page, _ int64) { p.Path = "/api/v2/users.json" },
		"stuck":    func(p *talksim.Page, _ int64) { p.NextStart = p.Start },
		"behind":   add(-1, 1),
		"ahead":    add(1, 24*60*60),
	}, func(*talksim.Page) bool { return true })
}

// amounts is an entry of page edits that may take a number of seconds, for the pages that fit.
func amounts(name string, table map[string]pageEdit, fits func(p *talksim.Page) bool) entry {
	return variants(name, table, func(edit pageEdit, argument string) (talksim.Scenario, error) {
		var amount int64
		var err error
		if argument != "" {
			amount, err = strconv.ParseInt(argument, 10, 64)
		}
		return talksim.Scenario{Page: func(p *talksim.Page) {
			if fits(p) {
				edit(p, amount)
			}
		}}, err
	})
}

// otherOrigin changes what next_page begins with in place of scheme://host: the same origin written differently, or
// another one; foreign takes the one to name.
func otherOrigin() entry {
	type move func(scheme, host, argument string) string
	return variants("next-page", map[string]move{
		"relative":   func(_, _, _ string) string { return "" },
		"no-scheme":  func(_, host, _ string) string { return "//" + host },
		"upper-case": func(scheme, host, _ string) string { return strings.ToUpper(scheme + "://" + host) },
		"default-port": func(scheme, host, _ string) string {
			if strings.Contains(host, ":") {
				return scheme + "://" + host
			}
			return scheme + "://" + host + map[string]string{"http": ":80", "https": ":443"}[scheme]
		},
		"scheme":    func(scheme, host, _ string) string { return otherScheme(scheme) + "://" + host },
		"port":      func(scheme, host, _ string) string { return scheme + "://" + bare(host) + ":8443" },
		"userinfo":  func(scheme, host, _ string) string { return scheme + "://user:pass@" + host },
		"lookalike": func(scheme, host, _ string) string { return scheme + "://" + bare(host) + ".attacker.example" },
		"foreign":   func(_, _, argument string) string { return cmp.Or(argument, attacker) },
	}, func(to move, argument string) (talksim.Scenario, error) {
		return talksim.Scenario{Page: func(p *talksim.Page) {
			scheme, host, _ := strings.Cut(p.Base, "://")
			p.NextPage = strconv.Quote(to(scheme, host, argument) + strings.TrimPrefix(p.URL(), p.Base))
		}}, nil
	})
}

const attacker = "https://attacker.example"

func otherScheme(scheme string) string {
	if scheme == "http" {
		return "https"
	}
	return "http"
}

func bare(host string) string {
	host, _, _ = strings.Cut(host, ":")
	return host
}

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
	return talksim.JSON(http.StatusUnprocessableEntity, `{"error":"InvalidValue","description":"`+tooRecentText+`"}`)
}

func recentText() *talksim.Reply { return talksim.Text(http.StatusUnprocessableEntity, tooRecentText) }

func recent400() *talksim.Reply {
	return talksim.JSON(http.StatusBadRequest, `{"error":"StartTimeTooRecent",`+
		`"description":"The start_time must be at least one minute in the past"}`)
}

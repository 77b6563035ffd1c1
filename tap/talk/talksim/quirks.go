package talksim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pageEntries are the scenarios that change a page's order and its envelope.
func pageEntries() []entry {
	return []entry{
		{"unsorted", nil, plain(Scenario{page: func(p *page) {
			p.x.sim.rand.Shuffle(len(p.rows), func(i, j int) { p.rows[i], p.rows[j] = p.rows[j], p.rows[i] })
		}})},
		{"twice", nil, plain(Scenario{page: func(p *page) {
			if len(p.rows) > 0 {
				p.rows = append(p.rows, p.rows[len(p.rows)/2])
			}
		}})},
		{"older-rows", nil, plain(Scenario{page: olderRows})},
		{"end-time", []string{"null", "absent", "string", "iso", "float", "behind", "ahead", "milliseconds", "stuck", "zero", "negative"}, endTime},
		{"empty-end-time", []string{"null", "absent", "echo", "now"}, emptyEndTime},
		{"count", []string{"wrong", "absent", "string", "zero", "null"}, func(v string) (Scenario, error) {
			text, ok := map[string]string{"wrong": "7919", "absent": "", "string": `"12"`, "zero": "0", "null": "null"}[v]
			return Scenario{page: func(p *page) { p.count = text }}, known(v, ok)
		}},
		{"rows", []string{"absent", "null", "object", "string"}, func(v string) (Scenario, error) {
			text, ok := map[string]string{"absent": absent, "null": "null", "object": "{}", "string": `"none"`}[v]
			return Scenario{page: func(p *page) { p.array = text }}, known(v, ok)
		}},
		{"next-page", []string{
			"null", "absent", "empty", "number", "relative", "params", "json", "older", "default-port", "upper-case", "foreign", "lookalike",
			"scheme", "port", "userinfo", "path", "no-scheme", "stuck", "behind", "ahead", "no-start",
		}, nextPage},
		{"too-recent", []string{"422-json", "422-text", "400"}, tooRecent},
	}
}

func known(v string, ok bool) error {
	if ok {
		return nil
	}
	return fmt.Errorf("no such value: %q", v)
}

// olderRows puts up to three rows in front that are older than start_time, as Support's
// exports do (zendesk_api.md §1.2).
func olderRows(p *page) {
	v := p.x.sim.view(p.key, p.x.now.Unix())
	to := v.index(p.start)
	var rows []pageRow
	for _, it := range v.items[max(0, to-3):to] {
		if !it.hidden {
			rows = append(rows, pageRow{it.id, it.version.Updated, it.version.JSON()})
		}
	}
	p.rows = append(rows, p.rows...)
	if p.endTime == "null" && len(rows) > 0 {
		p.endTime = strconv.FormatInt(rows[len(rows)-1].updated, 10)
	}
}

// endTime changes end_time where there are rows.
func endTime(v string) (Scenario, error) {
	edit, ok := map[string]func(newest, start int64) string{
		"null":         func(_, _ int64) string { return "null" },
		"absent":       func(_, _ int64) string { return "" },
		"string":       func(n, _ int64) string { return `"` + strconv.FormatInt(n, 10) + `"` },
		"iso":          func(n, _ int64) string { return quoted(n) },
		"float":        func(n, _ int64) string { return strconv.FormatInt(n, 10) + ".0" },
		"behind":       func(n, _ int64) string { return strconv.FormatInt(n-1, 10) },
		"ahead":        func(n, _ int64) string { return strconv.FormatInt(n+hour, 10) },
		"milliseconds": func(n, _ int64) string { return strconv.FormatInt(n*1000, 10) },
		"stuck":        func(_, s int64) string { return strconv.FormatInt(s, 10) },
		"zero":         func(_, _ int64) string { return "0" },
		"negative":     func(_, _ int64) string { return "-1" },
	}[v]
	return Scenario{page: func(p *page) {
		if len(p.rows) > 0 {
			p.endTime = edit(p.newest, p.start)
		}
	}}, known(v, ok)
}

// emptyEndTime changes end_time where there are no rows: what it is then, nobody knows
// (zendesk_api.md §1.3); without this scenario it is null.
func emptyEndTime(v string) (Scenario, error) {
	return Scenario{page: func(p *page) {
		if len(p.rows) > 0 {
			return
		}
		switch v {
		case "absent":
			p.endTime = ""
		case "echo":
			p.endTime = strconv.FormatInt(p.start, 10)
		case "now":
			p.nextStart = p.x.now.Unix()
			p.endTime = strconv.FormatInt(p.nextStart, 10)
		}
	}}, known(v, slices.Contains([]string{"null", "absent", "echo", "now"}, v))
}

// nextPage changes next_page. foreign takes the origin to name: foreign:http://host:port.
func nextPage(v string) (Scenario, error) {
	v, origin, _ := strings.Cut(v, ":")
	edit := nextPageEdit(v, origin)
	return Scenario{page: edit}, known(v, edit != nil)
}

func nextPageEdit(v, origin string) func(p *page) {
	switch v {
	case "null", "absent":
		return func(p *page) { p.nextPage = v }
	case "empty":
		return func(p *page) { p.nextPage = `""` }
	case "number":
		return func(p *page) { p.nextPage = "2" }
	case "no-start":
		return func(p *page) { p.nextPage = strconv.Quote(p.x.base + p.path) }
	case "params":
		return func(p *page) { p.query = "include=none&cursor=b3BhcXVlLTE%3D&" }
	case "json":
		return func(p *page) { p.path += ".json" }
	case "older":
		return func(p *page) { p.path = olderPath + p.key }
	case "path":
		return func(p *page) { p.path = "/api/v2/users.json" }
	case "stuck":
		return func(p *page) { p.nextStart = p.start }
	case "behind":
		return func(p *page) { p.nextStart-- }
	case "ahead":
		return func(p *page) { p.nextStart += day }
	}
	move := otherOrigin(v, origin)
	if move == nil {
		return nil
	}
	return func(p *page) {
		scheme, host, _ := strings.Cut(p.x.base, "://")
		p.nextPage = strconv.Quote(move(scheme, host) + strings.TrimPrefix(p.url(), p.x.base))
	}
}

// otherOrigin returns what a next_page begins with instead of scheme://host: the same
// origin written differently, or another one.
func otherOrigin(v, origin string) func(scheme, host string) string {
	switch v {
	case "relative":
		return func(_, _ string) string { return "" }
	case "no-scheme":
		return func(_, host string) string { return "//" + host }
	case "upper-case":
		return func(scheme, host string) string { return strings.ToUpper(scheme + "://" + host) }
	case "default-port":
		return func(scheme, host string) string {
			if strings.Contains(host, ":") {
				return scheme + "://" + host
			}
			return scheme + "://" + host + map[string]string{"http": ":80", "https": ":443"}[scheme]
		}
	case "scheme":
		return func(scheme, host string) string { return otherScheme(scheme) + "://" + host }
	case "port":
		return func(scheme, host string) string { return scheme + "://" + bare(host) + ":8443" }
	case "userinfo":
		return func(scheme, host string) string { return scheme + "://user:pass@" + host }
	case "lookalike":
		return func(scheme, host string) string { return scheme + "://" + bare(host) + ".attacker.example" }
	case "foreign":
		return func(_, _ string) string { return cmp.Or(origin, "https://attacker.example") }
	}
	return nil
}

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

// tooRecent refuses a start_time of the last minute, or of the time after a colon:
// too-recent=422-text:5m. The three forms are those of zendesk_api.md §1.2.
func tooRecent(v string) (Scenario, error) {
	form, text, _ := strings.Cut(v, ":")
	age, err := span(text, time.Minute)
	if err == nil {
		err = known(form, slices.Contains([]string{"422-json", "422-text", "400"}, form))
	}
	return Scenario{admit: func(x *exchange, start int64) *reply {
		if start <= x.now.Add(-age).Unix() {
			return nil
		}
		return tooRecentReply(form)
	}}, err
}

func tooRecentReply(form string) *reply {
	const sentence = "Too recent start_time. Use a start_time older than 5 minutes"
	switch form {
	case "422-json":
		return jsonReply(http.StatusUnprocessableEntity, `{"error":"InvalidValue","description":"`+sentence+`"}`)
	case "422-text":
		return textReply(http.StatusUnprocessableEntity, sentence)
	}
	return jsonReply(http.StatusBadRequest, `{"error":"StartTimeTooRecent","description":"The start_time must be at least one minute in the past"}`)
}

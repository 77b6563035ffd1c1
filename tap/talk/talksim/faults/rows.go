package faults

import (
	"strconv"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// A rowEdit returns a row's JSON text after a change.
type rowEdit func(row talksim.PageRow) []byte

// rowEntries are the scenarios that change rows in a page: every tenth, or every k-th with name=value:k. They change
// what is sent, not the account, so that [talksim.Account.Final] knows nothing of them.
func rowEntries() []entry {
	return []entry{
		rows("row-updated-at", map[string]rowEdit{
			"absent":   to("updated_at", ""),
			"null":     to("updated_at", "null"),
			"text":     to("updated_at", `"yesterday"`),
			"empty":    to("updated_at", `""`),
			"number":   updated(func(unix int64) string { return strconv.FormatInt(unix, 10) }),
			"offset":   updated(offset),
			"fraction": updated(func(unix int64) string { return strings.Replace(quoted(unix), "Z", ".250Z", 1) }),
		}),
		rows("row-id", map[string]rowEdit{
			"absent":   to("id", ""),
			"null":     to("id", "null"),
			"text":     to("id", `"abc"`),
			"huge":     to("id", "123456789012345678901"),
			"fraction": to("id", "12.5"),
			"string":   id(`"`, `"`),
			"float":    id("", ".0"),
		}),
		rows("row-type", map[string]rowEdit{
			"charge-number":   to("call_charge", "0.025"),
			"agent-string":    to("agent_id", `"10011"`),
			"duration-float":  to("duration", "12.0"),
			"hold-fraction":   to("hold_time", "1.5"),
			"beyond-int64":    to("talk_time", "99999999999999999999"),
			"offset-date":     to("created_at", `"2021-10-20T17:16:31+02:00"`),
			"no-date":         to("created_at", `"soon"`),
			"bool-string":     to("voicemail", `"true"`),
			"issues-string":   to("quality_issues", `"none"`),
			"issues-null":     to("quality_issues", "null"),
			"issues-mixed":    to("quality_issues", `["none",1,null]`),
			"status-number":   to("completion_status", "7"),
			"duration-object": to("duration", `{"seconds":12,"text":"<b>\"12\"</b>"}`),
			"duration-deep":   to("duration", strings.Repeat("[", 200)+strings.Repeat("]", 200)),
		}),
		rows("row-text", map[string]rowEdit{
			"invalid-utf8":   to("completion_status", "\"bad \xff\xc3( bytes\""),
			"lone-surrogate": to("completion_status", `"bad \ud83d half"`),
			"nul":            to("completion_status", `"a\u0000b"`),
			"separators":     to("completion_status", "\"a\u2028b\\u2029c\""),
			"markup":         to("completion_status", `"<b>&amp; \"quoted\" \\ \/ 👩‍💻"`),
		}),
		rows("row-shape", map[string]rowEdit{
			"null":      whole("null"),
			"array":     whole("[]"),
			"number":    whole("42"),
			"string":    whole(`"row"`),
			"empty":     whole("{}"),
			"twice-key": begin(`{"id":1,"duration":1,`),
			"escaped-key": func(r talksim.PageRow) []byte {
				return set(set(r.Body, "id", ""), `i\u0064`, strconv.FormatInt(r.ID, 10))
			},
			"spaced": begin("\n\t { "),
		}),
		rows("row-field", map[string]rowEdit{
			"new":      to("sentiment_score", "0.8700"),
			"new-null": to("sentiment_score", "null"),
			"gone":     to("duration", ""),
			"odd-name": to(`\u00fcber \"x\"`, `{"a":[1,2.50]}`),
		}),
	}
}

func rows(name string, edits map[string]rowEdit) entry {
	return variants(name, edits, func(edit rowEdit, argument string) (talksim.Scenario, error) {
		every, err := count(argument, 10)
		return talksim.Scenario{Page: func(p *talksim.Page) {
			for i := range p.Rows {
				if (i+1)%every == 0 {
					p.Rows[i].Body = edit(p.Rows[i])
				}
			}
		}}, err
	})
}

// to sets a member of the row to a JSON text, or takes it out if that is empty.
func to(name, text string) rowEdit {
	return func(row talksim.PageRow) []byte { return set(row.Body, name, text) }
}

// updated sets updated_at to another form of the same moment.
func updated(form func(unix int64) string) rowEdit {
	return func(row talksim.PageRow) []byte { return set(row.Body, "updated_at", form(row.Updated)) }
}

// id writes the row's id between two texts.
func id(before, after string) rowEdit {
	return func(row talksim.PageRow) []byte {
		return set(row.Body, "id", before+strconv.FormatInt(row.ID, 10)+after)
	}
}

// whole puts a JSON text in place of the row.
func whole(text string) rowEdit { return func(talksim.PageRow) []byte { return []byte(text) } }

// begin puts a text in place of the row's opening brace.
func begin(text string) rowEdit {
	return func(row talksim.PageRow) []byte { return append([]byte(text), row.Body[1:]...) }
}

// offset writes a Unix second in another zone than UTC, as Zendesk never did yet.
func offset(unix int64) string {
	return strconv.Quote(time.Unix(unix, 0).In(time.FixedZone("", -7*60*60)).Format(time.RFC3339))
}

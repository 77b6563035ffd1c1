package faults

import (
	"slices"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// A rowEdit returns a row's JSON text after a change.
type rowEdit func(row talksim.PageRow) []byte

// rowEntries are the scenarios that change rows in a page: every tenth, or every k-th with name=value:k. They change
// what is sent, not the account, so that [talksim.Account.Final] knows nothing of them.
func rowEntries() []entry {
	return slices.Concat(
		named("row-updated-at", map[string]rowEdit{
			"absent":   to("updated_at", ""),
			"null":     to("updated_at", "null"),
			"text":     to("updated_at", `"yesterday"`),
			"empty":    to("updated_at", `""`),
			"number":   to("updated_at", "{updated}"),
			"offset":   to("updated_at", `"{offset}"`),
			"fraction": to("updated_at", `"{second}.250Z"`),
		}, rows),
		named("row-id", map[string]rowEdit{
			"absent":   to("id", ""),
			"null":     to("id", "null"),
			"text":     to("id", `"abc"`),
			"huge":     to("id", "123456789012345678901"),
			"fraction": to("id", "12.5"),
			"string":   to("id", `"{id}"`),
			"float":    to("id", "{id}.0"),
		}, rows),
		named("row-type", map[string]rowEdit{
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
		}, rows),
		named("row-text", map[string]rowEdit{
			"invalid-utf8":   to("completion_status", "\"bad \xff\xc3( bytes\""),
			"lone-surrogate": to("completion_status", `"bad \ud83d half"`),
			"nul":            to("completion_status", `"a\u0000b"`),
			"separators":     to("completion_status", "\"a\u2028b\\u2029c\""),
			"markup":         to("completion_status", `"<b>&amp; \"quoted\" \\ \/ 👩‍💻"`),
		}, rows),
		named("row-shape", map[string]rowEdit{
			"null":        whole("null"),
			"array":       whole("[]"),
			"number":      whole("42"),
			"string":      whole(`"row"`),
			"empty":       whole("{}"),
			"twice-key":   begin(`{"id":1,"duration":1,`),
			"escaped-key": escapedKey,
			"spaced":      begin("\n\t { "),
		}, rows),
		named("row-field", map[string]rowEdit{
			"new":      to("sentiment_score", "0.8700"),
			"new-null": to("sentiment_score", "null"),
			"gone":     to("duration", ""),
			"odd-name": to(`\u00fcber \"x\"`, `{"a":[1,2.50]}`),
		}, rows),
	)
}

// rows makes a scenario that edits every tenth row of a page, or every k-th.
func rows(edit rowEdit) maker {
	return number(10, paging(func(p *talksim.Page, every int) {
		for i := every - 1; i < len(p.Rows); i += every {
			p.Rows[i].Body = edit(p.Rows[i])
		}
	}))
}

// to sets a member of the row to a JSON text, or takes it out if that is empty. In the text, {id} and {updated} are the
// row's own, {second} and {offset} its updated_at without a zone and in one that Zendesk never used yet.
func to(name, text string) rowEdit {
	return func(row talksim.PageRow) []byte {
		at := time.Unix(row.Updated, 0)
		return set(row.Body, name, strings.NewReplacer("{id}", digits(row.ID), "{updated}", digits(row.Updated),
			"{second}", at.UTC().Format("2006-01-02T15:04:05"),
			"{offset}", at.In(time.FixedZone("", -7*60*60)).Format(time.RFC3339)).Replace(text))
	}
}

// whole puts a JSON text in place of the row.
func whole(text string) rowEdit { return func(talksim.PageRow) []byte { return []byte(text) } }

// begin puts a text in place of the row's opening brace.
func begin(text string) rowEdit {
	return func(row talksim.PageRow) []byte { return append([]byte(text), row.Body[1:]...) }
}

// escapedKey writes the name of the row's id with an escape.
func escapedKey(row talksim.PageRow) []byte {
	return set(set(row.Body, "id", ""), `i\u0064`, digits(row.ID))
}

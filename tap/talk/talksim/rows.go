package talksim

import (
	"strconv"
	"strings"
	"time"
)

// A rowEdit is one named value of a row scenario.
type rowEdit struct {
	value string
	edit  func(row pageRow) []byte
}

// rowEntries are the scenarios that change rows in a page: every tenth, or every k-th
// with name=value:k. They change what is sent, not the account, so [Account.Final]
// knows nothing of them.
func rowEntries() []entry {
	return []entry{
		rowEntry("row-updated-at",
			to("absent", "updated_at", ""),
			to("null", "updated_at", "null"),
			to("text", "updated_at", `"yesterday"`),
			to("empty", "updated_at", `""`),
			rowEdit{"number", func(r pageRow) []byte { return set(r.body, "updated_at", strconv.FormatInt(r.updated, 10)) }},
			rowEdit{"offset", func(r pageRow) []byte { return set(r.body, "updated_at", offset(r.updated)) }},
			rowEdit{"fraction", func(r pageRow) []byte {
				return set(r.body, "updated_at", strings.Replace(quoted(r.updated), "Z", ".250Z", 1))
			}}),
		rowEntry("row-id",
			to("absent", "id", ""),
			to("null", "id", "null"),
			to("text", "id", `"abc"`),
			to("huge", "id", "123456789012345678901"),
			to("fraction", "id", "12.5"),
			rowEdit{"string", func(r pageRow) []byte { return set(r.body, "id", `"`+strconv.FormatInt(r.id, 10)+`"`) }},
			rowEdit{"float", func(r pageRow) []byte { return set(r.body, "id", strconv.FormatInt(r.id, 10)+".0") }}),
		rowEntry("row-type",
			to("charge-number", "call_charge", "0.025"),
			to("agent-string", "agent_id", `"10011"`),
			to("duration-float", "duration", "12.0"),
			to("hold-fraction", "hold_time", "1.5"),
			to("beyond-int64", "talk_time", "99999999999999999999"),
			to("offset-date", "created_at", `"2021-10-20T17:16:31+02:00"`),
			to("no-date", "created_at", `"soon"`),
			to("bool-string", "voicemail", `"true"`),
			to("issues-string", "quality_issues", `"none"`),
			to("issues-null", "quality_issues", "null"),
			to("issues-mixed", "quality_issues", `["none",1,null]`),
			to("status-number", "completion_status", "7"),
			to("duration-object", "duration", `{"seconds":12,"text":"<b>\"12\"</b>"}`),
			to("duration-deep", "duration", strings.Repeat("[", 200)+strings.Repeat("]", 200))),
		rowEntry("row-text",
			to("invalid-utf8", "completion_status", "\"bad \xff\xc3( bytes\""),
			to("lone-surrogate", "completion_status", `"bad \ud83d half"`),
			to("nul", "completion_status", `"a\u0000b"`),
			to("separators", "completion_status", "\"a\u2028b\\u2029c\""),
			to("markup", "completion_status", `"<b>&amp; \"quoted\" \\ \/ 👩‍💻"`)),
		rowEntry("row-shape",
			whole("null", "null"),
			whole("array", "[]"),
			whole("number", "42"),
			whole("string", `"row"`),
			whole("empty", "{}"),
			rowEdit{"twice-key", func(r pageRow) []byte { return append([]byte(`{"id":1,"duration":1,`), r.body[1:]...) }},
			rowEdit{"escaped-key", func(r pageRow) []byte {
				return set(set(r.body, "id", ""), `i\u0064`, strconv.FormatInt(r.id, 10))
			}},
			rowEdit{"spaced", func(r pageRow) []byte { return append([]byte("\n\t { "), r.body[1:]...) }}),
		rowEntry("row-field",
			to("new", "sentiment_score", "0.8700"),
			to("new-null", "sentiment_score", "null"),
			to("gone", "duration", ""),
			to("odd-name", `\u00fcber \"x\"`, `{"a":[1,2.50]}`)),
	}
}

func rowEntry(name string, edits ...rowEdit) entry {
	e := entry{name: name}
	for _, edit := range edits {
		e.values = append(e.values, edit.value)
	}
	e.make = func(v string) (Scenario, error) {
		v, every, _ := strings.Cut(v, ":")
		k, err := count(every, 10)
		if err != nil {
			return Scenario{}, err
		}
		for _, e := range edits {
			if e.value == v {
				return Scenario{page: func(p *page) { p.editRows(k, e.edit) }}, nil
			}
		}
		return Scenario{}, known(v, false)
	}
	return e
}

func (p *page) editRows(every int, edit func(row pageRow) []byte) {
	for i := range p.rows {
		if (i+1)%every == 0 {
			p.rows[i].body = edit(p.rows[i])
		}
	}
}

// to sets a member of the row to a JSON text, or takes it out if that is empty.
func to(value, name, text string) rowEdit {
	return rowEdit{value, func(row pageRow) []byte { return set(row.body, name, text) }}
}

// whole puts a JSON text in place of the row.
func whole(value, text string) rowEdit {
	return rowEdit{value, func(pageRow) []byte { return []byte(text) }}
}

// offset writes a Unix second in another zone than UTC, as Zendesk never did yet.
func offset(unix int64) string {
	return `"` + time.Unix(unix, 0).In(time.FixedZone("", -7*hour)).Format(time.RFC3339) + `"`
}

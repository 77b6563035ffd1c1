package singer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

// A RECORD has each selected field in the schema's order, null where the row has none.
func TestRecordLine(t *testing.T) {
	t.Parallel()
	p := singer.NewProjection(sel(t, ""), 0)
	got, r := record(t, p, ` { "tags" : [ "a" , null ] , "updated_at":"2021-10-20T15:16:31Z", "id":360088814475,`+
		` "done":false } `)
	want := `{"id":360088814475,"updated_at":"2021-10-20T15:16:31Z","title":null,"price":null,"done":false,` +
		`"tags":["a",null],` +
		`"counts":null,"bare":null,"mixed":null,"anything":null,"place":null,"_rescued_data":null}`
	if got != want {
		t.Errorf("record:\n got %s\nwant %s", got, want)
	}
	if r.ID != 360088814475 || !r.IDOK || r.Updated != 1634742991 || !r.UpdatedOK {
		t.Errorf("row: got %+v, want id 360088814475, updated 1634742991", r)
	}
	if news := p.Warnings(); len(news) != 0 {
		t.Errorf("warnings: got %q, want none", news)
	}
}

// Every RECORD of a stream with a version bears it, between the record and its time.
func TestVersion(t *testing.T) {
	t.Parallel()
	p := singer.NewProjection(sel(t, ""), 1795341600123)
	var lines []byte
	for _, at := range []time.Time{received(), received(), received().Add(time.Hour)} {
		lines, _ = p.Append(lines, []byte(`{"id":1}`), at)
	}
	if got := strings.Count(string(lines), `"_rescued_data":null},"version":1795341600123,`+
		`"time_extracted":"2026-`); got != 3 {
		t.Errorf("%d RECORDs with their version at its place, want 3: %s", got, lines)
	}
}

// Each RECORD has the time of its own page, in UTC to the microsecond.
func TestTimeExtracted(t *testing.T) {
	t.Parallel()
	var lines []byte
	p := singer.NewProjection(sel(t, ""), 0)
	for _, at := range []time.Time{
		received(),
		received(),
		received().Add(time.Hour),
		time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	} {
		lines, _ = p.Append(lines, []byte(`{}`), at)
	}
	var got []string
	for line := range bytes.Lines(lines) {
		got = append(got, gjson.GetBytes(line, "time_extracted").Str)
	}
	want := []string{receivedText, receivedText, "2026-11-22T11:00:00.123456Z", "2026-01-02T03:04:05.000000Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("time_extracted (-want +got):\n%s", diff)
	}
}

// Names of any length, and any characters, come out whole.
func TestFieldNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "x", strings.Repeat("long", 9), strings.Repeat("long", 10),
		strings.Repeat("long", 11), strings.Repeat("long", 50), `"\`, "é\t"} {
		encoded, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, schema := range []string{`{"properties":{%s:{},"id":{}}}`, `{"properties":{"id":{},%s:{}}}`} {
			s := singer.Stream{Name: "notes", KeyProperties: []string{"id"}, ReplicationKey: "updated_at",
				Schema: fmt.Appendf(nil, schema, encoded)}
			selected, _, err := singer.Select(nil, []singer.Stream{s})
			if err != nil {
				t.Fatal(err)
			}
			for _, value := range []string{"null", "[1]", "1"} {
				got, _ := record(t, singer.NewProjection(&selected[0], 0), fmt.Sprintf(`{%s:%s}`, encoded, value))
				fields := gjson.Parse(got).Map()
				if fields[name].Raw != value || fields["id"].Raw != "null" || len(fields) != 2 {
					t.Errorf("field %s: got %s, want %s in it", encoded, got, value)
				}
			}
		}
	}
}

// A value is copied, converted or rescued by the type of its field. An empty want stands for null, with the value in
// _rescued_data as it was sent.
func TestValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, field, sent, want string }{
		{"id beyond 2^53", "id", `9007199254740993`, `9007199254740993`},
		{"largest id", "id", `9223372036854775807`, `9223372036854775807`},
		{"id beyond 64 bits", "id", `9223372036854775808`, ``},
		{"id in a string", "id", `"10011"`, `10011`},
		{"id with a fraction of zero", "id", `12.0`, `12`},
		{"id with a power", "id", `1.2e1`, `12`},
		{"id with a negative power", "id", `120E-1`, `12`},
		{"id with a fraction", "id", `12.5`, ``},
		{"largest power", "id", `1e18`, `1000000000000000000`},
		{"smallest power beyond 64 bits", "id", `1e19`, ``},
		{"id with an absurd power", "id", `1e99999999999`, ``},
		{"zero at an absurd power", "id", `0e99999999999`, `0`},
		{"leading zeros", "id", `"007"`, ``},
		{"number and more", "id", `"7 "`, ``},
		{"empty string for an integer", "id", `""`, ``},
		{"boolean for an integer", "id", `true`, ``},

		{"call charge", "title", `"0.003"`, `"0.003"`},
		{"number for a decimal string", "title", `0.0030`, `"0.0030"`},
		{"large number for a string", "title", `90071992547409931234.50`, `"90071992547409931234.50"`},
		{"boolean for a string", "title", `true`, ``},
		{"array for a string", "title", `[ "a" ]`, ``},
		{"HTML", "title", `"<b>&amp;</b>"`, `"<b>&amp;</b>"`},
		{"escaped HTML", "title", `"\u003cb\u003e"`, `"\u003cb\u003e"`},
		{"U+2028 escaped", "title", `"a\u2028b"`, `"a\u2028b"`},
		{"U+2028 raw", "title", "\"a\u2028b\"", "\"a\u2028b\""},
		{"emoji escaped", "title", `"\ud83d\ude00"`, `"\ud83d\ude00"`},
		{"emoji raw", "title", `"😀 はい"`, `"😀 はい"`},
		{"quotes and backslashes", "title", `"\"\\\/\b\f\n\r\t"`, `"\"\\\/\b\f\n\r\t"`},
		{"high surrogate alone", "title", `"a\ud83dz"`, `"a` + "\uFFFD" + `z"`},
		{"low surrogate alone", "title", `"\ude00"`, "\"\uFFFD\""},
		{"surrogates in the wrong order", "title", `"\ude00\ud83d"`, "\"\uFFFD\uFFFD\""},
		{"surrogate before another escape", "title", `"\ud83d\u0041"`, "\"\uFFFD\\u0041\""},
		{"invalid UTF-8", "title", "\"a\xff\xc3z\"", "\"a\uFFFD\uFFFDz\""},
		{"U+FFFD itself", "title", "\"\uFFFD\"", "\"\uFFFD\""},
		{"U+0000", "title", `"a\u0000z\\u0000"`, `"az\\u0000"`},

		{"price", "price", `0.10`, `0.10`},
		{"integer for a number", "price", `3`, `3`},
		{"number in a string", "price", `"-1.50e2"`, `-1.50e2`},
		{"word for a number", "price", `"many"`, ``},

		{"string for a boolean", "done", `"true"`, ``},
		{"number for a boolean", "done", `1`, ``},

		{"date-time", "updated_at", `"2021-10-20T15:16:31Z"`, `"2021-10-20T15:16:31Z"`},
		{"fraction", "updated_at", `"2021-10-20T15:16:31.120Z"`, `"2021-10-20T15:16:31.120Z"`},
		{"offset", "updated_at", `"2021-10-20T15:16:31.5+02:00"`, `"2021-10-20T13:16:31.5Z"`},
		{"offset without colon", "updated_at", `"2021-10-20T23:16:31-0230"`, `"2021-10-21T01:46:31Z"`},
		{"offset of hours", "updated_at", `"2021-10-20T15:16:31+01"`, `"2021-10-20T14:16:31Z"`},
		{"lower case", "updated_at", `"2021-10-20t15:16:31z"`, `"2021-10-20T15:16:31Z"`},
		{"space for T", "updated_at", `"2021-10-20 15:16:31 +0000"`, ``},
		{"space for T, offset adjacent", "updated_at", `"2021-10-20 15:16:31+00:00"`, `"2021-10-20T15:16:31Z"`},
		{"escapes in a date-time", "updated_at", `"2021\u002d10-20T15:16:31Z"`, `"2021-10-20T15:16:31Z"`},
		{"leap day", "updated_at", `"2020-02-29T00:00:00Z"`, `"2020-02-29T00:00:00Z"`},
		{"no leap day", "updated_at", `"2021-02-29T00:00:00Z"`, ``},
		{"year 0", "updated_at", `"0000-01-01T00:00:00Z"`, ``},
		{"year 0 in UTC", "updated_at", `"0001-01-01T00:00:00+01:00"`, ``},
		{"year 10000 in UTC", "updated_at", `"9999-12-31T23:59:59-01:00"`, ``},
		{"hour 24", "updated_at", `"2021-10-20T24:00:00Z"`, ``},
		{"second 60", "updated_at", `"2016-12-31T23:59:60Z"`, ``},
		{"no offset", "updated_at", `"2021-10-20T15:16:31"`, ``},
		{"only a date", "updated_at", `"2021-10-20"`, ``},
		{"no time at all", "updated_at", `""`, ``},
		{"Unix time", "updated_at", `1634742991`, ``},

		{"array without white space", "tags", `[ "a" , "b\u0000" ]`, `["a","b"]`},
		{"number among strings", "tags", `[1,"a"]`, `["1","a"]`},
		{"array in an array of strings", "tags", `["a",[]]`, ``},
		{"empty array", "tags", `[ ]`, `[]`},
		{"string for an array", "tags", `"none"`, ``},
		{"items converted", "counts", `["3",4.0,5]`, `[3,4,5]`},
		{"null item where none is allowed", "counts", `[null]`, ``},

		{"type that is one string", "bare", `"x"`, `"x"`},
		{"string or integer", "mixed", `"5"`, `"5"`},
		{"integer or string", "mixed", `5`, `5`},
		{"fraction for an integer or string", "mixed", `5.5`, `"5.5"`},
		{"no type takes all", "anything", "[ {\"a\" : [true, \"\xff\"]} ]", "[{\"a\":[true,\"\uFFFD\"]}]"},
		{"object", "place", `{"city":"x", "zip":"8001", "more":[1, 2], "at":"2021-10-20T15:16:31+01"}`,
			`{"city":"x","zip":8001,"more":[1,2],"at":"2021-10-20T14:16:31Z"}`},
		{"object with an unfit member", "place", `{"city":"x","zip":"none"}`, ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := singer.NewProjection(sel(t, ""), 0)
			got, _ := record(t, p, fmt.Sprintf(`{"id":1,%q:%s}`, test.field, test.sent))
			value := gjson.Get(got, test.field).Raw
			rescued := gjson.Get(got, "_rescued_data")
			if test.want != "" {
				if value != test.want || rescued.Raw != "null" {
					t.Errorf("got %s with _rescued_data %s, want %s and nothing rescued", value, rescued.Raw, test.want)
				}
				return
			}
			kept := fmt.Sprintf(`{%q:%s}`, test.field, strings.ReplaceAll(test.sent, "[ \"a\" ]", `["a"]`))
			if value != "null" || rescued.Str != kept {
				t.Errorf("got %s with _rescued_data %s, want null and %s", value, rescued.Str, kept)
			}
			if news := p.Warnings(); test.field == "updated_at" { // whoever reads the rows warns of the replication key
				if len(news) > 0 {
					t.Errorf("warnings: got %q, want none", news)
				}
			} else if len(news) != 1 || !strings.Contains(news[0], fmt.Sprintf("%q", test.field)) {
				t.Errorf("warnings: got %q, want one that names %s", news, test.field)
			}
		})
	}
}

// A field that the catalog has made a string holds the JSON text of any value; one that is declared as a string does
// not.
func TestTextByRequest(t *testing.T) {
	t.Parallel()
	const text = `{"type":["string","null"]}`
	s := sel(t, `{"streams":[{"tap_stream_id":"notes","schema":{"properties":{
		"id":{"type":"integer"},"updated_at":{"type":"string"},
		"title":`+text+`,"tags":`+text+`,"place":`+text+`,"done":`+text+`,"price":`+text+`,`+
		`"counts":{"type":["array","null"],"items":`+text+`},
		"ours":`+text+`,"_rescued_data":`+text+`}}}]}`)
	for _, test := range []struct{ sent, want string }{
		{`"tags":[ "a", null, "\u00e9\"" ]`, `"tags":"[\"a\",null,\"\\u00e9\\\"\"]"`},
		{`"tags":[]`, `"tags":"[]"`},
		{`"tags":"a"`, `"tags":"a"`},
		{`"place":{"city" : "x", "zip":[1.50]}`, `"place":"{\"city\":\"x\",\"zip\":[1.50]}"`},
		{`"done":true`, `"done":"true"`},
		{`"done":null`, `"done":null`},
		{`"price":0.10`, `"price":"0.10"`},
		{`"counts":[1,[2],false]`, `"counts":["1","[2]","false"]`},
		{`"ours":{"a":[]}`, `"ours":"{\"a\":[]}"`},
		{`"title":["a"]`, `"title":null`},
		{`"title":true`, `"title":null`},
	} {
		got, _ := record(t, singer.NewProjection(s, 0), `{"id":1,`+test.sent+`}`)
		kept := gjson.Get(got, "_rescued_data").Type != gjson.Null
		if !strings.Contains(got, test.want) || kept != strings.Contains(test.sent, "title") {
			t.Errorf("%s: got %s, want %s in it", test.sent, got, test.want)
		}
	}
}

// Unknown fields go to _rescued_data, sorted and as they were sent. Nulls do not, nor do the earlier ones of equal
// keys.
func TestRescue(t *testing.T) {
	t.Parallel()
	p := singer.NewProjection(sel(t, ""), 0)
	got, first := record(t, p, `{"zeta":1,"id":2,"gone":null,"done":"no","alpha":{"b": "\"\\\n"},"zeta":{"a":[ 1 ]},`+
		`"back":1,"back":null,"_rescued_data":"theirs"}`)
	want := `{"_rescued_data":"theirs","alpha":{"b":"\"\\\n"},"done":"no","zeta":{"a":[1]}}`
	if text := gjson.Get(got, "_rescued_data").Str; text != want {
		t.Errorf("_rescued_data:\n got %s\nwant %s", text, want)
	}
	news := p.Warnings()
	if len(news) != 4 || !strings.Contains(strings.Join(news, "\n"),
		`field "zeta" (object) is not in the schema: kept in _rescued_data`) {
		t.Errorf("warnings: got %q, want one each for _rescued_data, alpha, done, zeta", news)
	}
	for _, n := range news {
		if strings.Contains(n, "theirs") {
			t.Errorf("a warning holds a value, which may be personal: %s", n)
		}
	}
	_, second := record(t, p, `{"_rescued_data":"theirs","alpha":{"b":"\"\\\n"},"done":"no","zeta":{"a":[1]},"id":2}`)
	if first.Fingerprint != second.Fingerprint {
		t.Error("the order of unknown fields changes the fingerprint, so a row would look changed")
	}
	if news := p.Warnings(); len(news) != 0 {
		t.Errorf("warnings again: got %q, want none", news)
	}
}

// Fields that a stream is known to have beyond its schema are rescued, and listed instead of warned of.
func TestKnownExtras(t *testing.T) {
	t.Parallel()
	s := *sel(t, "")
	s.KnownExtras = []string{"summary", "mood", "never"}
	p := singer.NewProjection(&s, 0)
	got, _ := record(t, p, `{"id":1,"summary":"x","news":2,"mood":null}`)
	if want := `"_rescued_data":"{\"news\":2,\"summary\":\"x\"}"`; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s in it", got, want)
	}
	record(t, p, `{"id":1,"summary":"y","mood":"z"}`)
	record(t, p, `{"id":1,"mood":"z", "summary":"y"}`)
	want := []string{"undocumented fields are kept in _rescued_data: mood, summary"}
	if diff := cmp.Diff(want, p.Notices()); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	want = []string{`field "news" (number) is not in the schema: kept in _rescued_data`}
	if diff := cmp.Diff(want, p.Warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	record(t, p, `{"id":1,"mood":"z"}`)
	if got := slices.Concat(p.Notices(), p.Warnings()); got != nil {
		t.Errorf("again: %q", got)
	}
}

// Rescued reports on the last row, whether its RECORD was kept or not.
func TestRescued(t *testing.T) {
	t.Parallel()
	const without = `{"streams":[{"tap_stream_id":"notes","metadata":[{"breadcrumb":[],"metadata":{"selected":true}},
		{"breadcrumb":["properties","_rescued_data"],"metadata":{"selected":false}}]}]}`
	kept, dropped := singer.NewProjection(sel(t, ""), 0), singer.NewProjection(sel(t, without), 0)
	for _, test := range []struct {
		row  string
		want bool
	}{
		{`{"id":1,"news":2}`, true},
		{`{"id":1}`, false},
		{`{"id":"x"}`, true},
		{`{"id":1,"news":null}`, false},
		{`{"id":1,"news":1,"news":null}`, false},
		{`{"id":1,"news":0}`, true},
		{`[]`, false},
	} {
		record(t, kept, test.row)
		record(t, dropped, test.row)
		if kept.Rescued() != test.want || dropped.Rescued() {
			t.Errorf("%s: rescued %t, and %t without the property; want %t, false",
				test.row, kept.Rescued(), dropped.Rescued(), test.want)
		}
	}
}

// Nothing is rescued without _rescued_data in the schema, and the warning says so. A field that is known but not
// selected gets no warning.
func TestRescueDeselected(t *testing.T) {
	t.Parallel()
	p := singer.NewProjection(sel(t, `{"streams":[{"tap_stream_id":"notes","metadata":[
		{"breadcrumb":[],"metadata":{"selected":true}},
		{"breadcrumb":["properties","_rescued_data"],"metadata":{"selected":false}},
		{"breadcrumb":["properties","title"],"metadata":{"selected":"false"}}]}]}`), 0)
	got, _ := record(t, p, `{"id":1,"title":["secret"],"new":"secret","done":3}`)
	if strings.Contains(got, "secret") || strings.Contains(got, "_rescued_data") || strings.Contains(got, "title") {
		t.Errorf("record: got %s, want neither title nor new nor _rescued_data", got)
	}
	want := []string{
		`field "done" holds values (number) that do not fit its type (boolean or null): null there, dropped,` +
			` since _rescued_data is not selected`,
		`field "new" (string) is not in the schema: dropped, since _rescued_data is not selected`,
	}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(p.Warnings()))); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// _rescued_data stands where the schema has it, and holds misfits of fields behind it too.
func TestRescuePlace(t *testing.T) {
	t.Parallel()
	s := notes()
	s.Schema = []byte(`{"properties":{"_rescued_data":{"type":["string","null"]},"id":{"type":"integer"},` +
		`"updated_at":{"type":["string","null"]},"done":{"type":["boolean","null"]}}}`)
	selected, _, err := singer.Select(nil, []singer.Stream{s})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := record(t, singer.NewProjection(&selected[0], 0), `{"done":"x","id":1}`)
	want := `{"_rescued_data":"{\"done\":\"x\"}","id":1,"updated_at":null,"done":null}`
	if got != want {
		t.Errorf("record:\n got %s\nwant %s", got, want)
	}
}

// Each kind of mended text is warned of once a run and field.
func TestTextWarnings(t *testing.T) {
	t.Parallel()
	p := singer.NewProjection(sel(t, ""), 0)
	for range 2 {
		record(t, p, "{\"id\":1,\"title\":\"\xff\\u0000\\ud800\",\"tags\":[\"\xff\"]}")
	}
	want := []string{
		`field "tags" holds invalid UTF-8: replaced by U+FFFD`,
		`field "title" holds U+0000: removed`,
		`field "title" holds half a surrogate pair: replaced by U+FFFD`,
		`field "title" holds invalid UTF-8: replaced by U+FFFD`,
	}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(p.Warnings()))); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// Ever new names of fields fill neither the log nor the memory.
func TestWarningsAreBounded(t *testing.T) {
	t.Parallel()
	p := singer.NewProjection(sel(t, ""), 0)
	for i := range 2000 {
		record(t, p, fmt.Sprintf(`{"id":1,"new_%d":1}`, i))
	}
	news := p.Warnings()
	if len(news) > 600 || !strings.Contains(news[len(news)-1], "no more warnings") {
		t.Errorf("%d warnings, the last one %q; want an end of them", len(news), news[len(news)-1])
	}
}

// A Row holds a row's id and the second of its replication key, in whatever form they were sent.
func TestRow(t *testing.T) {
	t.Parallel()
	p := singer.NewProjection(sel(t, ""), 0)
	for _, test := range []struct {
		row       string
		id        int64
		idOK      bool
		updated   int64
		updatedOK bool
	}{
		{`{"id":7,"updated_at":"1970-01-01T00:00:01.9Z"}`, 7, true, 1, true},
		{`{"id":"7","updated_at":"1969-12-31T23:59:58.5Z"}`, 7, true, -2, true},
		{`{"i\u0064":7.0,"updated_at":"1970-01-01T02:00:00+02"}`, 7, true, 0, true},
		{`{"id":1,"id":2,"updated_at":null}`, 2, true, 0, false},
		{`{"id":2,"id":null}`, 0, false, 0, false},
		{`{"id":7.5,"updated_at":1}`, 0, false, 0, false},
		{`{"id":"x","updated_at":"yesterday"}`, 0, false, 0, false},
		{`{"id":99999999999999999999}`, 0, false, 0, false},
		{`{}`, 0, false, 0, false},
		{`[{"id":1}]`, 0, false, 0, false},
		{`"id"`, 0, false, 0, false},
		{`null`, 0, false, 0, false},
	} {
		want := singer.Row{ID: test.id, IDOK: test.idOK, Updated: test.updated, UpdatedOK: test.updatedOK}
		if got := p.Read([]byte(test.row)); got != want {
			t.Errorf("Read(%s) = %+v, want %+v", test.row, got, want)
		}
		_, got := record(t, p, test.row)
		if got.Fingerprint == 0 {
			t.Errorf("Record(%s) has no fingerprint", test.row)
		}
		if got.Fingerprint = 0; got != want {
			t.Errorf("Record(%s) = %+v, want %+v", test.row, got, want)
		}
	}
}

// The record path allocates nothing once it knows its rows, unless an unknown field holds an array or an object.
func TestAppendAllocates(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	p := singer.NewProjection(sel(t, ""), 0)
	row := []byte(`{"id":1,"updated_at":"2021-10-20T15:16:31+02:00","title":"é","tags":["a"],"done":3,` +
		`"new":"b","place":{"city":"x"}}`)
	lines := make([]byte, 0, 4096)
	at := received()
	if got := testing.AllocsPerRun(100, func() { p.Append(lines, row, at) }); got != 0 {
		t.Errorf("%v allocations a record, want 0: profile with -bench Record -memprofile", got)
	}
}

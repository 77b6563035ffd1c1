package singer_test

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

// FuzzRecord compares the record path with a slow and plain one made of encoding/json, maps and big numbers.
//
//	go test -run - -fuzz FuzzRecord -fuzztime 60s ./tap/singer
func FuzzRecord(f *testing.F) {
	for _, row := range []string{
		`{"id":9007199254740993,"updated_at":"2021-10-20T15:16:31Z","title":"<b>&\u2028😀\"\\/","price":0.10,` +
			`"done":true,"tags":["a",null],"mixed":"x","anything":[1,{"a": 2}],"place":{"city":"x","zip":1.20e1}}`,
		`{"id":"10011","updated_at":"2021-10-20t15:16:31.5+02","title":12.50,"bare":"\ud800x\u0000","new":1,` +
			`"new":null,"_rescued_data":{"a":1},"counts":[1.0,"2"]}`,
		"{\"id\":1e2,\"title\":\"\xff\\ud83d\\ude00\\ud83d\",\"done\":\"true\",\"tags\":[1,[2]]," +
			"\"i\\u0064\":7,\"updated_at\":\"2021-02-29T00:00:00Z\"}",
		`{"updated_at":"0001-10-10T0:00:00Z"}`, `{"updated_at":"2021-10-20T15:16:31,5Z"}`,
		`{"updated_at":"2021-10-20T15:16:31+24:00"}`,
		`{"updated_at":"2021-10-20T15:16:31+0160"}`, `{"id":"-0"}`,
		` [ ] `, `{}`, `null`, `{"place":{"zip":"x"},"counts":[null],"price":"1e-3","updated_at":1547635159}`,
	} {
		f.Add([]byte(row))
	}
	catalogs := []string{
		"",
		`{"streams":[{"tap_stream_id":"notes","metadata":[{"breadcrumb":[],"metadata":{"selected":true}},
			{"breadcrumb":["properties","title"],"metadata":{"selected":false}},
			{"breadcrumb":["properties","place","properties","city"],"metadata":{"selected":false}}]}]}`,
		`{"streams":[{"tap_stream_id":"notes","schema":{"properties":{"id":{"type":"integer"},
			"updated_at":{"type":["string","null"],"format":"date-time"},"title":{"type":"string"},
			"price":{"type":"string"},
			"done":{"type":["string","null"]},"tags":{"type":"string"},"place":{"type":["string","null"]},
			"_rescued_data":{"type":["string","null"]}}}}]}`,
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		if !jsontext.Value(row).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) ||
			!decodable(row) {
			return
		}
		for _, catalog := range catalogs {
			s := sel(t, catalog)
			p := singer.NewProjection(s, 0)
			first, firstRow := record(t, p, string(row))
			second, secondRow := record(t, p, string(row)) // now with the order of keys known
			if first != second || firstRow != secondRow {
				t.Fatalf("the same row twice differs:\n%s %+v\n%s %+v", first, firstRow, second, secondRow)
			}
			if seen := p.Read(row); seen.ID != firstRow.ID || seen.IDOK != firstRow.IDOK ||
				seen.Updated != firstRow.Updated || seen.UpdatedOK != firstRow.UpdatedOK {
				t.Fatalf("Read = %+v, Record = %+v", seen, firstRow)
			}
			if !utf8.ValidString(first) || strings.Contains(first, "\n") {
				t.Fatalf("not UTF-8, or more than a line: %q", first)
			}
			want, wantRow := reference(t, s.Schema, row)
			got := fromRecord(t, first)
			for name, v := range want {
				if text, ok := v.(jsonText); ok {
					want[name], got[name] = text.v, decode(t, []byte(got[name].(string)))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("record of %q (-want +got):\n%s", row, diff)
			}
			wantRow.Fingerprint = firstRow.Fingerprint
			if firstRow != wantRow {
				t.Fatalf("row of %q: got %+v, want %+v", row, firstRow, wantRow)
			}
			if got, want := keys(first), keys(gjson.GetBytes(s.Schema, "properties").Raw); !slices.Equal(got, want) {
				t.Fatalf("fields in the order %q, the schema has %q", got, want)
			}
		}
	})
}

// fromRecord decodes a record, and the text of its _rescued_data.
func fromRecord(t testing.TB, text string) map[string]any {
	t.Helper()
	record := decode(t, []byte(text)).(map[string]any)
	if rescued, ok := record["_rescued_data"].(string); ok {
		record["_rescued_data"] = decode(t, []byte(rescued))
		if k := keys(rescued); !slices.IsSorted(k) {
			t.Fatalf("_rescued_data is not sorted: %s", rescued)
		}
	}
	return record
}

// reference projects a row the slow way. schema is the effective one; what is known is what notes declares.
func reference(t testing.TB, schema, row []byte) (map[string]any, singer.Row) {
	in, _ := decode(t, row).(map[string]any)
	want, rescued := map[string]any{}, map[string]any{}
	properties := decode(t, schema).(map[string]any)["properties"].(map[string]any)
	known := decode(t, []byte(notesSchema)).(map[string]any)["properties"].(map[string]any)
	for name, property := range properties {
		want[name] = nil
		if in[name] == nil || name == "_rescued_data" {
			continue
		}
		asked, declared := property.(map[string]any), known[name].(map[string]any)
		if v, ok := fit(asked, declared, in[name]); ok {
			want[name] = v
		} else if _, text := in[name].(string); !text && asked["format"] == nil && takes(asked, "string") &&
			!takes(declared, "string") {
			want[name] = jsonText{clean(in[name])}
		} else {
			rescued[name] = clean(in[name])
		}
	}
	for name, v := range in {
		if (known[name] == nil || name == "_rescued_data") && v != nil {
			rescued[name] = clean(v)
		}
	}
	if len(rescued) > 0 {
		want["_rescued_data"] = rescued
	}
	var r singer.Row
	switch id := in["id"].(type) {
	case json.Number:
		r.ID, r.IDOK = whole(string(id))
	case string:
		r.ID, r.IDOK = whole(id)
	}
	if text, ok := in["updated_at"].(string); ok {
		if at, _, ok := moment(text); ok {
			r.Updated, r.UpdatedOK = at.Unix(), true
		}
	}
	return want, r
}

// A jsonText is a value whose JSON text stands in the record as a string.
type jsonText struct{ v any }

// takes reports whether a property takes values of a type.
func takes(property map[string]any, want string) bool {
	switch t := property["type"].(type) {
	case string:
		return t == want
	case []any:
		return slices.Contains(t, any(want))
	}
	return true
}

// fit makes v fit a property; declared is the property before deselection.
func fit(property, declared map[string]any, v any) (any, bool) {
	takes := func(t string) bool { return takes(property, t) }
	switch v := v.(type) {
	case nil:
		return nil, takes("null")
	case bool:
		return v, takes("boolean")
	case json.Number:
		return fitNumber(string(v), takes, property["format"] == "date-time")
	case string:
		switch {
		case takes("string") && property["format"] == "date-time":
			_, utc, ok := moment(v)
			return utc, ok
		case takes("string"):
			return clean(v), true
		case numberText(v) && v == "-0" && !takes("number"):
			return json.Number("0"), takes("integer")
		case numberText(v):
			return fitNumber(v, takes, false)
		}
	case []any:
		items, _ := property["items"].(map[string]any)
		list := []any{}
		for _, e := range v {
			fitted, ok := clean(e), true
			if items != nil {
				fitted, ok = fit(items, items, e)
			}
			if !ok {
				return nil, false
			}
			list = append(list, fitted)
		}
		return list, takes("array")
	case map[string]any:
		members, _ := property["properties"].(map[string]any)
		all, _ := declared["properties"].(map[string]any)
		object := map[string]any{}
		for k, e := range v {
			fitted, ok := clean(e), true
			if member, listed := members[k].(map[string]any); listed {
				fitted, ok = fit(member, member, e)
			} else if all[k] != nil {
				continue
			}
			if !ok {
				return nil, false
			}
			object[k] = fitted
		}
		return object, takes("object")
	}
	return nil, false
}

func fitNumber(n string, takes func(string) bool, dateTime bool) (any, bool) {
	if takes("number") {
		return json.Number(n), true
	}
	if i, ok := whole(n); ok && takes("integer") {
		if shortDigits(n) {
			return json.Number(n), true // "-0" stays as it is
		}
		return json.Number(strconv.FormatInt(i, 10)), true
	}
	return n, takes("string") && !dateTime
}

func shortDigits(n string) bool { return regexp.MustCompile(`^-?[0-9]{1,17}$`).MatchString(n) }

func numberText(s string) bool {
	return regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`).MatchString(s)
}

// whole returns the integer that a number is, and false if it has a fraction or lies beyond 64 bits.
func whole(s string) (int64, bool) {
	if !numberText(s) {
		return 0, false
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	r, _ := new(big.Rat).SetString(mantissa)
	if r.Sign() == 0 {
		return 0, true
	}
	if exponent != "" {
		e, err := strconv.Atoi(exponent)
		if err != nil || e > 10000 || e < -10000 {
			return 0, false
		}
		r, _ = new(big.Rat).SetString(s)
	}
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// moment reads a date-time, and writes it as records have it.
func moment(s string) (time.Time, string, bool) {
	parts := regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?` +
		`(?:[Zz]|([+-]\d\d)(?::?(\d\d))?)$`).FindStringSubmatch(s)
	if parts == nil {
		return time.Time{}, "", false
	}
	t, err := time.Parse("2006-01-02 15:04:05", parts[1]+" "+parts[2])
	if err != nil {
		return t, "", false
	}
	hours, _ := strconv.Atoi(strings.TrimLeft(parts[4], "+-"))
	minutes, _ := strconv.Atoi(parts[5])
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if strings.HasPrefix(parts[4], "-") {
		offset = -offset
	}
	t = t.Add(-offset)
	ok := hours < 24 && minutes < 60 && t.Year() >= 1 && t.Year() <= 9999
	return t, t.Format("2006-01-02T15:04:05") + parts[3] + "Z", ok
}

// clean takes U+0000 out of all texts; encoding/json has replaced all else.
func clean(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "\x00", "")
	case []any:
		list := []any{}
		for _, e := range v {
			list = append(list, clean(e))
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for k, e := range v {
			object[k] = clean(e)
		}
		return object
	}
	return v
}

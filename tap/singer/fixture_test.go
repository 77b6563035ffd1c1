package singer_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

// notesSchema has a property of every type a schema can name, and of some that only an edited catalog has.
const notesSchema = `{"type":"object","required":["id"],"properties":{
	"id":{"type":["integer"]},
	"updated_at":{"type":["string","null"],"format":"date-time"},
	"title":{"type":["string","null"],"description":"What it is about."},
	"price":{"type":["number","null"]},
	"done":{"type":["boolean","null"]},
	"tags":{"type":["array","null"],"items":{"type":["string","null"]}},
	"counts":{"type":["array","null"],"items":{"type":"integer"}},
	"bare":{"type":"string"},
	"mixed":{"type":["integer","string","null"]},
	"anything":{},
	"place":{"type":["object","null"],"properties":{"city":{"type":["string","null"]},"zip":{"type":"integer"},
	"at":{"type":["string","null"],"format":"date-time"}}},
	"_rescued_data":{"type":["string","null"]}}}`

// notes is a stream with that schema.
func notes() singer.Stream {
	return singer.Stream{
		Name:           "notes",
		KeyProperties:  []string{"id"},
		ReplicationKey: "updated_at",
		Schema:         []byte(notesSchema),
	}
}

// received returns the time at which every test's page was received.
func received() time.Time {
	return time.Date(2026, 11, 22, 11, 0, 0, 123456789, time.FixedZone("", 3600))
}

const receivedText = "2026-11-22T10:00:00.123456Z"

// sel selects from notes by a catalog; an empty one means none.
func sel(t testing.TB, catalog string) *singer.Selected {
	t.Helper()
	var data []byte
	if catalog != "" {
		data = []byte(catalog)
	}
	selected, _, err := singer.Select(data, []singer.Stream{notes()})
	if err != nil {
		t.Fatal(err)
	}
	if len(selected) != 1 {
		t.Fatalf("%d streams are selected, want 1", len(selected))
	}
	return &selected[0]
}

// record returns the `record` object of one row, and checks what stands around it.
func record(t testing.TB, p *singer.Projection, row string) (string, singer.Row) {
	t.Helper()
	out, r := p.Append(nil, []byte(row), received())
	line, ok := strings.CutPrefix(string(out), `{"type":"RECORD","stream":"notes","record":`)
	line, ok2 := strings.CutSuffix(line, `,"time_extracted":"`+receivedText+"\"}\n")
	if !ok || !ok2 {
		t.Fatalf("RECORD line around its record: got %s", out)
	}
	return line, r
}

// decodable reports whether encoding/json understands the row in one way only: not too deep, no key twice but at the
// top.
func decodable(row []byte) bool {
	var v any
	return json.Unmarshal(row, &v) == nil && distinct(gjson.ParseBytes(row), true)
}

func distinct(v gjson.Result, top bool) bool {
	ok, seen := true, map[string]bool{}
	if !v.IsObject() && !v.IsArray() {
		return true
	}
	v.ForEach(func(k, e gjson.Result) bool {
		if v.IsObject() {
			ok = ok && (top || !seen[k.Str]) && !strings.ContainsAny(k.Str, "\x00\uFFFD") && utf8.ValidString(k.Str)
			seen[k.Str] = true
		}
		ok = ok && distinct(e, false)
		return ok
	})
	return ok
}

func keys(object string) []string {
	var list []string
	gjson.Parse(object).ForEach(func(k, _ gjson.Result) bool {
		list = append(list, k.Str)
		return true
	})
	return list
}

func decode(t testing.TB, data []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

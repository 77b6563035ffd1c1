package singer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

// A warning names each part of a catalog that is ignored or put back.
func TestSelectWarnings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, catalog, want string }{
		{"unknown stream", `{"streams":[{"tap_stream_id":"films"}]}`, `stream "films" of the catalog does not exist`},
		{"unknown property", entry(root + meta(`"selected":true`, "properties", "isbn")), `isbn`},
		{"key removed", `{"streams":[{"tap_stream_id":"books","schema":{"properties":{"updated_at":{}}}}]}`,
			`property id of stream books is missing`},
		{"another replication key", entry(`{"breadcrumb":[],"metadata":{"selected":true,` +
			`"replication-method":"INCREMENTAL","replication-key":"created_at"}}`),
			`replication key "created_at" of stream books`},
		{"another replication key in the entry",
			`{"streams":[{"tap_stream_id":"books","replication_key":"created_at"}]}`,
			`replication key "created_at" of stream books`},
		{"both", `{"streams":[{"tap_stream_id":"books","replication_key":"created_at","metadata":[{"breadcrumb":[],` +
			`"metadata":{"selected":true,"replication-key":"created_at"}}]}]}`,
			`replication key "created_at" of stream books`},
		{"renamed", `{"streams":[{"tap_stream_id":"books","stream":"volumes"}]}`,
			`stream books is called "volumes" in the catalog`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, warnings, err := singer.Select([]byte(test.catalog), books())
			if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], test.want) {
				t.Errorf("warnings %q, error %v; want one with %q", warnings, err, test.want)
			}
		})
	}
}

// Select refuses a catalog that it cannot understand, and the error names the place.
func TestSelectErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, catalog, want string }{
		{"empty", ``, `not JSON`},
		{"no JSON", "{\"streams\":\n [}", `not JSON at line 2, column 3`},
		{"UTF-16", "\xff\xfe{\x00}\x00", `UTF-16`},
		{"UTF-16, big-endian", "\xfe\xff\x00{\x00}", `UTF-16`},
		{"UTF-16 without a mark", "{\x00\"\x00", `UTF-16`},
		{"no UTF-8", "{\"streams\":[\"\xff\"]}", `not UTF-8`},
		{"no object", `[]`, `an array where a JSON object is expected`},
		{"no streams", `{"calls":{}}`, `streams: nothing where an array is expected`},
		{"streams an object", `{"streams":{}}`, `streams: an object where`},
		{"no id", `{"streams":[{"schema":{}}]}`, `streams[0]: no tap_stream_id`},
		{"no entry", `{"streams":[1]}`, `streams[0]: a number where an object is expected`},
		{"twice", `{"streams":[{"stream":"books"},{"stream":"books"}]}`,
			`streams[1] (books): the stream is there twice`},
		{"metadata an object", `{"streams":[{"stream":"books","metadata":{}}]}`,
			`streams[0] (books).metadata: an object where`},
		{"no breadcrumb", entry(`{"metadata":{"breadcrumb":[],"selected":true}}`),
			`metadata[0].breadcrumb: nothing where`},
		{"selected what", entry(`{"breadcrumb":[],"metadata":{"selected":"maybe"}}`),
			`metadata[0].metadata.selected: "maybe" where true or false`},
		{"log based", entry(`{"breadcrumb":[],"metadata":{"selected":true,"replication-method":"LOG_BASED"}}`),
			`replication method "LOG_BASED" is not offered`},
		{"legacy method", `{"streams":[{"stream":"books","replication_method":"MIRROR"}]}`, `"MIRROR"`},
		{"unknown key", `{"streams":[{"stream":"books","key_properties":["isbn"]}]}`,
			`key property "isbn" is not in the schema`},
		{"key no list", `{"streams":[{"stream":"books","key_properties":"id"}]}`,
			`key_properties: a string where an array is expected`},
		{"schema no object", `{"streams":[{"stream":"books","schema":[]}]}`, `schema: an array where an object`},
		{"properties no object", `{"streams":[{"stream":"books","schema":{"properties":[]}}]}`,
			`schema.properties: an array where an object`},
		{"property no object", `{"streams":[{"stream":"books","schema":{"properties":{"id":true}}}]}`,
			`schema.properties.id: a boolean where an object`},
		{"no type of JSON Schema", `{"streams":[{"stream":"books",` +
			`"schema":{"properties":{"id":{"type":"decimal"}}}}]}`,
			`schema.properties.id.type: "decimal" is no type of JSON Schema`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := singer.Select([]byte(test.catalog), books())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error: got %v, want one with %q", err, test.want)
			}
		})
	}
}

// Whatever a catalog holds, selecting from it ends in an error or in something consistent.
//
//	go test -run - -fuzz FuzzCatalog -fuzztime 60s ./tap/singer
func FuzzCatalog(f *testing.F) {
	f.Add(singer.Catalog(books()))
	f.Add([]byte(`{"streams":[{"stream":"books","selected":"true",` +
		`"schema":{"properties":{"title":{"items":{"properties":{"a":{}}}},"title":{"type":"array"}},` +
		`"required":["x"]},"key_properties":["title"]}]}`))
	f.Fuzz(func(t *testing.T, catalog []byte) {
		selected, _, err := singer.Select(slices.Concat(catalog, nil), books())
		if err != nil {
			return
		}
		for i := range selected {
			s := &selected[i]
			if !gjson.ValidBytes(s.Schema) {
				t.Fatalf("schema is no JSON: %s", s.Schema)
			}
			fields := keys(gjson.GetBytes(s.Schema, "properties").Raw)
			for _, k := range append(slices.Clone(s.KeyProperties), "updated_at") {
				if !slices.Contains(fields, k) {
					t.Fatalf("%s is not in the schema %s", k, s.Schema)
				}
			}
			record := recordOf(t, singer.NewProjection(s, 0), `{"id":1,"title":"x","author":{"name":"n","born":1}}`)
			if got := keys(record.Raw); !slices.Equal(got, fields) {
				t.Fatalf("record %s does not fit the schema %s", record.Raw, s.Schema)
			}
		}
	})
}

package singer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

// books returns two streams. Most selections here are about the fields title and author of the first.
func books() []singer.Stream {
	return []singer.Stream{
		{Name: "books", KeyProperties: []string{"id"}, ReplicationKey: "updated_at",
			Schema: []byte(`{"type":"object","required":["id","title"],"properties":{
			"id":{"type":["integer"]},"updated_at":{"type":["string","null"],"format":"date-time"},
			"title":{"type":["string","null"]},"author":{"type":["object","null"],
			"properties":{"name":{"type":["string","null"]},"born":{"type":["integer","null"]}}}}}`)},
		{Name: "shelves", KeyProperties: []string{"id"}, ReplicationKey: "updated_at",
			Schema: []byte(`{"properties":{"id":{"type":["integer"]},"updated_at":{"type":["string","null"],` +
				`"format":"date-time"}}}`)},
	}
}

// entry returns a catalog with one entry, for books, that has this metadata.
func entry(metadata string) string {
	return `{"streams":[{"tap_stream_id":"books","metadata":[` + metadata + `]}]}`
}

func meta(metadata string, breadcrumb ...string) string {
	return fmt.Sprintf(`{"breadcrumb":["%s"],"metadata":{%s}}`, strings.Join(breadcrumb, `","`), metadata)
}

const root = `{"breadcrumb":[],"metadata":{"selected":true}},`

// A catalog selects the wanted fields of books. "-" stands for a stream that is not selected.
func TestSelection(t *testing.T) {
	t.Parallel()
	const all = "id updated_at title author.name author.born"
	title, author := []string{"properties", "title"}, []string{"properties", "author"}
	name := []string{"properties", "author", "properties", "name"}
	for _, test := range []struct{ name, catalog, want string }{
		{"no stream in the catalog", `{"streams":[]}`, "-"},
		{"deselected", entry(`{"breadcrumb":[],"metadata":{"selected":false,"selected-by-default":true}}`), "-"},
		{"no opinion and no default", entry(`{"breadcrumb":[],"metadata":{"inclusion":"available"}}`), "-"},
		{"metadata, but none of the stream", entry(meta(`"selected":true`, title...)), "-"},
		{"selected by default", entry(`{"breadcrumb":[],"metadata":{"selected-by-default":true}}`), all},
		{"no metadata", `{"streams":[{"tap_stream_id":"books"}]}`, all},
		{"empty metadata", entry(``), all},
		{"null metadata", `{"streams":[{"tap_stream_id":"books","metadata":null}]}`, all},
		{"automatic stream", entry(`{"breadcrumb":[],"metadata":{"inclusion":"automatic","selected":false}}`), all},
		{"unsupported stream", entry(`{"breadcrumb":[],"metadata":{"inclusion":"unsupported","selected":true}}`), "-"},
		{"found by its name", `{"streams":[{"stream":"books"}]}`, all},

		{"deselected field", entry(root + meta(`"inclusion":"available","selected":false`, title...)),
			"id updated_at author.name author.born"},
		{"deselected key", entry(root + meta(`"inclusion":"automatic","selected":false`, "properties", "id")), all},
		{"deselected replication key", entry(root + meta(`"selected":false`, "properties", "updated_at")), all},
		{"key said to be unsupported", entry(root + meta(`"inclusion":"unsupported"`, "properties", "id")), all},
		{"automatic field", entry(root + meta(`"inclusion":"automatic","selected":false`, title...)), all},

		{"unsupported and selected", entry(root + meta(`"inclusion":"unsupported","selected":true`, title...)),
			"id updated_at author.name author.born"},
		{"no default for a field", entry(root + meta(`"selected-by-default":false`, title...)),
			"id updated_at author.name author.born"},
		{"selection beats the default", entry(root + meta(`"selected-by-default":false,"selected":true`, title...)),
			all},
		{"missing breadcrumb", entry(strings.TrimSuffix(root, ",")), all},
		{"child under a deselected parent", entry(root + meta(`"selected":false`,
			author...) + "," + meta(`"selected":true`, name...)), "id updated_at title"},
		{"field of a deselected stream", entry(`{"breadcrumb":[],` +
			`"metadata":{"selected":false}},` + meta(`"selected":true`, title...)), "-"},
		{"nested field", entry(root + meta(`"selected":false`, name...)), "id updated_at title author.born"},
		{"true in a string", entry(`{"breadcrumb":[],"metadata":{"selected":"true"}}`), all},
		{"False in a string", entry(`{"breadcrumb":[],"metadata":{"selected":"False"}}`), "-"},
		{"false in a string for a field", entry(root + meta(`"selected":"false"`, title...)),
			"id updated_at author.name author.born"},
		{"null is no opinion", entry(root + meta(`"selected":null`, title...)), all},
		{"legacy entry", `{"streams":[{"tap_stream_id":"books","selected":false}]}`, "-"},
		{"legacy entry against the default", `{"streams":[{"tap_stream_id":"books","selected":"false",` +
			`"metadata":[{"breadcrumb":[],"metadata":{"selected-by-default":true}}]}]}`, "-"},
		{"metadata beats legacy", `{"streams":[{"tap_stream_id":"books","selected":false,` +
			`"metadata":[{"breadcrumb":[],"metadata":{"selected":true}}]}]}`, all},
		{"legacy schema", `{"streams":[{"tap_stream_id":"books","schema":{"selected":true,` +
			`"properties":{"title":{"type":"string","selected":false},"id":{},"updated_at":{}}},` +
			`"metadata":[{"breadcrumb":[],"metadata":{"inclusion":"available"}}]}]}`, "id updated_at"},
		{"unknown stream", `{"streams":[{"tap_stream_id":"films"},{"tap_stream_id":"books"}]}`, all},
		{"unknown property", entry(root + meta(`"selected":true`, "properties", "isbn")), all},

		{"removed", `{"streams":[{"tap_stream_id":"books","schema":{"properties":{"id":{},"updated_at":{}}}}]}`,
			"id updated_at"},
		{"added", `{"streams":[{"tap_stream_id":"books","schema":{"properties":{"isbn":{"type":"string"},"id":{},` +
			`"updated_at":{}}}}]}`, "isbn id updated_at"},
		{"key and replication key removed", `{"streams":[{"tap_stream_id":"books",` +
			`"schema":{"properties":{"title":{}}}}]}`, "title id updated_at"},
		{"empty schema", `{"streams":[{"tap_stream_id":"books","schema":{}}]}`, all},
		{"null schema", `{"streams":[{"tap_stream_id":"books","schema":null}]}`, all},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			selected, _, err := singer.Select([]byte(test.catalog), books())
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(selected); got != test.want {
				t.Errorf("selected fields:\n got %s\nwant %s", got, test.want)
			}
			for i := range selected {
				checkConsistent(t, &selected[i])
			}
		})
	}
}

// describe lists the fields of books.
func describe(selected []singer.Selected) string {
	for _, s := range selected {
		if s.Name == "books" {
			return strings.Join(properties(gjson.ParseBytes(s.Schema), ""), " ")
		}
	}
	return "-"
}

func properties(schema gjson.Result, prefix string) []string {
	var list []string
	schema.Get("properties").ForEach(func(name, property gjson.Result) bool {
		if nested := properties(property, prefix+name.Str+"."); nested != nil {
			list = append(list, nested...)
		} else {
			list = append(list, prefix+name.Str)
		}
		return true
	})
	return list
}

// checkConsistent checks that SCHEMA and RECORD agree: they have the same fields in the same order, required ones among
// them, and no catalog metadata.
func checkConsistent(t *testing.T, s *singer.Selected) {
	t.Helper()
	w := singer.NewProjection(s, 0)
	var names []string
	record := recordOf(t, w, `{"id":1,"title":"x","author":{"name":"n","born":1},"isbn":"y"}`)
	record.ForEach(func(k, _ gjson.Result) bool {
		names = append(names, k.Str)
		return true
	})
	if want := keys(gjson.GetBytes(s.Schema, "properties").Raw); !slices.Equal(names, want) {
		t.Errorf("fields of a record: got %q, the schema has %q", names, want)
	}
	for _, name := range gjson.GetBytes(s.Schema, "required").Array() {
		if !slices.Contains(names, name.Str) {
			t.Errorf("required property %q is not in the schema", name.Str)
		}
	}
	if strings.Contains(string(s.Schema), "selected") || strings.Contains(string(s.Schema), "inclusion") {
		t.Errorf("catalog metadata in the schema: %s", s.Schema)
	}
	if nested := properties(gjson.ParseBytes(s.Schema), ""); !slices.Contains(nested, "author.name") &&
		record.Get("author.name").Exists() {
		t.Errorf("a deselected nested field is in the record: %s", record.Raw)
	}
}

func recordOf(t *testing.T, p *singer.Projection, row string) gjson.Result {
	t.Helper()
	line, _ := p.Append(nil, []byte(row), received())
	return gjson.GetBytes(line, "record")
}

// Without a catalog all is selected, in the order of declaration, and SCHEMA is the declared one, compact.
func TestSelectWithoutCatalog(t *testing.T) {
	t.Parallel()
	selected, warnings, err := singer.Select(nil, books())
	if err != nil || len(warnings) != 0 || len(selected) != 2 || selected[0].Name != "books" ||
		selected[1].Name != "shelves" {
		t.Fatalf("got %d streams, warnings %q, error %v; want books, shelves", len(selected), warnings, err)
	}
	want := `{"properties":{"id":{"type":["integer"]},"updated_at":{"type":["string","null"],"format":"date-time"}}}`
	if got := string(selected[1].Schema); got != want {
		t.Errorf("schema:\n got %s\nwant %s", got, want)
	}
	if selected[0].FullTable {
		t.Error("FULL_TABLE without being asked")
	}
}

// The discovered catalog selects everything as it is declared.
func TestSelectDiscovered(t *testing.T) {
	t.Parallel()
	bare, _, err := singer.Select(nil, books())
	if err != nil {
		t.Fatal(err)
	}
	discovered, warnings, err := singer.Select(singer.Catalog(books()), books())
	if err != nil || len(warnings) != 0 {
		t.Fatalf("warnings %q, error %v; want none", warnings, err)
	}
	for i := range bare {
		if diff := cmp.Diff(string(bare[i].Schema), string(discovered[i].Schema)); diff != "" {
			t.Errorf("schema without and with the discovered catalog (-without +with):\n%s", diff)
		}
	}
}

// An edited schema goes out with its bytes, order and keywords, but for what only a catalog has.
func TestEditedSchema(t *testing.T) {
	t.Parallel()
	catalog := `{"streams":[{"tap_stream_id":"books","schema":{ "type" : "object", "x-new": [1, 2.50],
			 "inclusion":"available", "selected":true,
		"properties":{"selected":{"type":"boolean","inclusion":"available","selected":true,
		"description":"a \u00e9 <b>"},
			"title":{"maxLength":5,"type":"string"},"updated_at":{"type":"string"},"id":{"type":"number",
			"selected-by-default":true}},
		"required":["title"],"additionalProperties":false},
		"metadata":[{"breadcrumb":[],"metadata":{"selected":true}},{"breadcrumb":["properties","title"],
		"metadata":{"selected":false}}]}]}`
	selected, warnings, err := singer.Select([]byte(catalog), books())
	if err != nil || len(warnings) != 0 {
		t.Fatalf("warnings %q, error %v; want none", warnings, err)
	}
	want := `{"type":"object","x-new":[1,2.50],"properties":{"selected":{"type":"boolean",` +
		`"description":"a \u00e9 <b>"},` +
		`"updated_at":{"type":"string"},"id":{"type":"number"}},"additionalProperties":false}`
	if got := string(selected[0].Schema); got != want {
		t.Errorf("schema:\n got %s\nwant %s", got, want)
	}
	record := recordOf(t, singer.NewProjection(&selected[0], 0),
		`{"id":"1.5","updated_at":"yesterday","selected":true,"author":1}`)
	if want := `{"selected":true,"updated_at":"yesterday","id":1.5}`; record.Raw != want {
		t.Errorf("record:\n got %s\nwant %s", record.Raw, want)
	}
}

// A catalog may set the key and the replication method of a stream, in its metadata or its entry.
func TestReplicationOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, entry string
		keys        []string
		full        bool
	}{
		{"as declared", `"key_properties":["id"],"replication_method":"INCREMENTAL"`, []string{"id"}, false},
		{"nulls", `"key_properties":null,"replication_method":null`, []string{"id"}, false},
		{"empty strings", `"key_properties":"","replication_method":"","replication_key":"","stream":"",` +
			`"selected":"","schema":"","metadata":""`, []string{"id"}, false},
		{"empty strings in metadata", `"replication_method":"FULL_TABLE","metadata":[{"breadcrumb":[],` +
			`"metadata":{"selected":"","selected-by-default":true,"inclusion":"","replication-method":"",` +
			`"replication-key":"","table-key-properties":""}}]`, []string{"id"}, true},
		{"no key is no override", `"key_properties":[]`, []string{"id"}, false},
		{"key of the entry", `"key_properties":["title","id"]`, []string{"title", "id"}, false},
		{"key of the entry, metadata as discovered",
			`"key_properties":["title"],"metadata":[{"breadcrumb":[],"metadata":{"selected":true,` +
				`"table-key-properties":["id"]}}]`, []string{"title"}, false},
		{"key of the metadata, entry as discovered",
			`"key_properties":["id"],"metadata":[{"breadcrumb":[],"metadata":{"selected":true,` +
				`"table-key-properties":["title"]}}]`, []string{"title"}, false},
		{"deselected key", `"key_properties":["title"],"metadata":[{"breadcrumb":[],"metadata":{"selected":true}},` +
			`{"breadcrumb":["properties","title"],"metadata":{"selected":false}}]`, []string{"title"}, false},
		{"legacy", `"replication_method":"FULL_TABLE"`, []string{"id"}, true},
		{"metadata", `"replication_method":"INCREMENTAL","metadata":[{"breadcrumb":[],"metadata":{"selected":true,` +
			`"replication-method":"FULL_TABLE"}}]`, []string{"id"}, true},
		{"metadata beats legacy", `"replication_method":"FULL_TABLE","metadata":[{"breadcrumb":[],` +
			`"metadata":{"selected":true,"replication-method":"INCREMENTAL"}}]`, []string{"id"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			selected, _, err := singer.Select([]byte(`{"streams":[{"tap_stream_id":"books",`+test.entry+`}]}`), books())
			if err != nil {
				t.Fatal(err)
			}
			s := selected[0]
			if !slices.Equal(s.KeyProperties, test.keys) || s.FullTable != test.full {
				t.Errorf("got keys %q, FULL_TABLE %t; want %q, %t", s.KeyProperties, s.FullTable, test.keys, test.full)
			}
			for _, k := range s.KeyProperties {
				if !gjson.GetBytes(s.Schema, "properties."+k).Exists() {
					t.Errorf("key %s is not in the schema %s", k, s.Schema)
				}
			}
		})
	}
}

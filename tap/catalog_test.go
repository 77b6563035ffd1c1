package tap_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

func TestCatalogIsOneDocumentOfShortLines(t *testing.T) {
	t.Parallel()
	got := run(t, 0, "--discover")
	if !gjson.Valid(got.stdout) || !strings.HasSuffix(got.stdout, "}\n") {
		t.Errorf("stdout is not one JSON document and a line end: %.200s", got.stdout)
	}
	if names := gjson.Get(got.stdout, "streams.#.tap_stream_id").Raw; names != `["calls","legs"]` {
		t.Errorf("got the streams %s", names)
	}
	const longest = 64 << 10 // Meltano reads line by line, and no longer ones
	for line := range strings.Lines(got.stdout + got.stderr) {
		if len(line) >= longest {
			t.Errorf("a line of %d bytes: Meltano gives up on it: %.80s", len(line), line)
		}
	}
}

func TestCatalogEntriesAreComplete(t *testing.T) {
	t.Parallel()
	for _, entry := range gjson.Get(run(t, 0, "--discover").stdout, "streams").Array() {
		var keys []string
		entry.ForEach(func(key, _ gjson.Result) bool {
			keys = append(keys, key.Str)
			return true
		})
		want := []string{"tap_stream_id", "stream", "schema", "key_properties", "replication_key",
			"replication_method", "metadata"}
		if diff := cmp.Diff(want, keys); diff != "" { // Meltano looks for schema before metadata
			t.Errorf("members of an entry (-want +got):\n%s", diff)
		}
		name := entry.Get("stream").Str
		if !regexp.MustCompile(`^[a-z_]+$`).MatchString(name) || entry.Get("tap_stream_id").Str != name {
			t.Errorf("stream %q, tap_stream_id %q", name, entry.Get("tap_stream_id").Str)
		}
		if entry.Get("key_properties").Raw == "" || entry.Get("replication_key").Str != "updated_at" ||
			entry.Get("replication_method").Str != "INCREMENTAL" {
			t.Errorf("%s: keys or method are wrong: %.300s", name, entry.Raw)
		}
		entry.Get("schema.properties").ForEach(func(field, _ gjson.Result) bool {
			if !regexp.MustCompile(`^[a-z_][a-z0-9_]*$`).MatchString(field.Str) {
				t.Errorf("%s: Meltano can't select a property named %q", name, field.Str)
			}
			return true
		})
	}
}

func TestCatalogHasMetadataOfEachProperty(t *testing.T) {
	t.Parallel()
	for _, entry := range gjson.Get(run(t, 0, "--discover").stdout, "streams").Array() {
		name := entry.Get("stream").Str
		got := map[string]string{}
		for _, m := range entry.Get("metadata").Array() {
			var crumb []string
			for _, c := range m.Get("breadcrumb").Array() {
				crumb = append(crumb, c.Str)
			}
			key := strings.Join(crumb, ".")
			if _, twice := got[key]; twice {
				t.Errorf("%s: metadata of %q twice", name, key)
			}
			got[key] = compact(t, m.Get("metadata"))
		}
		want := map[string]string{"": fmt.Sprintf(`{"inclusion":"available","selected-by-default":true,`+
			`"table-key-properties":["id"],`+
			`"valid-replication-keys":["updated_at"],"replication-key":"updated_at","schema-name":%q}`, name)}
		entry.Get("schema.properties").ForEach(func(field, _ gjson.Result) bool {
			inclusion := "available"
			if field.Str == "id" || field.Str == "updated_at" {
				inclusion = "automatic"
			}
			want["properties."+field.Str] = fmt.Sprintf(`{"inclusion":%q}`, inclusion)
			return true
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSchemasArePlain(t *testing.T) {
	t.Parallel()
	for _, entry := range gjson.Get(run(t, 0, "--discover").stdout, "streams").Array() {
		name, schema := entry.Get("stream").Str, entry.Get("schema")
		for _, draft := range []*jsonschema.Draft{jsonschema.Draft4, jsonschema.Draft2020} {
			if _, err := compile(draft, schema.Raw); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if schema.Get("type").Raw != `"object"` || schema.Get("additionalProperties").Exists() {
			t.Errorf("%s: the root must be an open object", name)
		}
		for _, keyword := range []string{"anyOf", "oneOf", "allOf", "$ref", "multipleOf", "enum", "const"} {
			if strings.Contains(schema.Raw, `"`+keyword+`":`) {
				t.Errorf("%s: targets stumble over %s", name, keyword)
			}
		}
		schema.Get("properties").ForEach(func(field, p gjson.Result) bool {
			types := p.Get("type").Array()
			first := ""
			p.ForEach(func(key, _ gjson.Result) bool { first = key.Str; return false })
			switch {
			case first != "type" || !p.Get("type").IsArray():
				t.Errorf("%s.%s: type must come first, as a list: %s", name, field.Str, p.Raw)
			case field.Str != "id" && (len(types) != 2 || types[1].Str != "null"):
				t.Errorf("%s.%s: want one type and null, in this order: %s", name, field.Str, p.Get("type").Raw)
			case types[0].Str == "array" && !p.Get("items.type").Exists():
				t.Errorf("%s.%s: the items of an array need a type", name, field.Str)
			case p.Get("format").Exists() && (p.Get("format").Str != "date-time" || types[0].Str != "string"):
				t.Errorf("%s.%s: no format but the date-time of a string: %s", name, field.Str, p.Raw)
			}
			return true
		})
	}
}

// A run with the printed catalog, everything selected as Meltano does it, brings the same as a run without a catalog.
func TestDiscoverSelectSync(t *testing.T) {
	t.Parallel()
	_, url := simulate(t, smallAccount())
	plain := run(t, 0, "--config", config(t, url))
	catalog := catalogWith(t, func(streams map[string]map[string]any) {
		for _, s := range streams {
			selectAll(s, true)
		}
	})
	selected := run(t, 0, "--config", config(t, url), "--catalog", catalog)
	if diff := cmp.Diff(timeless(plain.stdout), timeless(selected.stdout)); diff != "" {
		t.Errorf("without a catalog and with all selected (-without +with):\n%s", diff)
	}
}

// Meltano marks even automatic fields selected:false when its user excludes them. They are emitted all the same, and
// they alone.
func TestAutomaticFieldsOnly(t *testing.T) {
	t.Parallel()
	_, url := simulate(t, smallAccount())
	catalog := catalogWith(t, func(streams map[string]map[string]any) {
		for _, s := range streams {
			selectAll(s, false)
			metadata(s, "")["selected"] = true
		}
	})
	got := run(t, 0, "--config", config(t, url), "--catalog", catalog)
	for _, stream := range []string{talksim.Calls, talksim.Legs} {
		all := run(t, 0, "--config", config(t, url)).records(stream)
		records := got.records(stream)
		if len(records) != len(all) {
			t.Errorf("%s: got %d records, want %d", stream, len(records), len(all))
		}
		for i, r := range records {
			want := fmt.Sprintf(`{"id":%s,"updated_at":%s}`, all[i].Get("id").Raw, all[i].Get("updated_at").Raw)
			if r.Raw != want {
				t.Errorf("%s: got %s, want %s", stream, r.Raw, want)
			}
		}
		schema := got.lines("SCHEMA", stream)[0].Get("schema")
		if names := fields(schema.Get("properties")); !slices.Equal(names, []string{"id", "updated_at"}) {
			t.Errorf("%s: SCHEMA has %q", stream, names)
		}
	}
}

// A deselected field appears nowhere, and no other field is missing. Each field is deselected once, together with every
// sixth after it.
func TestDeselectedFieldsAppearNowhere(t *testing.T) {
	t.Parallel()
	_, url := simulate(t, smallAccount())
	all := run(t, 0, "--config", config(t, url))
	const groups = 6
	for group := range groups {
		want := map[string][]string{}
		catalog := catalogWith(t, func(streams map[string]map[string]any) {
			for name, entry := range streams {
				for i, field := range fields(all.lines("SCHEMA", name)[0].Get("schema.properties")) {
					if i%groups == group && field != "id" && field != "updated_at" {
						metadata(entry, field)["selected"] = false
					} else {
						want[name] = append(want[name], field)
					}
				}
			}
		})
		got := run(t, 0, "--config", config(t, url), "--catalog", catalog)
		for _, stream := range []string{talksim.Calls, talksim.Legs} {
			if diff := cmp.Diff(want[stream], fields(got.records(stream)[0])); diff != "" {
				t.Errorf("RECORD of %s (-want +got):\n%s", stream, diff)
			}
			properties := got.lines("SCHEMA", stream)[0].Get("schema.properties")
			if diff := cmp.Diff(want[stream], fields(properties)); diff != "" {
				t.Errorf("SCHEMA of %s (-want +got):\n%s", stream, diff)
			}
		}
	}
}

// fields returns the names of an object's members, sorted.
func fields(object gjson.Result) []string { return slices.Sorted(maps.Keys(object.Map())) }

// metadata returns the metadata of a field of a catalog entry, or of the stream itself.
func metadata(entry map[string]any, field string) map[string]any {
	for _, m := range entry["metadata"].([]any) {
		crumb := m.(map[string]any)["breadcrumb"].([]any)
		if field == "" && len(crumb) == 0 || field != "" && len(crumb) == 2 && crumb[1] == field {
			return m.(map[string]any)["metadata"].(map[string]any)
		}
	}
	return nil
}

// selectAll sets selected for a stream and all its fields.
func selectAll(entry map[string]any, selected bool) {
	for _, m := range entry["metadata"].([]any) {
		m.(map[string]any)["metadata"].(map[string]any)["selected"] = selected
	}
}

// timeless takes the times out of messages, so that runs can be compared; and the order of a schema's members, which
// Go's own JSON package sorts when a catalog is edited here, does not matter either.
func timeless(stdout string) []string {
	stdout = regexp.MustCompile(`,"time_extracted":"[^"]*"`).ReplaceAllString(stdout, "")
	lines := slices.Collect(strings.Lines(stdout))
	for i, line := range lines {
		if strings.HasPrefix(line, `{"type":"SCHEMA"`) || strings.HasPrefix(line, `{"type":"RECORD"`) {
			lines[i] = gjson.Get(line, `@pretty:{"sortKeys":true}`).Raw
		}
		// A fingerprint depends on the order of the fields.
		lines[i] = regexp.MustCompile(`:[0-9a-f]{16}"`).ReplaceAllString(lines[i], `"`)
	}
	return lines
}

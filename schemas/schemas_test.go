package schemas_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/schemas"
)

// A document is what these tests know of a schema. Decoding it refuses every other keyword.
type document struct {
	Type        string                     `json:"type"`
	Description string                     `json:"description"`
	Required    []string                   `json:"required"`
	Properties  map[string]json.RawMessage `json:"properties"`
}

type property struct {
	Type        []string  `json:"type"`
	Format      string    `json:"format"`
	Items       *property `json:"items"`
	Description string    `json:"description"`
}

// documents returns the schemas by the name of their stream.
func documents() map[string][]byte {
	return map[string][]byte{"calls": schemas.Stream("calls"), "legs": schemas.Stream("legs")}
}

// decode decodes data into v and fails the test for any key that v does not know.
func decode(t *testing.T, data []byte, v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("%v: the package comment of schemas lists what a schema may say", err)
	}
}

// compile returns the schema of a stream for one draft, with formats asserted.
func compile(t *testing.T, draft *jsonschema.Draft, data []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(draft)
	c.AssertFormat()
	if err := c.AddResource("stream.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("stream.json")
	if err != nil {
		t.Fatalf("not a valid JSON Schema: %v", err)
	}
	return schema
}

func TestShape(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	for stream, data := range documents() {
		var doc document
		decode(t, data, &doc)
		if doc.Type != "object" || doc.Description == "" {
			t.Errorf("%s: got type %q, description %q, want an object with a description",
				stream, doc.Type, doc.Description)
		}
		if diff := cmp.Diff([]string{"id"}, doc.Required); diff != "" {
			t.Errorf("%s: required (-want +got):\n%s", stream, diff)
		}
		for field, raw := range doc.Properties {
			if !name.MatchString(field) {
				t.Errorf("%s.%s: the name does not match %s", stream, field, name)
			}
			var p property
			decode(t, raw, &p)
			checkProperty(t, stream+"."+field, p, field != "id")
			if p.Description == "" {
				t.Errorf("%s.%s: no description: write a comment above the field in tap/talk and run go generate ./...",
					stream, field)
			}
			if first := `{ "type":`; !bytes.HasPrefix(bytes.Join(bytes.Fields(raw), []byte(" ")), []byte(first)) {
				t.Errorf("%s.%s: type is not the first key: %s", stream, field, raw)
			}
		}
	}
}

// checkProperty checks the list of types, the format and the items of a property.
func checkProperty(t *testing.T, name string, p property, nullable bool) {
	t.Helper()
	known := []string{"array", "boolean", "integer", "string"}
	want := 1
	if nullable {
		want = 2
	}
	if len(p.Type) != want || !slices.Contains(known, p.Type[0]) || (nullable && p.Type[1] != "null") {
		t.Errorf("%s: got type %q, want one of %q, and \"null\" after it in all but id", name, p.Type, known)
	}
	if p.Format != "" && (p.Format != "date-time" || p.Type[0] != "string") {
		t.Errorf("%s: got format %q on %q, want date-time on a string or none", name, p.Format, p.Type)
	}
	if isArray := slices.Contains(p.Type, "array"); isArray != (p.Items != nil) {
		t.Errorf("%s: got type %q and items %v, want items on every array and nowhere else", name, p.Type, p.Items)
	}
	if p.Items != nil {
		checkProperty(t, name+"[]", *p.Items, true)
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stream, field string
		want          property
	}{
		{"calls", "id", property{Type: []string{"integer"}}},
		{"calls", "updated_at", property{Type: []string{"string", "null"}, Format: "date-time"}},
		{"calls", "call_charge", property{Type: []string{"string", "null"}}},
		{"calls", "call_recording_consent_keypress", property{Type: []string{"string", "null"}}},
		{"calls", "callback", property{Type: []string{"boolean", "null"}}},
		{"calls", "duration", property{Type: []string{"integer", "null"}}},
		{"calls", "_rescued_data", property{Type: []string{"string", "null"}}},
		{"legs", "id", property{Type: []string{"integer"}}},
		{"legs", "created_at", property{Type: []string{"string", "null"}, Format: "date-time"}},
		{"legs", "transferred_to", property{Type: []string{"integer", "null"}}},
		{"legs", "forwarded_to", property{Type: []string{"string", "null"}}},
		{"legs", "quality_issues", property{
			Type:  []string{"array", "null"},
			Items: &property{Type: []string{"string", "null"}},
		}},
		{"legs", "_rescued_data", property{Type: []string{"string", "null"}}},
	} {
		var doc document
		decode(t, documents()[tt.stream], &doc)
		var got property
		decode(t, doc.Properties[tt.field], &got)
		got.Description = ""
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s.%s (-want +got):\n%s", tt.stream, tt.field, diff)
		}
	}
}

// The text of a file is what people read in a diff, and what decides the order of the columns.
func TestText(t *testing.T) {
	t.Parallel()
	for stream, data := range documents() {
		if !bytes.HasSuffix(data, []byte("}\n")) || bytes.Contains(data, []byte(`\u`)) {
			t.Errorf("%s: want text without escapes that ends in one newline", stream)
		}
		fields := fieldOrder(t, data)
		if got, want := fields[:3], []string{"id", "created_at", "updated_at"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q first, want %q", stream, got, want)
		}
		if got, want := fields[len(fields)-1], "_rescued_data"; got != want {
			t.Errorf("%s: got %q last, want %q", stream, got, want)
		}
	}
}

// fieldOrder returns the names of the properties in the order of the text.
func fieldOrder(t *testing.T, data []byte) []string {
	t.Helper()
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^    "(\w+)": \{$`).FindAllSubmatch(data, -1) {
		names = append(names, string(m[1]))
	}
	if len(names) == 0 {
		t.Fatal("no properties found: this test reads them as the generator indents them")
	}
	return names
}

func TestCallersOwnTheirBytes(t *testing.T) {
	t.Parallel()
	got := schemas.Stream("calls")
	got[0] = 'x'
	if schemas.Stream("calls")[0] != '{' {
		t.Error("writing to the bytes of Calls changed what it returns next")
	}
}

package schemas_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

// records returns the rows of the stream in every page of testdata/api, by the name of the page.
func records(t *testing.T, stream string) map[string][]any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "testdata", "api", stream+"_*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no pages of %s in testdata/api: %v", stream, err)
	}
	rows := make(map[string][]any)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		page, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		rows[filepath.Base(file)] = page.(map[string]any)[stream].([]any)
	}
	return rows
}

// onlyInTable is a field that the API reference has in its table, but neither in its example nor in any real call.
const onlyInTable = "exceeded_queue_time"

func TestRealRecordsValidate(t *testing.T) {
	t.Parallel()
	for stream, data := range documents() {
		for _, draft := range []*jsonschema.Draft{jsonschema.Draft4, jsonschema.Draft7, jsonschema.Draft2020} {
			schema := compile(t, draft, data)
			for file, rows := range records(t, stream) {
				for i, row := range rows {
					if err := schema.Validate(row); err != nil {
						t.Errorf("%s, row %d, %s: correct the field's type in tap/talk, the row is real: %v",
							file, i, draft, err)
					}
				}
			}
		}
	}
}

// The schemas have the fields that occur in real records or in the API reference's example, except those that the
// stream's definition lists as known extras.
func TestFieldsAreThoseOfTheAPI(t *testing.T) {
	t.Parallel()
	for _, d := range tap.Definitions() {
		seen := make(map[string]bool)
		for _, rows := range records(t, d.Name) {
			for _, row := range rows {
				for field := range row.(map[string]any) {
					seen[field] = true
				}
			}
		}
		var doc document
		decode(t, documents()[d.Name], &doc)
		delete(doc.Properties, "_rescued_data")
		for _, field := range slices.Sorted(maps.Keys(doc.Properties)) {
			if !seen[field] && field != onlyInTable {
				t.Errorf("%s: no page in testdata/api has the field %s: put a real one there", d.Name, field)
			}
		}
		for _, field := range slices.Sorted(maps.Keys(seen)) {
			if _, known := doc.Properties[field]; known == slices.Contains(d.KnownExtras, field) {
				t.Errorf("%s: the field %s must be in the schema or among KnownExtras, not in both", d.Name, field)
			}
		}
	}
}

// The schemas are strict enough to be worth validating against.
func TestWrongRecordsDoNotValidate(t *testing.T) {
	t.Parallel()
	for _, record := range []string{
		`{}`,
		`{"id":null}`,
		`{"id":"10011"}`,
		`{"id":1.5}`,
		`{"id":1,"call_charge":0.003}`,
		`{"id":1,"updated_at":"2021-10-20"}`,
		`{"id":1,"updated_at":""}`,
		`{"id":1,"quality_issues":"none"}`,
		`{"id":1,"quality_issues":[1]}`,
		`{"id":1,"_rescued_data":{}}`,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(record))
		if err != nil {
			t.Fatal(err)
		}
		for stream, data := range documents() {
			for _, draft := range []*jsonschema.Draft{jsonschema.Draft4, jsonschema.Draft2020} {
				if compile(t, draft, data).Validate(value) == nil {
					t.Errorf("%s accepts %s under %s", stream, record, draft)
				}
			}
		}
	}
}

package singer_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

func ExampleCatalog() {
	fmt.Print(string(singer.Catalog([]singer.Stream{{
		Name:           "pets",
		KeyProperties:  []string{"id"},
		ReplicationKey: "updated_at",
		Schema: []byte(`{"type":"object","properties":{"id":{"type":["integer"]},` +
			`"updated_at":{"type":["string","null"],"format":"date-time"}}}`),
	}})))
	// Output:
	// {
	//   "streams": [
	//     {
	//       "tap_stream_id": "pets",
	//       "stream": "pets",
	//       "schema": {
	//         "type": "object",
	//         "properties": {
	//           "id": {
	//             "type": ["integer"]
	//           },
	//           "updated_at": {
	//             "type": ["string", "null"],
	//             "format": "date-time"
	//           }
	//         }
	//       },
	//       "key_properties": ["id"],
	//       "replication_key": "updated_at",
	//       "replication_method": "INCREMENTAL",
	//       "metadata": [
	//         {
	//           "breadcrumb": [],
	//           "metadata": {
	//             "inclusion": "available",
	//             "selected-by-default": true,
	//             "table-key-properties": ["id"],
	//             "valid-replication-keys": ["updated_at"],
	//             "replication-key": "updated_at",
	//             "schema-name": "pets"
	//           }
	//         },
	//         {
	//           "breadcrumb": ["properties", "id"],
	//           "metadata": {
	//             "inclusion": "automatic"
	//           }
	//         },
	//         {
	//           "breadcrumb": ["properties", "updated_at"],
	//           "metadata": {
	//             "inclusion": "automatic"
	//           }
	//         }
	//       ]
	//     }
	//   ]
	// }
}

// The catalog has short lines, schema before metadata, and metadata of each property.
func TestCatalog(t *testing.T) {
	t.Parallel()
	catalog := singer.Catalog(append(books(), notes()))
	if !gjson.ValidBytes(catalog) || bytes.Contains(catalog, []byte(`"selected"`)) {
		t.Errorf("no JSON, or a selection in it: %s", catalog)
	}
	for line := range bytes.Lines(catalog) {
		if len(line) > 4096 {
			t.Errorf("a line of %d bytes; Meltano reads up to 64 KiB, and people less", len(line))
		}
	}
	entries := gjson.GetBytes(catalog, "streams").Array()
	if len(entries) != 3 {
		t.Fatalf("%d streams, want 3", len(entries))
	}
	for _, entry := range entries {
		if strings.Index(entry.Raw, `"schema":`) > strings.Index(entry.Raw, `"metadata":`) {
			t.Errorf("schema of %s does not come before its metadata", entry.Get("stream"))
		}
		var automatic, all []string
		roots := 0
		for _, m := range entry.Get("metadata").Array() {
			path := strings.Join(strings.Fields(strings.NewReplacer(`"`, ``, `properties`, ``, `,`, ``, `[`, ``, `]`,
				``).Replace(m.Get("breadcrumb").Raw)), ".")
			switch {
			case path == "":
				roots++
			case m.Get("metadata.inclusion").Str == "automatic":
				automatic = append(automatic, path)
			}
			all = append(all, path)
		}
		if roots != 1 || !slices.Equal(automatic, []string{"id", "updated_at"}) {
			t.Errorf("%d root entries, automatic %q; want 1, id and updated_at", roots, automatic)
		}
		if entry.Get("stream").Str == "books" {
			want := []string{"", "id", "updated_at", "title", "author", "author.name", "author.born"}
			if diff := cmp.Diff(want, all); diff != "" {
				t.Errorf("metadata entries (-want +got):\n%s", diff)
			}
		}
	}
}

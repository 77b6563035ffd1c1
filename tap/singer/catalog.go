package singer

import (
	"regexp"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A Stream is what a tap declares of one stream.
type Stream struct {
	Name           string   // name in every message; also its tap_stream_id
	KeyProperties  []string // names of the properties that identify a record; the first one is read as [Row].ID
	ReplicationKey string   // name of the date-time property that is newer in each version of a record
	Schema         []byte   // JSON Schema of a record, in any layout; its order of properties is that of the records
	KnownExtras    []string // fields that rows are known to have beyond Schema: a notice tells of them, no warning
}

// A catalogEntry is a stream as a catalog has it.
type catalogEntry struct {
	ID   string `json:"tap_stream_id"`
	Name string `json:"stream"`
	selection
	Schema            jsontext.Value        `json:"schema"`
	KeyProperties     list[string]          `json:"key_properties"`
	ReplicationKey    string                `json:"replication_key"`
	ReplicationMethod string                `json:"replication_method"`
	Metadata          list[metadataElement] `json:"metadata"`
	place             string                // in the catalog, for errors
}

// A metadataElement says something about a stream, whose breadcrumb is [], or about one of its properties.
type metadataElement struct {
	Breadcrumb []string `json:"breadcrumb"`
	Metadata   metadata `json:"metadata"`
}

// metadata is the part of the metadata of a breadcrumb that this package knows.
type metadata struct {
	selection
	KeyProperties        list[string] `json:"table-key-properties,omitzero"`
	ValidReplicationKeys list[string] `json:"valid-replication-keys,omitzero"`
	ReplicationMethod    string       `json:"replication-method,omitzero"`
	ReplicationKey       string       `json:"replication-key,omitzero"`
	SchemaName           string       `json:"schema-name,omitzero"`
}

// Catalog returns the document that --discover prints: all streams, selected by default, with their keys automatic and
// all else available. It is laid out over many lines, since Meltano reads it line by line and gives up on one of 64
// KiB, and has schema before metadata, since Meltano looks for them in that order. forced-replication-method is left
// out: FULL_TABLE may be chosen.
func Catalog(streams []Stream) []byte {
	catalog := struct {
		Streams []catalogEntry `json:"streams"`
	}{}
	for _, s := range streams {
		entry := catalogEntry{ID: s.Name, Name: s.Name, Schema: s.Schema, KeyProperties: s.KeyProperties,
			ReplicationKey: s.ReplicationKey, ReplicationMethod: "INCREMENTAL"}
		entry.Metadata = append(list[metadataElement]{{[]string{}, metadata{
			selection:     selection{Inclusion: "available", ByDefault: yes},
			KeyProperties: s.KeyProperties, ValidReplicationKeys: list[string]{s.ReplicationKey},
			ReplicationKey: s.ReplicationKey, SchemaName: s.Name,
		}}}, fieldMetadata(s.Schema, nil, s.automatic())...)
		catalog.Streams = append(catalog.Streams, entry)
	}
	document, _ := json.Marshal(catalog, jsontext.PreserveRawStrings(true)) // can't fail: Schema is JSON
	return append(indent(document), '\n')
}

// stringArray is an array of strings that is spread over lines.
var stringArray = regexp.MustCompile(`\[\s+"[^"\\]*"(,\s+"[^"\\]*")*\s+\]`)

// indent gives each member and each item of a document a line of its own, but keeps arrays of strings together.
func indent(document jsontext.Value) jsontext.Value {
	_ = document.Indent(jsontext.WithIndent("  "))
	return stringArray.ReplaceAllFunc(document, func(array []byte) []byte {
		line := jsontext.Value(array)
		_ = line.Format(jsontext.SpaceAfterComma(true))
		return line
	})
}

// fieldMetadata returns an element for each property of schema, nested ones included.
func fieldMetadata(schema jsontext.Value, above []string, automatic map[string]bool) list[metadataElement] {
	var all list[metadataElement]
	for _, m := range members(get(schema, "properties")) {
		inclusion := "available"
		if automatic[m.name] {
			inclusion = "automatic"
		}
		breadcrumb := append(slices.Clip(above), "properties", m.name)
		all = append(all, metadataElement{breadcrumb, metadata{selection: selection{Inclusion: inclusion}}})
		all = append(all, fieldMetadata(m.value, breadcrumb, nil)...)
	}
	return all
}

// automatic names the properties that are emitted whatever a catalog says.
func (s Stream) automatic() map[string]bool {
	names := map[string]bool{s.ReplicationKey: true}
	for _, k := range s.KeyProperties {
		names[k] = true
	}
	return names
}

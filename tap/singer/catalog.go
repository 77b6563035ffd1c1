package singer

import (
	"slices"

	"github.com/tidwall/gjson"
)

// A Stream is what a tap declares of one stream.
type Stream struct {
	Name           string   // of the stream in every message; also its tap_stream_id
	KeyProperties  []string // names of the properties that identify a record; the first one is read as [Row].ID
	ReplicationKey string   // name of the date-time property that a newer version of a record has a newer value in
	Schema         []byte   // JSON Schema of a record, in any layout; its properties are emitted in the order they have here
}

// Catalog returns the document that --discover prints: all streams, selected by default, with their keys automatic and all else available.
// It is laid out over many lines, since Meltano reads it line by line and gives up on one of 64 KiB, and has schema before
// metadata, since Meltano looks for them in that order. forced-replication-method is left out: FULL_TABLE may be chosen.
func Catalog(streams []Stream) []byte {
	doc := []byte(`{"streams":[`)
	for i, s := range streams {
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = appendCatalogEntry(doc, s)
	}
	doc = append(doc, `]}`...)
	return []byte(gjson.GetBytes(doc, `@pretty:{"width":100}`).Raw) // which ends in a line end
}

func appendCatalogEntry(doc []byte, s Stream) []byte {
	schema := gjson.ParseBytes(s.Schema)
	name, keys := appendQuoted(nil, s.Name), appendList(nil, s.KeyProperties)
	replication := appendQuoted(nil, s.ReplicationKey)
	add := func(parts ...[]byte) {
		for _, part := range parts {
			doc = append(doc, part...)
		}
	}
	add([]byte(`{"tap_stream_id":`), name, []byte(`,"stream":`), name, []byte(`,"schema":`), s.Schema,
		[]byte(`,"key_properties":`), keys, []byte(`,"replication_key":`), replication, []byte(`,"replication_method":"INCREMENTAL"`))
	add([]byte(`,"metadata":[{"breadcrumb":[],"metadata":{"inclusion":"available","selected-by-default":true,"table-key-properties":`), keys,
		[]byte(`,"valid-replication-keys":`), appendList(nil, []string{s.ReplicationKey}),
		[]byte(`,"replication-key":`), replication, []byte(`,"schema-name":`), name, []byte(`}}`))
	doc = appendFieldMetadata(doc, schema, nil, s.automatic())
	return append(doc, `]}`...)
}

// appendFieldMetadata appends one metadata entry for each property of schema, nested ones included.
func appendFieldMetadata(doc []byte, schema gjson.Result, above []string, automatic map[string]bool) []byte {
	for _, m := range members(get(schema, "properties")) {
		inclusion := "available"
		if automatic[m.name] {
			inclusion = "automatic"
		}
		breadcrumb := append(slices.Clip(above), "properties", m.name)
		doc = appendList(append(doc, `,{"breadcrumb":`...), breadcrumb)
		doc = append(append(append(doc, `,"metadata":{"inclusion":"`...), inclusion...), `"}}`...)
		doc = appendFieldMetadata(doc, m.value, breadcrumb, nil)
	}
	return doc
}

// automatic names the properties that are emitted whatever a catalog says.
func (s Stream) automatic() map[string]bool {
	names := map[string]bool{s.ReplicationKey: true}
	for _, k := range s.KeyProperties {
		names[k] = true
	}
	return names
}

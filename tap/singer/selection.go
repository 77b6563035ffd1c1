package singer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Selected is a stream as one run reads it: the catalog's (possibly edited) schema less the deselected fields.
type Selected struct {
	Stream                 // the stream as it is declared
	KeyProperties []string // key as declared, or as the catalog overrides it
	FullTable     bool     // whether to read everything, whatever the bookmark says
	Schema        []byte   // effective schema, compact, as the SCHEMA message shows it

	fields []field  // the properties of Schema, in its order
	known  []string // names of properties in the declared schema or in the catalog's, selected or not
}

// Select applies a catalog to streams and returns the selected ones in the order they were declared. A nil catalog
// selects all streams and all fields. The warnings are sentences for the log; an error names the place in the catalog,
// and leaves it to the caller to name the file.
func Select(catalog []byte, streams []Stream) (selected []Selected, warnings []string, err error) {
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	entries := map[string]*catalogEntry{}
	if catalog == nil {
		for _, stream := range streams {
			entries[stream.Name] = &catalogEntry{}
		}
	} else if err := readCatalog(catalog, streams, entries, warn); err != nil {
		return nil, nil, err
	}
	for _, stream := range streams {
		entry := entries[stream.Name]
		if entry == nil {
			continue
		}
		s, err := selectStream(stream, entry, warn)
		if err != nil {
			return nil, nil, at(entry.place, err)
		}
		if s != nil {
			selected = append(selected, *s)
		}
	}
	return selected, warnings, nil
}

// readCatalog finds the entries of the streams, by the streams' names.
func readCatalog(data []byte, streams []Stream, entries map[string]*catalogEntry, warn func(string, ...any)) error {
	document, err := ReadDocument(data)
	if err != nil {
		return err
	}
	var catalog struct {
		Streams []jsontext.Value `json:"streams"`
	}
	if err := decode(document, &catalog); err != nil {
		return err
	}
	if catalog.Streams == nil {
		return at(".streams", expected("an array", get(document, "streams")))
	}
	for n, raw := range catalog.Streams {
		entry := &catalogEntry{place: fmt.Sprintf(".streams[%d]", n)}
		err := decode(raw, entry)
		name := cmp.Or(entry.ID, entry.Name)
		switch known := slices.ContainsFunc(streams, func(s Stream) bool { return s.Name == name }); {
		case name == "" && err == nil:
			return at(entry.place, errors.New("no tap_stream_id"))
		case name != "" && !known:
			warn("stream %q of the catalog does not exist: ignored", clip(name, 100))
			continue
		case name != "":
			entry.place += " (" + name + ")"
		}
		if err != nil {
			return at(entry.place, err)
		}
		if entries[name] != nil {
			return at(entry.place, errors.New("the stream is there twice"))
		}
		entries[name] = entry
	}
	return nil
}

// selectStream applies a catalog entry, which may be empty, to a stream. It returns nil if the stream is not selected.
func selectStream(stream Stream, entry *catalogEntry, warn func(string, ...any)) (*Selected, error) {
	selections, root, err := splitMetadata(entry.Metadata)
	if err != nil {
		return nil, at(".metadata", err)
	}
	schema, legacy, err := entry.effectiveSchema(stream)
	if err != nil {
		return nil, at(".schema", err)
	}
	if !root.selection.or(entry.selection).or(legacy).decide(len(selections) == 0) {
		return nil, nil
	}
	s := &Selected{Stream: stream, KeyProperties: keyProperties(stream, entry, root)}
	if s.FullTable, err = fullTable(cmp.Or(root.ReplicationMethod, entry.ReplicationMethod)); err != nil {
		return nil, err
	}
	e := editor{stream: stream.Name, selections: selections, automatic: stream.automatic(), warn: warn}
	for _, k := range s.KeyProperties {
		e.automatic[k] = true
	}
	var shape *shape
	if s.Schema, shape, err = e.schema(schema, stream.Schema, nil); err != nil {
		return nil, at(".schema", err)
	}
	s.known = append(propertyNames(stream.Schema), propertyNames(schema)...)
	for _, name := range propertyNames(s.Schema) {
		s.fields = append(s.fields, field{name: name, shape: shape.members[name]})
	}
	for _, k := range s.KeyProperties {
		if shape.members[k] == nil {
			return nil, fmt.Errorf("key property %q is not in the schema", k)
		}
	}
	s.warnOfIgnored(entry, root, warn)
	return s, nil
}

// warnOfIgnored warns of what a catalog says in vain.
func (s *Selected) warnOfIgnored(entry *catalogEntry, root metadata, warn func(string, ...any)) {
	if entry.Name != "" && entry.Name != s.Name {
		warn("stream %s is called %q in the catalog, which is not offered: %[1]s is used",
			s.Name, clip(entry.Name, 100))
	}
	for _, k := range slices.Compact([]string{root.ReplicationKey, entry.ReplicationKey}) {
		if k != "" && k != s.ReplicationKey {
			warn("replication key %q of stream %s is not offered: %s is used", clip(k, 100), s.Name, s.ReplicationKey)
		}
	}
	var unknown []string
	for _, e := range entry.Metadata {
		if b := e.Breadcrumb; len(b) == 2 && b[0] == "properties" && !slices.Contains(s.known, b[1]) {
			unknown = append(unknown, b[1])
		}
	}
	if unknown != nil {
		warn("stream %s has no property %s: the catalog's metadata for it is ignored", s.Name,
			clip(strings.Join(unknown, ", "), 200))
	}
}

// effectiveSchema returns the schema of a catalog entry, or the declared one if the entry has none or one without
// properties, and what the entry's schema says about selecting the stream.
func (c *catalogEntry) effectiveSchema(stream Stream) (schema jsontext.Value, legacy selection, err error) {
	if absent(c.Schema) {
		return stream.Schema, legacy, nil
	}
	if err := decode(c.Schema, &legacy); err != nil || get(c.Schema, "properties") != nil {
		return c.Schema, legacy, err
	}
	return stream.Schema, legacy, nil
}

// keyProperties returns the key that a catalog asks for. --discover writes the key in two places, and users edit one of
// them: the edited one counts. If both were edited, metadata wins. An empty list means unchanged.
func keyProperties(stream Stream, entry *catalogEntry, root metadata) []string {
	for _, keys := range [][]string{root.KeyProperties, entry.KeyProperties} {
		if len(keys) > 0 && !slices.Equal(keys, stream.KeyProperties) {
			return keys
		}
	}
	return stream.KeyProperties
}

// fullTable reports whether a replication method is FULL_TABLE.
func fullTable(method string) (bool, error) {
	switch strings.ToUpper(method) {
	case "", "INCREMENTAL":
		return false, nil
	case "FULL_TABLE":
		return true, nil
	}
	return false, fmt.Errorf("replication method %q is not offered: choose INCREMENTAL or FULL_TABLE", clip(method, 40))
}

// propertyNames lists the properties of a schema.
func propertyNames(schema jsontext.Value) []string {
	var names []string
	for _, m := range members(get(schema, "properties")) {
		names = append(names, m.name)
	}
	return names
}

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
	Stream                 // as declared
	KeyProperties []string // as declared, or as the catalog overrides it
	FullTable     bool     // read everything, whatever the bookmark says
	Schema        []byte   // compact, as the SCHEMA message shows it

	fields []field  // the properties of Schema, in its order
	known  []string // names of properties in the declared schema or in the catalog's, selected or not
}

// Select applies a catalog to streams and returns the selected ones in the order they were declared. A nil catalog selects all
// streams and all fields. The warnings are sentences for the log; an error names the place in the catalog, and leaves it to
// the caller to name the file.
func Select(catalog []byte, streams []Stream) (selected []Selected, warnings []string, err error) {
	entries := make([]*catalogEntry, len(streams))
	places := make([]string, len(streams))
	if catalog == nil {
		for i := range entries {
			entries[i] = &catalogEntry{}
		}
	} else if warnings, err = readCatalog(catalog, streams, entries, places); err != nil {
		return nil, nil, err
	}
	for i, stream := range streams {
		if entries[i] == nil {
			continue
		}
		s, warned, err := selectStream(stream, entries[i])
		if err != nil {
			return nil, nil, at(places[i], err)
		}
		if s != nil {
			selected = append(selected, *s)
			warnings = append(warnings, warned...)
		}
	}
	return selected, warnings, nil
}

// readCatalog finds the entry of each stream, and its place for errors.
func readCatalog(data []byte, streams []Stream, entries []*catalogEntry, places []string) (warnings []string, err error) {
	document, err := ReadDocument(data)
	if err != nil {
		return nil, err
	}
	var catalog struct {
		Streams []jsontext.Value `json:"streams"`
	}
	if err := decode(document, &catalog); err != nil {
		return nil, err
	}
	if catalog.Streams == nil {
		return nil, at(".streams", expected("an array", get(document, "streams")))
	}
	for n, raw := range catalog.Streams {
		place := fmt.Sprintf(".streams[%d]", n)
		var entry catalogEntry
		err := decode(raw, &entry)
		name := cmp.Or(entry.ID, entry.Name)
		i := slices.IndexFunc(streams, func(s Stream) bool { return s.Name == name })
		switch {
		case name == "" && err == nil:
			return nil, at(place, errors.New("no tap_stream_id"))
		case name == "":
			return nil, at(place, err)
		case i < 0:
			warnings = append(warnings, fmt.Sprintf("stream %q of the catalog does not exist: ignored", clip(name, 100)))
			continue
		case entries[i] != nil:
			return nil, at(place, fmt.Errorf("stream %q is there twice", name))
		}
		entries[i], places[i] = &entry, fmt.Sprintf("%s (%s)", place, name)
		if err != nil {
			return nil, at(places[i], err)
		}
	}
	return warnings, nil
}

// selectStream applies a catalog entry, which may be empty, to a stream. It returns nil if the stream is not selected.
func selectStream(stream Stream, entry *catalogEntry) (s *Selected, warnings []string, err error) {
	selections, root, err := splitMetadata(entry.Metadata)
	if err != nil {
		return nil, nil, at(".metadata", err)
	}
	schema, legacy, err := entry.effectiveSchema(stream)
	if err != nil {
		return nil, nil, at(".schema", err)
	}
	if !root.selection.or(entry.selection).or(legacy).decide(len(selections) == 0) {
		return nil, nil, nil
	}
	s = &Selected{Stream: stream, KeyProperties: keyProperties(stream, entry, root)}
	if s.FullTable, err = fullTable(cmp.Or(root.ReplicationMethod, entry.ReplicationMethod)); err != nil {
		return nil, nil, err
	}
	e := editor{selections: selections, automatic: stream.automatic()}
	for _, k := range s.KeyProperties {
		e.automatic[k] = true
	}
	var shape *shape
	if s.Schema, shape, err = e.schema(schema, stream.Schema, nil); err != nil {
		return nil, nil, at(".schema", err)
	}
	s.known = append(propertyNames(stream.Schema), propertyNames(schema)...)
	for _, name := range propertyNames(s.Schema) {
		s.fields = append(s.fields, field{name: name, shape: shape.members[name]})
	}
	for _, k := range s.KeyProperties {
		if shape.members[k] == nil {
			return nil, nil, fmt.Errorf("key property %q is not in the schema", k)
		}
	}
	return s, slices.Concat(entry.ignored(stream, root), s.unknownProperties(selections), e.warnings(stream)), nil
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

// ignored warns of what the catalog changes in vain.
func (c *catalogEntry) ignored(stream Stream, root metadata) (warnings []string) {
	if c.Name != "" && c.Name != stream.Name {
		warnings = append(warnings, fmt.Sprintf("stream %s is called %q in the catalog, which is not offered: %[1]s is used",
			stream.Name, clip(c.Name, 100)))
	}
	for _, k := range slices.Compact([]string{root.ReplicationKey, c.ReplicationKey}) {
		if k != "" && k != stream.ReplicationKey {
			warnings = append(warnings, fmt.Sprintf("replication key %q of stream %s is not offered: %s is used",
				clip(k, 100), stream.Name, stream.ReplicationKey))
		}
	}
	return warnings
}

// keyProperties returns the key that a catalog asks for. --discover writes the key in two places, and users edit one of them:
// the edited one counts. If both were edited, metadata wins. An empty list means unchanged.
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

// unknownProperties warns of metadata for properties that neither schema has.
func (s *Selected) unknownProperties(selections map[string]selection) []string {
	var names []string
	for breadcrumb := range selections {
		name, ok := strings.CutPrefix(breadcrumb, key([]string{"properties", ""}))
		if ok && !strings.Contains(name, "\x00") && !slices.Contains(s.known, name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return nil
	}
	slices.Sort(names)
	return []string{fmt.Sprintf("stream %s has no property %s: the catalog's metadata for it is ignored",
		s.Name, clip(strings.Join(names, ", "), 200))}
}

// propertyNames lists the properties of a schema.
func propertyNames(schema jsontext.Value) []string {
	var names []string
	for _, m := range members(get(schema, "properties")) {
		names = append(names, m.name)
	}
	return names
}

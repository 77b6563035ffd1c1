package singer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Selected is a stream as one run reads it: the catalog's (possibly edited) schema less the deselected fields.
type Selected struct {
	Stream                 // as declared
	KeyProperties []string // as declared, or as the catalog overrides it
	FullTable     bool     // read everything, whatever the bookmark says
	Schema        []byte   // compact, as the SCHEMA message shows it

	fields []field  // the properties of Schema, in its order
	known  []string // names that are no news: in the declared schema or in the catalog's, selected or not
}

// Select applies a catalog to streams and returns the selected ones in the order they were declared. A nil catalog selects all streams and
// all fields. The warnings are sentences for the log; an error names the place in the catalog, and
// leaves it to the caller to name the file.
func Select(catalog []byte, streams []Stream) (selected []Selected, warnings []string, err error) {
	entries := make([]gjson.Result, len(streams))
	places := make([]string, len(streams))
	if catalog != nil {
		if warnings, err = matchEntries(catalog, streams, entries, places); err != nil {
			return nil, nil, err
		}
	}
	for i, stream := range streams {
		if catalog != nil && !entries[i].Exists() {
			continue
		}
		s, ok, warned, err := selectStream(stream, entries[i], places[i])
		if err != nil {
			return nil, nil, err
		}
		if ok {
			selected = append(selected, s)
			warnings = append(warnings, warned...)
		}
	}
	return selected, warnings, nil
}

// matchEntries finds each stream's entry and the entry's place.
func matchEntries(catalog []byte, streams []Stream, entries []gjson.Result, places []string) (warnings []string, err error) {
	root, err := parseObject(catalog)
	if err != nil {
		return nil, err
	}
	list := get(root, "streams")
	if !list.IsArray() {
		return nil, fmt.Errorf("streams: %s where an array is expected", typeName(list))
	}
	for n, entry := range list.Array() {
		place := fmt.Sprintf("streams[%d]", n)
		id := get(entry, "tap_stream_id")
		if absent(id) {
			id = get(entry, "stream")
		}
		if id.Type != gjson.String {
			return nil, fmt.Errorf("%s: no tap_stream_id", place)
		}
		i := slices.IndexFunc(streams, func(s Stream) bool { return s.Name == id.Str })
		switch {
		case i < 0:
			warnings = append(warnings, fmt.Sprintf("stream %q of the catalog does not exist: ignored", clip(id.Str, 100)))
		case entries[i].Exists():
			return nil, fmt.Errorf("%s: stream %q is there twice", place, id.Str)
		default:
			entries[i], places[i] = entry, fmt.Sprintf("%s (%s)", place, id.Str)
		}
	}
	return warnings, nil
}

// selectStream applies a catalog entry, which need not exist, to a stream. ok is false if the stream is not selected.
func selectStream(stream Stream, entry gjson.Result, place string) (s Selected, ok bool, warnings []string, err error) {
	fail := func(err error) (Selected, bool, []string, error) { return Selected{}, false, nil, err }
	meta, err := parseMetadata(get(entry, "metadata"), place+".metadata")
	if err != nil {
		return fail(err)
	}
	schema := get(entry, "schema")
	root, err := rootChoice(meta, entry, schema, place)
	if err != nil {
		return fail(err)
	}
	if !root.decide(len(meta.choices) == 0) {
		return Selected{}, false, nil, nil
	}
	own := gjson.ParseBytes(stream.Schema)
	if absent(schema) || schema.IsObject() && !get(schema, "properties").Exists() {
		schema = own
	}
	s = Selected{Stream: stream}
	if s.KeyProperties, err = keyProperties(entry, meta.root, stream.KeyProperties, place); err != nil {
		return fail(err)
	}
	if s.FullTable, err = fullTable(entry, meta.root, place); err != nil {
		return fail(err)
	}
	if k := get(meta.root, "replication-key"); !absent(k) && k.Str != stream.ReplicationKey {
		warnings = append(warnings, fmt.Sprintf("replication key %s of stream %s is not offered: %s is used", clip(k.Raw, 100), stream.Name, stream.ReplicationKey))
	}
	e := editor{meta: meta, automatic: stream.automatic(), own: own, stream: stream.Name}
	for _, k := range s.KeyProperties {
		e.automatic[k] = true
	}
	shape, err := e.root(&s, schema, place+".schema")
	if err != nil {
		return fail(err)
	}
	s.known = append(s.known, names(own)...)
	s.known = append(s.known, names(schema)...)
	for i, f := range s.fields {
		s.fields[i].shape = shape.members[f.name]
	}
	for _, k := range s.KeyProperties {
		if shape.members[k] == nil {
			return fail(fmt.Errorf("%s: key property %q is not in the schema", place, k))
		}
	}
	if strange := meta.strangers(s.known); len(strange) > 0 {
		warnings = append(warnings, fmt.Sprintf("stream %s has no property %s: the catalog's metadata for it is ignored", stream.Name, clip(strings.Join(strange, ", "), 200)))
	}
	return s, true, append(warnings, e.warnings...), nil
}

// rootChoice returns what metadata says about the stream itself, or else, as before there was metadata, its entry and its schema.
func rootChoice(meta metadata, entry, schema gjson.Result, place string) (choice, error) {
	ofEntry, err := parseChoice(entry, place)
	if err != nil {
		return choice{}, err
	}
	ofSchema, err := parseChoice(schema, place+".schema")
	if err != nil {
		return choice{}, err
	}
	return meta.choices[key(nil)].or(ofEntry).or(ofSchema), nil
}

// names lists the properties of a schema.
func names(schema gjson.Result) []string {
	var list []string
	for _, m := range members(get(schema, "properties")) {
		list = append(list, m.name)
	}
	return list
}

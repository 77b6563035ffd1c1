package singer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// An opinion is what a catalog says about selecting something.
type opinion int8

const (
	no opinion = iota - 1
	none
	yes
)

// A choice is the metadata of one breadcrumb.
type choice struct {
	selected  opinion
	byDefault opinion // selected-by-default
	inclusion string  // available, automatic, unsupported, or nothing
}

// metadata is what a catalog entry says besides its schema.
type metadata struct {
	choices map[string]choice // by breadcrumb, as key makes it
	root    gjson.Result      // of the stream itself, breadcrumb []
}

// key makes one string of a breadcrumb.
func key(breadcrumb []string) string { return strings.Join(breadcrumb, "\x00") }

// parseMetadata reads the metadata array of a catalog entry; place names it in errors. Without one, or with an empty one, nobody said no.
func parseMetadata(list gjson.Result, place string) (metadata, error) {
	m := metadata{choices: map[string]choice{}}
	if absent(list) {
		return m, nil
	}
	if !list.IsArray() {
		return m, fmt.Errorf("%s: %s where an array is expected", place, typeName(list))
	}
	for i, e := range list.Array() {
		here := fmt.Sprintf("%s[%d]", place, i)
		breadcrumb, err := stringList(get(e, "breadcrumb"))
		if err != nil {
			return m, fmt.Errorf("%s.breadcrumb: %w", here, err)
		}
		body := get(e, "metadata")
		if !body.IsObject() {
			return m, fmt.Errorf("%s.metadata: %s where an object is expected", here, typeName(body))
		}
		c, err := parseChoice(body, here+".metadata")
		if err != nil {
			return m, err
		}
		m.choices[key(breadcrumb)] = c
		if len(breadcrumb) == 0 {
			m.root = body
		}
	}
	return m, nil
}

// strangers names the properties that there is metadata for, but nothing else knows.
func (m metadata) strangers(known []string) []string {
	var list []string
	for breadcrumb := range m.choices {
		name, ok := strings.CutPrefix(breadcrumb, key([]string{"properties", ""}))
		if ok && !strings.Contains(name, "\x00") && !slices.Contains(known, name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// parseChoice reads selected, selected-by-default and inclusion of an object: a metadata element, or (legacy) a catalog entry or a schema.
func parseChoice(v gjson.Result, place string) (choice, error) {
	var c choice
	var err error
	if c.selected, err = parseOpinion(get(v, "selected")); err != nil {
		return c, fmt.Errorf("%s.selected: %w", place, err)
	}
	if c.byDefault, err = parseOpinion(get(v, "selected-by-default")); err != nil {
		return c, fmt.Errorf("%s.selected-by-default: %w", place, err)
	}
	c.inclusion = get(v, "inclusion").Str
	return c, nil
}

// parseOpinion reads a boolean, also one in a string: SYNC_MODE.md of the Singer specification writes it so.
func parseOpinion(v gjson.Result) (opinion, error) {
	switch {
	case absent(v):
		return none, nil
	case v.Type == gjson.True || strings.EqualFold(v.Str, "true"):
		return yes, nil
	case v.Type == gjson.False || strings.EqualFold(v.Str, "false"):
		return no, nil
	}
	return none, fmt.Errorf("%s where true or false is expected", clip(v.Raw, 40))
}

// or returns c, completed by what d says where c says nothing.
func (c choice) or(d choice) choice {
	if c.selected == none {
		c.selected = d.selected
	}
	if c.byDefault == none {
		c.byDefault = d.byDefault
	}
	if c.inclusion == "" {
		c.inclusion = d.inclusion
	}
	return c
}

// decide tells whether something is selected whose parent is; inherit is the answer if nobody said anything.
// The order is that of Meltano's SDK: Meltano itself marks automatic fields that its user excluded selected:false.
func (c choice) decide(inherit bool) bool {
	switch {
	case c.inclusion == "unsupported":
		return false
	case c.inclusion == "automatic":
		return true
	case c.selected != none:
		return c.selected == yes
	case c.byDefault != none:
		return c.byDefault == yes
	}
	return inherit
}

// stringList reads an array of strings.
func stringList(v gjson.Result) ([]string, error) {
	if !v.IsArray() {
		return nil, fmt.Errorf("%s where an array of strings is expected", typeName(v))
	}
	list := []string{}
	for _, e := range v.Array() {
		if e.Type != gjson.String {
			return nil, fmt.Errorf("%s where a string is expected", typeName(e))
		}
		list = append(list, e.Str)
	}
	return list, nil
}

// keyProperties returns the key that a catalog asks for: its entry's key_properties or its metadata's table-key-properties, whichever differs from
// the tap's own (--discover writes both, and who changes one leaves the other), the latter if both do. An empty list is no key.
func keyProperties(entry, root gjson.Result, own []string, place string) ([]string, error) {
	keys := own
	for _, source := range []struct {
		name string
		list gjson.Result
	}{{"key_properties", get(entry, "key_properties")}, {"table-key-properties", get(root, "table-key-properties")}} {
		if absent(source.list) {
			continue
		}
		list, err := stringList(source.list)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", place, source.name, err)
		}
		if len(list) > 0 && !slices.Equal(list, own) {
			keys = list
		}
	}
	return keys, nil
}

// fullTable tells whether a catalog asks for FULL_TABLE: in its metadata, else in its entry.
func fullTable(entry, root gjson.Result, place string) (bool, error) {
	method := get(root, "replication-method")
	if absent(method) {
		method = get(entry, "replication_method")
	}
	switch {
	case absent(method) || strings.EqualFold(method.Str, "INCREMENTAL"):
		return false, nil
	case strings.EqualFold(method.Str, "FULL_TABLE"):
		return true, nil
	}
	return false, fmt.Errorf("%s: replication method %s is not offered: choose INCREMENTAL or FULL_TABLE", place, clip(method.Raw, 40))
}

package singer

import (
	"fmt"
	"slices"

	"github.com/tidwall/gjson"
)

// An editor takes the deselected properties, and what belongs to a catalog only, out of a schema, and makes shapes of what stays.
type editor struct {
	meta      metadata
	automatic map[string]bool // top-level properties that stay whatever is said
	own       gjson.Result    // the schema that the tap declares
	stream    string
	warnings  []string
}

// root edits the schema of a whole record into s.Schema and s.fields (names only) and returns its shape.
func (e *editor) root(s *Selected, schema gjson.Result, place string) (*shape, error) {
	if !schema.IsObject() {
		return nil, fmt.Errorf("%s: %s where an object is expected", place, typeName(schema))
	}
	out, shape, err := e.schema(nil, schema, nil, place)
	if err != nil {
		return nil, err
	}
	s.Schema = out
	for _, name := range names(gjson.ParseBytes(out)) {
		s.fields = append(s.fields, field{name: name})
	}
	return shape, nil
}

// schema appends the edited schema of the property at breadcrumb, a JSON object, and returns its shape.
func (e *editor) schema(dst []byte, schema gjson.Result, breadcrumb []string, place string) ([]byte, *shape, error) {
	sh, err := newShape(schema, place)
	if err != nil {
		return nil, nil, err
	}
	dst = append(dst, '{')
	comma := len(dst)
	for _, m := range members(schema) {
		before := len(dst)
		if before > comma {
			dst = append(dst, ',')
		}
		dst = append(append(dst, m.key...), ':')
		switch value := m.value; m.name {
		case "selected", "selected-by-default", "inclusion", "replication-method", "replication-key",
			"table-key-properties", "valid-replication-keys", "forced-replication-method", "schema-name":
			dst = dst[:before] // catalog metadata: none of a target's business
			continue
		case "properties":
			if !value.IsObject() {
				return nil, nil, fmt.Errorf("%s.properties: %s where an object is expected", place, typeName(value))
			}
			dst, err = e.properties(dst, value, sh, breadcrumb, place+".properties")
		case "required":
			kept := []byte(value.Raw)
			if value.IsArray() {
				kept = e.required(value, schema, breadcrumb)
			}
			if kept == nil {
				dst = dst[:before] // an empty list is no valid JSON Schema of draft 4
				continue
			}
			dst = append(dst, kept...)
		case "items":
			if !value.IsObject() {
				dst, _ = appendValue(dst, []byte(value.Raw))
				continue
			}
			dst, sh.items, err = e.schema(dst, value, append(breadcrumb, "items"), place+".items")
		default:
			dst, _ = appendValue(dst, []byte(value.Raw))
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return append(dst, '}'), sh, nil
}

// properties appends the selected ones of a schema's properties and notes all in sh.
func (e *editor) properties(dst []byte, list gjson.Result, sh *shape, breadcrumb []string, place string) ([]byte, error) {
	sh.members = map[string]*shape{}
	all := members(list)
	if len(breadcrumb) == 0 {
		all = append(all, e.missing(all)...)
	}
	dst = append(dst, '{')
	start := len(dst)
	for _, m := range all {
		here := place + "." + m.name
		if !m.value.IsObject() {
			return nil, fmt.Errorf("%s: %s where an object is expected", here, typeName(m.value))
		}
		at := append(slices.Clip(breadcrumb), "properties", m.name)
		legacy, err := parseChoice(m.value, here)
		if err != nil {
			return nil, err
		}
		automatic := len(breadcrumb) == 0 && e.automatic[m.name]
		if !automatic && !e.meta.choices[key(at)].or(legacy).decide(true) {
			sh.members[m.name] = nil
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst, sh.members[m.name], err = e.schema(append(append(dst, m.key...), ':'), m.value, at, here)
		if err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// missing returns the automatic properties of the tap's own that a catalog's schema has lost.
func (e *editor) missing(have []member) []member {
	var lost []member
	for _, m := range members(get(e.own, "properties")) {
		if e.automatic[m.name] && !slices.ContainsFunc(have, func(h member) bool { return h.name == m.name }) {
			lost = append(lost, m)
			e.warnings = append(e.warnings, fmt.Sprintf("property %s of stream %s is missing in the catalog's schema, but can't be left out: put back", m.name, e.stream))
		}
	}
	return lost
}

// required returns the part of a required list that is selected, nil if that is nothing.
func (e *editor) required(list, schema gjson.Result, breadcrumb []string) []byte {
	var kept []string
	for _, name := range list.Array() {
		at := append(slices.Clip(breadcrumb), "properties", name.Str)
		legacy, _ := parseChoice(get(get(schema, "properties"), name.Str), "")
		if len(breadcrumb) == 0 && e.automatic[name.Str] || e.meta.choices[key(at)].or(legacy).decide(true) {
			kept = append(kept, name.Str)
		}
	}
	if kept == nil {
		return nil
	}
	return appendList(nil, kept)
}

// newShape reads the type and the format of a schema. A schema without type, or with one of every kind, takes anything.
func newShape(schema gjson.Result, place string) (*shape, error) {
	s := &shape{dateTime: get(schema, "format").Str == "date-time"}
	types := get(schema, "type")
	if absent(types) {
		s.takes = null | boolean | integer | number | text | array | object
	} else if types.Type != gjson.String && !types.IsArray() {
		return nil, fmt.Errorf("%s.type: %s where a string or an array is expected", place, typeName(types))
	}
	for _, t := range types.Array() {
		switch t.Str {
		case "null":
			s.takes |= null
		case "boolean":
			s.takes |= boolean
		case "integer":
			s.takes |= integer
		case "number":
			s.takes |= integer | number
		case "string":
			s.takes |= text
		case "array":
			s.takes |= array
		case "object":
			s.takes |= object
		default:
			return nil, fmt.Errorf("%s.type: %s is no type of JSON Schema", place, clip(t.Raw, 40))
		}
	}
	s.plain = s.takes &^ (array | object)
	if s.dateTime {
		s.plain &^= text
	}
	return s, nil
}

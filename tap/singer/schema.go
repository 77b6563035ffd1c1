package singer

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// An editor takes the deselected properties, and what belongs to a catalog only, out of a schema, and makes shapes of
// what stays.
type editor struct {
	stream     string
	selections map[string]selection // by breadcrumb, as breadcrumbKey makes it
	automatic  map[string]bool      // top-level properties that are always selected
	warn       func(format string, args ...any)
}

// schema returns the edited schema of the property at breadcrumb, and its shape. own is the schema that the tap
// declares for that property, or nothing.
func (e *editor) schema(schema, own jsontext.Value, breadcrumb []string) (jsontext.Value, *shape, error) {
	if schema.Kind() != '{' {
		return nil, nil, expected("an object", schema)
	}
	all, declared := members(schema), members(own)
	s, err := newShape(all, declared)
	if err != nil {
		return nil, nil, err
	}
	var kept []member
	for _, m := range all {
		switch m.name {
		case "selected", "selected-by-default", "inclusion", "replication-method", "replication-key",
			"table-key-properties", "valid-replication-keys", "forced-replication-method", "schema-name":
			continue // catalog metadata: none of a target's business
		case "properties":
			m.value, err = e.properties(m.value, find(declared, "properties"), s, breadcrumb)
		case "items":
			if m.value.Kind() == '{' {
				here := append(slices.Clip(breadcrumb), "items")
				m.value, s.items, err = e.schema(m.value, find(declared, "items"), here)
			}
		default:
			m.value, _ = appendValue(nil, m.value)
		}
		if err != nil {
			return nil, nil, at("."+m.name, err)
		}
		kept = append(kept, m)
	}
	if i := slices.IndexFunc(kept, func(m member) bool { return m.name == "required" }); i >= 0 {
		if kept[i].value = s.required(kept[i].value); kept[i].value == nil {
			kept = slices.Delete(kept, i, i+1)
		}
	}
	return appendMembers(nil, kept), s, nil
}

// properties returns the selected ones of a schema's properties, and notes all of them in s.
func (e *editor) properties(list, own jsontext.Value, s *shape, breadcrumb []string) (jsontext.Value, error) {
	if list.Kind() != '{' {
		return nil, expected("an object", list)
	}
	top := len(breadcrumb) == 0
	all, declared := members(list), members(own)
	if top {
		all = append(all, e.missing(all, declared)...)
	}
	s.members = map[string]*shape{}
	var kept []member
	for _, m := range all {
		step := "." + m.name
		var legacy selection
		if err := decode(m.value, &legacy); err != nil {
			return nil, at(step, err)
		}
		here := append(slices.Clip(breadcrumb), "properties", m.name)
		s.members[m.name] = nil
		if !(top && e.automatic[m.name]) && !e.selections[breadcrumbKey(here)].or(legacy).decide(true) {
			continue
		}
		var err error
		if m.value, s.members[m.name], err = e.schema(m.value, find(declared, m.name), here); err != nil {
			return nil, at(step, err)
		}
		kept = append(kept, m)
	}
	return appendMembers(nil, kept), nil
}

// missing returns the automatic properties of the tap's own that a catalog's schema has lost.
func (e *editor) missing(have, declared []member) (lost []member) {
	for _, m := range declared {
		if e.automatic[m.name] && find(have, m.name) == nil {
			lost = append(lost, m)
			e.warn("property %s of stream %s is missing in the catalog's schema, but can't be left out: put back",
				m.name, e.stream)
		}
	}
	return lost
}

// required returns the part of a required list that is selected, nil if that is nothing: an empty list is no valid JSON
// Schema of draft 4.
func (s *shape) required(list jsontext.Value) jsontext.Value {
	var names, kept []string
	if decode(list, &names) != nil {
		return nil
	}
	for _, name := range names {
		if s.members[name] != nil {
			kept = append(kept, name)
		}
	}
	if kept == nil {
		return nil
	}
	return appendList(nil, kept)
}

// newShape reads the type and the format of a schema; one without type takes anything. declared is the schema that the
// tap declares for the same property, or nothing.
func newShape(schema, declared []member) (*shape, error) {
	takes, err := typesOf(schema)
	if err != nil {
		return nil, err
	}
	before, err := typesOf(declared)
	if err != nil {
		return nil, err
	}
	s := &shape{takes: takes}
	s.dateTime = takes&anyString != 0 && unquote(find(schema, "format")) == "date-time"
	s.asJSON = takes&anyString != 0 && !s.dateTime && (declared == nil || before&^takes&^null != 0)
	s.asIs = takes &^ (array | object | otherString)
	if s.dateTime {
		s.asIs &^= asciiString
	}
	return s, nil
}

// typesOf returns the kinds of values that the type of a schema allows.
func typesOf(schema []member) (kind, error) {
	types := find(schema, "type")
	if absent(types) {
		return null | boolean | integer | number | anyString | array | object, nil
	}
	var names []string
	if types.Kind() == '"' {
		names = []string{unquote(types)}
	} else if err := decode(types, &names); err != nil {
		return 0, at(".type", err)
	}
	var takes kind
	for _, name := range names {
		switch name {
		case "null":
			takes |= null
		case "boolean":
			takes |= boolean
		case "integer":
			takes |= integer
		case "number":
			takes |= integer | number
		case "string":
			takes |= anyString
		case "array":
			takes |= array
		case "object":
			takes |= object
		default:
			return 0, at(".type", fmt.Errorf("%q is no type of JSON Schema", clip(name, 40)))
		}
	}
	return takes, nil
}

package singer

import (
	"fmt"
	"slices"
	"strings"
)

// A topic is what is warned of once a run. Warnings hold names and types only: values are personal data.
type topic struct {
	field  string
	oddity oddities
}

// Warnings returns what is new since the last call: sentences for the log, each kind once a run and field.
func (p *Projection) Warnings() []string { return p.warnings.Take() }

// Notices returns what is new since the last call and no reason for a warning: which of the stream's KnownExtras its
// rows have.
func (p *Projection) Notices() []string {
	if len(p.newExtras) == 0 {
		return nil
	}
	slices.Sort(p.newExtras)
	notice := fmt.Sprintf("undocumented fields are %s: %s", p.kept(), strings.Join(p.newExtras, ", "))
	p.newExtras = nil
	return []string{notice}
}

// warn takes note of what was found in a value of f, which came as JSON of kind sent.
func (p *Projection) warn(f *field, found oddities, sent kind) {
	if found&^f.warned == 0 {
		return
	}
	f.warned |= found
	add := func(oddity oddities, format string, args ...any) {
		if found&oddity != 0 {
			p.warnings.Add(topic{f.name, oddity}, "field %q "+format, append([]any{clip(f.name, 100)}, args...)...)
		}
	}
	add(badUTF8, "holds invalid UTF-8: replaced by U+FFFD")
	add(loneSurrogate, "holds half a surrogate pair: replaced by U+FFFD")
	add(nul, "holds U+0000: removed")
	switch {
	case found&misfit != 0:
		add(misfit, "holds values (%s) that do not fit its type (%s): null there, %s",
			sent, f.shape.wants(sent), p.kept())
	case found&unlisted == 0:
	case !slices.Contains(p.knownExtras, f.name):
		add(unlisted, "(%s) is not in the schema: %s", sent, p.kept())
	case p.warnings.First(topic{f.name, unlisted}):
		p.newExtras = append(p.newExtras, f.name)
	}
}

// wants names the types that a value of kind sent does not fit.
func (s *shape) wants(sent kind) string {
	switch names := s.takes.String(); {
	case s.takes&sent&anyString != 0:
		return "date-time" // all that a string may fail to be where strings are taken
	case s.takes&number == 0:
		return strings.Replace(names, "number", "integer", 1)
	default:
		return names
	}
}

// kept says what becomes of values that the schema has no place for.
func (p *Projection) kept() string {
	if p.rescued < 0 {
		return "dropped, since " + rescuedField + " is not selected"
	}
	return "kept in " + rescuedField
}

// String names the JSON types of a set of kinds.
func (k kind) String() string {
	var names []string
	for _, n := range []struct {
		kinds kind
		name  string
	}{
		{boolean, "boolean"}, {integer | number, "number"}, {anyString, "string"},
		{array, "array"}, {object, "object"}, {null, "null"},
	} {
		if k&n.kinds != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, " or ")
}

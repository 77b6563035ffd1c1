package singer

import (
	"fmt"
	"strings"
)

// A warning is given once a run and field.
type warning struct {
	field  string
	reason reason
}

type reason uint8

const (
	unlisted reason = iota
	misfit
	cleaned // + flaw
)

// maxWarnings bounds what is remembered: a response with ever new field names shall not fill the log or the memory.
const maxWarnings = 500

func (p *Projection) warnFlaws(field string, found flaw) {
	for f := badUTF8; f <= nul; f <<= 1 {
		if found&f != 0 {
			p.warn(field, cleaned+reason(f), text, text)
		}
	}
}

// warn notes what is worth a line in the log. Names and types only: values are personal data.
func (p *Projection) warn(field string, why reason, sent, want kind) {
	w := warning{field, why}
	if p.warned[w] || len(p.warned) > maxWarnings {
		return
	}
	p.warned[w] = true
	if len(p.warned) > maxWarnings {
		p.news = append(p.news, "more fields are out of the ordinary than can be listed: no more warnings of this kind")
		return
	}
	kept := "kept in " + rescuedField
	if p.rescued < 0 {
		kept = "dropped, since " + rescuedField + " is not selected"
	}
	name := clip(field, 100)
	var line string
	switch why {
	case unlisted:
		line = fmt.Sprintf("field %q (%s) is not in the schema: %s", name, sent, kept)
	case misfit:
		takes := want.String()
		switch {
		case want&sent&(text|rough) != 0:
			takes = "date-time" // all that a string may fail to be where strings are taken
		case want&number == 0:
			takes = strings.Replace(takes, "number", "integer", 1)
		}
		line = fmt.Sprintf("field %q holds values (%s) that do not fit its type (%s): null there, %s", name, sent, takes, kept)
	case cleaned + reason(badUTF8):
		line = fmt.Sprintf("field %q holds invalid UTF-8: replaced by U+FFFD", name)
	case cleaned + reason(loneSurrogate):
		line = fmt.Sprintf("field %q holds half a surrogate pair: replaced by U+FFFD", name)
	case cleaned + reason(nul):
		line = fmt.Sprintf("field %q holds U+0000: removed", name)
	}
	p.news = append(p.news, line)
}

// Warnings returns what is new since the last call: sentences for the log, each kind once a run and field.
func (p *Projection) Warnings() []string {
	news := p.news
	p.news = nil
	return news
}

// String names the JSON types of a set of kinds.
func (k kind) String() string {
	var names []string
	for _, n := range []struct {
		kinds kind
		name  string
	}{{boolean, "boolean"}, {integer | number, "number"}, {text | rough, "string"}, {array, "array"}, {object, "object"}, {null, "null"}} {
		if k&n.kinds != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, " or ")
}

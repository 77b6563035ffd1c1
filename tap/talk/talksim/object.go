package talksim

import (
	"strconv"
	"time"
)

// An object writes one JSON object, its members in the order of the calls. Text is
// written in one of two ways that servers have: as it is (only what JSON demands is
// escaped) or, with careful set, as Rails does it, with <, >, &, U+2028 and U+2029
// escaped too. A reader has to keep either.
type object struct {
	b       []byte
	careful bool
}

func newObject(dst []byte) *object { return &object{b: append(dst, '{')} }

// end closes the object and returns what was written.
func (o *object) end() []byte { return append(o.b, '}') }

func (o *object) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) raw(name, json string) {
	o.name(name)
	o.b = append(o.b, json...)
}

func (o *object) num(name string, v int64) {
	o.name(name)
	o.b = strconv.AppendInt(o.b, v, 10)
}

// opt writes a number that the API leaves null: v < 0 here.
func (o *object) opt(name string, v int64) {
	if v < 0 {
		o.raw(name, "null")
		return
	}
	o.num(name, v)
}

func (o *object) flag(name string, v bool) { o.raw(name, strconv.FormatBool(v)) }

// text writes a string, or null for the empty one: the API has no empty strings.
func (o *object) text(name, v string) {
	if v == "" {
		o.raw(name, "null")
		return
	}
	o.str(name, v)
}

func (o *object) str(name, v string) {
	o.name(name)
	o.b = appendString(o.b, v, o.careful)
}

// strs writes an array of one or two strings, parted by a blank in v, as quality_issues is.
func (o *object) strs(name, v string) {
	o.name(name)
	o.b = append(o.b, '[', '"')
	for _, c := range []byte(v) {
		if c == ' ' {
			o.b = append(o.b, `","`...)
			continue
		}
		o.b = append(o.b, c)
	}
	o.b = append(o.b, '"', ']')
}

// when writes a Unix second as the API does: 2021-10-20T15:16:31Z, never a fraction.
func (o *object) when(name string, unix int64) {
	o.name(name)
	o.b = append(o.b, '"')
	o.b = time.Unix(unix, 0).UTC().AppendFormat(o.b, time.RFC3339)
	o.b = append(o.b, '"')
}

func appendString(dst []byte, s string, careful bool) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r < ' ', careful && (r == '<' || r == '>' || r == '&' || r == '\u2028' || r == '\u2029'):
			dst = append(dst, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			dst = append(dst, string(r)...)
		}
	}
	return append(dst, '"')
}

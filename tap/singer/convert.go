package singer

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A shape is what the schema of one property lets through. Of what a schema can say it heeds type, format date-time,
// items and properties.
type shape struct {
	takes    kind              // types that it allows; all, if it names none
	asIs     kind              // kinds of values that can be copied as they are
	dateTime bool              // strings are date-times
	asJSON   bool              // the catalog has made it a string, so that any other value becomes its JSON text
	items    *shape            // shape of an array's items; nil: anything
	members  map[string]*shape // shapes of an object's members; not in it: anything; nil: deselected, so left out
}

// append appends v, a valid JSON value of kind k, as the shape wants it. It returns false, and dst as it was, if v does
// not fit and cannot be made to fit without loss.
func (s *shape) append(dst, v []byte, k kind) ([]byte, oddities, bool) {
	switch {
	case s.asIs&k != 0:
		return append(dst, v...), 0, true
	case k&anyString != 0:
		return s.appendString(dst, v)
	case k == integer || k == number:
		out, ok := s.appendNumber(dst, v)
		return out, 0, ok
	case s.takes&k == 0 && s.asJSON && k != null:
		text, found := appendValue(nil, v)
		return appendQuoted(dst, text), found, true
	case s.takes&k == 0:
		return dst, 0, false
	case k == array && s.items != nil:
		return s.appendArray(dst, v)
	case k == object && s.members != nil:
		return s.appendObject(dst, v)
	}
	dst, found := appendValue(dst, v)
	return dst, found, true
}

// appendString appends a string: as a string, or as the number that it spells if the shape wants one. "007" and " 7"
// spell none.
func (s *shape) appendString(dst, v []byte) ([]byte, oddities, bool) {
	if s.takes&anyString != 0 && !s.dateTime {
		dst, found := appendString(dst, v)
		return dst, found, true
	}
	text := stringText(v)
	if s.dateTime {
		t, ok := parseMoment(text)
		if ok {
			dst = appendMoment(dst, text, t)
		}
		return dst, 0, ok
	}
	if s.takes&(integer|number) == 0 || !isNumber(text) {
		return dst, 0, false
	}
	dst, ok := s.appendNumber(dst, text)
	return dst, 0, ok
}

// appendNumber appends a number, digit for digit unless an integer is wanted and it came as 12.0 or 1.2e1. A number for
// a string is the text of its digits (a charge of 0.003 instead of "0.003"). An integer beyond 64 bits fits no target's
// integer column.
func (s *shape) appendNumber(dst, v []byte) ([]byte, bool) {
	if s.takes&number != 0 {
		return append(dst, v...), true
	}
	if s.takes&integer != 0 {
		if n, ok := parseInteger(v); ok {
			return strconv.AppendInt(dst, n, 10), true
		}
	}
	if s.takes&anyString == 0 || s.dateTime {
		return dst, false
	}
	return append(append(append(dst, '"'), v...), '"'), true
}

// appendArray appends an array; one item that does not fit makes the whole unfit.
func (s *shape) appendArray(dst, v []byte) ([]byte, oddities, bool) {
	start, found := len(dst), oddities(0)
	dst = append(dst, '[')
	for i := skipSpace(v, 1); v[i] != ']'; {
		end, k := skipValue(v, i)
		out, o, ok := s.items.append(dst, v[i:end], k)
		if !ok {
			return dst[:start], 0, false
		}
		dst, found = out, found|o
		if i = skipSpace(v, end); v[i] == ',' {
			dst = append(dst, ',')
			i = skipSpace(v, i+1)
		}
	}
	return append(dst, ']'), found, true
}

// appendObject appends an object less its deselected members; one that does not fit makes the whole unfit.
func (s *shape) appendObject(dst, v []byte) ([]byte, oddities, bool) {
	start, found := len(dst), oddities(0)
	dst = append(dst, '{')
	for i := skipSpace(v, 1); v[i] != '}'; {
		keyEnd, _ := skipString(v, i)
		key := v[i:keyEnd]
		i = skipSpace(v, skipSpace(v, keyEnd)+1)
		end, k := skipValue(v, i)
		member, listed := s.members[string(stringText(key))]
		if member != nil || !listed {
			if len(dst) > start+1 {
				dst = append(dst, ',')
			}
			var o oddities
			ok := true
			dst, o = appendString(dst, key)
			found |= o
			dst = append(dst, ':')
			if listed {
				dst, o, ok = member.append(dst, v[i:end], k)
			} else {
				dst, o = appendValue(dst, v[i:end])
			}
			if found |= o; !ok {
				return dst[:start], 0, false
			}
		}
		if i = skipSpace(v, end); v[i] == ',' {
			i = skipSpace(v, i+1)
		}
	}
	return append(dst, '}'), found, true
}

// isNumber reports whether b is a JSON number and nothing else, not even white space.
func isNumber(b []byte) bool {
	return len(b) > 0 && (b[0] == '-' || isDigit(b[0])) && isDigit(b[len(b)-1]) && jsontext.Value(b).IsValid()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// parseInteger returns the integer that a JSON number is, however it is written: 12, 12.0, 1.2e1. It returns false if
// the number has a fraction or lies beyond 64 bits.
func parseInteger(b []byte) (int64, bool) {
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return n, true
	}
	mantissa, power, _ := strings.Cut(strings.ToLower(string(b)), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimRight(whole+fraction, "0")
	if digits == "" || digits == "-" {
		return 0, true
	}
	exponent, err := strconv.Atoi(cmp.Or(power, "0"))
	zeros := len(whole) + exponent - len(digits)
	if err != nil || zeros < 0 || zeros > 18 {
		return 0, false
	}
	if n, err := strconv.ParseInt(digits+strings.Repeat("0", zeros), 10, 64); err == nil {
		return n, true
	}
	return 0, false
}

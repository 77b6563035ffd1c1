package singer

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// A shape is what the schema of one property lets through.
type shape struct {
	takes    kind              // the types it allows; all, if it names none
	plain    kind              // values of these kinds can be copied as they are
	dateTime bool              // strings are date-times
	items    *shape            // of an array's items; nil: anything
	members  map[string]*shape // of an object's members; not in it: anything; nil: deselected, so left out
}

// append appends v, a valid JSON value of kind k, as the shape wants it. It returns false, and dst as it was, if v does not fit and
// cannot be made to fit without loss. Of what a schema can say it heeds type, format date-time, items and properties.
func (s *shape) append(dst, v []byte, k kind) ([]byte, flaw, bool) {
	switch {
	case s.plain&k != 0:
		return append(dst, v...), 0, true
	case k == text || k == rough:
		return s.appendString(dst, v, k)
	case k == integer || k == number:
		out, ok := s.appendNumber(dst, v)
		return out, 0, ok
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

// appendString appends a string: as a string, or as the number that it spells if the shape wants one. "007" and " 7" spell none.
func (s *shape) appendString(dst, v []byte, k kind) ([]byte, flaw, bool) {
	if s.takes&text != 0 && !s.dateTime {
		dst, found := appendLiteral(dst, v)
		return dst, found, true
	}
	content := content(v, k)
	if s.takes&text != 0 {
		dst, ok := appendMoment(dst, content)
		return dst, 0, ok
	}
	if s.takes&(integer|number) == 0 || !isNumber(content) {
		return dst, 0, false
	}
	dst, ok := s.appendNumber(dst, content)
	return dst, 0, ok
}

// appendNumber appends a number, digit for digit unless an integer is wanted and it came as 12.0 or 1.2e1. A number for a string is
// the text of its digits (a charge of 0.003 instead of "0.003"). An integer beyond 64 bits fits no target's integer column.
func (s *shape) appendNumber(dst, v []byte) ([]byte, bool) {
	if s.takes&number != 0 {
		return append(dst, v...), true
	}
	if s.takes&integer != 0 {
		if n, ok := parseInteger(v); ok {
			return strconv.AppendInt(dst, n, 10), true
		}
	}
	if s.takes&text == 0 || s.dateTime {
		return dst, false
	}
	return append(append(append(dst, '"'), v...), '"'), true
}

// appendArray appends an array; one item that does not fit makes the whole unfit.
func (s *shape) appendArray(dst, v []byte) ([]byte, flaw, bool) {
	start, found := len(dst), flaw(0)
	dst = append(dst, '[')
	for i := space(v, 1); v[i] != ']'; {
		end, k := value(v, i)
		out, f, ok := s.items.append(dst, v[i:end], k)
		if !ok {
			return dst[:start], 0, false
		}
		dst, found = out, found|f
		if i = space(v, end); v[i] == ',' {
			dst = append(dst, ',')
			i = space(v, i+1)
		}
	}
	return append(dst, ']'), found, true
}

// appendObject appends an object less its deselected members; one that does not fit makes the whole unfit.
func (s *shape) appendObject(dst, v []byte) ([]byte, flaw, bool) {
	start, found := len(dst), flaw(0)
	dst = append(dst, '{')
	for i := space(v, 1); v[i] != '}'; {
		keyEnd, k := str(v, i+1)
		key := v[i:keyEnd]
		member, listed := s.members[string(content(key, k))]
		i = space(v, keyEnd+bytes.IndexByte(v[keyEnd:], ':')+1)
		end, k := value(v, i)
		if member != nil || !listed {
			if len(dst) > start+1 {
				dst = append(dst, ',')
			}
			var f flaw
			ok := true
			dst, f = appendLiteral(dst, key)
			found |= f
			dst = append(dst, ':')
			if listed {
				dst, f, ok = member.append(dst, v[i:end], k)
			} else {
				dst, f = appendValue(dst, v[i:end])
			}
			if found |= f; !ok {
				return dst[:start], 0, false
			}
		}
		if i = space(v, end); v[i] == ',' {
			i = space(v, i+1)
		}
	}
	return append(dst, '}'), found, true
}

// content returns the text of the JSON string v.
func content(v []byte, k kind) []byte {
	if k == rough {
		return unescape(v)
	}
	return v[1 : len(v)-1]
}

// isNumber tells whether b is a JSON number and nothing else.
func isNumber(b []byte) bool {
	if len(b) == 0 || b[0] != '-' && (b[0] < '0' || b[0] > '9') {
		return false
	}
	last := b[len(b)-1]
	return last >= '0' && last <= '9' && gjson.ValidBytes(b)
}

// parseInteger returns the integer that a JSON number is, however it is written: 12, 12.0, 1.2e1. False: it has a fraction, or is beyond 64 bits.
func parseInteger(b []byte) (int64, bool) {
	if n, ok := digits(b); ok {
		return n, true
	}
	at := bytes.IndexAny(b, ".eE")
	if at < 0 {
		n, err := strconv.ParseInt(string(b), 10, 64)
		if err != nil {
			return 0, false
		}
		return n, true
	}
	mantissa, exponent := string(b), 0
	if b[at] == '.' {
		at = bytes.IndexAny(b, "eE")
	}
	if at >= 0 {
		mantissa = string(b[:at])
		var err error
		if exponent, err = strconv.Atoi(string(b[at+1:])); err != nil || exponent > 1<<20 || exponent < -1<<20 {
			exponent = -1 << 20 // beyond all sense; still right for zero, which is zero at any power
		}
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	digits := whole + frac
	short := strings.TrimRight(digits, "0")
	exponent += len(whole) - len(short)
	if short == "" || short == "-" {
		return 0, true
	}
	if exponent < 0 || exponent > 18 {
		return 0, false
	}
	return parseInteger([]byte(short + strings.Repeat("0", exponent)))
}

// digits reads an integer of at most 18 digits, as nearly all are.
func digits(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	return n, true
}

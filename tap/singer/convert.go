package singer

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

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

// append appends v, a valid JSON value of kind k, as the shape wants it; a nil shape takes anything. It returns false,
// and dst as it was, if v does not fit and cannot be made to fit without loss.
func (s *shape) append(dst, v []byte, k kind) ([]byte, oddities, bool) {
	switch {
	case s == nil || s.takes&k != 0 && (k == array && s.items == nil || k == object && s.members == nil):
		dst, found := appendValue(dst, v)
		return dst, found, true
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
	}
	return s.appendNested(dst, v)
}

// appendString appends a string: as a string, or as the number that it spells if the shape wants one. "007" and " 7"
// spell none.
func (s *shape) appendString(dst, v []byte) ([]byte, oddities, bool) {
	if s.takes&anyString != 0 && !s.dateTime {
		dst, found := appendText(dst, v)
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

// appendNested appends an array, or an object less its deselected members. An item or a member that does not fit makes
// the whole unfit.
func (s *shape) appendNested(dst, v []byte) ([]byte, oddities, bool) {
	start, found := len(dst), oddities(0)
	dst = append(dst, v[0])
	for e, end := nextElement(v, 1); end > 0; e, end = nextElement(v, end) {
		inner := s.items
		if e.key != nil {
			var described bool
			if inner, described = s.members[string(stringText(e.key))]; described && inner == nil {
				continue
			}
		}
		if len(dst) > start+1 {
			dst = append(dst, ',')
		}
		var wrong oddities
		if e.key != nil {
			dst, wrong = appendText(dst, e.key)
			dst = append(dst, ':')
			found |= wrong
		}
		var ok bool
		if dst, wrong, ok = inner.append(dst, e.value, e.kind); !ok {
			return dst[:start], 0, false
		}
		found |= wrong
	}
	return append(dst, v[len(v)-1]), found, true
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

const secondsLength = len("2006-01-02T15:04:05")

// parseMoment reads an RFC 3339 date-time; a space for the T, lower case, and the offsets +0200 and +02 are taken as
// well. It is stricter than the RFC where Python's datetime is, since targets use that: no second 60, no year 0 or
// beyond 9999 in UTC.
func parseMoment(b []byte) (t time.Time, ok bool) {
	if t, ok = parseRFC3339(b); !ok {
		t, ok = parseRFC3339(toRFC3339(b))
	}
	const first, last = -62135596800, 253402300799 // 0001-01-01T00:00:00Z, 9999-12-31T23:59:59Z
	return t, ok && t.Unix() >= first && t.Unix() <= last
}

// parseRFC3339 reads an RFC 3339 date-time and nothing else. Package time takes more: an hour of one digit, a comma for
// the point, offsets up to 24:60 (go.dev/issue/54580).
func parseRFC3339(b []byte) (t time.Time, ok bool) {
	n := len(b)
	if n <= secondsLength || b[13] != ':' || b[secondsLength] == ',' {
		return t, false
	}
	if b[n-1] != 'Z' && (string(b[n-5:n-3]) > "23" || string(b[n-2:]) > "59") {
		return t, false
	}
	err := t.UnmarshalText(b)
	return t, err == nil
}

// toRFC3339 returns a date-time that is written in one of the other ways as RFC 3339 has it. What is no date-time comes
// back as none.
func toRFC3339(b []byte) []byte {
	b = bytes.ToUpper(b)
	if len(b) <= secondsLength {
		return b
	}
	if b[10] == ' ' {
		b[10] = 'T'
	}
	switch sign := bytes.LastIndexAny(b, "+-"); {
	case sign < secondsLength:
	case len(b)-sign == len("+02"):
		b = append(b, ":00"...)
	case len(b)-sign == len("+0200"):
		b = slices.Insert(b, sign+len("+02"), ':')
	}
	return b
}

// appendMoment appends the date-time b, which means t, as a JSON string in UTC, with "Z" and its fraction as it was
// sent.
func appendMoment(dst, b []byte, t time.Time) []byte {
	dst = append(dst, '"')
	if b[10] == 'T' && b[len(b)-1] == 'Z' {
		dst = append(dst, b...)
	} else {
		fraction := b[secondsLength : secondsLength+bytes.IndexAny(b[secondsLength:], "Zz+-")]
		dst = t.UTC().AppendFormat(dst, "2006-01-02T15:04:05")
		dst = append(append(dst, fraction...), 'Z')
	}
	return append(dst, '"')
}

// oddities is a set of what is out of the ordinary about the values of a field. The first three are mended, since no
// target can store them.
type oddities uint8

const (
	badUTF8       oddities = 1 << iota // bytes that are not UTF-8: each becomes U+FFFD
	loneSurrogate                      // an escaped half of a surrogate pair: becomes U+FFFD
	nul                                // an escaped U+0000, which PostgreSQL refuses in text: removed
	misfit                             // a value that does not fit its field's type: null, and rescued
	unlisted                           // a field that the schema does not know: rescued
)

// appendText appends JSON text without white space, its strings mended, and every other byte as it was.
func appendText(dst, s []byte) ([]byte, oddities) {
	var found oddities
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && s[i+1] == 'u':
			n, wrong := escape(s[i:])
			switch wrong {
			case 0:
				dst = append(dst, s[i:i+n]...)
			case loneSurrogate:
				dst = utf8.AppendRune(dst, utf8.RuneError)
			}
			found |= wrong
			i += n
		case s[i] == '\\':
			dst = append(dst, s[i], s[i+1])
			i += 2
		default:
			r, n := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && n == 1 {
				found |= badUTF8
			}
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst, found
}

// escape tells how long the \u escape is that s begins with, where a pair of surrogates is one, and what is wrong with
// it.
func escape(s []byte) (length int, wrong oddities) {
	switch r := codeUnit(s); {
	case r == 0:
		return 6, nul
	case !utf16.IsSurrogate(r):
		return 6, 0
	case bytes.HasPrefix(s[6:], []byte(`\u`)) && utf16.DecodeRune(r, codeUnit(s[6:])) != utf8.RuneError:
		return 12, 0
	}
	return 6, loneSurrogate
}

// codeUnit reads the four hexadecimal digits of a \u escape.
func codeUnit(s []byte) rune {
	n, _ := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(n)
}

// appendValue appends any valid JSON value without the white space between its tokens, its strings mended.
func appendValue(dst, v []byte) ([]byte, oddities) {
	if v[0] == '[' || v[0] == '{' {
		compact := jsontext.Value(bytes.Clone(v))
		_ = compact.Compact() // fails for nothing that is valid
		v = compact
	}
	return appendText(dst, v)
}

// stringText returns the text that a JSON string stands for, which need not be UTF-8.
func stringText(v []byte) []byte {
	if inside := v[1 : len(v)-1]; bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	text, _ := jsontext.AppendUnquote(nil, v)
	return text
}

// appendQuoted appends s as a JSON string. Only what JSON forbids is escaped; what is not UTF-8 becomes U+FFFD.
func appendQuoted[T string | []byte](dst []byte, s T) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

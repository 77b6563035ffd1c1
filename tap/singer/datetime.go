package singer

import (
	"bytes"
	"slices"
	"time"
)

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

// toRFC3339 returns a date-time that may be written in one of the other ways as RFC 3339 has it, and anything else
// somehow.
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

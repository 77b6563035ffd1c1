package talk

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// maxDepth is how deep values may nest: as deep as encoding/json allows.
const maxDepth = 10_000

// validJSON reports whether b is one valid JSON value.
func validJSON(b []byte) bool {
	end := skipValue(b, skipSpace(b, 0), 0)
	return end >= 0 && skipSpace(b, end) == len(b)
}

// The skip functions below check a JSON value (RFC 8259) that begins at b[i], and return the index behind it, or -1
// if there is no whole, valid one. Checking and finding where a value ends is the same work: a page is looked at
// once.

func skipValue(b []byte, i, depth int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{':
		return skipObject(b, i, depth, nil)
	case '[':
		return skipArray(b, i, depth, nil)
	case 't':
		return skipWord(b, i, "true")
	case 'f':
		return skipWord(b, i, "false")
	case 'n':
		return skipWord(b, i, "null")
	}
	return skipNumber(b, i)
}

// skipObject hands each member to visit, if that is not nil, as the quoted name and where the value begins; visit
// skips the value.
func skipObject(b []byte, i, depth int, visit func(name []byte, i int) int) int {
	if depth >= maxDepth {
		return -1
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		start := i
		end, value := skipName(b, i)
		if value < 0 {
			return -1
		}
		name := b[start:end]
		i = value
		if visit == nil {
			i = skipValue(b, i, depth+1)
		} else {
			i = visit(name, i)
		}
		var done bool
		if i, done = skipComma(b, i, '}'); done {
			return i
		}
	}
}

// skipName returns the end of the member name at b[i], and where the member's value begins, or -1.
func skipName(b []byte, i int) (end, value int) {
	if end = skipString(b, i); end < 0 {
		return end, -1
	}
	if i = skipSpace(b, end); i >= len(b) || b[i] != ':' {
		return end, -1
	}
	return end, skipSpace(b, i+1)
}

// skipArray hands each value to visit, if that is not nil, as where it begins; visit skips it.
func skipArray(b []byte, i, depth int, visit func(i int) int) int {
	if depth >= maxDepth {
		return -1
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if visit == nil {
			i = skipValue(b, i, depth+1)
		} else {
			i = visit(i)
		}
		var done bool
		if i, done = skipComma(b, i, ']'); done {
			return i
		}
	}
}

// skipComma goes to the next member, or behind the closing bracket: then it is done, as it is with -1.
func skipComma(b []byte, i int, closing byte) (next int, done bool) {
	if i < 0 {
		return -1, true
	}
	i = skipSpace(b, i)
	switch {
	case i >= len(b):
		return -1, true
	case b[i] == ',':
		return skipSpace(b, i+1), false
	case b[i] == closing:
		return i + 1, true
	}
	return -1, true
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

func skipWord(b []byte, i int, word string) int {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

func skipString(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	i++
	for {
		// Eight bytes at a time, as long as none of them is special: in each byte of special, the high bit tells
		// (Hacker's Delight, 6-1).
		for len(b)-i >= 8 {
			const ones, highs = 0x0101010101010101, 0x8080808080808080
			w := binary.LittleEndian.Uint64(b[i:])
			quote, slash := w^(ones*'"'), w^(ones*'\\')
			special := ((w-ones*' ')&^w | (quote-ones)&^quote | (slash-ones)&^slash) & highs
			if special != 0 {
				i += bits.TrailingZeros64(special) / 8
				break
			}
			i += 8
		}
		switch {
		case i >= len(b), b[i] < ' ':
			return -1
		case b[i] == '"':
			return i + 1
		case b[i] == '\\':
			if i = skipEscape(b, i+1); i < 0 {
				return -1
			}
		}
		i++
	}
}

// skipEscape returns the index of the last byte of the escape whose letter is b[i].
func skipEscape(b []byte, i int) int {
	switch {
	case i >= len(b):
		return -1
	case b[i] != 'u':
		if strings.IndexByte(`"\/bfnrt`, b[i]) < 0 {
			return -1
		}
		return i
	case len(b)-i < 5:
		return -1
	}
	for _, c := range b[i+1 : i+5] {
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f') {
			return -1
		}
	}
	return i + 4
}

func skipNumber(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++ // no digit may follow
	} else if i = skipDigits(b, i); i < 0 {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		if i = skipDigits(b, i+1); i < 0 {
			return -1
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return skipDigits(b, i)
	}
	return i
}

// skipDigits wants at least one.
func skipDigits(b []byte, i int) int {
	start := i
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

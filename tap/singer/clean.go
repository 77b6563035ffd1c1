package singer

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// A flaw is what no target can store and so does not go out: a set of the three things that appendText mends.
type flaw uint8

const (
	badUTF8       flaw = 1 << iota // bytes that are not UTF-8: each becomes U+FFFD
	loneSurrogate                  // an escaped half of a surrogate pair: becomes U+FFFD
	nul                            // an escaped U+0000, which PostgreSQL refuses in text: removed
)

const replacement = "\uFFFD"

// appendText appends the inside of a JSON string, without its quotes, with its flaws mended and every other byte as it was.
func appendText(dst, s []byte) ([]byte, flaw) {
	var found flaw
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && s[i+1] == 'u':
			n, f := escape(s[i:])
			switch f {
			case 0:
				dst = append(dst, s[i:i+n]...)
			case loneSurrogate:
				dst = append(dst, replacement...)
			}
			found |= f
			i += n
		case s[i] == '\\':
			dst = append(dst, s[i], s[i+1])
			i += 2
		case s[i] < utf8.RuneSelf:
			from := i
			for i < len(s) && s[i] < utf8.RuneSelf && s[i] != '\\' {
				i++
			}
			dst = append(dst, s[from:i]...)
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

// escape looks at the \u escape that s begins with: how long it is (a pair of surrogates is one) and what is wrong with it.
func escape(s []byte) (int, flaw) {
	switch r := hex4(s[2:]); {
	case r == 0:
		return 6, nul
	case !utf16.IsSurrogate(r):
		return 6, 0
	case bytes.HasPrefix(s[6:], []byte(`\u`)) && utf16.DecodeRune(r, hex4(s[8:])) != utf8.RuneError:
		return 12, 0
	}
	return 6, loneSurrogate
}

// hex4 reads four hexadecimal digits.
func hex4(s []byte) rune {
	var r rune
	for _, c := range s[:4] {
		r <<= 4
		switch {
		case c <= '9':
			r |= rune(c - '0')
		default:
			r |= rune(c|0x20-'a') + 10
		}
	}
	return r
}

// appendLiteral appends a JSON string, quotes included, with its flaws mended.
func appendLiteral(dst, v []byte) ([]byte, flaw) {
	dst, found := appendText(append(dst, '"'), v[1:len(v)-1])
	return append(dst, '"'), found
}

// appendValue appends any valid JSON value without the white space between its tokens and with the flaws of its strings mended.
func appendValue(dst, v []byte) ([]byte, flaw) {
	var found flaw
	for i := 0; i < len(v); {
		from := i
		switch c := v[i]; {
		case c == '"':
			var k kind
			if i, k = str(v, i+1); k == text {
				dst = append(dst, v[from:i]...)
				continue
			}
			var f flaw
			dst, f = appendLiteral(dst, v[from:i])
			found |= f
		case c <= ' ':
			i++
		default:
			for i < len(v) && v[i] > ' ' && v[i] != '"' {
				i++
			}
			dst = append(dst, v[from:i]...)
		}
	}
	return dst, found
}

// appendQuoted appends s, valid UTF-8, as a JSON string. Unlike encoding/json it leaves <, >, & and U+2028 as they are.
func appendQuoted(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), s), '"')
}

func appendEscaped[T string | []byte](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	from := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(append(dst, s[from:i]...), '\\', c)
		case c < ' ':
			dst = append(append(dst, s[from:i]...), '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			continue
		}
		from = i + 1
	}
	return append(dst, s[from:]...)
}

// unescape returns the text that a JSON string stands for.
func unescape(v []byte) []byte { return []byte(gjson.ParseBytes(v).Str) }

// cleanName returns an unescaped key as valid UTF-8 without U+0000.
func cleanName(name []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(name), replacement), "\x00", "")
}

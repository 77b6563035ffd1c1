package singer

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

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

// appendText appends the inside of a JSON string, without its quotes, mended, and every other byte as it was.
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

// appendString appends a JSON string, quotes included, mended.
func appendString(dst, v []byte) ([]byte, oddities) {
	dst, found := appendText(append(dst, '"'), v[1:len(v)-1])
	return append(dst, '"'), found
}

// appendValue appends any valid JSON value without the white space between its tokens, its strings mended.
func appendValue(dst, v []byte) ([]byte, oddities) {
	var found oddities
	for i := 0; i < len(v); {
		from := i
		switch c := v[i]; {
		case c == '"':
			var o oddities
			i, _ = skipString(v, i)
			dst, o = appendString(dst, v[from:i])
			found |= o
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

// stringText returns the text that a JSON string stands for, which need not be UTF-8.
func stringText(v []byte) []byte {
	if inside := v[1 : len(v)-1]; bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	text, _ := jsontext.AppendUnquote(nil, v)
	return text
}

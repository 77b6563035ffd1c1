package talksim

import (
	"strconv"
	"time"
)

// set returns a copy of a JSON object in which the member name has the JSON text value:
// replaced where it was, or added at the end. An empty value takes the member out. The
// rest stays byte for byte.
func set(object []byte, name, value string) []byte {
	out := make([]byte, 0, len(object)+len(name)+len(value)+4)
	for i := 0; i < len(object); {
		if object[i] != '"' {
			i++
			continue
		}
		keyEnd := skip(object, i)
		valueStart := keyEnd
		for object[valueStart] != ':' {
			valueStart++
		}
		valueStart++
		end := skip(object, valueStart)
		if string(object[i+1:keyEnd-1]) != name {
			i = end
			continue
		}
		if value != "" {
			out = append(out, object[:valueStart]...)
			out = append(out, value...)
			return append(out, object[end:]...)
		}
		start := i
		if end < len(object) && object[end] == ',' {
			end++
		} else if start > 1 && object[start-1] == ',' {
			start--
		}
		return append(append(out, object[:start]...), object[end:]...)
	}
	if value == "" {
		return append(out, object...)
	}
	o := object[:len(object)-1]
	out = append(out, o...)
	if len(o) > 1 {
		out = append(out, ',')
	}
	out = append(out, '"')
	out = append(out, name...)
	out = append(out, '"', ':')
	out = append(out, value...)
	return append(out, '}')
}

// skip returns the index behind the JSON value, or the string, that begins at i.
func skip(text []byte, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // the end of the object around a number
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// quoted writes a Unix second as the API does, with its quotes.
func quoted(unix int64) string {
	return strconv.Quote(time.Unix(unix, 0).UTC().Format(time.RFC3339))
}

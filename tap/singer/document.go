package singer

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ReadDocument reads a document that a person or a program has written: a config, a catalog, a state. It must be one
// JSON object in UTF-8; a byte order mark, as Windows programs write, is no part of it. The object is returned as a
// compact copy. An error says what is wrong, and at which line and column, and leaves it to the caller to name the
// file.
func ReadDocument(data []byte) (jsontext.Value, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if len(data) > 1 && data[0] == 0 && data[1] == 0 {
		return nil, errors.New("filled with zeros, as after a crash of the machine: take a copy of it from before")
	}
	if isUTF16(data) {
		return nil, errors.New("UTF-16, as PowerShell's > writes it, where UTF-8 is expected: " +
			"save it as UTF-8, in PowerShell with | Out-File -Encoding utf8")
	}
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	document := jsontext.Value(bytes.Clone(data))
	if err := document.Compact(); err != nil {
		return nil, syntaxError(data, err)
	}
	if document.Kind() != '{' {
		return nil, expected("a JSON object", document)
	}
	return document, nil
}

// isUTF16 reports whether data begins with a byte order mark of UTF-16, or with one of its ASCII characters.
func isUTF16(data []byte) bool {
	return len(data) > 1 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff ||
		data[0] == 0 || data[1] == 0)
}

// syntaxError adds line and column to an error of package jsontext.
func syntaxError(data []byte, err error) error {
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return fmt.Errorf("not JSON: %w", err)
	}
	before := data[:min(int(syntax.ByteOffset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Errorf("not JSON at line %d, column %d: %w", line, column, syntax.Err)
}

// A placeError is an error about one place of a document, such as .streams[0].metadata.
type placeError struct {
	place string
	err   error
}

func (e *placeError) Error() string { return strings.TrimPrefix(e.place, ".") + ": " + e.err.Error() }

func (e *placeError) Unwrap() error { return e.err }

// at returns err, if there is one, with step put before its place.
func at(step string, err error) error {
	if err == nil || step == "" {
		return err
	}
	if inner, ok := errors.AsType[*placeError](err); ok {
		return &placeError{step + inner.place, inner.err}
	}
	return &placeError{step, err}
}

// decode reads a value of a document into out. Of equal keys the last one counts; unknown ones are no error.
func decode(value jsontext.Value, out any) error {
	err := json.Unmarshal(value, out, lenient())
	wrong, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return err
	}
	var place strings.Builder
	for token := range wrong.JSONPointer.Tokens() {
		if _, err := strconv.Atoi(token); err == nil {
			place.WriteString("[" + token + "]")
		} else {
			place.WriteString("." + token)
		}
	}
	if wrong.Err != nil {
		return at(place.String(), wrong.Err)
	}
	return at(place.String(), fmt.Errorf("%s where %s is expected", typeName(wrong.JSONKind), wanted(wrong.GoType)))
}

// lenient returns the options that allow equal keys, and invalid UTF-8 and halves of surrogate pairs.
func lenient() jsontext.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// expected is the error for a value of the wrong type.
func expected(want string, got jsontext.Value) error {
	return fmt.Errorf("%s where %s is expected", typeName(got.Kind()), want)
}

// wanted names the JSON type that is read into a Go type.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "an array"
	}
	return "an object"
}

// typeName names a JSON type.
func typeName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "a boolean"
	case '0':
		return "a number"
	case '"':
		return "a string"
	case 'n':
		return "null"
	}
	return "nothing"
}

// absent reports whether v is not there, null, or an empty string, as forms that were not filled in have it.
func absent(v jsontext.Value) bool {
	return len(v) == 0 || v.Kind() == 'n' || string(v) == `""`
}

// A list is an array that may be null, or an empty string, instead of empty.
type list[T any] []T

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (l *list[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '"' {
		return json.UnmarshalDecode(dec, (*[]T)(l))
	}
	v, err := dec.ReadValue()
	if err == nil && !absent(v) {
		err = expected("an array", v)
	}
	return err
}

// A member is one member of an object of a document whose order, and keys as they were written, must be kept.
type member struct {
	name  string
	key   jsontext.Value // the name as it was written, quotes included
	value jsontext.Value
}

// members lists the members of an object in their order; any other value has none. Of equal keys the last one counts,
// at the place of the first.
func members(object jsontext.Value) []member {
	if object.Kind() != '{' {
		return nil
	}
	var all []member
	index := map[string]int{}
	dec := jsontext.NewDecoder(bytes.NewBuffer(object), lenient())
	_, err := dec.ReadToken()
	for err == nil && dec.PeekKind() == '"' {
		key, _ := dec.ReadValue()
		m := member{name: unquote(key), key: key.Clone()}
		m.value, err = dec.ReadValue()
		m.value = m.value.Clone()
		if i, ok := index[m.name]; ok {
			all[i].value = m.value
			continue
		}
		index[m.name] = len(all)
		all = append(all, m)
	}
	return all
}

// find returns the value of the member called name, or nil.
func find(list []member, name string) jsontext.Value {
	for _, m := range list {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// get returns the value of an object's member called name, or nil.
func get(object jsontext.Value, name string) jsontext.Value { return find(members(object), name) }

// appendMembers appends the object that has these members.
func appendMembers(dst []byte, list []member) []byte {
	dst = append(dst, '{')
	for i, m := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, m.key...), ':'), m.value...)
	}
	return append(dst, '}')
}

// unquote returns the text of a JSON string, and nothing for any other value.
func unquote(v jsontext.Value) string {
	if v.Kind() != '"' {
		return ""
	}
	text, _ := jsontext.AppendUnquote(nil, v) // what is not UTF-8 becomes U+FFFD
	return string(text)
}

// appendList appends a JSON array of strings.
func appendList(dst []byte, list []string) []byte {
	array, _ := json.Marshal(list, lenient())
	return append(dst, array...)
}

// clip shortens s to at most n bytes, at the border of a character, for a line of the log.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

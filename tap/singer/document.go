package singer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// A member is one member of a JSON object, in a document that is read once a run (catalog, state); rows have their own scanner.
type member struct {
	name  string // unescaped
	key   string // as written, quotes included
	value gjson.Result
}

// members lists the members of an object in their order; anything else has none. Of equal keys the last wins, at the place of the first.
func members(object gjson.Result) []member {
	if !object.IsObject() { // ForEach would call back with a scalar itself
		return nil
	}
	var list []member
	at := map[string]int{}
	object.ForEach(func(key, value gjson.Result) bool {
		if i, ok := at[key.Str]; ok {
			list[i].value = value
			return true
		}
		at[key.Str] = len(list)
		list = append(list, member{key.Str, key.Raw, value})
		return true
	})
	return list
}

// get returns the member called name, or a Result that does not exist. (gjson's own Get takes a path, in which dots and stars mean something.)
func get(object gjson.Result, name string) gjson.Result {
	var found gjson.Result
	if object.IsObject() {
		object.ForEach(func(key, value gjson.Result) bool {
			if key.Str == name {
				found = value
			}
			return true
		})
	}
	return found
}

// absent tells whether v is not there, or null.
func absent(v gjson.Result) bool { return !v.Exists() || v.Type == gjson.Null }

// parseObject reads a document that must be one JSON object in UTF-8. A byte order mark, as Windows programs write, is no part of it.
func parseObject(data []byte) (gjson.Result, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if !utf8.Valid(data) {
		return gjson.Result{}, errors.New("not UTF-8")
	}
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		if at := (*json.SyntaxError)(nil); errors.As(err, &at) {
			before := data[:max(at.Offset-1, 0)]
			line := bytes.Count(before, []byte("\n")) + 1
			column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
			return gjson.Result{}, fmt.Errorf("not JSON at line %d, column %d: %w", line, column, err)
		}
		return gjson.Result{}, fmt.Errorf("not JSON: %w", err)
	}
	root := gjson.ParseBytes(raw)
	if !root.IsObject() {
		return gjson.Result{}, fmt.Errorf("%s where a JSON object is expected", typeName(root))
	}
	return root, nil
}

// ReadObject reads a document that must be one JSON object in UTF-8 and returns its members' values, valid JSON all. The
// error names line and column, and leaves it to the caller to name the file.
func ReadObject(data []byte) (map[string]json.RawMessage, error) {
	root, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	object := make(map[string]json.RawMessage)
	for _, m := range members(root) {
		object[m.name] = json.RawMessage(m.value.Raw)
	}
	return object, nil
}

// typeName names the JSON type of v for an error.
func typeName(v gjson.Result) string {
	switch {
	case !v.Exists():
		return "nothing"
	case v.IsObject():
		return "an object"
	case v.IsArray():
		return "an array"
	case v.IsBool():
		return "a boolean"
	case v.Type == gjson.Number:
		return "a number"
	case v.Type == gjson.String:
		return "a string"
	}
	return "null"
}

// clip shortens s to at most n bytes, at the border of a character, for a line of the log.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

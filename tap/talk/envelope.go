package talk

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// parsePage checks that body is one valid JSON object with an array under key, and takes it apart in the same pass.
// Rows are appended to rows[:0]. Invalid UTF-8 inside strings is no mistake here, since Zendesk sends such
// (zendesk_api.md §2.3). Of equal keys the last counts. The error never quotes the body.
func parsePage(body []byte, key string, rows [][]byte) (envelope, error) {
	env := envelope{rows: rows[:0]}
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	var order keyOrder
	row := func(i int) int {
		end := order.skip(body, i, 2)
		if end >= 0 {
			env.rows = append(env.rows, body[i:end])
		}
		return end
	}
	member := func(name []byte, i int) int {
		k := string(unquote(name))
		if k == key && i < len(body) {
			env.rows, env.promised = env.rows[:0], body[i] == '['
			if env.promised {
				return skipArray(body, i, 1, row)
			}
		}
		end := skipValue(body, i, 1)
		if end >= 0 {
			env.set(k, body[i:end])
		}
		return end
	}
	i := skipSpace(body, 0)
	switch {
	case i == len(body):
		return env, errors.New("but an empty body")
	case body[i] != '{':
		return env, errors.New("but not a JSON object")
	}
	i = skipObject(body, i, 0, member)
	switch {
	case i < 0 || skipSpace(body, i) != len(body):
		return env, errors.New("but not valid JSON, or cut short")
	case !env.promised:
		return env, errors.New("but without the promised array \"" + key + "\"")
	}
	return env, nil
}

// set keeps a member of the envelope, if it is of use.
func (env *envelope) set(name string, value []byte) {
	switch name {
	case "end_time":
		env.endTime = value
	case "next_page":
		env.nextPage = value
	case "count":
		env.count = value
	}
}

// unquote is the content of a valid JSON string, and any other value unchanged; null is empty.
func unquote(value []byte) []byte {
	if string(value) == "null" {
		return nil
	}
	if len(value) == 0 || value[0] != '"' {
		return value
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1]
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return nil // cannot be: it was checked
	}
	return []byte(s)
}

// A keyOrder skips the rows of a page as skipValue does. They list their keys in one order, though not every row has every key, and
// most of a row is keys: what is the same as in a row before was checked there.
type keyOrder struct {
	keys [][]byte // of the rows before, each from its opening quote to its value
}

// maxKeys is the number of keys beyond which the order is learnt anew: the rows have none.
const maxKeys = 512

func (o *keyOrder) skip(b []byte, i, depth int) int {
	if i >= len(b) || b[i] != '{' || depth >= maxDepth {
		return skipValue(b, i, depth)
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for n := 0; ; n++ {
		if n < len(o.keys) && bytes.HasPrefix(b[i:], o.keys[n]) {
			i += len(o.keys[n])
		} else if n, i = o.find(b, i, n); i < 0 {
			return -1
		}
		i = skipValue(b, skipSpace(b, i), depth+1)
		var done bool
		if i, done = skipComma(b, i, '}'); done {
			return i
		}
	}
}

// find reads the key at b[i], which is not the n-th, and learns it if it is not the next one either. It returns its place, and where
// its value begins, or -1.
func (o *keyOrder) find(b []byte, i, n int) (place, value int) {
	if n+1 < len(o.keys) && bytes.HasPrefix(b[i:], o.keys[n+1]) {
		return n + 1, i + len(o.keys[n+1])
	}
	if _, value = skipName(b, i); value < 0 {
		return n, -1
	}
	if len(o.keys) == maxKeys {
		o.keys, n = o.keys[:0], 0
	}
	o.keys = slices.Insert(o.keys, n, b[i:value])
	return n, value
}

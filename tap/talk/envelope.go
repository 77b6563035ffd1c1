package talk

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// maxRows bounds the rows of a page: each of them, tiny as it may be, becomes a whole record. Zendesk's pages hold
// 1,000, and more only of one second.
const maxRows = 100_000

// errTooManyRows is the error of a page beyond maxRows.
var errTooManyRows = fmt.Errorf("but a page of more than %d rows", maxRows)

// An envelope is the body of a page taken apart. All of it are views into the body.
type envelope struct {
	rows     [][]byte
	hasRows  bool // the promised array is there
	endTime  []byte
	nextPage []byte
	count    []byte
}

// parsePage checks that body is one JSON object with an array under key, and takes it apart in the same pass. Rows are
// appended to rows[:0]. Of equal names the last counts, and invalid UTF-8 inside strings is no mistake, since Zendesk
// sends such (docs/zendesk-api.md, "Error answers"). The error never quotes the body, which is about people.
func parsePage(body []byte, key string, rows [][]byte) (envelope, error) {
	env := envelope{rows: rows[:0]}
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	if len(bytes.TrimLeft(body, " \t\r\n")) == 0 {
		return env, &bodyError{"but an empty body"}
	}
	d := newDecoder(body)
	if d.PeekKind() != '{' {
		return env, &bodyError{"but not a JSON object"}
	}
	switch err := env.read(d, key); {
	case errors.Is(err, errTooManyRows):
		return env, err
	case err != nil:
		return env, &bodyError{"but not valid JSON, or cut short"}
	case !env.hasRows:
		return env, &bodyError{fmt.Sprintf("but without the promised array %q", key)}
	}
	return env, nil
}

// newDecoder returns a decoder that reads text in place: what it returns are views into text.
func newDecoder(text []byte) *jsontext.Decoder {
	options := jsontext.AllowDuplicateNames(true)
	return jsontext.NewDecoder(bytes.NewBuffer(text), options, jsontext.AllowInvalidUTF8(true))
}

// validJSON reports whether text is one JSON value.
func validJSON(text []byte) bool {
	return jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// read reads the object that d stands before, and that nothing may follow.
func (env *envelope) read(d *jsontext.Decoder, key string) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		token, err := d.ReadToken()
		if err != nil {
			return err
		}
		if name := token.String(); name == key {
			err = env.readRows(d)
		} else {
			err = env.readMember(d, name)
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// readRows reads the array that d stands before, or else passes over what is none.
func (env *envelope) readRows(d *jsontext.Decoder) error {
	env.rows, env.hasRows = env.rows[:0], d.PeekKind() == '['
	if !env.hasRows {
		return d.SkipValue()
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		row, err := d.ReadValue()
		if err != nil {
			return err
		}
		if len(env.rows) == maxRows {
			return errTooManyRows
		}
		env.rows = append(env.rows, row)
	}
	_, err := d.ReadToken()
	return err
}

// readMember reads the value of another member, and keeps it if it is of use.
func (env *envelope) readMember(d *jsontext.Decoder, name string) error {
	value, err := d.ReadValue()
	switch name {
	case "end_time":
		env.endTime = value
	case "next_page":
		env.nextPage = value
	case "count":
		env.count = value
	}
	return err
}

// unquote returns the content of a JSON string, and any other value unchanged; null is empty.
func unquote(value []byte) []byte {
	switch {
	case string(value) == "null":
		return nil
	case len(value) == 0 || value[0] != '"':
		return value
	}
	text, _ := jsontext.AppendUnquote(nil, value) // it was checked; what is no UTF-8 in it becomes U+FFFD
	return text
}

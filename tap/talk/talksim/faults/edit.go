package faults

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// set returns a copy of a JSON object in which the member name has the JSON text value: replaced where it was, or added
// at the end. An empty value takes the member out. The rest stays byte for byte, and so does what is no object.
func set(object []byte, name, value string) []byte {
	d := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return object
	}
	open := int(d.InputOffset())
	for d.PeekKind() == '"' {
		from := int(d.InputOffset())
		key, _ := d.ReadValue()
		found := string(key) == `"`+name+`"`
		old, err := d.ReadValue()
		to := int(d.InputOffset())
		switch {
		case err != nil:
			return object
		case !found:
			continue
		case value != "":
			return slices.Concat(object[:to-len(old)], []byte(value), object[to:])
		case from == open && object[to] == ',':
			to++
		}
		return slices.Concat(object[:from], object[to:])
	}
	if value == "" {
		return object
	}
	end := int(d.InputOffset())
	member := `"` + name + `":` + value
	if end > open {
		member = "," + member
	}
	return slices.Concat(object[:end], []byte(member), object[end:])
}

// quoted writes a Unix second as the API does, with its quotes.
func quoted(unix int64) string {
	return strconv.Quote(time.Unix(unix, 0).UTC().Format(time.RFC3339))
}

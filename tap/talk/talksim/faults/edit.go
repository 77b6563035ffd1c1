package faults

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// set returns a copy of a JSON object in which the member name has the JSON text value: replaced where it was, or added
// at the end. An empty value takes the member out. The other members stay byte for byte, and so does what is no object.
func set(object []byte, name, value string) []byte {
	d := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return object
	}
	wanted := `"` + name + `"`
	var members []string
	for d.PeekKind() == '"' {
		key, _ := d.ReadValue()
		member := string(key)
		text, err := d.ReadValue()
		switch {
		case err != nil:
			return object
		case member != wanted:
			members = append(members, member+":"+string(text))
		case value != "":
			members = append(members, wanted+":"+value)
			value = ""
		}
	}
	if value != "" {
		members = append(members, wanted+":"+value)
	}
	return []byte("{" + strings.Join(members, ",") + "}")
}

// quoted writes a Unix second as the API does, with its quotes.
func quoted(unix int64) string {
	return strconv.Quote(time.Unix(unix, 0).UTC().Format(time.RFC3339))
}

// Package schemas holds the JSON Schemas of the streams, as they are committed and as the tap
// announces them, and that of the tap's settings.
//
// The files are generated from the structs talk.Call and talk.Leg, whose field comments are the descriptions, and from
// the table of settings, tap.AllSettings; they are never edited by hand. After a change there, run
//
//	go generate ./...
//
// and commit what it wrote. The tests of schemas/gen fail as long as a file is stale.
//
// Rules every stream's schema keeps, so that any Singer target can use it: an object with at least one
// property; one list of types a property, the type first and "null" last; nothing but the key
// required; date-time as the only format; no enum, since Zendesk sends values that it does not
// document; no $ref, no combination of schemas, no closed object. The order of the properties is
// the order of the fields in a record.
package schemas

import "embed"

//go:generate go -C .. run ./schemas/gen

//go:embed *.json
var files embed.FS

// Stream returns the JSON Schema of a stream: indented, with a newline at its end; nil if there is no such stream. The
// bytes are the caller's.
func Stream(name string) []byte { return file(name) }

// Config returns the JSON Schema of the tap's settings, as Stream does. It is generated from the table tap.AllSettings.
func Config() []byte { return file("config") }

func file(name string) []byte {
	content, err := files.ReadFile(name + ".json")
	if err != nil {
		return nil
	}
	return content
}

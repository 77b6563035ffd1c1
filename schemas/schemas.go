// Package schemas holds the JSON Schemas of the streams, as they are committed and as the tap
// announces them.
//
// The files are generated from the structs talk.Call and talk.Leg, whose field comments are the
// descriptions; they are never edited by hand. After a change there, run
//
//	go generate ./...
//
// and commit what it wrote. The tests of schemas/gen fail as long as a file is stale.
//
// Rules every schema keeps, so that any Singer target can use it: an object with at least one
// property; one list of types a property, the type first and "null" last; nothing but the key
// required; date-time as the only format; no enum, since Zendesk sends values that it does not
// document; no $ref, no combination of schemas, no closed object. The order of the properties is
// the order of the fields in a record.
package schemas

import (
	_ "embed"
	"slices"
)

//go:generate go -C .. run ./schemas/gen

//go:embed calls.json
var calls []byte

//go:embed legs.json
var legs []byte

// Calls returns the JSON Schema of the stream calls: indented, with a newline at its end. The
// bytes are the caller's.
func Calls() []byte { return slices.Clone(calls) }

// Legs returns the JSON Schema of the stream legs, as Calls does.
func Legs() []byte { return slices.Clone(legs) }

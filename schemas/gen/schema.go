package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

const module = "github.com/tap-zendesk-talk/tap-zendesk-talk"

// A document is a stream's JSON Schema, its keys in the order in which they are written.
type document struct {
	Type        string     `json:"type"`
	Description string     `json:"description"`
	Required    []string   `json:"required"`
	Properties  properties `json:"properties"`
}

// A property is the schema of one field. "type" comes first, for readers that look no further.
type property struct {
	name        string
	Type        []string  `json:"type"`
	Format      string    `json:"format,omitempty"`
	Items       *property `json:"items,omitempty"`
	Title       string    `json:"title,omitempty"`
	Description string    `json:"description,omitempty"`

	// Of settings only.
	Default              any         `json:"default,omitempty"`
	Enum                 []any       `json:"enum,omitempty"`
	Minimum              json.Number `json:"minimum,omitempty"`
	Maximum              json.Number `json:"maximum,omitempty"`
	AdditionalProperties *property   `json:"additionalProperties,omitempty"`
	Secret               bool        `json:"secret,omitempty"`
	WriteOnly            bool        `json:"writeOnly,omitempty"`
}

// properties is written as a JSON object that keeps its order, which a map would not.
type properties []property

// MarshalJSON implements [json.Marshaler].
func (ps properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(',')
		}
		schema, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", p.name, schema)
	}
	return fmt.Appendf(nil, "{%s}", b.Bytes()), nil
}

// rescued is the field that the tap adds to every stream, after the fields of the API.
func rescued() property {
	return property{
		name: "_rescued_data",
		Type: []string{"string", "null"},
		Description: "JSON text of one flat object, from field to original value: the fields Zendesk sent that this " +
			"schema does not know, and the values that do not fit the type of their field, which is then null. " +
			"Null when there is nothing to rescue.",
	}
}

// streamSchema returns the JSON Schema of the records that row, a struct of package talk, describes.
func streamSchema(row any) ([]byte, error) {
	schema, err := reflectStruct(row, "tap/talk")
	if err != nil {
		return nil, err
	}
	doc := document{Type: schema.Type, Description: prose(schema.Description), Required: schema.Required}
	for f := schema.Properties.Oldest(); f != nil; f = f.Next() {
		p := convert(f.Value, !slices.Contains(schema.Required, f.Key))
		p.name = f.Key
		doc.Properties = append(doc.Properties, *p)
	}
	doc.Properties = append(doc.Properties, rescued())
	return indent(doc)
}

// reflectStruct returns one flat schema of a struct whose package lies in folder, seen from the root of the module.
func reflectStruct(value any, folder string) (*jsonschema.Schema, error) {
	// DoNotReference and ExpandedStruct give one flat schema instead of $defs and $ref;
	// AllowAdditionalProperties keeps the object open.
	r := jsonschema.Reflector{
		Anonymous:                  true,
		DoNotReference:             true,
		ExpandedStruct:             true,
		AllowAdditionalProperties:  true,
		RequiredFromJSONSchemaTags: true,
	}
	// The reflector looks comments up by import path, which it makes of these two alone: a path from
	// anywhere but the root of the module loses every description without an error.
	if err := r.AddGoComments(module, folder, jsonschema.WithFullComment()); err != nil {
		return nil, err
	}
	return r.Reflect(value), nil
}

// indent returns doc as JSON that people read.
func indent(doc any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	return b.Bytes(), err
}

// convert returns s with its type as a list, which the reflector cannot express: it would write a
// nullable field as a oneOf, and targets derive a column from "type".
func convert(s *jsonschema.Schema, nullable bool) *property {
	p := &property{Type: []string{s.Type}, Format: s.Format, Description: prose(s.Description)}
	if nullable {
		p.Type = append(p.Type, "null")
	}
	if s.Items != nil {
		p.Items = convert(s.Items, true)
	}
	return p
}

// prose returns the first paragraph of a comment as one line. What follows it is for readers of the
// Go code.
func prose(comment string) string {
	first, _, _ := strings.Cut(comment, "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

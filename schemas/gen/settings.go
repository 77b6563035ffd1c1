package main

import (
	"fmt"
	"slices"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

// settingsDocument is the JSON Schema of the tap's settings. What a property's type can't say, that an account and one
// login are needed, stands beside the properties, so that an editor that checks a config file knows it too.
type settingsDocument struct {
	Type       string        `json:"type"`
	Properties properties    `json:"properties"`
	Required   []string      `json:"required"`
	AllOf      []alternative `json:"allOf"`
}

type alternative struct {
	AnyOf []requirement `json:"anyOf,omitempty"`
	OneOf []requirement `json:"oneOf,omitempty"`
}

type requirement struct {
	Required []string `json:"required"`
}

// settingsSchema returns the JSON Schema of the settings. Secrets are marked as the Meltano SDK marks them.
func settingsSchema() ([]byte, error) {
	schema, err := reflectStruct(tap.Settings{}, "tap")
	if err != nil {
		return nil, err
	}
	doc := settingsDocument{
		Type:     schema.Type,
		Required: []string{},
		AllOf: []alternative{
			{AnyOf: []requirement{{[]string{"subdomain"}}, {[]string{"api_url"}}}},
			{OneOf: []requirement{{[]string{"client_id", "client_secret"}}, {[]string{"access_token"}}, {[]string{"email", "api_token"}}}},
		},
	}
	for f := schema.Properties.Oldest(); f != nil; f = f.Next() {
		p := convert(f.Value, true)
		p.name = f.Key
		p.Title = f.Value.Title
		p.Default = f.Value.Default
		p.Minimum, p.Maximum = f.Value.Minimum, f.Value.Maximum
		p.Enum = f.Value.Enum
		if p.Enum != nil {
			p.Enum = append(slices.Clone(p.Enum), nil)
		}
		if _, ok := f.Value.Extras["secret"]; ok {
			p.Secret, p.WriteOnly = true, true
		}
		if p.Type[0] == "object" {
			p.AdditionalProperties = &property{Type: []string{"string"}}
		}
		if p.Description == "" || p.Title == "" {
			return nil, fmt.Errorf("the setting %s needs a title and a comment", f.Key)
		}
		doc.Properties = append(doc.Properties, *p)
	}
	return indent(doc)
}

// freshSettings returns the settings as the struct has them, while those in package schemas are of the run before.
func freshSettings() ([]tap.Setting, error) {
	schema, err := settingsSchema()
	return tap.AllSettings(schema), err
}

package main

import (
	"encoding/json"
	"fmt"
	"strconv"

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
	var logins []requirement
	for _, way := range tap.Logins() {
		logins = append(logins, requirement{way})
	}
	doc := settingsDocument{
		Type:     "object",
		Required: []string{},
		AllOf: []alternative{
			{AnyOf: []requirement{{[]string{"subdomain"}}, {[]string{"api_url"}}}},
			{OneOf: logins},
		},
	}
	for _, s := range tap.AllSettings() {
		p, err := settingProperty(s)
		if err != nil {
			return nil, fmt.Errorf("the setting %s: %w", s.Name, err)
		}
		doc.Properties = append(doc.Properties, p)
	}
	return indent(doc)
}

// settingProperty returns the schema of one setting.
func settingProperty(s tap.Setting) (property, error) {
	p := property{
		name: s.Name, Type: []string{s.Type(), "null"}, Format: s.Format, Title: s.Title, Description: s.Description,
		Secret: s.Secret, WriteOnly: s.Secret,
	}
	var err error
	p.Default, err = settingDefault(s)
	for _, option := range s.Options {
		p.Enum = append(p.Enum, option)
	}
	if p.Enum != nil {
		p.Enum = append(p.Enum, nil)
	}
	switch s.Type() {
	case "integer":
		p.Minimum, p.Maximum = json.Number(strconv.Itoa(s.Minimum)), json.Number(strconv.Itoa(s.Maximum))
	case "object":
		p.AdditionalProperties = &property{Type: []string{"string"}}
	}
	return p, err
}

// settingDefault returns a setting's default as a value of its type, nil if there is none.
func settingDefault(s tap.Setting) (any, error) {
	switch {
	case s.Default == "":
		return nil, nil
	case s.Type() == "integer":
		return strconv.Atoi(s.Default)
	case s.Type() == "boolean":
		return strconv.ParseBool(s.Default)
	}
	return s.Default, nil
}

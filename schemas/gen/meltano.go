package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

const (
	projectFile = "meltano.yml"
	hubFile     = ".github/hub/tap-zendesk-talk.yml"
)

// A meltanoSetting is a setting as Meltano knows it. Its keys are in the order of the alphabet, as those of everything in
// Meltano Hub have to be (its yamllint says so).
type meltanoSetting struct {
	Description string          `yaml:"description"`
	Kind        string          `yaml:"kind,omitempty"`
	Label       string          `yaml:"label"`
	Name        string          `yaml:"name"`
	Options     []meltanoOption `yaml:"options,omitempty"`
	Sensitive   bool            `yaml:"sensitive,omitempty"`
	Value       any             `yaml:"value,omitempty"`
}

type meltanoOption struct {
	Label string `yaml:"label"`
	Value string `yaml:"value"`
}

// meltanoSettings returns all settings as YAML, and the groups of them of which one has to be complete.
func meltanoSettings() ([]byte, error) {
	fresh, err := freshSettings()
	if err != nil {
		return nil, err
	}
	var settings []meltanoSetting
	for _, s := range fresh {
		m := meltanoSetting{Description: s.Description, Kind: meltanoKind(s), Label: s.Title, Name: s.Name, Sensitive: s.Secret}
		for _, o := range s.Options {
			m.Options = append(m.Options, meltanoOption{Label: strings.ToUpper(o[:1]) + o[1:], Value: o})
		}
		if s.Default != "" {
			if err := json.Unmarshal([]byte(s.Default), &m.Value); err != nil {
				return nil, err
			}
			if n, ok := m.Value.(float64); ok {
				m.Value = int(n)
			}
		}
		settings = append(settings, m)
	}
	return toYAML(map[string]any{
		"settings": settings,
		"settings_group_validation": [][]string{
			{"subdomain", "client_id", "client_secret"},
			{"subdomain", "access_token"},
			{"subdomain", "email", "api_token"},
		},
	})
}

// meltanoKind returns Meltano's kind of a setting, "" for a string.
func meltanoKind(s tap.Setting) string {
	switch {
	case s.Secret:
		return "password"
	case s.Options != nil:
		return "options"
	case s.Format == "date-time":
		return "date_iso8601"
	case s.Format == "email":
		return "email"
	case s.Type != "string":
		return s.Type
	}
	return ""
}

// toYAML writes v the way Meltano's own files are written: two spaces, and lists not indented.
func toYAML(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	enc.CompactSeqIndent()
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// generatedIn returns a function that gives a committed file with new settings in it: they stand between two comments, and
// all else of the file is written by hand.
func generatedIn(file, indent string) func() ([]byte, error) {
	return func() ([]byte, error) {
		settings, err := meltanoSettings()
		if err != nil {
			return nil, err
		}
		old, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		block := indent + strings.ReplaceAll(strings.TrimSpace(string(settings)), "\n", "\n"+indent)
		return between(old, "# The settings are generated: go generate ./...\n", indent+"# End of the settings.\n", block+"\n")
	}
}

// between returns text with content in place of what stands between two markers.
func between(text []byte, begin, end, content string) ([]byte, error) {
	head, rest, ok := bytes.Cut(text, []byte(begin))
	_, tail, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		return nil, fmt.Errorf("the markers %q and %q are missing", begin, end)
	}
	return fmt.Appendf(nil, "%s%s%s%s%s", head, begin, content, end, tail), nil
}

package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

const (
	projectFile = "meltano.yml"
	hubFile     = ".github/hub/tap-zendesk-talk.yml"
)

// A meltanoSetting is a setting as Meltano knows it. Its keys are in the order of the alphabet, as those of everything
// in Meltano Hub have to be (its yamllint says so).
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

// meltanoPlugin returns what Meltano has to know of the tap wherever it is defined: what it can do, its settings, and
// the groups of them of which one has to be complete.
func meltanoPlugin() (map[string]any, error) {
	var settings []meltanoSetting
	for _, s := range tap.AllSettings() {
		m := meltanoSetting{
			Description: s.Description,
			Kind:        meltanoKind(s),
			Label:       s.Title,
			Name:        s.Name,
			Sensitive:   s.Secret,
		}
		for _, o := range s.Options {
			m.Options = append(m.Options, meltanoOption{Label: strings.ToUpper(o[:1]) + o[1:], Value: o})
		}
		var err error
		if m.Value, err = settingDefault(s); err != nil {
			return nil, fmt.Errorf("reading the default of %s: %w", s.Name, err)
		}
		settings = append(settings, m)
	}
	var groups [][]string
	for _, way := range tap.Logins() {
		groups = append(groups, slices.Concat([]string{"subdomain"}, way))
	}
	return map[string]any{
		"capabilities": tap.Capabilities(), "settings": settings, "settings_group_validation": groups,
	}, nil
}

// hubDefinition returns this variant's definition for Meltano Hub.
func hubDefinition() ([]byte, error) {
	plugin, err := meltanoPlugin()
	if err != nil {
		return nil, err
	}
	maps.Copy(plugin, map[string]any{
		"name": "tap-zendesk-talk", "namespace": "tap_zendesk_talk", "variant": "tap-zendesk-talk",
		"label": "Zendesk Talk", "description": "Zendesk Talk calls and call legs",
		"executable": "tap-zendesk-talk", "pip_url": "tap-zendesk-talk", "log_parser": "singer-sdk",
		"keywords": []string{"api"}, "select": []string{"*.*"},
		"docs":       "https://" + module + "/blob/main/docs/operate.md#meltano",
		"domain_url": "https://developer.zendesk.com/api-reference/voice/talk-api/incremental_exports/",
		"logo_url":   "/assets/logos/extractors/zendesk-talk.png", "repo": "https://" + module,
		"maintenance_status": "active", "quality": "unknown",
		"supported_python_versions": tap.PythonVersions(),
	})
	const header = "# Generated, to be sent to Meltano Hub as " +
		"_data/meltano/extractors/tap-zendesk-talk/tap-zendesk-talk.yml.\n"
	text, err := toYAML(plugin)
	return append([]byte(header), text...), err
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
	case s.Type() != "string":
		return s.Type()
	}
	return ""
}

// toYAML writes v the way Meltano's own files are written: two spaces, lists not indented, and a description on one
// line, so that a changed word is a changed line.
func toYAML(v any) ([]byte, error) { return yaml.Dump(v, yaml.WithLineWidth(-1)) }

// project returns meltano.yml with the plugin's definition made anew: it stands between two comments, and all else in
// the file is written by hand.
func project() ([]byte, error) {
	const indent = "    "
	plugin, err := meltanoPlugin()
	if err != nil {
		return nil, err
	}
	text, err := toYAML(plugin)
	if err != nil {
		return nil, err
	}
	old, err := os.ReadFile(projectFile)
	if err != nil {
		return nil, fmt.Errorf("reading the project to complete: %w", err)
	}
	block := indent + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n"+indent)
	return between(old, "# Generated (go generate ./...):\n", indent+"# End of the generated part.\n", block+"\n")
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

package tap

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/schemas"
)

const description = "Singer tap for Zendesk Talk: calls and call legs out of the Incremental Exports API."

// Capabilities returns the Singer and Meltano features that the tap has, by the names that Meltano knows.
func Capabilities() []string {
	return []string{"about", "catalog", "discover", "state", "structured-logging", "test"}
}

// PythonVersions returns the versions of Python whose pip installs the wheels, for Meltano's Hub; no Python runs the
// tap.
func PythonVersions() []string { return []string{"3.10", "3.11", "3.12", "3.13", "3.14"} }

// about returns the tap's description of itself as "json" (what Meltano's Hub reads), "markdown" or "text".
func about(format string) []byte {
	switch format {
	case "json":
		return aboutJSON()
	case "markdown":
		return aboutMarkdown()
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Name:         %s\nDescription:  %s\nVersion:      %s\nCapabilities: %s\n\nSettings:\n",
		programName, description, version(), strings.Join(Capabilities(), ", "))
	for _, s := range AllSettings() {
		fmt.Fprintf(&b, "\n  %s (%s)%s\n", s.Name, s.Type(), suffix(s))
		for _, line := range wrap(s.Description, 100) {
			fmt.Fprintf(&b, "      %s\n", line)
		}
	}
	return b.Bytes()
}

// suffix tells of a setting's default, options and secrecy, in brackets.
func suffix(s Setting) string {
	var parts []string
	if s.Secret {
		parts = append(parts, "secret")
	}
	if s.Options != nil {
		parts = append(parts, "one of "+strings.Join(s.Options, ", "))
	}
	if s.Default != "" {
		parts = append(parts, "default "+s.Default)
	}
	if parts == nil {
		return ""
	}
	return " [" + strings.Join(parts, "; ") + "]"
}

// wrap breaks text into lines of at most width bytes, where its words allow it.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// aboutJSON has the keys that the Meltano SDK prints.
func aboutJSON() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	// Encoding strings and valid JSON into a buffer can't fail.
	_ = enc.Encode(struct {
		Name                    string          `json:"name"`
		Description             string          `json:"description"`
		Version                 string          `json:"version"`
		SDKVersion              *string         `json:"sdk_version"`
		SupportedPythonVersions []string        `json:"supported_python_versions"`
		Capabilities            []string        `json:"capabilities"`
		Settings                json.RawMessage `json:"settings"`
	}{programName, description, version(), nil, PythonVersions(), Capabilities(), schemas.Config()})
	return b.Bytes()
}

// aboutMarkdown is the part of a README that can be generated.
func aboutMarkdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# `%s`\n\n%s\n\n## Capabilities\n\n", programName, description)
	for _, c := range Capabilities() {
		fmt.Fprintf(&b, "* `%s`\n", c)
	}
	fmt.Fprintf(&b, "\n## Settings\n\n%s\n", SettingsTable())
	fmt.Fprintf(&b, "With `--config ENV` each setting is also read from the environment: "+
		"`subdomain` from `%sSUBDOMAIN`, and so on.\n", environmentPrefix)
	return b.Bytes()
}

// SettingsTable returns all settings as a Markdown table.
func SettingsTable() string {
	var b strings.Builder
	markdown := strings.NewReplacer("|", `\|`, "<", "&lt;") // or <subdomain> would be taken for a tag
	b.WriteString("| Setting | Default | Description |\n| :--- | :--- | :--- |\n")
	for _, s := range AllSettings() {
		def := "none"
		if s.Default != "" {
			def = "`" + s.Default + "`"
		}
		text := s.Description
		if s.Secret {
			text += " Sensitive."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Name, def, markdown.Replace(text))
	}
	return b.String()
}

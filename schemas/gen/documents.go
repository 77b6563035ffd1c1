package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

// page returns a function that returns a document with its generated parts made anew. A part stands between two
// comments,
//
//	<!-- generated: NAME -->
//	<!-- end -->
//
// and its name says what it is. All else in the file is written by hand.
func page(path string) func() ([]byte, error) {
	return func() ([]byte, error) {
		text, err := os.ReadFile(filepath.FromSlash(path))
		if err != nil {
			return nil, fmt.Errorf("reading the page to complete: %w", err)
		}
		var errs []error
		mark := regexp.MustCompile(`(?s)(<!-- generated: ([^ ]+) -->\n).*?(<!-- end -->)`)
		text = mark.ReplaceAllFunc(text, func(old []byte) []byte {
			groups := mark.FindSubmatch(old)
			body, err := part(string(groups[2]))
			errs = append(errs, err)
			return fmt.Appendf(nil, "%s\n%s\n%s", groups[1], body, groups[3])
		})
		if len(errs) == 0 {
			return nil, fmt.Errorf("found no <!-- generated: NAME --> in %s", path)
		}
		return text, errors.Join(errs...)
	}
}

// part returns a generated part of a document by its name.
func part(name string) (string, error) {
	switch name {
	case "settings":
		return tap.SettingsTable(), nil
	case "streams":
		return streamsTable()
	case "troubleshooting":
		return tap.Troubleshooting(), nil
	}
	return "", fmt.Errorf("nothing generates a part %q", name)
}

// streamsTable shows each stream with what a row of it is and how many fields of Zendesk's it has.
func streamsTable() (string, error) {
	var b strings.Builder
	b.WriteString("| Stream | One row is | Fields |\n| :--- | :--- | :--- |\n")
	for _, d := range tap.Definitions() {
		schema, err := streamSchema(d.Row)
		if err != nil {
			return "", err
		}
		doc := gjson.ParseBytes(schema)
		first, _, _ := strings.Cut(doc.Get("description").String(), ". ")
		_, row, _ := strings.Cut(first, " is ")
		fields := len(doc.Get("properties").Map()) - 1 // less _rescued_data
		b.WriteString(tableRow([]string{"`" + d.Name + "`", row, fmt.Sprintf("%d and `_rescued_data`", fields)}))
	}
	return b.String(), nil
}

// fieldsPage returns schemas/FIELDS.md, the reference of all fields.
func fieldsPage() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`# Fields

Generated from the Go structs that the schemas come from; change it there. Every field but ` + "`id`" + ` may be null.
Times are UTC. A date-time is text in RFC 3339, such as 2026-03-17T15:20:00Z; targets make a timestamp of it.
`)
	for _, d := range tap.Definitions() {
		schema, err := streamSchema(d.Row)
		if err != nil {
			return nil, err
		}
		doc := gjson.ParseBytes(schema)
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\nPrimary key `id`, replication key `updated_at`, %d fields.\n",
			d.Name, doc.Get("description"), len(doc.Get("properties").Map()))
		b.WriteString("\n| Field | Type | Description |\n| :--- | :--- | :--- |\n")
		doc.Get("properties").ForEach(func(name, property gjson.Result) bool {
			cells := []string{"`" + name.String() + "`", typeName(property), property.Get("description").String()}
			b.WriteString(tableRow(cells))
			return true
		})
	}
	return b.Bytes(), nil
}

// typeName returns a property's type as people say it.
func typeName(property gjson.Result) string {
	switch kind := property.Get("type.0").String(); {
	case property.Get("format").Exists():
		return property.Get("format").String()
	case kind == "array":
		return "list of " + property.Get("items.type.0").String() + "s"
	default:
		return kind
	}
}

// tableRow returns a row of a Markdown table.
func tableRow(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

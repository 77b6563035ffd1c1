// Command gen writes the files of this repository that follow from its Go code. Run it from the
// root of the module, as "go generate ./..." does; it takes no arguments.
//
// A generated file is one row of the table in outputs: a path, and a function that returns what the
// file should hold. The same table serves the test that fails when a committed file is stale.
// Writing the same thing twice gives the same bytes.
//
// It is a package of its own so that the schema library it needs stays out of the tap.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// An output is one generated file.
type output struct {
	path    string                 // relative to the root of the module, with slashes
	content func() ([]byte, error) // what the file should hold
}

// outputs lists the generated files.
func outputs() []output {
	all := []output{
		{"catalog.json", catalog},
		{"schemas/config.json", settingsSchema},
		{projectFile, project},
		{hubFile, hubDefinition},
	}
	for _, d := range tap.Definitions() {
		all = append(all, output{"schemas/" + d.Name + ".json", func() ([]byte, error) { return streamSchema(d.Row) }})
	}
	all = append(all, output{"schemas/FIELDS.md", fieldsPage})
	for _, path := range []string{"README.md", "docs/troubleshooting.md"} {
		all = append(all, output{path, page(path)})
	}
	return all
}

// write writes every output. The working directory is the root of the module.
func write() error {
	for _, o := range outputs() {
		content, err := o.content()
		if err != nil {
			return fmt.Errorf("generating %s: %w", o.path, err)
		}
		if err := os.WriteFile(filepath.FromSlash(o.path), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

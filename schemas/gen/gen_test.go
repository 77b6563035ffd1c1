package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Each committed file is what the generator writes. The test is not parallel, since the generator runs at the root of
// the module.
func TestOutputsAreFresh(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	for _, o := range outputs() {
		want, err := o.content()
		if err != nil {
			t.Fatalf("%s: %v", o.path, err)
		}
		got, err := os.ReadFile(filepath.FromSlash(o.path))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale (error %v): run \"go generate ./...\" and commit what it wrote", o.path, err)
		}
	}
}

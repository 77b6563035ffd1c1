package faults_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

// Every name works, and is in the package documentation with its value.
func TestNames(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, spec := range faults.Names() {
		if seen[spec] {
			t.Errorf("%s is there twice", spec)
		}
		seen[spec] = true
		sc, err := faults.Lookup(spec)
		if err != nil || sc.Name != spec {
			t.Errorf("Lookup(%q): %q, %v", spec, sc.Name, err)
			continue
		}
		name, value, _ := strings.Cut(spec, "=")
		for _, word := range []string{name, value} {
			if !regexp.MustCompile(`(^|[\s,])` + regexp.QuoteMeta(word) + `($|[\s,=:\[])`).Match(doc) {
				t.Errorf("%s: %q is not in the package documentation: add it to doc.go", spec, word)
			}
		}
	}
}

func TestLookupErrors(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"nonsense":       "scenario nonsense: no such name or value",
		"end-time=never": `scenario end-time=never: no such name or value`,
		"unsorted=1":     `scenario unsorted=1: takes no value, got "1"`,
		"page-size=0":    "scenario page-size=0: want a number from 1, got 0",
		"500@soon": `scenario 500@soon: "soon" selects no requests: ` +
			`want 3, 3-5, 3+, every4, p0.1, calls, legs, token or any`,
		"empty@2":          "scenario empty@2: holds for the whole account, not for single requests: leave out the @",
		"row-id=null:x":    `scenario row-id=null:x: strconv.Atoi: parsing "x": invalid syntax`,
		"end-time=ahead:x": `scenario end-time=ahead:x: strconv.Atoi: parsing "x": invalid syntax`,
		"lag=long":         `scenario lag=long: time: invalid duration "long"`,
		"429=date:x":       `scenario 429=date:x: time: invalid duration "xs"`,
	} {
		if _, err := faults.Lookup(spec); err == nil || err.Error() != want {
			t.Errorf("Lookup(%q): %v, want %s", spec, err, want)
		}
	}
}

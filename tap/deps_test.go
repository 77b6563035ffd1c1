package tap_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tap-zendesk-talk/tap-zendesk-talk"

// goList runs "go list" at the root of the module and returns its lines, less empty ones.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", slices.Concat([]string{"list"}, args)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", strings.Join(args, " "), err)
	}
	return slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { return line == "" })
}

// The packages know of each other in one direction only, as the README draws it. What a package imports beside this, in this
// module or outside, is a decision: put it here, and into the README.
func TestImports(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{
		"":                  "tap",
		"tap":               "tap/singer tap/talk tap/talk/talksim tap/warn schemas github.com/tidwall/gjson github.com/schollz/progressbar/v3 golang.org/x/term",
		"tap/warn":          "",
		"tap/singer":        "tap/warn github.com/tidwall/gjson github.com/cespare/xxhash/v2 github.com/go-json-experiment/json github.com/go-json-experiment/json/jsontext",
		"tap/talk":          "tap/warn github.com/go-json-experiment/json/jsontext github.com/tidwall/gjson github.com/klauspost/compress/flate github.com/klauspost/compress/gzip",
		"tap/talk/talksim":  "tap/talk github.com/tidwall/gjson",
		"schemas":           "",
		"schemas/gen":       "tap tap/singer tap/talk tap/talk/talksim schemas github.com/invopop/jsonschema github.com/tidwall/gjson go.yaml.in/yaml/v4",
		"tap/talk/talksim/": "tap/talk/talksim github.com/tidwall/gjson", // the programs below it
	}
	for _, line := range goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...") {
		pkg, imports, _ := strings.Cut(line, " ")
		pkg = strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
		list, known := allowed[pkg]
		if strings.HasPrefix(pkg, "tap/talk/talksim/") {
			list, known = allowed["tap/talk/talksim/"], true
		}
		if !known {
			t.Errorf("the package %s is new: say here what it may import", pkg)
			continue
		}
		for path := range strings.FieldsSeq(imports) {
			short := strings.TrimPrefix(path, module+"/")
			if strings.Contains(short, ".") || short != path {
				if !slices.Contains(strings.Fields(list), short) {
					t.Errorf("%s must not import %s: see the picture of the packages in the README", "/"+pkg, short)
				}
			}
		}
	}
}

// The schema library is for the generator: linked into the program it would be dead weight.
func TestProgramDoesNotLinkTheGenerator(t *testing.T) {
	t.Parallel()
	for _, path := range goList(t, "-deps", ".") {
		for _, stranger := range []string{"github.com/invopop/", module + "/schemas/gen", "github.com/santhosh-tekuri/", "github.com/rogpeppe/", "github.com/google/go-cmp", "testing"} {
			if path == stranger || strings.HasSuffix(stranger, "/") && strings.HasPrefix(path, stranger) {
				t.Errorf("the program links %s: go list -deps . must not name it", path)
			}
		}
	}
}

// A file's packages come from this module, the standard library, or a module named in go.mod as needed by itself: go.mod must not
// call those indirect.
func TestGoModIsTidy(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	needed := goList(t, "-test", "-f", `{{join .Imports "\n"}}`, "./...")
	for _, m := range regexp.MustCompile(`(?m)^\s+(\S+) v\S+( // indirect)?$`).FindAllStringSubmatch(string(data), -1) {
		direct := slices.ContainsFunc(needed, func(path string) bool { return path == m[1] || strings.HasPrefix(path, m[1]+"/") })
		if direct != (m[2] == "") {
			t.Errorf("go.mod: %s is marked%s, and the module's own packages import it: %t. Run \"go mod tidy\"", m[1], m[2], direct)
		}
	}
}

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

// The packages import each other in one direction only, as the README draws it. Each further import, from this module
// or from outside, is a decision: put it here, and into the README.
func TestImports(t *testing.T) {
	t.Parallel()
	const (
		gjson    = " github.com/tidwall/gjson"
		json     = " github.com/go-json-experiment/json"
		jsontext = " github.com/go-json-experiment/json/jsontext"
		gzip     = " github.com/klauspost/compress/flate github.com/klauspost/compress/gzip"
		httpguts = " golang.org/x/net/http/httpguts"
		sim      = " tap/talk/talksim tap/talk/talksim/desk"
	)
	allowed := map[string]string{
		"":           "tap",
		"tap":        "tap/singer tap/talk tap/warn schemas golang.org/x/term" + sim + gjson + httpguts,
		"tap/warn":   "",
		"tap/singer": "tap/warn github.com/cespare/xxhash/v2" + json + jsontext,
		"tap/talk":   "tap/warn golang.org/x/net/http/httpproxy" + jsontext + gjson + gzip,

		"tap/talk/talksim":        "",
		"tap/talk/talksim/desk":   "tap/talk tap/talk/talksim" + json + jsontext,
		"tap/talk/talksim/faults": "tap/talk/talksim" + jsontext,
		"tap/talk/talksim/serve":  "tap/talk/talksim/faults" + sim,

		"schemas":     "",
		"schemas/gen": "tap tap/singer tap/talk schemas github.com/invopop/jsonschema go.yaml.in/yaml/v4" + sim + gjson,
	}
	for _, line := range goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...") {
		pkg, imports, _ := strings.Cut(line, " ")
		pkg = strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
		list, known := allowed[pkg]
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

// The schema library is for the generator, and the scenarios are for tests and the served simulator: linked into the
// program they would be dead weight.
func TestProgramLinksWhatItNeedsOnly(t *testing.T) {
	t.Parallel()
	strangers := []string{
		"github.com/invopop/", module + "/schemas/gen", module + "/tap/talk/talksim/faults",
		"github.com/santhosh-tekuri/", "github.com/rogpeppe/", "github.com/google/go-cmp", "testing",
	}
	for _, path := range goList(t, "-deps", ".") {
		for _, stranger := range strangers {
			if path == stranger || strings.HasSuffix(stranger, "/") && strings.HasPrefix(path, stranger) {
				t.Errorf("the program links %s: go list -deps . must not name it", path)
			}
		}
	}
}

// A file's packages come from this module, the standard library, or a module named in go.mod as needed by itself:
// go.mod must not call those indirect.
func TestGoModIsTidy(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	needed := goList(t, "-test", "-f", `{{join .Imports "\n"}}`, "./...")
	for _, m := range regexp.MustCompile(`(?m)^\s+(\S+) v\S+( // indirect)?$`).FindAllStringSubmatch(string(data), -1) {
		direct := slices.ContainsFunc(needed, func(path string) bool {
			return path == m[1] || strings.HasPrefix(path, m[1]+"/")
		})
		if direct != (m[2] == "") {
			t.Errorf("go.mod: %s is marked%s, and the module's own packages import it: %t. Run \"go mod tidy\"",
				m[1], m[2], direct)
		}
	}
}

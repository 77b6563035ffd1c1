package tap_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// The README's steps to add a field work: they are followed here on a copy of the source, with a field of calls that
// Zendesk does not have. The last step runs every test there, this one only those that hold that each field is in a
// sample of the API and in the simulated account.
func TestFieldsAreAddedAsTheReadmeTells(t *testing.T) {
	t.Parallel()
	_, steps, _ := strings.Cut(readRoot(t, "README.md"), "\n**To add a field**")
	steps, _, _ = strings.Cut(steps, "\n**To add")
	var commands []string
	for _, m := range regexp.MustCompile("`(go [^`]+)`").FindAllStringSubmatch(steps, -1) {
		commands = append(commands, m[1])
	}
	const update = "go test ./tap -run TestScripts -update"
	if got := strings.Join(commands, "\n"); got != "go generate ./...\n"+update+"\ngo test ./..." {
		t.Fatalf("README.md tells to run\n%s\nwhich is not what this test does", got)
	}

	dir := copySource(t)
	for _, name := range []string{".github", "docs", "testdata"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join("..", name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"README.md", "catalog.json", "meltano.yml"} {
		writeFile(t, filepath.Join(dir, name), readRoot(t, name))
	}
	const comment = "Name of the tune that the customer heard on hold; null without one."
	insert(t, dir, "tap/talk/call.go", "\t// Minutes charged for",
		"\t// "+comment+"\n\tHoldMusic *string `json:\"hold_music\"`\n")
	insert(t, dir, "tap/talk/talksim/desk/outcomes.go", "\tc.wait = d.some(25)\n",
		"\tc.HoldMusic = new(\"Opus No. 1\")\n")
	const page = `{"calls":[{"id":1,"updated_at":"2026-11-27T08:00:00Z","hold_music":"Opus No. 1"}],
		"count":1,"end_time":1795766400,"next_page":null}`
	writeFile(t, filepath.Join(dir, "testdata", "api", "calls_with_music.json"), page)

	goIn(t, dir, "generate", "./...")
	catalog := readFile(t, filepath.Join(dir, "catalog.json"))
	field := gjson.Get(catalog, `streams.#(tap_stream_id=="calls").schema.properties.hold_music`)
	if field.Get("description").Str != comment || field.Get("type").Raw == "" {
		t.Errorf("catalog.json has of the new field: %s", field.Raw)
	}
	goIn(t, dir, "test", "-vet=off", "./tap", "-run", "TestScripts/sync", "-update")
	for name, want := range map[string]string{
		"schemas/calls.json":         `"hold_music"`,
		"schemas/FIELDS.md":          "| `hold_music` | string | " + comment,
		"testdata/script/sync.txtar": `,"hold_music":null,`,
	} {
		if !strings.Contains(readFile(t, filepath.Join(dir, filepath.FromSlash(name))), want) {
			t.Errorf("after these steps %s lacks %s", name, want)
		}
	}
	goIn(t, dir, "test", "-vet=off", "./schemas", "./tap/talk/talksim/desk", "-run", "Field")
}

// insert puts text before the first place of a file that begins with mark.
func insert(t *testing.T, dir, name, mark, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	old := readFile(t, path)
	before, after, ok := strings.Cut(old, mark)
	if !ok {
		t.Fatalf("%s has no %q any more: name another place for the new line", name, mark)
	}
	writeFile(t, path, before+text+mark+after)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// goIn runs the go command in a copy of the source. Without the folder's name in what it builds, the next run of this
// test finds it in the build cache.
func goIn(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOFLAGS=-trimpath")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, abridged(string(out)))
	}
}

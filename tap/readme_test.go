package tap_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

// readRoot returns a file at the root of the repository.
func readRoot(t *testing.T, name string) string {
	t.Helper()
	return strings.ReplaceAll(readFile(t, filepath.Join("..", name)), "\r\n", "\n")
}

// documents returns the paths of all documents that people read, from the root of the repository, with slashes.
func documents(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "schemas/*.md", "testdata/*/*.md"} {
		paths, err := fs.Glob(os.DirFS(".."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, paths...)
	}
	return all
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A shownCommand is a command that a document shows, and what it shows as printed; "…" stands there for any text.
type shownCommand struct{ line, want string }

// consoleBlocks returns the commands of each ```console block of a document. In these, a line that begins with "$ " is
// a command, and the lines behind it are what it prints on stdout and stderr.
func consoleBlocks(document string) (blocks [][]shownCommand) {
	for _, m := range regexp.MustCompile("(?ms)^```console\n(.*?)^```$").FindAllStringSubmatch(document, -1) {
		var block []shownCommand
		for line := range strings.Lines(m[1]) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				block = append(block, shownCommand{line: strings.TrimSpace(command)})
			} else if len(block) > 0 {
				block[len(block)-1].want += line
			}
		}
		blocks = append(blocks, block)
	}
	return blocks
}

// What a ```console block shows is run as it is printed, in an empty folder, with the program as it is built here for
// "go run ." (TestReadmeServesTheSimulatedAccount has the real one). Commands that need a target, Meltano or an account
// stand in ```sh blocks; .ci/e2e runs those.
func TestShownCommandsPrintWhatIsShown(t *testing.T) {
	t.Parallel()
	found := 0
	for _, document := range documents(t) {
		for _, block := range consoleBlocks(readRoot(t, document)) {
			found++
			t.Run(document+" "+block[0].line, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				for _, c := range block {
					got := runShown(t, dir, c.line)
					if !matches(steady(c.want), steady(got)) {
						t.Errorf("%q does not print what %s shows: correct one of them\nshown:\n%s\nprinted:\n%s",
							c.line, document, c.want, abridged(got))
					}
				}
			})
		}
	}
	if found < 3 {
		t.Errorf("found %d ```console blocks, want the three of README.md at least", found)
	}
}

// copySource copies what "go run ." needs to a new folder.
func copySource(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(readRoot(t, name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"tap", "schemas"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join("..", name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runShown runs a command as a shell would, as far as documents need one, and returns stdout and stderr as they came.
func runShown(t *testing.T, dir, line string) string {
	t.Helper()
	words, to, redirected := strings.Cut(line, " > ")
	args := strings.Fields(words)
	var stdout, all bytes.Buffer
	switch {
	case strings.HasPrefix(words, "tail -n 1 ") && len(args) == 4:
		text, err := os.ReadFile(filepath.Join(dir, args[3]))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		lines := slices.Collect(strings.Lines(string(text)))
		stdout.WriteString(lines[len(lines)-1])
	case strings.HasPrefix(words, "go run . "):
		cmd := exec.CommandContext(t.Context(), tap.Program(t), args[3:]...)
		cmd.Dir = dir
		cmd.Stdout, cmd.Stderr = &all, &all
		if redirected {
			cmd.Stdout = &stdout
		}
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, abridged(all.String()))
		}
	default:
		t.Fatalf("%q in a ```console block: this test knows \"go run .\", tail -n 1 FILE and > FILE: use ```sh", line)
	}
	if !redirected {
		return all.String() + stdout.String()
	}
	if err := os.WriteFile(filepath.Join(dir, to), stdout.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// steady takes out what differs from run to run.
func steady(output string) string {
	output = regexp.MustCompile(`"time_extracted":"[^"]*"`).ReplaceAllString(output, `"time_extracted":""`)
	times := regexp.MustCompile(`requests, [\d.]+(ms|µs|s) of which [\d.]+(ms|µs|s) waiting`)
	return times.ReplaceAllString(output, "requests, 0s of which 0s waiting")
}

// matches reports whether text is pattern, in which each "…" stands for any text.
func matches(pattern, text string) bool {
	pieces := strings.Split(pattern, "…")
	first, last := pieces[0], pieces[len(pieces)-1]
	if len(pieces) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, first)
	if !ok {
		return false
	}
	for _, piece := range pieces[1 : len(pieces)-1] {
		if _, text, ok = strings.Cut(text, piece); !ok {
			return false
		}
	}
	return strings.HasSuffix("\n"+text, last)
}

// abridged shortens output to what fits a failure message.
func abridged(output string) string {
	var b strings.Builder
	lines := strings.Split(output, "\n")
	for i, line := range lines {
		if i < 20 || i >= len(lines)-20 {
			b.WriteString(line[:min(len(line), 200)] + "\n")
		}
	}
	return b.String()
}

func TestReadmeGivesAReasonForEachDependency(t *testing.T) {
	t.Parallel()
	const imports = `{{join .Imports "\n"}}{{"\n"}}{{join .TestImports "\n"}}{{"\n"}}{{join .XTestImports "\n"}}`
	list := exec.CommandContext(t.Context(), "go", "list", "-f", imports, "./...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	_, section, _ := strings.Cut(readRoot(t, "README.md"), "\n### Dependencies\n")
	var named []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		named = append(named, m[1])
	}
	used := make(map[string]bool)
	for path := range strings.FieldsSeq(string(out)) {
		host, _, _ := strings.Cut(path, "/")
		if !strings.Contains(host, ".") || strings.HasPrefix(path, "github.com/tap-zendesk-talk/") {
			continue
		}
		i := slices.IndexFunc(named, func(module string) bool {
			return path == module || strings.HasPrefix(path, module+"/")
		})
		if i < 0 {
			t.Errorf("%s is imported, but not in README.md's table of dependencies: add its module and why", path)
			continue
		}
		used[named[i]] = true
	}
	for _, module := range named {
		if !used[module] {
			t.Errorf("%s is in README.md's table of dependencies, but nothing imports it: take it out", module)
		}
	}
}

// The README stays short enough to be read to its end. Further detail belongs into a document of its own under docs.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	const most = 250
	if n := strings.Count(readRoot(t, "README.md"), "\n"); n > most {
		t.Errorf("README.md has %d lines, want at most %d", n, most)
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, document := range documents(t) {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(readRoot(t, document), -1) {
			if strings.HasPrefix(m[1], "https://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			if file = path.Join(path.Dir(document), file); strings.HasPrefix(m[1], "#") {
				file = document
			}
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(file))); err != nil {
				t.Errorf("%s links to %s: %v", document, m[1], err)
			} else if anchor != "" && !slices.Contains(anchors(readRoot(t, file)), anchor) {
				t.Errorf("%s links to %s, but %s has no such heading", document, m[1], file)
			}
		}
	}
}

// anchors returns the names by which links reach the headings of a document, as GitHub makes them.
func anchors(document string) (names []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(document, -1) {
		name := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

// Comments and tests cite the two documents by the names of their headings.
func TestCitedHeadingsExist(t *testing.T) {
	t.Parallel()
	citation := regexp.MustCompile(`(docs/[a-z-]+\.md),?\s+(?://\s+|#\s+)?"([^"]+)"`)
	cited := 0
	for name, text := range sources(t) {
		for _, m := range citation.FindAllStringSubmatch(text, -1) {
			cited++
			heading := strings.Join(strings.Fields(strings.NewReplacer("//", "", "#", "").Replace(m[2])), " ")
			if !strings.Contains(readRoot(t, m[1]), "\n## "+heading+"\n") {
				t.Errorf("%s cites %s, %q, which has no such heading", name, m[1], heading)
			}
		}
	}
	if cited == 0 {
		t.Error("nothing cites a heading, as comments do by the document's path, a comma, and the heading in quotes")
	}
}

// Every document that is named anywhere is in this repository, but for a few public ones.
func TestNamedDocumentsExist(t *testing.T) {
	t.Parallel()
	elsewhere := []string{"SPEC.md", "SYNC_MODE.md", "BEHAVIOR.md"} // of the Singer specification, and of a connector
	texts := sources(t)
	here := func(document string) bool {
		for name := range texts {
			if name == document || strings.HasSuffix(name, "/"+document) {
				return true
			}
		}
		return slices.Contains(elsewhere, path.Base(document))
	}
	for name, text := range texts {
		for _, document := range regexp.MustCompile(`[\w/-]+\.md\b`).FindAllString(text, -1) {
			if _, inside, ok := strings.Cut(document, "/blob/main/"); ok {
				document = inside // by its address on GitHub
			}
			if !here(strings.TrimLeft(document, "/")) {
				t.Errorf("%s names %s, which is not in the repository", name, document)
			}
		}
	}
}

// hidden reports whether a directory is none of the repository's own: .git, or what Meltano and Python leave behind.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") && name != "." && !slices.Contains([]string{".ci", ".github"}, name)
}

// sources returns the text of the repository's files that people write, by their paths from its root, with slashes.
func sources(t *testing.T) map[string]string {
	t.Helper()
	kinds := []string{"", ".go", ".md", ".txtar", ".py", ".sh", ".sql", ".yml"}
	texts := make(map[string]string)
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (hidden(name) || path.Base(name) == "fuzz" || name == "dist"):
			return fs.SkipDir
		case entry.IsDir() || !slices.Contains(kinds, path.Ext(name)):
			return nil
		}
		info, err := entry.Info()
		if err != nil || info.Size() > 1<<20 { // a program that was built here
			return err
		}
		texts[name] = readRoot(t, filepath.FromSlash(name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// Each source that docs/zendesk-api.md names in brackets is in its list, and each in the list is named.
func TestSourcesOfTheAPIAreListed(t *testing.T) {
	t.Parallel()
	text, list, _ := strings.Cut(readRoot(t, "docs/zendesk-api.md"), "\n## Sources\n")
	tag := regexp.MustCompile(`\[([a-z][a-z0-9-]*(?: \d+)?)\](?:[^(]|$)`)
	named, listed := make(map[string]bool), make(map[string]bool)
	for _, m := range tag.FindAllStringSubmatch(text, -1) {
		named[m[1]] = true
	}
	for _, m := range tag.FindAllStringSubmatch(list, -1) {
		listed[m[1]] = true
	}
	if diff := cmp.Diff(named, listed); diff != "" || len(named) < 30 {
		t.Errorf("%d sources are named (-named +listed):\n%s", len(named), diff)
	}
}

// docs/guarantees.md gives the numbers of histories and of kills that .ci/run plays.
func TestGuaranteesTellHowOftenTheyAreProved(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"histories", "kills"} {
		m := regexp.MustCompile(`(?m)^` + name + `=(\d+)`).FindStringSubmatch(readRoot(t, ".ci/run"))
		if m == nil {
			t.Errorf(".ci/run does not set %s", name)
			continue
		}
		want := regexp.MustCompile(`(\d)(\d{3})$`).ReplaceAllString(m[1], "$1,$2")
		if !strings.Contains(readRoot(t, "docs/guarantees.md"), " "+want+" ") {
			t.Errorf("docs/guarantees.md does not say that .ci/run has %s %s", want, name)
		}
	}
}

// The program, and with it the wheels, has the version of the newest release in the changelog.
func TestChangelogBeginsWithThisVersion(t *testing.T) {
	t.Parallel()
	var out, log bytes.Buffer
	code := tap.Main(t.Context(), []string{"--version"}, nil, &out, &log)
	release := regexp.MustCompile(`(?m)^## \[(\d[^]]*)\]`).FindStringSubmatch(readRoot(t, "CHANGELOG.md"))
	if want := "tap-zendesk-talk v" + release[1] + "\n"; code != 0 || out.String() != want {
		t.Errorf("--version printed %q (exit code %d), want %q as CHANGELOG.md has it: raise both together",
			out.String(), code, want)
	}
}

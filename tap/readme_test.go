package tap_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

// readRoot returns a file at the root of the repository.
func readRoot(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// A shownCommand is a command that the README shows, and what it shows as printed; "…" stands there for any text.
type shownCommand struct{ line, want string }

// consoleBlocks returns the commands of each ```console block of a document. In these, a line that begins with "$ " is a
// command, and the lines behind it what it prints on stdout and stderr.
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

// What needs no account is run as it is printed, in a folder that holds the program's source and nothing else.
func TestReadmeCommandsPrintWhatItShows(t *testing.T) {
	t.Parallel()
	blocks := consoleBlocks(readRoot(t, "README.md"))
	if len(blocks) == 0 {
		t.Fatal("README.md has no ```console block: the commands that need no account belong into one")
	}
	for _, block := range blocks {
		t.Run(block[0].line, func(t *testing.T) {
			t.Parallel()
			dir := copySource(t)
			for _, c := range block {
				got := runShown(t, dir, c.line)
				if !matches(steady(c.want), steady(got)) {
					t.Errorf("%q does not print what README.md shows: correct the one that is wrong\nshown:\n%s\nprinted:\n%s", c.line, c.want, abridged(got))
				}
			}
		})
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

// runShown runs a command as a shell would, as far as the README needs one, and returns stdout and stderr as they came.
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
	case args[0] == "go":
		cmd := exec.CommandContext(t.Context(), "go", args[1:]...)
		cmd.Dir = dir
		// Without the folder's name in the program, the next run of this test finds it in the build cache.
		cmd.Env = append(cmd.Environ(), "GOFLAGS=-trimpath")
		cmd.Stdout, cmd.Stderr = &all, &all
		if redirected {
			cmd.Stdout = &stdout
		}
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, abridged(all.String()))
		}
	default:
		t.Fatalf("%q in a ```console block of README.md: this test knows go, tail -n 1 FILE and > FILE only; other commands belong into a ```sh block", line)
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
	return regexp.MustCompile(`[\d.]+(ms|µs|s) of which [\d.]+(ms|µs|s) waiting`).ReplaceAllString(output, "0s of which 0s waiting")
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

// Whoever looks an error up in the README finds the words that the program says.
func TestReadmeMessagesAreThoseOfTheProgram(t *testing.T) {
	t.Parallel()
	said := sourceText(t)
	_, section, _ := strings.Cut(readRoot(t, "README.md"), "\n## Troubleshooting\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1)
	if len(rows) < 30 {
		t.Errorf("found %d messages under Troubleshooting, want at least 30: each row of its table begins with one in backticks", len(rows))
	}
	for _, row := range rows {
		for piece := range strings.SplitSeq(row[1], "…") {
			if !strings.Contains(said, strings.TrimSpace(piece)) {
				t.Errorf("README.md, Troubleshooting: no source file of tap/ says %q any more: correct the row of %q", piece, row[1])
			}
		}
	}
}

// sourceText is the program's source with its string literals joined, but no tests.
func sourceText(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		b.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	joined := regexp.MustCompile(`["`+"`"+`]\s*\+\s*["`+"`"+`]`).ReplaceAllString(b.String(), "")
	return strings.ReplaceAll(joined, `\"`, `"`)
}

func TestReadmeGivesAReasonForEachDependency(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-f", `{{join .Imports "\n"}}{{"\n"}}{{join .TestImports "\n"}}{{"\n"}}{{join .XTestImports "\n"}}`, "./...")
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
		i := slices.IndexFunc(named, func(module string) bool { return path == module || strings.HasPrefix(path, module+"/") })
		if i < 0 {
			t.Errorf("%s is imported, but not in the table under Dependencies in README.md: add its module with the reason", path)
			continue
		}
		used[named[i]] = true
	}
	for _, module := range named {
		if !used[module] {
			t.Errorf("%s is in the table under Dependencies in README.md, but nothing imports it: take it out", module)
		}
	}
}

func TestReadmeLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	text := readRoot(t, "README.md")
	anchors := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		anchor := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(m[1]), "")
		anchors[strings.ReplaceAll(anchor, " ", "-")] = true
	}
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		link := m[1]
		anchor, local := strings.CutPrefix(link, "#")
		switch {
		case local && !anchors[anchor]:
			t.Errorf("README.md links to %s, but has no such heading", link)
		case local, strings.HasPrefix(link, "https://"):
		default:
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(link))); errors.Is(err, fs.ErrNotExist) {
				t.Errorf("README.md links to %s, which does not exist", link)
			}
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
		t.Errorf("--version printed %q (exit code %d), want %q as CHANGELOG.md has it: raise both together", out.String(), code, want)
	}
}

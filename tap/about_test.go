package tap_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	got := run(t, 0, "--version").stdout
	if !regexp.MustCompile(`^tap-zendesk-talk v\d+\.\d+\.\d+\S*\n$`).MatchString(got) {
		t.Errorf("got %q, want one line: the name and a version", got)
	}
	version := gjson.Get(run(t, 0, "--about", "--format=json").stdout, "version").Str
	if about := "tap-zendesk-talk v" + version + "\n"; about != got {
		t.Errorf("--version prints %q, --about knows %q", got, about)
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	stdout := run(t, 0, "--about", "--format=json").stdout
	if !gjson.Valid(stdout) {
		t.Fatalf("not JSON: %s", stdout)
	}
	about := gjson.Parse(stdout)
	if about.Get("name").Str != "tap-zendesk-talk" || about.Get("description").Str == "" ||
		about.Get("sdk_version").Type != gjson.Null {
		t.Errorf("name, description or sdk_version are wrong: %.300s", stdout)
	}
	for _, v := range about.Get("supported_python_versions").Array() {
		if !regexp.MustCompile(`^3\.\d+$`).MatchString(v.Str) {
			t.Errorf("Meltano's Hub takes no Python version %q", v.Str)
		}
	}
	const capabilities = `["about","catalog","discover","state","structured-logging","test"]`
	if got := compact(t, about.Get("capabilities")); got != capabilities {
		t.Errorf("capabilities: got %s, want what there is, and no more", got)
	}
	settings := about.Get("settings")
	if settings.Get("type").Str != "object" || !settings.Get("required").IsArray() {
		t.Errorf("settings: type or required is missing: %.300s", settings.Raw)
	}
	var secrets, names []string
	settings.Get("properties").ForEach(func(name, p gjson.Result) bool {
		names = append(names, name.Str)
		if p.Get("title").Str == "" || p.Get("description").Str == "" || !p.Get("type").IsArray() {
			t.Errorf("%s: title, description or type is missing: %s", name.Str, p.Raw)
		}
		if p.Get("secret").Bool() != p.Get("writeOnly").Bool() {
			t.Errorf("%s: secret and writeOnly belong together: %s", name.Str, p.Raw)
		}
		if p.Get("secret").Bool() {
			secrets = append(secrets, name.Str)
		}
		return true
	})
	if want := []string{"client_secret", "access_token", "api_token"}; !slices.Equal(secrets, want) {
		t.Errorf("secrets: got %q, want %q", secrets, want)
	}
	for _, format := range []string{"text", "markdown"} {
		document := run(t, 0, "--about", "--format", format).stdout
		for _, name := range names {
			if !strings.Contains(document, name) {
				t.Errorf("--about --format %s does not mention %s", format, name)
			}
		}
	}
}

// A flag may be written with one dash or two, short or long, with a space or "=".
func TestFlags(t *testing.T) {
	t.Parallel()
	sim, url := simulate(t, smallAccount())
	settings := config(t, url)
	catalog := write(t, "catalog.json", `{"streams":[{"tap_stream_id":"calls"}]}`)
	state := write(t, "state.json", `{"bookmarks":{"calls":{"end_time":1769846420}}}`)
	want := run(t, 0, "--config", settings, "--catalog", catalog, "--state", state)
	if len(want.records("calls")) != 1 {
		t.Fatalf("got %d calls, want the one of the last second", len(want.records("calls")))
	}
	forms := [][3]string{ // of --config, --catalog, --state
		{"-c", "-p", "-s"},
		{"-config", "-catalog", "-state"},
		{"--config", "--catalog", "--state"},
		{"--c", "--properties", "--s"},
		{"-c", "-properties", "-s"},
	}
	for _, f := range forms {
		before := len(sim.Requests())
		apart := run(t, 0, f[1], catalog, f[2], state, f[0], settings)
		joined := run(t, 0, f[0]+"="+settings, f[1]+"="+catalog, f[2]+"="+state)
		if !slices.Equal(timeless(apart.stdout), timeless(want.stdout)) ||
			!slices.Equal(timeless(joined.stdout), timeless(want.stdout)) {
			t.Errorf("%q: got\n%s\nand\n%s\nwant\n%s", f, apart.stdout, joined.stdout, want.stdout)
		}
		if n := len(sim.Requests()) - before; n != 4 {
			t.Errorf("%q: got %d requests, want 4", f, n)
		}
	}
	for _, d := range []string{"-d", "--discover", "-discover", "--d", "--discover=true"} {
		if got := run(t, 0, d).stdout; !strings.HasPrefix(got, "{\n") {
			t.Errorf("%s: got %.100q, want the catalog", d, got)
		}
	}
}

// Documents show the same settings as the program reads.
func TestSettingsTable(t *testing.T) {
	t.Parallel()
	table := tap.SettingsTable()
	for _, s := range tap.AllSettings() {
		if strings.Count(table, "\n| `"+s.Name+"` |") != 1 {
			t.Errorf("the table of settings must have one row of %s:\n%s", s.Name, table)
		}
	}
	for line := range strings.Lines(table) {
		if n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); n != 4 {
			t.Errorf("a row of %d columns: %s", n-1, line)
		}
	}
}

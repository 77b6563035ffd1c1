package tap_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// TestMain lets the test binary be the target that docs/sync.sh is tested with, and keeps net/http's own lines off
// stderr, as main.go does. Most tests wait for a process or for the loopback network, not for a processor, so they wait
// together.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	flag.Bool("update", false, "rewrite the files that tests compare with")
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"small-target": smallTarget})
}

// A result is what came of a run inside the test.
type result struct {
	code           int
	stdout, stderr string
}

// run runs the program inside the test and checks that its exit code is want.
func run(t *testing.T, want int, args ...string) result {
	t.Helper()
	got := runAny(t, args...)
	if got.code != want {
		t.Fatalf("%v: got exit code %d, want %d\nstderr:\n%s", args, got.code, want, got.stderr)
	}
	return got
}

// runAny runs the program inside the test, without environment variables, and checks that its output keeps to the
// protocol, whatever the exit code.
func runAny(t *testing.T, args ...string) result {
	t.Helper()
	got := runWith(t, nil, args...)
	if got.code != 0 && !strings.HasPrefix(got.lastLogLine(), "CRITICAL ") {
		t.Fatalf("%v: the last line of stderr must begin with CRITICAL: %s", args, got.lastLogLine())
	}
	return got
}

// runWith is runAny with environment variables, which may change what the log looks like.
func runWith(t *testing.T, environ []string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := tap.Main(t.Context(), args, environ, &stdout, &stderr)
	if problems := nonconforming(stdout.Bytes(), args); len(problems) > 0 {
		t.Fatalf("%v: the output breaks the protocol:\n%s", args, strings.Join(problems, "\n"))
	}
	return result{code, stdout.String(), stderr.String()}
}

// lines returns the messages of a type and, unless it is "", a stream, in order.
func (r result) lines(kind, stream string) []gjson.Result {
	var found []gjson.Result
	for line := range strings.Lines(r.stdout) {
		m := gjson.Parse(line)
		if m.Get("type").Str == kind && (stream == "" || m.Get("stream").Str == stream) {
			found = append(found, m)
		}
	}
	return found
}

// records returns the record objects of a stream.
func (r result) records(stream string) []gjson.Result {
	var found []gjson.Result
	for _, m := range r.lines("RECORD", stream) {
		found = append(found, m.Get("record"))
	}
	return found
}

// lastState returns the value of the last line, which must be a STATE.
func (r result) lastState(t *testing.T) gjson.Result {
	t.Helper()
	all := slices.Collect(strings.Lines(r.stdout))
	if len(all) == 0 || gjson.Get(all[len(all)-1], "type").Str != "STATE" {
		t.Fatalf("stdout does not end in a STATE:\n%.2000s", r.stdout)
	}
	return gjson.Get(all[len(all)-1], "value")
}

// lastLogLine returns the last line of stderr.
func (r result) lastLogLine() string {
	return r.stderr[strings.LastIndexByte(strings.TrimSuffix(r.stderr, "\n"), '\n')+1:]
}

// serve offers h on a loopback port for as long as the test runs, and returns its URL.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// simulate serves a simulated account under the given scenarios. Its clock stands still at now.
func simulate(t *testing.T, account *talksim.Account, scenarios ...string) (sim *talksim.Sim, url string) {
	t.Helper()
	sim, err := newSim(account, scenarios...)
	if err != nil {
		t.Fatal(err)
	}
	return sim, serve(t, sim)
}

// write writes a file into a directory of the test's own and returns its name.
func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// config writes a config for the API at url, with further members (JSON, without braces).
func config(t *testing.T, url string, more ...string) string {
	t.Helper()
	members := slices.Concat([]string{standardConfig(url)}, more)
	return write(t, "config.json", "{"+strings.Join(members, ",")+"}")
}

// standardConfig is the login of a simulated account, in a hurry: no waiting for the pace, no second try.
func standardConfig(url string) string {
	return fmt.Sprintf(`"api_url":%q,"access_token":%q,"requests_per_minute":1000,"max_retry_seconds":0`,
		url, talksim.AccessToken)
}

// catalogWith returns the discovered catalog as edit leaves it.
func catalogWith(t *testing.T, edit func(streams map[string]map[string]any)) string {
	t.Helper()
	var catalog struct {
		Streams []map[string]any `json:"streams"`
	}
	if err := json.Unmarshal([]byte(run(t, 0, "--discover").stdout), &catalog); err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]map[string]any)
	for _, s := range catalog.Streams {
		byName[s["tap_stream_id"].(string)] = s
	}
	edit(byName)
	data, err := json.Marshal(catalog)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "catalog.json", string(data))
}

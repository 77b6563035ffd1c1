package tap

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

// The tests of failures_*_test.go are one table of what can go wrong: each row with the exit code and the exact last
// line that somebody finds in the log at night. They run in bubbles of package testing/synctest, so that a row may wait
// for as long as the program does, or over loopback where the wire itself is at fault. Read a row's last line as that
// person would: is it clear what is wrong, and what to do? If you change a text of the program, change it here.

// The simulated account has these secrets. URLs, JSON and base64 write them in other ways.
const (
	secretClient = `cs/+=&"42"`
	secretBearer = "at-0/+=~value"
	secretAPI    = "apitoken/+=value"
	secretProxy  = "proxy-key/+=value"
	secretIssued = "sim-issued-token-" // begins every token that the simulator issues
)

// caller is the part of a row that no log may show.
const caller = "+15550100777"

// night is the time at which each run begins, in Unix seconds.
const night = desk.DemoNow

// A failure is a run that goes wrong, and what it leaves behind.
type failure struct {
	name      string
	args      []string // arguments in front of those that name the files
	bare      bool     // whether args are all there are
	env       map[string]string
	login     string         // "client" if empty, "bearer", "api", or "none"
	settings  map[string]any // settings beside the login; null takes one away
	catalog   string         // content of the catalog file, "" for no file
	state     string         // content of the state file, "" for no file
	account   *talksim.Account
	scenarios []string
	transport http.RoundTripper // used instead of the simulated account, if any

	code  int    // exit code, 1 if 0
	last  string // last line on stderr, with DIR for the files' directory, ID for a request id, N for the attempts
	early bool   // whether it fails before there is anything to write to stdout
	ends  bool   // whether it ends the run, so that the second stream is not tried
	whole string // stream that is complete all the same, "" for none
}

// fails runs each failure of a table.
func fails(t *testing.T, table []failure) {
	t.Helper()
	for _, f := range table {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.check(t, f.run(t))
		})
	}
}

// An ending is what a run leaves behind.
type ending struct {
	code           int
	stdout, stderr string
}

// run runs f in a bubble whose clock shows night.
func (f failure) run(t *testing.T) (e ending) {
	t.Helper()
	dir := t.TempDir()
	args := f.files(t, dir)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Unix(night, 0)))
		transport := f.transport
		if transport == nil {
			transport = f.simulator(t).Transport()
		}
		e = runProgram(args, f.env, transport)
	})
	return e.steady(dir)
}

// steady replaces what differs from run to run.
func (e ending) steady(dir string) ending {
	e.stderr = strings.ReplaceAll(e.stderr, dir+string(filepath.Separator), "DIR/")
	e.stderr = regexp.MustCompile(`\(request id [-0-9a-zA-Z]+\)`).ReplaceAllString(e.stderr, "(request id ID)")
	// Jitter decides how many attempts there are.
	e.stderr = regexp.MustCompile(`after [0-9]+ attempts`).ReplaceAllString(e.stderr, "after N attempts")
	return e
}

// runProgram is Main with a transport. It logs all there is to log, since no secret may be in that either.
func runProgram(args []string, env map[string]string, transport http.RoundTripper) ending {
	var stdout, stderr bytes.Buffer
	environ := environment{"LOGLEVEL=DEBUG"}
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	p := &program{env: environ, stdout: &stdout, stderr: &stderr, transport: transport}
	code := p.main(context.Background(), args)
	return ending{code, stdout.String(), stderr.String()}
}

// files writes the files that f needs into dir, and returns the command line.
func (f failure) files(t *testing.T, dir string) []string {
	t.Helper()
	if f.bare {
		return f.args
	}
	settings := map[string]any{"subdomain": "acme", "extra_headers": map[string]any{"X-Proxy-Key": secretProxy}}
	switch f.login {
	case "":
		maps.Copy(settings, map[string]any{"client_id": talksim.ClientID, "client_secret": secretClient})
	case "bearer":
		maps.Copy(settings, map[string]any{"access_token": secretBearer})
	case "api":
		maps.Copy(settings, map[string]any{"email": talksim.Email, "api_token": secretAPI})
	}
	maps.Copy(settings, f.settings)
	config, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	args := slices.Clone(f.args)
	for _, file := range []struct{ name, content string }{
		{"config", string(config)},
		{"catalog", f.catalog},
		{"state", f.state},
	} {
		if file.content == "" {
			continue
		}
		path := filepath.Join(dir, file.name+".json")
		if err := os.WriteFile(path, []byte(file.content), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--"+file.name, path)
	}
	return args
}

// history returns the account that f reads, which has three calls and four legs of yesterday if f names none.
func (f failure) history() *talksim.Account {
	if f.account != nil {
		return f.account
	}
	a := &talksim.Account{}
	for i := range int64(4) {
		if i < 3 {
			a.Calls = append(a.Calls, oneRow(talksim.Calls, 101+i, night-86400+10*i))
		}
		a.Legs = append(a.Legs, oneRow(talksim.Legs, 1001+i, night-86400+10*i))
	}
	return a
}

// oneRow returns a row with personal data, modified once.
func oneRow(stream string, id, updated int64) talksim.History {
	return talksim.History{ID: id, Versions: []talksim.Version{{
		Updated: updated, Visible: updated, Body: talksim.Body(stream, id, updated, caller),
	}}}
}

// simulator returns the server that f meets.
func (f failure) simulator(t *testing.T) *talksim.Sim {
	t.Helper()
	scenarios, err := faults.Scenarios(f.scenarios...)
	if err != nil {
		t.Fatal(err)
	}
	return talksim.New(talksim.Config{
		Account: f.history(), Scenarios: scenarios,
		ClientSecret: secretClient, AccessToken: secretBearer, APIToken: secretAPI,
	})
}

// check compares what a run left behind with what f expects.
func (f failure) check(t *testing.T, e ending) {
	t.Helper()
	if want := max(f.code, 1); e.code != want {
		t.Errorf("got exit code %d, want %d", e.code, want)
	}
	log := slices.Collect(strings.Lines(e.stderr))
	if got := strings.TrimSuffix(log[len(log)-1], "\n"); got != "CRITICAL "+f.last {
		t.Errorf("last line on stderr:\n got %s\nwant CRITICAL %s", got, f.last)
	}
	levels := []string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
	for _, line := range log {
		if !strings.Contains(line, " ") || !slices.Contains(levels, strings.Fields(line)[0]) {
			if f.code != exitUsage {
				t.Errorf("a line on stderr has no level, so one message takes several lines: %s", line)
			}
		}
	}
	for _, trace := range []string{"goroutine ", "panic", ".go:", "0x"} {
		if strings.Contains(e.stderr, trace) {
			t.Errorf("stderr holds %q: people can't read stack traces\n%s", trace, e.stderr)
		}
	}
	for _, secret := range everySecret() {
		if strings.Contains(e.stdout, secret) || strings.Contains(e.stderr, secret) {
			t.Errorf("the secret %s shows: redact it where it comes in\nstderr:\n%s", secret, e.stderr)
		}
	}
	if strings.Contains(e.stderr, caller) {
		t.Errorf("stderr shows personal data:\n%s", e.stderr)
	}
	f.checkMessages(t, e.stdout)
}

// everySecret lists all secrets in all forms in which they may be written.
func everySecret() []string {
	all := []string{secretIssued, base64.StdEncoding.EncodeToString([]byte(talksim.Email + "/token:" + secretAPI))}
	for _, secret := range []string{secretClient, secretBearer, secretAPI, secretProxy} {
		quoted, _ := json.Marshal(secret) // a string is always JSON
		all = append(all, secret, string(bytes.Trim(quoted, `"`)), url.QueryEscape(secret), url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
			base64.RawStdEncoding.EncodeToString([]byte(secret)))
	}
	return all
}

// checkMessages checks that stdout holds whole, valid messages that end in a STATE, and the records that must be there.
func (f failure) checkMessages(t *testing.T, stdout string) {
	t.Helper()
	kinds := make(map[string]int)
	ids := make(map[string][]int64)
	last := ""
	for line := range strings.Lines(stdout) {
		m := gjson.Parse(line)
		last = m.Get("type").String()
		kinds[last]++
		if !strings.HasSuffix(line, "\n") || !gjson.Valid(line) {
			t.Errorf("stdout holds a line that is no message: %q", line)
		}
		if last == "RECORD" {
			stream := m.Get("stream").String()
			ids[stream] = append(ids[stream], m.Get("record.id").Int())
		}
	}
	wantLast, wantSchemas := "STATE", 2
	if f.ends {
		wantSchemas = 1
	}
	if f.early {
		wantLast, wantSchemas = "", 0
	}
	known := kinds["SCHEMA"] + kinds["RECORD"] + kinds["STATE"]
	if last != wantLast || kinds["SCHEMA"] != wantSchemas || known != strings.Count(stdout, "\n") {
		t.Errorf("got messages %v, the last a %q; want %d SCHEMA, and a %q as the last\n%s",
			kinds, last, wantSchemas, wantLast, stdout)
	}
	if f.whole == "" {
		return
	}
	want := slices.Sorted(maps.Keys(f.history().Final(f.whole, night)))
	slices.Sort(ids[f.whole])
	if !slices.Equal(ids[f.whole], want) {
		t.Errorf("%s: got ids %v, want %v: the failure of one stream must not stop the other",
			f.whole, ids[f.whole], want)
	}
}

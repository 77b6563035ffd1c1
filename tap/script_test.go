package tap_test

import (
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

// The scripts of testdata/script are the specification of the command line. Each runs the program in a directory of its
// own, against a simulated account at $API_URL. Beside testscript's commands they have
//
//	tap-zendesk-talk [ARG...]      a run of the program that succeeds
//	exits CODE tap-zendesk-talk [ARG...]
//	                               a run that fails with that exit code; its last line on stderr must be CRITICAL
//	sim [FILE.json] [SCENARIO...]  a new account: the rows of FILE, which looks like an answer of the API (rows of one
//	                               id are versions of one row), or else three calls and four legs; package faults
//	                               lists the scenarios
//	advance DURATION               moves the account's clock on; it stands at 2026-01-31T12:00:00Z otherwise
//	requests [STREAM:START...]     the requests since sim, all of them, in order; "token" is a request for a token
//	untimed FILE [TYPE]            writes the last stdout, or its messages of a type, to FILE, with "now" for every
//	                               time_extracted
//	state FILE                     writes the last STATE's value, which must be the last line of stdout, to FILE
//
// In the JSON files of a script $API_URL stands for the account's address. config.json is there in any case. The output
// of either kind of run must keep to the protocol: no script needs to check that. Rewrite the files that cmp compares
// with
//
//	go test ./tap -run TestScripts -update
func TestScripts(t *testing.T) {
	t.Parallel()
	tap.Program(t) // for PATH
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("..", "testdata", "script"),
		RequireUniqueNames: true,
		UpdateScripts:      flag.Lookup("update").Value.String() == "true",
		Setup:              func(env *testscript.Env) error { return setUp(env, root) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			programName: cmdProgram,
			"exits":     cmdExits,
			"sim":       cmdSim,
			"advance":   cmdAdvance,
			"requests":  cmdRequests,
			"untimed":   cmdUntimed,
			"state":     cmdState,
		},
	})
}

// programName is the name of the program, as scripts and shells call it.
const programName = "tap-zendesk-talk"

// A stage is the server of one script, whose account can be exchanged.
type stage struct {
	sim atomic.Pointer[talksim.Sim]
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.sim.Load().ServeHTTP(w, r) }

// stageKey is the key of a script's stage among its values.
const stageKey = "stage"

func setUp(env *testscript.Env, root string) error {
	s := &stage{}
	sim, err := newSim(smallAccount())
	if err != nil {
		return err
	}
	s.sim.Store(sim)
	env.Values[stageKey] = s
	server := httptest.NewServer(s)
	env.Defer(server.Close)
	env.Setenv("API_URL", server.URL)
	env.Setenv("ROOT", root)
	return writeConfigs(env.WorkDir, server.URL)
}

// writeConfigs puts the account's address into the script's files and adds config.json.
func writeConfigs(dir, url string) error {
	file := filepath.Join(dir, "config.json")
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(file, []byte("{"+standardConfig(url)+"}\n"), 0o600); err != nil {
			return err
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(data), "$API_URL", url)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func cmdSim(ts *testscript.TestScript, _ bool, args []string) {
	account := smallAccount()
	if len(args) > 0 && strings.HasSuffix(args[0], ".json") {
		account = accountOf(ts.ReadFile(args[0]))
		args = args[1:]
	}
	sim, err := newSim(account, args...)
	ts.Check(err)
	ts.Value(stageKey).(*stage).sim.Store(sim)
}

func cmdAdvance(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: advance DURATION")
	}
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	ts.Value(stageKey).(*stage).sim.Load().Advance(d)
}

func cmdRequests(ts *testscript.TestScript, _ bool, want []string) {
	var got []string
	for _, r := range ts.Value(stageKey).(*stage).sim.Load().Requests() {
		switch {
		case r.Endpoint == talksim.Calls || r.Endpoint == talksim.Legs:
			query, err := url.ParseQuery(r.Query) // a request that is refused at the door has no Start
			ts.Check(err)
			got = append(got, r.Endpoint+":"+query.Get("start_time"))
		case r.Endpoint == "":
			got = append(got, r.Path)
		default:
			got = append(got, r.Endpoint)
		}
	}
	if !slices.Equal(got, want) {
		ts.Fatalf("requests:\n got %v\nwant %v", got, want)
	}
}

func cmdProgram(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("how the program fails matters: use exits CODE %s", programName)
	}
	runProgram(ts, "0", args)
}

// runProgram runs the program, and checks its exit code and its output.
func runProgram(ts *testscript.TestScript, want string, args []string) {
	got := 0
	if err := ts.Exec(programName, args...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != want {
		ts.Fatalf("got exit code %d, want %s", got, want)
	}
	if problems := nonconforming([]byte(ts.ReadFile("stdout")), args); len(problems) > 0 {
		ts.Fatalf("the output breaks the protocol:\n%s", strings.Join(problems, "\n"))
	}
}

func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 || args[1] != programName {
		ts.Fatalf("usage: exits CODE %s [ARG...]", programName)
	}
	runProgram(ts, args[0], args[2:])
	stderr := strings.TrimSuffix(ts.ReadFile("stderr"), "\n")
	last := stderr[strings.LastIndexByte(stderr, '\n')+1:]
	if !regexp.MustCompile(`^(CRITICAL .|\{"level":"critical",)`).MatchString(last) {
		ts.Fatalf("the last line of stderr must begin with CRITICAL and say what failed: %q", last)
	}
}

func cmdUntimed(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: untimed FILE [TYPE]")
	}
	extracted := regexp.MustCompile(`"time_extracted":"[^"]*"`)
	text := extracted.ReplaceAllString(ts.ReadFile("stdout"), `"time_extracted":"now"`)
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if len(args) == 1 || gjson.Get(line, "type").Str == args[1] {
			kept.WriteString(line)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(kept.String()), 0o600))
}

func cmdState(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: state FILE")
	}
	stdout := strings.TrimSuffix(ts.ReadFile("stdout"), "\n")
	last := gjson.Parse(stdout[strings.LastIndexByte(stdout, '\n')+1:])
	if last.Get("type").Str != "STATE" {
		ts.Fatalf("the last line of stdout is no STATE: %.200s", last.Raw)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(last.Get("value").Raw+"\n"), 0o600))
}

// now is the simulated server's clock: 2026-01-31T12:00:00Z.
const now = 1769860800

// newSim returns a simulated account whose clock stands still at now.
func newSim(account *talksim.Account, scenarios ...string) (*talksim.Sim, error) {
	list, err := faults.Scenarios(scenarios...)
	if err != nil {
		return nil, err
	}
	return talksim.New(talksim.Config{
		Account:   account,
		Now:       func() time.Time { return time.Unix(now, 0) },
		Scenarios: list,
	}), nil
}

// smallAccount has the calls 1, 2, 3 and the legs 11, 21, 22, 31, each modified at its call's time: 08:00:00, 08:00:10
// and 08:00:20 on 2026-01-31, the Unix seconds 1769846400, …10 and …20.
func smallAccount() *talksim.Account {
	a := &talksim.Account{}
	for call := range int64(3) {
		a.Calls = append(a.Calls, talksim.SimpleRow(talksim.Calls, call+1, now-4*60*60+10*call))
	}
	for _, leg := range []int64{11, 21, 22, 31} {
		a.Legs = append(a.Legs, talksim.SimpleRow(talksim.Legs, leg, now-4*60*60+10*(leg/10-1)))
	}
	return a
}

// accountOf makes an account of a file that looks like an answer of the API. Each row becomes visible at its
// updated_at; one without a readable one comes with the row before it.
func accountOf(page string) *talksim.Account {
	a := &talksim.Account{}
	for stream, rows := range map[string]*[]talksim.History{talksim.Calls: &a.Calls, talksim.Legs: &a.Legs} {
		var at int64
		for _, body := range gjson.Get(page, stream).Array() {
			if t, err := time.Parse(time.RFC3339, body.Get("updated_at").Str); err == nil {
				at = t.Unix()
			}
			version := talksim.Version{Updated: at, Visible: at, Body: []byte(body.Raw)}
			id := body.Get("id").Int()
			i := slices.IndexFunc(*rows, func(r talksim.History) bool { return r.ID == id })
			if i < 0 {
				i = len(*rows)
				*rows = append(*rows, talksim.History{ID: id})
			}
			(*rows)[i].Versions = append((*rows)[i].Versions, version)
		}
	}
	return a
}

// Exit codes are told apart by exits alone: "! exec" would take a broken protocol for the failure that it waits for.
func TestScriptsCheckExitCodes(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob(filepath.Join("..", "testdata", "script", "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts found", err)
	}
	for _, script := range scripts {
		data, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "\n! exec") {
			t.Errorf("%s: write \"exits CODE …\" instead of \"! exec …\"", script)
		}
	}
}

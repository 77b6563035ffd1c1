package talksim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

const (
	origin = "https://acme.zendesk.com"
	stats  = "/api/v2/channels/voice/stats/incremental/"
	older  = "/api/v2/channels/voice/incremental/"
)

// envelope is a page, read leniently.
type envelope struct {
	Calls, Legs []struct {
		ID        json.RawMessage `json:"id"`
		UpdatedAt json.RawMessage `json:"updated_at"`
	}
	Count    json.RawMessage `json:"count"`
	EndTime  json.RawMessage `json:"end_time"`
	NextPage json.RawMessage `json:"next_page"`
}

func (e envelope) ids() string {
	var ids []string
	for _, row := range append(e.Calls, e.Legs...) {
		ids = append(ids, string(row.ID))
	}
	return strings.Join(ids, " ")
}

func (e envelope) next() string { return strings.Trim(string(e.NextPage), `"`) }

// small is an account with ties and a rewrite: calls 1 and 2 in one second, 3 rewritten.
func small() *talksim.Account {
	return &talksim.Account{
		Calls: []talksim.History{
			talksim.SimpleRow(talksim.Calls, 2, 1000),
			talksim.SimpleRow(talksim.Calls, 1, 1000),
			talksim.SimpleRow(talksim.Calls, 3, 900, 1500),
			talksim.SimpleRow(talksim.Calls, 4, 2000),
		},
		Legs: []talksim.History{talksim.SimpleRow(talksim.Legs, 11, 1000)},
	}
}

// at is a clock that stands at a Unix second.
func at(unix int64) func() time.Time { return func() time.Time { return time.Unix(unix, 0) } }

func demoClock() time.Time { return time.Unix(desk.DemoNow, 0) }

func newSim(t *testing.T, cfg talksim.Config, specs ...string) *talksim.Sim {
	t.Helper()
	scenarios, err := faults.Scenarios(specs...)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Scenarios = scenarios
	if cfg.Account == nil {
		cfg.Account = small()
	}
	if cfg.Now == nil {
		cfg.Now = at(10_000)
	}
	return talksim.New(cfg)
}

// get asks with the bearer token of the account; the body is whole unless err says so.
func get(t *testing.T, sim *talksim.Sim, url string) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+talksim.AccessToken)
	return do(t, sim, req)
}

func do(t *testing.T, sim *talksim.Sim, req *http.Request) (*http.Response, []byte, error) {
	t.Helper()
	resp, err := sim.Transport().RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	return resp, body, err
}

// page asks for a page that must be one.
func page(t *testing.T, sim *talksim.Sim, url string) envelope {
	t.Helper()
	resp, body, err := get(t, sim, url)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %v %s", url, err, body)
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("GET %s: %v in %s", url, err, body)
	}
	return e
}

func TestExport(t *testing.T) {
	t.Parallel()
	sim := newSim(t, talksim.Config{PageSize: 3})
	next := func(path string, start int) string { return fmt.Sprintf("%s%s?start_time=%d", origin, path, start) }
	for _, test := range []struct {
		path                string
		start               int
		ids, count, endTime string
		next                string
	}{
		{stats + "calls", 0, "1 2 3", "3", "1500", next(stats+"calls", 1500)},
		{stats + "calls.json", 1000, "1 2 3", "3", "1500", next(stats+"calls", 1500)}, // inclusive
		{older + "calls", 1001, "3 4", "2", "2000", next(stats+"calls", 2000)},
		{older + "calls.json", 2000, "4", "1", "2000", next(stats+"calls", 2000)}, // the endless tail
		{stats + "calls", 2001, "", "0", "null", next(stats+"calls", 2001)},
		{stats + "legs", 0, "11", "1", "1000", next(stats+"legs", 1000)},
	} {
		e := page(t, sim, fmt.Sprintf("%s%s?start_time=%d", origin, test.path, test.start))
		got := [4]string{e.ids(), string(e.Count), string(e.EndTime), e.next()}
		if want := [4]string{test.ids, test.count, test.endTime, test.next}; got != want {
			t.Errorf("%s from %d:\n got %q\nwant %q", test.path, test.start, got, want)
		}
	}
	if got := len(sim.Requests()); got != 6 {
		t.Errorf("%d requests logged, want 6", got)
	}
	r := sim.Requests()[1]
	if r.Endpoint != talksim.Calls || r.Start != 1000 || r.Auth != "bearer" || r.Rows != 3 || r.Status != 200 {
		t.Errorf("request logged as %+v", r)
	}
}

func TestExportHeaders(t *testing.T) {
	t.Parallel()
	resp, _, _ := get(t, newSim(t, talksim.Config{}), origin+stats+"calls?start_time=0")
	for name, want := range map[string]string{
		"Date":         "Thu, 01 Jan 1970 02:46:40 GMT",
		"Content-Type": "application/json; charset=utf-8",
		"X-Rate-Limit": "700",
		"X-Request-Id": "0000000000000001-SIM",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const export = stats + "calls?start_time=0"
	basic := func(user, password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, password) }
	}
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	for _, test := range []struct {
		name, path string
		login      func(*http.Request)
		status     int
		body       string
	}{
		{"api token", export, basic(talksim.Email+"/token", talksim.APIToken), 200, `{"calls":[`},
		{"bearer", export, bearer(talksim.AccessToken), 200, `{"calls":[`},
		{"no login", export, func(*http.Request) {}, 401, `{"error":"Couldn't authenticate you"}`},
		{"password", export, basic(talksim.Email, talksim.APIToken), 401, `{"error":"Couldn't authenticate you"}`},
		{"wrong api token", export, basic(talksim.Email+"/token", "x"), 401, `{"error":"Couldn't authenticate you"}`},
		{"wrong bearer", export, bearer("x"), 401, `{"error":"invalid_token"`},
		{"no start", stats + "calls", bearer(talksim.AccessToken), 400, "start_time"},
		{"bad start", stats + "calls?start_time=2026-01-01", bearer(talksim.AccessToken), 400, "start_time"},
		{"other path", "/api/v2/users/me.json", bearer(talksim.AccessToken), 404, `{"error":"InvalidEndpoint"`},
	} {
		req := httptest.NewRequest(http.MethodGet, origin+test.path, nil)
		test.login(req)
		resp, body, err := do(t, newSim(t, talksim.Config{}), req)
		if err != nil || resp.StatusCode != test.status || !strings.Contains(string(body), test.body) {
			t.Errorf("%s: got %d %s, want %d %s", test.name, resp.StatusCode, body, test.status, test.body)
		}
	}
}

// The clock alone decides: what is not visible yet is not there, and what was rewritten
// is there once, at its new place.
func TestHistory(t *testing.T) {
	t.Parallel()
	sim := newSim(t, talksim.Config{Now: at(950)}, "page-size=10")
	for _, step := range []struct {
		advance int
		ids     string
	}{{0, "3"}, {50, "3 1 2"}, {500, "1 2 3"}, {500, "1 2 3 4"}} {
		sim.Advance(time.Duration(step.advance) * time.Second)
		if got := page(t, sim, origin+stats+"calls?start_time=0").ids(); got != step.ids {
			t.Errorf("at %d: got %s, want %s", sim.Now().Unix(), got, step.ids)
		}
	}
	final := sim.Account().Final(talksim.Calls, 2000)
	if len(final) != 4 || !strings.Contains(string(final[3]), `"v1"`) {
		t.Errorf("got %d final rows, call 3 is %s; want 4 and its rewritten version", len(final), final[3])
	}
}

// A row that is erased at a moment is gone from then on, although nothing else changes.
func TestErasedAtAMoment(t *testing.T) {
	t.Parallel()
	row := talksim.SimpleRow(talksim.Calls, 1, 1000)
	row.Erased = 10_060
	sim := newSim(t, talksim.Config{Account: &talksim.Account{Calls: []talksim.History{row}}})
	for _, want := range []string{"1", "1", ""} {
		if got := page(t, sim, origin+stats+"calls?start_time=0").ids(); got != want {
			t.Errorf("at %d: got %q, want %q", sim.Now().Unix(), got, want)
		}
		sim.Advance(30 * time.Second)
	}
}

// What is erased between two requests is gone from then on, and only that.
func TestErase(t *testing.T) {
	t.Parallel()
	account := small()
	sim := newSim(t, talksim.Config{Account: account})
	url := origin + stats + "calls?start_time=0"
	if got := page(t, sim, url).ids(); got != "1 2 3 4" {
		t.Fatalf("before: %s, want 1 2 3 4", got)
	}
	if got := fmt.Sprint(sim.Erase(talksim.Calls, 3, 1, 99, 11)); got != "[1 3]" {
		t.Errorf("erased %s, want [1 3]", got)
	}
	if got := fmt.Sprint(sim.Erase(talksim.Calls, 1)); got != "[]" {
		t.Errorf("erased %s a second time, want none", got)
	}
	if got := page(t, sim, url).ids(); got != "2 4" {
		t.Errorf("after: %s, want 2 4", got)
	}
	if got := page(t, sim, origin+stats+"legs?start_time=0").ids(); got != "11" {
		t.Errorf("legs after: %s, want 11", got)
	}
	if got := len(sim.Account().Final(talksim.Calls, 10_000)); got != 2 {
		t.Errorf("%d calls are true after, want 2", got)
	}
	if got := len(account.Final(talksim.Calls, 10_000)); got != 4 {
		t.Errorf("the account that was given has %d calls, want its 4", got)
	}
}

// The simulator is asked from many sides at once by tests with a real server.
func TestConcurrentRequests(t *testing.T) {
	t.Parallel()
	sim := newSim(t, talksim.Config{}, "lag=8500s@every2", "unsorted")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			req := httptest.NewRequest(http.MethodGet, origin+stats+"calls?start_time=0", nil)
			req.Header.Set("Authorization", "Bearer "+talksim.AccessToken)
			if resp, err := sim.Transport().RoundTrip(req); err != nil || resp.StatusCode != 200 {
				t.Errorf("got %v, %v", resp, err)
			}
			sim.Advance(time.Second)
		})
	}
	wait.Wait()
	if got := len(sim.Requests()); got != 8 || sim.Now().Unix() != 10_008 {
		t.Errorf("%d requests logged and the clock at %d, want 8 and 10008", got, sim.Now().Unix())
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	sim := newSim(t, talksim.Config{Prefix: "/proxy"})
	e := page(t, sim, origin+"/proxy"+stats+"calls?start_time=0")
	if want := origin + "/proxy" + stats + "calls?start_time=2000"; e.next() != want {
		t.Errorf("next_page %s, want %s", e.next(), want)
	}
	if resp, _, _ := get(t, sim, origin+stats+"calls?start_time=0"); resp.StatusCode != 404 {
		t.Errorf("without the prefix: %d, want 404", resp.StatusCode)
	}
}

package faults_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
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

func demoClock() time.Time { return time.Unix(desk.DemoNow, 0) }

package talksim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

func TestOAuth(t *testing.T) {
	t.Parallel()
	now := time.Unix(10_000, 0)
	sim := newSim(t, talksim.Config{Now: func() time.Time { return now }})
	ask := func(body string) (int, string) {
		req := httptest.NewRequest(http.MethodPost, origin+"/oauth/tokens", strings.NewReader(body))
		resp, answer, err := do(t, sim, req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(answer)
	}
	const credentials = `"grant_type":"client_credentials","client_id":"sim-client","client_secret":"sim-client-secret"`
	for _, test := range []struct {
		body   string
		status int
		answer string
	}{
		{`{` + credentials + `,"scope":"read","expires_in":172800}`, 200,
			`{"access_token":"sim-issued-token-1","token_type":"bearer",` +
				`"scope":"read","expires_in":172800}`},
		{`{` + credentials + `,"scope":"tickets:read"}`, 200,
			`{"access_token":"sim-issued-token-2","token_type":"bearer",` +
				`"scope":"tickets:read","expires_in":1800}`},
		{`{` + credentials + `,"expires_in":60}`, 400, "invalid_request"},
		{`{"grant_type":"client_credentials","client_id":"sim-client","client_secret":"x"}`, 401, `"invalid_client"`},
		{`{"grant_type":"password"}`, 400, "unsupported_grant_type"},
		{`grant_type=client_credentials`, 400, "invalid_request"},
	} {
		if status, answer := ask(test.body); status != test.status || !strings.Contains(answer, test.answer) {
			t.Errorf("%s: got %d %s, want %d %s", test.body, status, answer, test.status, test.answer)
		}
	}
	if r := sim.Requests()[0]; r.Expires != 172800 || r.Scope != "read" || r.Endpoint != "token" {
		t.Errorf("token request logged as %+v", r)
	}

	use := func(token string) int {
		req := httptest.NewRequest(http.MethodGet, origin+stats+"calls?start_time=0", nil)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, _, _ := do(t, sim, req)
		return resp.StatusCode
	}
	if got := [2]int{use("sim-issued-token-1"), use("sim-issued-token-2")}; got != [2]int{200, 403} {
		t.Errorf("tokens with and without scope read got %v, want [200 403]", got)
	}
	now = now.Add(48 * time.Hour)
	if got := use("sim-issued-token-1"); got != 401 {
		t.Errorf("ended token got %d, want 401", got)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	now := time.Unix(10_000, 0)
	sim := newSim(t, talksim.Config{Limit: 3, Now: func() time.Time { return now }})
	var got []string
	for i, stream := range []string{"calls", "legs", "calls", "legs", "calls", "calls", "legs"} {
		if i == 5 {
			now = now.Add(30 * time.Second)
		}
		resp, _, _ := get(t, sim, origin+stats+stream+"?start_time=0")
		got = append(got, strings.TrimSpace(fmt.Sprintln(resp.StatusCode, resp.Header.Get("Retry-After"))))
		now = now.Add(5 * time.Second)
	}
	// Accepted at 0, 5 and 10 s; the first leaves the window at 60 s, to the moment.
	if want := "200 200 200 429 45 429 40 429 5 200"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}

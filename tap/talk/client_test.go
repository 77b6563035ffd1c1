package talk_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

func calls() talk.Endpoint {
	return talk.Endpoint{Key: "calls", Path: "/api/v2/channels/voice/stats/incremental/calls"}
}

func legs() talk.Endpoint {
	return talk.Endpoint{Key: "legs", Path: "/api/v2/channels/voice/stats/incremental/legs"}
}

// settings is a Config as the program makes it by default, for the account acme and an access token.
func settings(t *testing.T, transport http.RoundTripper) talk.Config {
	t.Helper()
	return talk.Config{
		BaseURL:           address(t, "https://acme.zendesk.com"),
		Login:             talk.Login{AccessToken: talksim.AccessToken},
		RequestsPerMinute: 10,
		RequestTimeout:    300 * time.Second,
		MaxRetry:          900 * time.Second,
		UserAgent:         "tap-zendesk-talk/test",
		Transport:         transport,
		JitterSeed:        1,
	}
}

func address(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// sim is a simulated account with a few calls and legs in it.
func sim(t *testing.T, specs ...string) *talksim.Sim {
	t.Helper()
	scenarios, err := faults.Scenarios(specs...)
	if err != nil {
		t.Fatal(err)
	}
	account := &talksim.Account{}
	for i := range int64(5) {
		account.Calls = append(account.Calls, talksim.SimpleRow(talksim.Calls, 100+i, 1000+i))
		account.Legs = append(account.Legs, talksim.SimpleRow(talksim.Legs, 1000+i, 1000+i))
	}
	return talksim.New(talksim.Config{Account: account, Limit: 10, Scenarios: scenarios})
}

// handler is a way to an http.Handler without a network, for use in synctest bubbles.
type handler func(w http.ResponseWriter, r *http.Request)

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h(w, r)
	return w.Result(), r.Context().Err()
}

// failure is the *talk.Error that err must be.
func failure(t *testing.T, err error) *talk.Error {
	t.Helper()
	e, ok := errors.AsType[*talk.Error](err)
	if !ok {
		t.Fatalf("got error %v, want a *talk.Error", err)
	}
	return e
}

// page gets a page that must be whole.
func page(t *testing.T, c *talk.Client, e talk.Endpoint) *talk.Page {
	t.Helper()
	p, err := c.Page(t.Context(), e, talk.Request{Start: 0})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rows) != 5 {
		t.Fatalf("got %d rows, want 5", len(p.Rows))
	}
	return p
}

// count is how many requests of an endpoint arrived.
func count(s *talksim.Sim, endpoint string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Endpoint == endpoint {
			n++
		}
	}
	return n
}

// logged collects a log.
type logged struct{ strings.Builder }

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

func TestPage(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(sim(t))
	defer s.Close()
	cfg := settings(t, nil)
	cfg.BaseURL = address(t, s.URL)
	cfg.Headers = map[string]string{"X-Zendesk-Marketplace-Name": "x", "Authorization": "Basic never"}
	before := time.Now()
	p, err := talk.NewClient(cfg).Page(t.Context(), calls(), talk.Request{Start: 1002})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rows) != 3 || !strings.Contains(string(p.Rows[0]), `"id":102`) {
		t.Errorf("got rows %s, want the calls 102 to 104", p.Rows)
	}
	if p.EndTime != 1004 || !p.EndTimeOK || p.NextStart != 1004 {
		t.Errorf("got end_time %d (%t) and next start %d, want 1004 each", p.EndTime, p.EndTimeOK, p.NextStart)
	}
	if want := s.URL + calls().Path + "?start_time=1004"; p.Next != want {
		t.Errorf("got next %s, want %s", p.Next, want)
	}
	if d := p.Received.Sub(before); d < 0 || d > time.Minute || p.ServerTime.Sub(before).Abs() > time.Minute {
		t.Errorf("got received %v and server time %v, want both to be about %v", p.Received, p.ServerTime, before)
	}
}

// TestRequest looks at what is sent.
func TestRequest(t *testing.T) {
	t.Parallel()
	account := talksim.New(talksim.Config{Prefix: "/zendesk"})
	s := httptest.NewServer(account)
	defer s.Close()
	cfg := settings(t, nil)
	cfg.BaseURL = address(t, s.URL+"/zendesk/")
	cfg.Login = talk.Login{ClientID: talksim.ClientID, ClientSecret: talksim.ClientSecret}
	cfg.Headers = map[string]string{"x-marketplace": "x", "authorization": "Basic never", "Accept-Encoding": "br"}
	if _, err := talk.NewClient(cfg).Page(t.Context(), legs(), talk.Request{Start: 7}); err != nil {
		t.Fatal(err)
	}
	got := account.Requests()
	if len(got) != 2 {
		t.Fatalf("got %d requests, want one for a token and one for a page", len(got))
	}
	if token := got[0]; token.Method != "POST" || token.Path != "/zendesk/oauth/tokens" || token.Auth != "none" ||
		token.Scope != "read" || token.Expires != 172800 {
		t.Errorf("got token request %+v, want one for scope read and 172,800 s below the base path, without a login",
			token)
	}
	if legs := got[1]; legs.Method != "GET" || legs.Path != "/zendesk/api/v2/channels/voice/stats/incremental/legs" ||
		legs.Query != "start_time=7" || legs.Auth != "bearer" {
		t.Errorf("got page request %+v, want one for the legs from second 7 with the token", legs)
	}
	for _, r := range got {
		h := r.Header
		if h.Get("User-Agent") != cfg.UserAgent || h.Get("X-Marketplace") != "x" ||
			h.Get("Accept") != "application/json" || h.Get("Accept-Encoding") != "gzip" {
			t.Errorf("got headers %v, want User-Agent, X-Marketplace, Accept and gzip", h)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	stop := errors.New("told to stop")
	for _, during := range []string{"hang", "503", "429=60", "slow=1s:1", "hang@token,1", "503@token"} {
		t.Run(during, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := settings(t, sim(t, during).Transport())
				cfg.Login = talk.Login{ClientID: talksim.ClientID, ClientSecret: talksim.ClientSecret}
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(59*time.Second, func() { cancel(stop) })
				began := time.Now()
				_, err := talk.NewClient(cfg).Page(ctx, calls(), talk.Request{})
				if !errors.Is(err, stop) || time.Since(began) != 59*time.Second {
					t.Errorf("got error %v after %v, want the cause of the cancellation at once, after 59s", err,
						time.Since(began))
				}
			})
		})
	}
}

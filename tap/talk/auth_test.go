package talk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// oauth is settings with the login by client credentials.
func oauth(t *testing.T, s *talksim.Sim) talk.Config {
	t.Helper()
	cfg := settings(t, s.Transport())
	cfg.Login = talk.Login{ClientID: talksim.ClientID, ClientSecret: talksim.ClientSecret}
	return cfg
}

func TestLogins(t *testing.T) {
	t.Parallel()
	for name, login := range map[string]talk.Login{
		"client credentials": {ClientID: talksim.ClientID, ClientSecret: talksim.ClientSecret},
		"bearer":             {AccessToken: talksim.AccessToken},
		"API token":          {Email: talksim.Email, APIToken: talksim.APIToken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &logged{}
			cfg := settings(t, sim(t).Transport())
			cfg.Login, cfg.Log = login, log.logger()
			c := talk.NewClient(cfg)
			page(t, c, calls())
			page(t, c, legs())
			want := ""
			if login.APIToken != "" {
				want = `level=WARN msg="Zendesk ends API tokens on 2027-04-30, and sooner those unused for 30 days: ` +
					`create an OAuth client instead" stream=calls` + "\n"
			}
			if log.String() != want {
				t.Errorf("got log %q, want %q", log, want)
			}
		})
	}
}

// TestShortTokens: a token that lives 90 s, in a sync of 20 minutes.
func TestShortTokens(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"limit=10", "latency=3s@any", "jitter=5s@any limit=100"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				s := sim(t, append(strings.Fields(network), "token-life=90s")...)
				cfg := oauth(t, s)
				limit := 10
				// Without a limit, requests go out all the time, also as a token ends.
				if strings.Contains(network, "limit=100") {
					limit = 100
				}
				cfg.RequestsPerMinute = limit
				c := talk.NewClient(cfg)
				pages := 0
				for began := time.Now(); time.Since(began) < 20*time.Minute; pages++ {
					page(t, c, calls())
				}
				for _, r := range s.Requests() {
					if r.Status != http.StatusOK {
						t.Errorf("a request for %s at %v was answered by %d, want 200: the token ended before it "+
							"was renewed", r.Endpoint, r.At, r.Status)
					}
				}
				if n := count(s, "calls"); n != pages {
					t.Errorf("got %d page requests for %d pages", n, pages)
				}
				if n := count(s, "token"); n < 10 || n > 21 {
					t.Errorf("got %d token requests in 20 minutes, want one each time that a token was about to end", n)
				}
				if n := most(s.Requests()); n > limit {
					t.Errorf("got %d page requests in 60 s, want at most %d", n, limit)
				}
			})
		})
	}
}

// TestRenewal: how many requests it takes to get a page, and whether it comes.
func TestRenewal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		faults        string
		tokens, pages int
		want          string // error, if any
	}{
		{"revoke-tokens@2", 2, 3, ""},
		{"revoke-tokens@2 503@3", 2, 4, ""},
		{"401-oauth@2", 2, 3, ""},
		{"401-oauth@2+", 2, 3, `calls: 401 Unauthorized from Zendesk: "invalid_token: The access token provided ` +
			`is expired, revoked, malformed or invalid for other reasons." ` +
			`(request id ID), after 2 attempts in 0s`},
		{"token-no-expiry", 1, 2, ""},
		{"token-expiry-null", 1, 2, ""},
		{"token-expiry-string", 1, 2, ""},
		{"token-missing@1", 2, 2, ""},
		{"token-newline@1", 2, 2, ""},
		{"503=5@token,1", 2, 2, ""},
		{"429=5@token,1-2", 3, 2, ""},
		{"html@token,1", 2, 2, ""},
		{"truncated@token,1", 2, 2, ""},
		{"close@token,1", 2, 2, ""},
		{"hang@token,1", 2, 2, ""},
		{"invalid-client", 1, 0, `oauth/tokens: 401 Unauthorized from Zendesk: "invalid_client: Client ` +
			`authentication failed." (request id ID)`},
		{"invalid-scope", 1, 0, `oauth/tokens: 400 Bad Request from Zendesk: "invalid_scope: The requested scope ` +
			`is invalid, unknown, or malformed." (request id ID)`},
		{"404-help-desk@token", 1, 0, `oauth/tokens: 404 Not Found from Zendesk: "No help desk at ` +
			`acme.zendesk.com: There is no help desk configured at this address." (request id ID)`},
		{"404-empty@token", 1, 0, `oauth/tokens: 404 Not Found from Zendesk (request id ID)`},
		{"redirect=other@token", 1, 0, `oauth/tokens: 302 Found, a redirect to ` +
			`https://attacker.example/oauth/tokens, which is not followed (request id ID)`},
		{"503@token", 19, 0, `oauth/tokens: 503 Service Unavailable from Zendesk (request id ID), after 19 ` +
			`attempts in 15m0s`},
	} {
		t.Run(test.faults, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				s := sim(t, strings.Fields(test.faults)...)
				c := talk.NewClient(oauth(t, s))
				var err error
				for i := 0; i < 2 && err == nil; i++ {
					_, err = c.Page(t.Context(), calls(), talk.Request{})
				}
				got := ""
				if err != nil {
					e := failure(t, err)
					got = strings.Replace(e.Error(), e.RequestID, "ID", 1)
					if !e.Fatal() {
						t.Errorf("the error %s ends only its stream, want it to end the run", e)
					}
				}
				if got != test.want {
					t.Errorf("got error\n%s\nwant\n%s", got, test.want)
				}
				if n := count(s, "token"); n != test.tokens {
					t.Errorf("got %d token requests, want %d", n, test.tokens)
				}
				if n := count(s, "calls"); n != test.pages {
					t.Errorf("got %d page requests, want %d", n, test.pages)
				}
			})
		})
	}
}

// A 401 that reads as if the account had ended is met with a new token all the same.
func TestRenewalBeforeAnEndedAccount(t *testing.T) {
	t.Parallel()
	tokens, pages := 0, 0
	cfg := settings(t, handler(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/tokens") {
			tokens++
			_, _ = w.Write([]byte(`{"access_token":"token-of-the-day"}`))
			return
		}
		if pages++; pages == 1 {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"Your session with this account has expired"}`))
			return
		}
		_, _ = w.Write([]byte(`{"calls":[]}`))
	}))
	cfg.Login = talk.Login{ClientID: talksim.ClientID, ClientSecret: talksim.ClientSecret}
	if _, err := talk.NewClient(cfg).Page(t.Context(), calls(), talk.Request{}); err != nil || tokens != 2 {
		t.Errorf("got error %v and %d tokens, want the page, and 2", err, tokens)
	}
}

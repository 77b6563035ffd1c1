package talk_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// loopback serves s on a real port and returns settings for it. Retries wait some milliseconds, since that is all the
// time there is for them.
func loopback(t *testing.T, s http.Handler) talk.Config {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	cfg := settings(t, nil)
	cfg.BaseURL, cfg.MaxRetry = address(t, server.URL), 50*time.Millisecond
	return cfg
}

// TestWireFaults: a page whose first answer breaks on the wire comes whole the second time.
func TestWireFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"reset@1", "close@1", "reset-body@1", "cut-body@1", "truncated@1",
		"two-documents@1", "gzip-lie@1", "gzip-cut@1", "500@1"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := sim(t, fault)
			cfg := loopback(t, s)
			cfg.MaxRetry = 2 * time.Second // enough for a slow machine to see the first answer in time
			cfg.RequestsPerMinute = 100
			page(t, talk.NewClient(cfg), calls())
			if n := count(s, "calls"); n != 2 {
				t.Errorf("got %d requests, want 2", n)
			}
		})
	}
}

// TestWireErrors: what a person reads when the wire stays broken.
func TestWireErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault string
		kind  talk.Kind
		want  string
	}{
		{"cut-body", talk.KindBody, "calls: 200 OK, but a body cut short"},
		{"gzip-lie", talk.KindBody, "calls: 200 OK, but a body with broken compression"},
		{"gzip-cut", talk.KindBody, "calls: 200 OK, but a body cut short"},
		{"reset-body", talk.KindConnection, "calls: 200 OK, but the connection broke: "},
		{"close", talk.KindConnection, "calls: no answer from ADDRESS: "},
		{"huge-header", talk.KindUnexpected, "calls: a response header larger than this program reads"},
		{"hang", talk.KindTimeout, "calls: no answer from ADDRESS within 200ms"},
	} {
		t.Run(test.fault, func(t *testing.T) {
			t.Parallel()
			cfg := loopback(t, sim(t, test.fault))
			cfg.MaxRetry = 0
			if test.fault == "hang" {
				cfg.RequestTimeout = 200 * time.Millisecond
			}
			_, err := talk.NewClient(cfg).Page(t.Context(), calls(), talk.Request{})
			e := failure(t, err)
			if got := strings.Replace(e.Error(), cfg.BaseURL.Host, "ADDRESS", 1); !strings.HasPrefix(got, test.want) ||
				e.Kind != test.kind {
				t.Errorf("got kind %d and error\n%s\nwant kind %d and\n%s…", e.Kind, got, test.kind, test.want)
			}
		})
	}
}

// TestCertificate: a certificate that nobody vouches for is not worth a second try.
func TestCertificate(t *testing.T) {
	t.Parallel()
	tries := 0
	server := httptest.NewUnstartedServer(sim(t))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about what we want to see
	server.StartTLS()
	defer server.Close()
	cfg := settings(t, nil)
	cfg.BaseURL = address(t, server.URL)
	cfg.OnRequest = func(talk.RequestStats) { tries++ }
	_, err := talk.NewClient(cfg).Page(t.Context(), calls(), talk.Request{})
	e := failure(t, err)
	if !strings.Contains(e.Message, "certificate signed by unknown authority") ||
		e.Kind != talk.KindCertificateAuthority || tries != 1 {
		t.Errorf("got %v after %d tries, want a certificate error after one", err, tries)
	}
}

// TestPlainHTTP: the login is not sent without TLS, except to this machine.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	s := sim(t)
	cfg := settings(t, s.Transport())
	cfg.BaseURL = address(t, "http://acme.zendesk.com")
	_, err := talk.NewClient(cfg).Page(t.Context(), calls(), talk.Request{})
	if e := failure(t, err); e.Attempts > 1 || len(s.Requests()) != 0 {
		t.Errorf("got %v and %d requests, want an error and none", err, len(s.Requests()))
	}
}

// TestCredentialsStayHome: whatever the server says, the other origin sees nothing of the
// login, and in fact no request at all.
func TestCredentialsStayHome(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		spec string // ORIGIN stands for the other listener
		err  string // of the page; a page with a foreign next_page is fine
	}{
		{"redirect=other:ORIGIN", "calls: 302 Found, a redirect to " +
			"ORIGIN/api/v2/channels/voice/stats/incremental/calls, which is not followed"},
		{"redirect=same", "a redirect to HOME/api/v2/channels/voice/incremental/calls, which is not followed"},
		{"redirect=scheme", "a redirect to https://"},
		{"redirect=login", "a redirect to HOME/access/unauthenticated, which is not followed"},
		{"redirect=loop", "a redirect to HOME/api/v2/channels/voice/stats/incremental/calls, which is not followed"},
		{"redirect=other:ORIGIN@token", "oauth/tokens: 302 Found, a redirect to " +
			"ORIGIN/oauth/tokens, which is not followed"},
		{"next-page=foreign:ORIGIN", ""},
		{"next-page=lookalike", ""},
		{"next-page=scheme", ""},
		{"next-page=port", ""},
		{"next-page=userinfo", ""},
		{"next-page=path", ""},
	} {
		t.Run(test.spec, func(t *testing.T) {
			t.Parallel()
			foreign := sim(t)
			other := httptest.NewServer(foreign)
			defer other.Close()
			s := sim(t, strings.ReplaceAll(test.spec, "ORIGIN", other.URL))
			cfg := loopback(t, s)
			cfg.Login = talk.Login{ClientID: talksim.ClientID, ClientSecret: talksim.ClientSecret}
			cfg.Headers = map[string]string{"X-Proxy-Key": "secret"}
			log := &logged{}
			cfg.Log = log.logger()
			c := talk.NewClient(cfg)
			p, err := c.Page(t.Context(), calls(), talk.Request{})
			if test.err != "" {
				want := strings.NewReplacer("ORIGIN", other.URL, "HOME", cfg.BaseURL.String()).Replace(test.err)
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got error %v, want one with\n%s", err, want)
				}
				if e := failure(t, err); e.Kind != talk.KindRedirect && e.Kind != talk.KindLoginPage ||
					strings.Contains(e.Error(), "?") {
					t.Errorf("got %v, want a redirect error without the query", err)
				}
			} else {
				followNothing(t, c, p, err, log)
			}
			if n := len(foreign.Requests()); n != 0 {
				t.Errorf("the other origin got %d requests: %+v", n, foreign.Requests())
			}
		})
	}
}

// followNothing checks a page with a next_page that must not be followed, and that one warning for two of them names
// no query.
func followNothing(t *testing.T, c *talk.Client, p *talk.Page, err error, log *logged) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if p.Next != "" || p.NextStart != 0 {
		t.Errorf("got next %q (%d), want none", p.Next, p.NextStart)
	}
	page(t, c, calls())
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || strings.Contains(log.String(), "start_time=") {
		t.Errorf("got log\n%swant one warning, without a query", log)
	}
	if _, err := c.Page(t.Context(), calls(), talk.Request{Next: "https://attacker.example" + calls().Path +
		"?start_time=5"}); err == nil {
		t.Error("a foreign Next was followed")
	}
}

// TestAliases: other forms of the own address are followed as they are.
func TestAliases(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"relative", "no-scheme", "params", "json", "older", "no-start", "null", "absent",
		"empty"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			s := sim(t, "next-page="+form)
			log := &logged{}
			cfg := loopback(t, s)
			cfg.Log = log.logger()
			c := talk.NewClient(cfg)
			p := page(t, c, calls())
			if log.Len() > 0 {
				t.Errorf("got log %s, want none", log)
			}
			switch form {
			case "no-start", "null", "absent", "empty":
				if p.Next != "" {
					t.Errorf("got next %q, want none", p.Next)
				}
				return
			}
			if p.NextStart != 1004 {
				t.Fatalf("got next %q from %d, want one from 1004", p.Next, p.NextStart)
			}
			next, err := c.Page(t.Context(), calls(), talk.Request{Next: p.Next})
			if err != nil {
				t.Fatal(err)
			}
			if len(next.Rows) != 1 {
				t.Errorf("got %d rows, want the one of second 1004", len(next.Rows))
			}
			if r := s.Requests()[1]; form == "params" && !strings.Contains(p.Next, r.Query) {
				t.Errorf("asked for %s, want %s as given", r.Query, p.Next)
			}
		})
	}
}

package talksim_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// Each name that begins with a status answers with it, in process and over a real connection.
func TestStatusesAreThoseOfTheirNames(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]struct {
		status int
		body   string
	}{
		"000": {0, "nothing"}, "402": {402, "expired"}, "408": {408, "Request Time-out"}, "421": {421, "Misdirected"},
		"423": {423, "suspended"}, "425": {425, "Too Early"},
	} {
		sim := newSim(t, talksim.Config{}, spec)
		server := httptest.NewServer(sim)
		network := &http.Transport{DisableKeepAlives: true}
		for name, transport := range map[string]http.RoundTripper{"in process": sim.Transport(), "network": network} {
			req := httptest.NewRequest(http.MethodGet, server.URL+stats+"calls?start_time=0", nil)
			req.RequestURI = ""
			req.Header.Set("Authorization", "Bearer "+talksim.AccessToken)
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Errorf("%s, %s: %v", spec, name, err)
				continue
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != want.status || !strings.Contains(string(body), want.body) {
				t.Errorf("%s, %s: %d %s (%v), want %d and %s",
					spec, name, resp.StatusCode, body, err, want.status, want.body)
			}
		}
		server.Close()
	}
}

// A Content-Length that is too short leaves the rest of the page on the connection.
func TestShortLengthSendsTheRestOfThePage(t *testing.T) {
	t.Parallel()
	sim := newSim(t, talksim.Config{}, "short-length")
	server := httptest.NewServer(sim)
	defer server.Close()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// An answer that announces more than it sends would leave its reader waiting.
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	request := "GET " + stats + "calls?start_time=0 HTTP/1.1\r\nHost: acme.zendesk.com\r\nConnection: close\r\n" +
		"Authorization: Bearer " + talksim.AccessToken + "\r\n\r\n"
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	read := bufio.NewReader(conn)
	resp, err := http.ReadResponse(read, nil)
	if err != nil {
		t.Fatal(err)
	}
	announced, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(announced) + string(rest)
	if resp.Header.Get("Content-Length") != strconv.Itoa(len(whole)/3) || len(announced) != len(whole)/3 ||
		!strings.HasPrefix(whole, `{"calls":[`) || !strings.HasSuffix(whole, `"}`) {
		t.Errorf("%s bytes announced, then came %q and behind it %q",
			resp.Header.Get("Content-Length"), announced, rest)
	}

	// In process there is no connection to see the rest on.
	resp, body, err := get(t, sim, origin+stats+"calls?start_time=0")
	if err != nil || resp.ContentLength != int64(len(body)) || len(body) == 0 || strings.HasSuffix(string(body), "}") {
		t.Errorf("in process: length %d and %q (%v), want a third of the page", resp.ContentLength, body, err)
	}
}

func TestTokenErrorComesUnderStatus200(t *testing.T) {
	t.Parallel()
	sim := newSim(t, talksim.Config{}, "token-error")
	req := httptest.NewRequest(http.MethodPost, origin+"/oauth/tokens", strings.NewReader("{}"))
	resp, body, err := do(t, sim, req)
	if err != nil || resp.StatusCode != 200 || !strings.HasPrefix(string(body), `{"error":"invalid_client"`) {
		t.Errorf("got %d %s (%v), want 200 and an error", resp.StatusCode, body, err)
	}
}

func TestDatesAreOff(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"date-skew":    "Mon, 16 Mar 2026 13:20:00 GMT",
		"date-skew=5h": "Tue, 17 Mar 2026 20:20:00 GMT",
	} {
		resp, _, err := get(t, newSim(t, talksim.Config{Now: demoClock}, spec), origin+stats+"calls?start_time=0")
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.Header.Get("Date"); got != want {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
}

// Erased rows are there until their moment, then neither served nor part of the truth.
func TestErasedRowsVanish(t *testing.T) {
	t.Parallel()
	cfg := talksim.Config{Account: desk.Account(4, demoClock(), 200), Now: demoClock}
	sim := newSim(t, cfg, "erased=2m", "page-size=1000")
	url := origin + stats + "calls?start_time=0"
	before := page(t, sim, url)
	sim.Advance(time.Minute)
	if now := page(t, sim, url); now.ids() != before.ids() {
		t.Error("rows vanished before their time")
	}
	sim.Advance(time.Minute)
	after := page(t, sim, url)
	if len(before.Calls) != 200 || len(after.Calls) >= 200 || len(after.Calls) < 100 {
		t.Errorf("%d calls before and %d after, want 200 and some fewer", len(before.Calls), len(after.Calls))
	}
	final := sim.Account().Final(talksim.Calls, sim.Now().Unix())
	if len(final) != len(after.Calls) {
		t.Errorf("%d calls are true and %d served", len(final), len(after.Calls))
	}
}

package tap

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// overHTTP2 serves handler over TLS and HTTP/2, and returns the program's own transport for it, which pings a silent
// server after tenths of a second.
func overHTTP2(t *testing.T, handler http.Handler) (*httptest.Server, *http.Transport) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	known, ok := server.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("the server's client has no http.Transport")
	}
	transport := talk.NewTransport(func(string) string { return "" })
	transport.TLSClientConfig = &tls.Config{RootCAs: known.TLSClientConfig.RootCAs}
	transport.HTTP2.SendPingTimeout, transport.HTTP2.PingTimeout = 300*time.Millisecond, 2*time.Second
	return server, transport
}

// A connection that stops passing bytes in the middle of a run, while new ones work, costs one try, and no row.
func TestDeadConnectionHeals(t *testing.T) {
	t.Parallel()
	f := failure{login: "bearer", account: manyPages(), scenarios: []string{"page-size=100"}}
	sim := f.simulator(t)
	var answers atomic.Int64
	server, transport := overHTTP2(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answers.Add(1)
		sim.ServeHTTP(w, r)
	}))
	address := deadlyForwarder(t, server.Listener.Addr().String(), &answers)
	f.settings = map[string]any{"api_url": "https://" + address, "requests_per_minute": 1000, "max_retry_seconds": 60}
	began := time.Now()
	o := runProgram(f.files(t, t.TempDir()), nil, transport)
	if o.code != 0 {
		t.Fatalf("got exit code %d\n%s", o.code, o.stderr)
	}
	if records := strings.Count(o.stdout, `"type":"RECORD"`); records != 1200 {
		t.Errorf("got %d records, want all 1200", records)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v, although a dead connection shows in 2.3 s", took)
	}
}

// deadlyForwarder passes bytes to a server, but on its first connection only until the server has given three answers.
func deadlyForwarder(t *testing.T, server string, answers *atomic.Int64) string {
	t.Helper()
	listener := listen(t)
	t.Cleanup(func() { _ = listener.Close() })
	pass := func(to, from net.Conn, first bool) {
		buffer := make([]byte, 1<<16)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				_ = to.Close()
				return
			}
			if !first || answers.Load() <= 3 {
				_, _ = to.Write(buffer[:n])
			}
		}
	}
	go func() {
		for first := true; ; first = false {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			conn, err := net.Dial("tcp", server)
			if err != nil {
				return
			}
			go pass(conn, client, first)
			go pass(client, conn, first)
		}
	}()
	return listener.Addr().String()
}

// A server that takes longer than a ping but answers pings is alive: it gets one request for each page.
func TestSlowServerIsNotDisturbed(t *testing.T) {
	t.Parallel()
	f := failure{login: "bearer", account: oneCall()}
	sim := f.simulator(t)
	server, transport := overHTTP2(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(sim.Requests()) == 0 {
			time.Sleep(2 * time.Second)
		}
		sim.ServeHTTP(w, r)
	}))
	transport.HTTP2.PingTimeout = 10 * time.Second
	f.settings = map[string]any{"api_url": server.URL, "requests_per_minute": 1000, "max_retry_seconds": 10}
	o := runProgram(f.files(t, t.TempDir()), nil, transport)
	if o.code != 0 {
		t.Fatalf("got exit code %d\n%s", o.code, o.stderr)
	}
	first := sim.Requests()[0]
	for _, r := range sim.Requests()[1:] {
		if r.Query == first.Query && r.Endpoint == first.Endpoint {
			t.Errorf("the server was asked again for %s", r.Query)
		}
	}
}

// The clocks of a server and of this machine that are far apart are mentioned, although all goes well.
func TestClocksApart(t *testing.T) {
	t.Parallel()
	for skew, warned := range map[string]bool{"date-skew=2h": true, "date-skew=-26h": true, "date-skew=59m": false,
		"date-skew=-492700h": true} {
		t.Run(skew, func(t *testing.T) {
			t.Parallel()
			f := failure{login: "bearer", account: oneCall(), scenarios: []string{skew}}
			o := f.run(t)
			if got := strings.Count(o.stderr, "Zendesk's clock shows "); got != map[bool]int{true: 1}[warned] ||
				o.code != 0 {
				t.Errorf("got exit code %d and %d warnings about clocks, want 0 and one: %t\n%s", o.code, got, warned,
					o.stderr)
			}
		})
	}
}

// A server whose clock shows 1970 is told as such, rather than that the bookmark is in milliseconds.
func TestServerOfLongAgo(t *testing.T) {
	t.Parallel()
	f := failure{
		login: "bearer", account: oneCall(), scenarios: []string{"date-skew=-492700h"},
		state: `{"bookmarks":{"calls":{"end_time":1773760000},"legs":{"end_time":1773760000}}}`,
	}
	o := f.run(t)
	if o.code != 1 || !strings.Contains(o.stderr, "that clock is wrong") || strings.Contains(o.stderr, "milliseconds") {
		t.Errorf("got exit code %d and\n%s\nwant that the clock is wrong", o.code, o.stderr)
	}
}

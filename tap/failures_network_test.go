package tap

import (
	"bufio"
	"crypto/tls"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// Failures of the connection, on real sockets: what the network says is worded by the operating system and by net/http.
// HOST stands for the server's address.
func TestNetworkFailures(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		address func(*testing.T, failure) string
		failure
	}{
		{nobody, failure{
			name: "refused", ends: true,
			last: `calls: no answer from HOST: dial tcp HOST: connect: connection refused; check the network, ` +
				`and the proxy variables if there is a proxy`,
		}},
		{overTLS(tls.VersionTLS12), failure{
			name: "certificate", ends: true,
			last: `calls: no secure connection to HOST: tls: failed to verify certificate: x509: certificate ` +
				`signed by unknown authority; is a proxy in between whose certificate this machine should ` +
				`trust? Add its authority to the certificates of the system, or name its file in ` +
				`SSL_CERT_FILE`,
		}},
		{overTLS(tls.VersionTLS11), failure{
			name: "tls-too-old", ends: true,
			last: `calls: no secure connection to HOST: remote error: tls: protocol version not supported; the ` +
				`server, or a proxy in between, speaks no TLS from 1.2 on, or wants a certificate of this ` +
				`machine: ask those who run it`,
		}},
		{otherScheme(overHTTP, "https"), failure{
			name: "https-to-http", ends: true,
			last: `calls: no secure connection to HOST: tls: first record does not look like a TLS handshake; is ` +
				`there a proxy or a login page between this machine and Zendesk, or does api_url lead ` +
				`elsewhere?`,
		}},
		{otherScheme(overTLS(tls.VersionTLS12), "http"), failure{
			name: "http-to-https",
			last: `2 of 2 streams failed: calls: 400 Bad Request from Zendesk: "Client sent an HTTP request to ` +
				`an HTTPS server."; legs: 400 Bad Request from Zendesk: "Client sent an HTTP request to an ` +
				`HTTPS server."; Zendesk finds fault with the request itself: is there a newer version of ` +
				`this program, or does extra_headers or a proxy change it?`,
		}},
		{notHTTP, failure{
			name: "not-http", ends: true,
			last: `calls: no answer from HOST: malformed HTTP status code "mail.example.com"; check the network, ` +
				`and the proxy variables if there is a proxy`,
		}},
		{overHTTP, failure{
			name: "hang", scenarios: []string{"hang"}, settings: map[string]any{"request_timeout_seconds": 1},
			ends: true,
			last: `calls: no answer from HOST within 1s; is the network slow, or request_timeout_seconds too small?`,
		}},
		{overHTTP, failure{
			name: "close", scenarios: []string{"close"}, ends: true,
			last: `calls: no answer from HOST: EOF; check the network, and the proxy variables if there is a proxy`,
		}},
		{overHTTP, failure{
			name: "cut-body", scenarios: []string{"cut-body@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 200 OK, but a body cut short (request id ID); run ` +
				`again later: nothing is lost; if it stays so, look for a proxy in between, or ask ` +
				`Zendesk's support, who want the request id`,
		}},
		{overHTTP, failure{
			name: "gzip-lie", scenarios: []string{"gzip-lie@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 200 OK, but a body with broken compression ` +
				`(request id ID); run again later: nothing is lost; if it stays so, look for a proxy in ` +
				`between, or ask Zendesk's support, who want the request id`,
		}},
		{overHTTP, failure{
			name: "gzip-cut", scenarios: []string{"gzip-cut@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 200 OK, but a body cut short (request id ID); run ` +
				`again later: nothing is lost; if it stays so, look for a proxy in between, or ask ` +
				`Zendesk's support, who want the request id`,
		}},
		{overHTTP, failure{
			name: "huge-header", scenarios: []string{"huge-header=300000@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: a response header larger than this program reads; is there a ` +
				`proxy or a login page between this machine and Zendesk, or does api_url lead elsewhere?`,
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := row.failure
			address := row.address(t, f)
			host := address[strings.Index(address, "//")+2:]
			f.login = "bearer"
			settings := map[string]any{"api_url": address, "max_retry_seconds": 0}
			maps.Copy(settings, f.settings)
			f.settings = settings
			dir := t.TempDir()
			o := runProgram(f.files(t, dir), nil, nil).steady(dir)
			o.stderr = strings.ReplaceAll(o.stderr, host, "HOST")
			const broken = "net/http: HTTP/1.x transport connection broken: " // sometimes there
			o.stderr = strings.ReplaceAll(o.stderr, broken, "")
			o.stderr = refusedByWindows.ReplaceAllString(o.stderr, "connect: connection refused")
			f.check(t, o)
		})
	}
}

// refusedByWindows is what Windows says, in its user's language, where Unix says "connect: connection refused".
var refusedByWindows = regexp.MustCompile(`connectex: [^;]+`)

// nobody is an address at which nobody listens.
func nobody(t *testing.T, _ failure) string {
	t.Helper()
	listener := listen(t)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return "http://" + listener.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// overHTTP serves the account that f reads.
func overHTTP(t *testing.T, f failure) string {
	t.Helper()
	server := httptest.NewServer(f.simulator(t))
	t.Cleanup(server.Close)
	return server.URL
}

// overTLS does the same with a certificate that nobody trusts, and the given version of TLS at most.
func overTLS(version uint16) func(*testing.T, failure) string {
	return func(t *testing.T, f failure) string {
		t.Helper()
		server := httptest.NewUnstartedServer(f.simulator(t))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}
}

// otherScheme goes to an address with the wrong scheme.
func otherScheme(address func(*testing.T, failure) string, scheme string) func(*testing.T, failure) string {
	return func(t *testing.T, f failure) string {
		t.Helper()
		u, err := url.Parse(address(t, f))
		if err != nil {
			t.Fatal(err)
		}
		u.Scheme = scheme
		return u.String()
	}
}

// notHTTP answers like a mail server.
func notHTTP(t *testing.T, _ failure) string {
	t.Helper()
	listener := listen(t)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, "220 mail.example.com ESMTP\r\n")
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return "http://" + listener.Addr().String()
}

// No login and no extra header must ever reach another origin, wherever redirects and next_page point: here, to a
// second listener, which must see no request at all.
func TestForeignOrigins(t *testing.T) {
	t.Parallel()
	for _, login := range []string{"", "bearer", "api"} {
		for _, spec := range []string{
			"redirect=other:ORIGIN", "redirect=other:ORIGIN@token", "redirect=other:ORIGIN@2", "redirect=scheme",
			"redirect=login",
			"next-page=foreign:ORIGIN", "next-page=port", "next-page=userinfo", "next-page=lookalike",
			"next-page=scheme",
			"next-page=no-scheme", "next-page=path",
		} {
			t.Run(login+spec, func(t *testing.T) {
				t.Parallel()
				other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					t.Errorf("another origin was asked for %s with Authorization %q and X-Proxy-Key %q", r.URL,
						r.Header.Get("Authorization"), r.Header.Get("X-Proxy-Key"))
					http.NotFound(w, r)
				}))
				defer other.Close()
				f := failure{login: login, scenarios: []string{"page-size=2", strings.Replace(spec, "ORIGIN",
					other.URL, 1)}}
				sim := f.simulator(t)
				server := httptest.NewServer(sim)
				defer server.Close()
				f.settings = map[string]any{"api_url": server.URL, "max_retry_seconds": 0, "requests_per_minute": 1000}
				o := runProgram(f.files(t, t.TempDir()), nil, nil)
				if redirected := strings.HasPrefix(spec, "redirect") && (login == "" || !strings.HasSuffix(spec,
					"@token")); (o.code != 0) != redirected {
					t.Errorf("got exit code %d: a redirect is an error, a foreign next_page is not\n%s", o.code,
						o.stderr)
				}
				for _, r := range sim.Requests() {
					if r.Header.Get("X-Proxy-Key") != secretProxy || r.Endpoint != "token" && r.Auth == "none" {
						t.Errorf("the configured origin got a request without a login or an extra header: %+v", r)
					}
				}
			})
		}
	}
}

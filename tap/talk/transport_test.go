package talk

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// overTLS serves handler over TLS, with HTTP/2 where both sides want it, as the given TLS config says.
func overTLS(t *testing.T, handler http.Handler, config *tls.Config) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2, server.TLS, server.Listener = true, config, lingering{server.Listener}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about what we want to see
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// lingering makes connections that the server closes only when the client has had time to read why: else what it sends
// meanwhile is answered by a reset, which may overtake the reason.
type lingering struct{ net.Listener }

func (l lingering) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return lingeringConn{conn.(*net.TCPConn)}, nil
}

type lingeringConn struct{ *net.TCPConn }

func (c lingeringConn) Close() error {
	_ = c.CloseWrite()
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.Copy(io.Discard, c.TCPConn)
	return c.TCPConn.Close()
}

// trusting is the program's transport, but that it knows who vouches for the server.
func trusting(t *testing.T, server *httptest.Server) *http.Transport {
	t.Helper()
	known, ok := server.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("the server's client has no http.Transport")
	}
	transport := NewTransport(func(string) string { return "" })
	transport.TLSClientConfig = &tls.Config{RootCAs: known.TLSClientConfig.RootCAs}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// pages answers with a page of one row.
func pages(t *testing.T) http.HandlerFunc {
	t.Helper()
	body := samplePage(t, 1)
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }
}

// Over HTTP/2, as the real API speaks it, a request for a page is a GET without a body, and too large a header is told
// as such.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	var large atomic.Bool
	server := overTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 || r.ContentLength != 0 {
			t.Errorf("got a request over %s with a body of %d bytes, want HTTP/2 and none", r.Proto, r.ContentLength)
		}
		for i := 0; large.Load() && i < 32; i++ { // a little too much, or net/http takes it for a PROTOCOL_ERROR
			w.Header().Set(fmt.Sprintf("X-Large-%d", i), strings.Repeat("x", maxHeader/32+20))
		}
		pages(t)(w, r)
	}), nil)
	c := clientOf(t, server, Config{RequestsPerMinute: 10, MaxRetry: time.Minute, Transport: trusting(t, server)})
	for range 3 {
		if _, err := c.Page(t.Context(), calls(), Request{}); err != nil {
			t.Fatal(err)
		}
	}
	large.Store(true)
	_, err := c.Page(t.Context(), calls(), Request{})
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != KindUnexpected || e.Attempts != 1 {
		t.Errorf("got %v, want an error about the header, which is not tried again", err)
	}
}

// A forwarder stands between the client and a server, and can stop transient bytes on the connections it has.
type forwarder struct {
	net.Listener
	server string
	dead   sync.Map     // of the connections that pass nothing any more
	opened atomic.Int64 // connections
}

func newForwarder(t *testing.T, server string) *forwarder {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &forwarder{Listener: listener, server: server}
	t.Cleanup(func() { _ = listener.Close() })
	go f.serve()
	return f
}

func (f *forwarder) serve() {
	for {
		client, err := f.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", f.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		n := f.opened.Add(1)
		go f.pass(n, server, client)
		go f.pass(n, client, server)
	}
}

// pass copies bytes, or swallows them once the connection is dead.
func (f *forwarder) pass(n int64, to, from net.Conn) {
	buffer := make([]byte, 4096)
	for {
		k, err := from.Read(buffer)
		if err != nil {
			_ = to.Close()
			return
		}
		if _, dead := f.dead.Load(n); !dead {
			_, _ = to.Write(buffer[:k])
		}
	}
}

// A connection that dies in silence, before an answer or in the middle of its body, is noticed, and the next try goes
// over another one; over HTTP/2 by pings, long before the request's own time is up.
func TestDeadConnections(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"the first request", "a later request", "the middle of a body"} {
		for _, protocol := range []int{1, 2} {
			t.Run(fmt.Sprintf("HTTP/%d, %s", protocol, at), func(t *testing.T) {
				t.Parallel()
				testDeadConnection(t, at, protocol)
			})
		}
	}
}

func testDeadConnection(t *testing.T, at string, protocol int) {
	t.Helper()
	body := samplePage(t, 200)
	var f *forwarder
	var requests atomic.Int64
	server := overTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		if r.ProtoMajor != protocol {
			t.Errorf("got a request over %s", r.Proto)
		}
		sent := 0
		switch {
		case at == "the middle of a body" && n == 2:
			sent = len(body) / 2
			_, _ = w.Write(body[:sent])
			_ = http.NewResponseController(w).Flush()
			time.Sleep(50 * time.Millisecond) // until it has passed
			f.dead.Store(int64(1), true)
		case at == "the first request" && n == 1, at == "a later request" && n == 2:
			f.dead.Store(int64(1), true)
		}
		_, _ = w.Write(body[sent:])
	}), nil)
	f = newForwarder(t, server.Listener.Addr().String())
	transport := trusting(t, server)
	transport.HTTP2.SendPingTimeout, transport.HTTP2.PingTimeout = 500*time.Millisecond, 2*time.Second
	cfg := Config{RequestsPerMinute: 100, MaxRetry: time.Minute, Transport: transport}
	if protocol == 1 {
		transport.ForceAttemptHTTP2, cfg.RequestTimeout = false, 5*time.Second // HTTP/1.1 has no pings
	}
	c := clientOf(t, server, cfg)
	c.base.Host = f.Addr().String()
	began := time.Now()
	for range 3 {
		p, err := c.Page(t.Context(), calls(), Request{})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Rows) != 200 {
			t.Errorf("got %d rows, want 200", len(p.Rows))
		}
	}
	if n := requests.Load(); n != 4 || f.opened.Load() != 2 {
		t.Errorf("got %d requests over %d connections, want 4 over 2: the one that died was tried once", n,
			f.opened.Load())
	}
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("took %v", took)
	}
}

// The times that the tests of dead connections shorten: together less than half a minute.
func TestDeadConnectionsAreNoticedInHalfAMinute(t *testing.T) {
	t.Parallel()
	h := NewTransport(func(string) string { return "" }).HTTP2
	if h == nil || h.SendPingTimeout < 10*time.Second || h.PingTimeout < 5*time.Second ||
		h.SendPingTimeout+h.PingTimeout > 28*time.Second {
		t.Errorf("got %+v, want pings that neither disturb a slow server nor take longer than half a minute in all", h)
	}
}

// A server that takes its time but is alive is waited for, and asked once.
func TestSlowServerIsAskedOnce(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	server := overTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		time.Sleep(time.Second)
		pages(t)(w, r)
	}), nil)
	transport := trusting(t, server)
	transport.HTTP2.SendPingTimeout, transport.HTTP2.PingTimeout = 100*time.Millisecond, 10*time.Second
	c := clientOf(t, server, Config{RequestsPerMinute: 100, MaxRetry: time.Minute, Transport: transport})
	if _, err := c.Page(t.Context(), calls(), Request{}); err != nil || requests.Load() != 1 {
		t.Errorf("got error %v and %d requests, want none and 1", err, requests.Load())
	}
}

// A try after one that got no answer goes over a new connection, even if the old one still answers pings.
func TestNextTryTakesANewConnection(t *testing.T) {
	t.Parallel()
	var connections sync.Map
	var stuck atomic.Int64 // requests over the first connection
	server := overTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first, loaded := connections.LoadOrStore("first", r.RemoteAddr); !loaded || first == r.RemoteAddr {
			stuck.Add(1)
			<-r.Context().Done()
			return
		}
		pages(t)(w, r)
	}), nil)
	c := clientOf(t, server, Config{
		RequestsPerMinute: 100, MaxRetry: 20 * time.Second, RequestTimeout: time.Second, Transport: trusting(t, server),
	})
	if _, err := c.Page(t.Context(), calls(), Request{}); err != nil || stuck.Load() != 1 {
		t.Errorf("got error %v after %d requests over the first connection, want none after 1", err, stuck.Load())
	}
}

// frames serves HTTP/2 by hand: answer is called for each request, with its number.
func frames(t *testing.T, answer func(n int64, f *http2.Framer, stream uint32)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	t.Cleanup(server.Close)
	config := server.TLS.Clone()
	config.NextProtos = []string{"h2"}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var requests atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveFrames(conn, &requests, answer)
		}
	}()
	server.URL = "https://" + listener.Addr().String()
	return server
}

func serveFrames(conn net.Conn, requests *atomic.Int64, answer func(int64, *http2.Framer, uint32)) {
	defer conn.Close()
	if _, err := io.CopyN(io.Discard, conn, int64(len(http2.ClientPreface))); err != nil {
		return
	}
	f := http2.NewFramer(conn, conn)
	_ = f.WriteSettings()
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = f.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				_ = f.WritePing(true, frame.Data)
			}
		case *http2.HeadersFrame:
			answer(requests.Add(1), f, frame.StreamID)
		}
	}
}

// writePage answers a request with this :status and a page of one row.
func writePage(t *testing.T, f *http2.Framer, stream uint32, status string) {
	t.Helper()
	var block bytes.Buffer
	_ = hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: ":status", Value: status})
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true})
	_ = f.WriteData(stream, true, samplePage(t, 1))
}

// What a server gives back unanswered over HTTP/2 is sent again by the client, within its pace, and not by net/http.
func TestNothingIsRepeatedBehindThePace(t *testing.T) {
	t.Parallel()
	for name, giveBack := range map[string]func(f *http2.Framer, stream uint32){
		"REFUSED_STREAM": func(f *http2.Framer, stream uint32) {
			_ = f.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
		},
		"GOAWAY": func(f *http2.Framer, stream uint32) { _ = f.WriteGoAway(stream-1, http2.ErrCodeNo, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var received atomic.Int64
			server := frames(t, func(n int64, f *http2.Framer, stream uint32) {
				received.Store(n)
				if n < 3 {
					giveBack(f, stream)
					return
				}
				writePage(t, f, stream, "200")
			})
			reported := int64(0)
			c := clientOf(t, server, Config{
				RequestsPerMinute: 100, MaxRetry: time.Minute, Transport: trusting(t, server),
				OnRequest: func(RequestStats) { reported++ },
			})
			if _, err := c.Page(t.Context(), calls(), Request{}); err != nil {
				t.Fatal(err)
			}
			if reported != 3 || received.Load() != 3 {
				t.Errorf("the server got %d requests, and the client knows of %d; want 3 and 3", received.Load(),
					reported)
			}
		})
	}
}

// A header of HTTP/2 that can't be decoded, as after one flipped bit, is worth another try.
func TestUndecodableHeaderIsRetried(t *testing.T) {
	t.Parallel()
	server := frames(t, func(n int64, f *http2.Framer, stream uint32) {
		if n == 1 {
			_ = f.WriteHeaders(http2.HeadersFrameParam{
				StreamID: stream, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0x0f}, EndHeaders: true,
			})
			return
		}
		writePage(t, f, stream, "200")
	})
	c := clientOf(t, server, Config{RequestsPerMinute: 100, MaxRetry: time.Minute, Transport: trusting(t, server)})
	if _, err := c.Page(t.Context(), calls(), Request{}); err != nil {
		t.Error(err)
	}
}

// A status that is none is a fault of the server that may pass, and no reason to believe that nothing was answered.
func TestStatusZero(t *testing.T) {
	t.Parallel()
	t.Run("HTTP/2", func(t *testing.T) {
		t.Parallel()
		server := frames(t, func(_ int64, f *http2.Framer, stream uint32) { writePage(t, f, stream, "0") })
		testStatusZero(t, clientOf(t, server, Config{MaxRetry: 5 * time.Second, RequestsPerMinute: 10,
			Transport: trusting(t, server)}))
	})
	t.Run("HTTP/1.1", func(t *testing.T) {
		t.Parallel()
		u := answering(t, "HTTP/1.1 000 Nothing\r\nContent-Length: 2\r\n\r\nhi")
		testStatusZero(t, NewClient(Config{BaseURL: u, MaxRetry: 5 * time.Second, RequestsPerMinute: 10}))
	})
}

func testStatusZero(t *testing.T, c *Client) {
	t.Helper()
	_, err := c.Page(t.Context(), calls(), Request{})
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != KindUnavailable || !e.Answered || e.Attempts < 2 || !strings.HasPrefix(e.Error(),
		"calls: 000") {
		t.Errorf("got %v, want a status 000 that was tried again", err)
	}
}

// answering gives one answer to each request over HTTP/1.1, and closes the connection.
func answering(t *testing.T, answer string) *url.URL {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}()
	return &url.URL{Scheme: "http", Host: listener.Addr().String()}
}

// What load balancers and proxies send on their own account passes, or belongs to another connection.
func TestPassingStatuses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 408, 409, 421, 425, 500, 503, 599, 999} {
		c := NewClient(Config{BaseURL: base(t)})
		f := c.failure("calls", answer{answered: true, status: status, header: http.Header{}})
		if f.Kind != KindUnavailable || f.verdict != transient {
			t.Errorf("%d: got kind %d, verdict %d; want that it may pass", status, f.Kind, f.verdict)
		}
	}
}

// What a person has to mend is tried once, before anything went well.
func TestWhatAPersonMustMend(t *testing.T) {
	t.Parallel()
	handler := pages(t)
	for name, test := range map[string]struct {
		config *tls.Config
		change func(*http.Transport, *url.URL)
		kind   Kind
	}{
		"TLS too old": {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, nil,
			KindTLS},
		"client certificate": {&tls.Config{ClientAuth: tls.RequireAnyClientCert}, nil, KindClientCertificate},
		"client certificate, 1.2": {&tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12},
			nil, KindTLS},
		"certificate of a stranger": {nil, func(tr *http.Transport, _ *url.URL) { tr.TLSClientConfig = nil },
			KindCertificateAuthority},
		"certificate of other name": {nil, func(tr *http.Transport, _ *url.URL) {
			tr.TLSClientConfig.ServerName = "acme.invalid"
		}, KindCertificateName},
		"certificate that has ended": {nil, func(tr *http.Transport, _ *url.URL) {
			tr.TLSClientConfig.Time = inTheYear(2300)
		}, KindCertificate},
		"no TLS": {nil, func(_ *http.Transport, u *url.URL) {
			u.Host = answering(t, "220 mail\r\n").Host
		}, KindNoTLS},
		"port": {nil, func(_ *http.Transport, u *url.URL) { u.Host = "127.0.0.1:99999" },
			KindPort},
		"unknown host":        {nil, unknown("127.0.0.1"), KindHost},
		"unknown proxy":       {nil, unknown("proxy.invalid"), KindProxyHost},
		"proxy's login":       {nil, through(t, "HTTP/1.1 407 Who are you\r\n\r\n", "http"), KindProxyLogin},
		"proxy's refusal":     {nil, through(t, "HTTP/1.1 403 Forbidden\r\n\r\n", "http"), KindProxyRefused},
		"SOCKS login":         {nil, through(t, "\x05\x02\x01\x01", "socks5"), KindProxyLogin},
		"SOCKS wants a login": {nil, through(t, "\x05\xff", "socks5"), KindProxyLogin},
		"SOCKS refusal": {nil, through(t, "\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", "socks5"),
			KindProxyRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := overTLS(t, handler, test.config)
			transport := trusting(t, server)
			patience, most := 5*time.Second, 1
			if test.kind == KindClientCertificate { // a reset can overtake the alert, and is tried again
				patience, most = 15*time.Second, 5
			}
			c := clientOf(t, server, Config{MaxRetry: patience, RequestsPerMinute: 10, Transport: transport})
			if test.change != nil {
				test.change(transport, c.base)
			}
			_, err := c.Page(t.Context(), calls(), Request{})
			if e, ok := errors.AsType[*Error](err); !ok || e.Kind != test.kind || e.Attempts > most {
				t.Errorf("got %v, want kind %d after at most %d attempts", err, test.kind, most)
			}
		})
	}
}

func inTheYear(year int) func() time.Time {
	return func() time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
}

// unknown makes a name one that no DNS server knows.
func unknown(name string) func(*http.Transport, *url.URL) {
	return func(transport *http.Transport, _ *url.URL) {
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}}
		}
	}
}

// through leads a transport to a proxy that has one answer.
func through(t *testing.T, answer, scheme string) func(*http.Transport, *url.URL) {
	t.Helper()
	proxy := answering(t, answer)
	return func(transport *http.Transport, _ *url.URL) {
		login := url.UserPassword("user", "password")
		transport.Proxy = http.ProxyURL(&url.URL{Scheme: scheme, User: login, Host: proxy.Host})
	}
}

// The variables of the environment that name a proxy: a proxy, none, or an error, but never a way past the proxy.
func TestProxyVariables(t *testing.T) {
	t.Parallel()
	const bad = "the environment variable HTTPS_PROXY holds no usable URL of a proxy"
	for _, test := range []struct {
		name string
		env  map[string]string
		to   string
		want string // the proxy, or the error
	}{
		{"none", nil, "https://acme.zendesk.com", ""},
		{"URL", map[string]string{"HTTPS_PROXY": "http://user:pass@proxy:3128/"}, "https://acme.zendesk.com",
			"http://user:pass@proxy:3128/"},
		{"lower case", map[string]string{"https_proxy": "https://proxy"}, "https://acme.zendesk.com", "https://proxy"},
		{"both", map[string]string{"HTTPS_PROXY": "http://one", "https_proxy": "http://two"},
			"https://acme.zendesk.com", "http://one"},
		{"no scheme", map[string]string{"HTTPS_PROXY": "proxy:3128"}, "https://acme.zendesk.com", "http://proxy:3128"},
		{"login without a scheme", map[string]string{"HTTPS_PROXY": "user:pass@10.0.0.1:3128"},
			"https://acme.zendesk.com", "http://user:pass@10.0.0.1:3128"},
		{"SOCKS", map[string]string{"HTTPS_PROXY": "socks5://proxy:1080"}, "https://acme.zendesk.com",
			"socks5://proxy:1080"},
		{"blanks", map[string]string{"HTTPS_PROXY": " http://proxy "}, "https://acme.zendesk.com", "http://proxy"},
		{"encoded", map[string]string{"HTTPS_PROXY": "http://user:pa%23ss@proxy"}, "https://acme.zendesk.com",
			"http://user:pa%23ss@proxy"},
		{"bad escape", map[string]string{"HTTPS_PROXY": "http://user:pa55%zz@127.0.0.1:1"}, "https://acme.zendesk.com",
			bad},
		{"bad escape, no scheme", map[string]string{"HTTPS_PROXY": "user:pa55%zz@127.0.0.1:1"},
			"https://acme.zendesk.com", bad},
		{"number sign", map[string]string{"HTTPS_PROXY": "http://user:pa#ss@proxy:3128"}, "https://acme.zendesk.com",
			bad},
		{"number sign behind digits", map[string]string{"HTTPS_PROXY": "http://user:12#ss@proxy:3128"},
			"https://acme.zendesk.com", bad},
		{"slash", map[string]string{"HTTPS_PROXY": "http://user:12/ss@proxy:3128"}, "https://acme.zendesk.com", bad},
		{"question mark", map[string]string{"HTTPS_PROXY": "http://user:12?ss@proxy:3128"}, "https://acme.zendesk.com",
			bad},
		{"other scheme", map[string]string{"HTTPS_PROXY": "ftp://proxy"}, "https://acme.zendesk.com", bad},
		{"port", map[string]string{"HTTPS_PROXY": "http://proxy:99999"}, "https://acme.zendesk.com", bad},
		{"no host", map[string]string{"HTTPS_PROXY": "http://:3128"}, "https://acme.zendesk.com", bad},
		{"bad, in lower case", map[string]string{"https_proxy": "http://%"}, "https://acme.zendesk.com",
			strings.Replace(bad, "HTTPS_PROXY", "https_proxy", 1)},
		{"bad, but not for this host", map[string]string{"HTTPS_PROXY": "http://%", "NO_PROXY": ".zendesk.com"},
			"https://acme.zendesk.com", ""},
		{"not for this host", map[string]string{"HTTPS_PROXY": "http://proxy", "no_proxy": "acme.zendesk.com"},
			"https://acme.zendesk.com", ""},
		{"not for this machine", map[string]string{"HTTPS_PROXY": "http://proxy"}, "https://127.0.0.1:8443", ""},
		{"for http", map[string]string{"HTTP_PROXY": "http://proxy"}, "https://acme.zendesk.com", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(test.to)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			switch proxy, err := proxies(func(name string) string { return test.env[name] })(&http.Request{URL: u}); {
			case err != nil:
				got = err.Error()
			case proxy != nil:
				got = proxy.String()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A proxy's password does not show, in whatever form the proxy sends it back.
func TestProxyPasswordDoesNotShow(t *testing.T) {
	t.Parallel()
	r := newRedactor(Config{Getenv: func(name string) string {
		return map[string]string{"https_proxy": "http://somebody:pa%23ss+w%40rd@proxy:3128"}[name]
	}}.withDefaults())
	const password = "pa#ss+w@rd"
	for _, form := range []string{
		password, url.QueryEscape(password), base64.StdEncoding.EncodeToString([]byte("somebody:" + password)),
		base64.RawURLEncoding.EncodeToString([]byte(password)),
	} {
		if text := r.clean("you are " + form + ", and may not"); text != "you are [redacted], and may not" {
			t.Errorf("%s shows in %q", form, text)
		}
	}
}

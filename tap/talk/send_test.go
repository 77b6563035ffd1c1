package talk

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clientOf returns a client of server.
func clientOf(t *testing.T, server *httptest.Server, cfg Config) *Client {
	t.Helper()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg.BaseURL = u
	return NewClient(cfg)
}

// TestTooLarge: a page that never ends is an error of its stream, and not asked for again; an error answer that never
// ends is read as far as it is of use.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 500} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.Copy(w, endless{}) // until the client hangs up
		}))
		c := clientOf(t, server, Config{})
		tries := c.begin("calls")
		a := c.send(t.Context(), c.newRequest(http.MethodGet, c.base, "", nil), tries, 1<<20)
		f := c.failure("calls", a)
		server.Close()
		switch {
		case status == 200 && (f.Kind != KindUnexpected || f.verdict != never || f.Message != "but a body larger "+
			"than this program reads"):
			t.Errorf("got kind %d, verdict %d, %v; want an error that is not retried", f.Kind, f.verdict, f.Error)
		case status == 500 && (f.Kind != KindUnavailable || len(a.body) != maxErrorBody):
			t.Errorf("got kind %d and %d bytes; want the first %d bytes of what is said", f.Kind, len(a.body),
				maxErrorBody)
		}
	}
}

// TestRowsDoNotPinBuffers: rows of an earlier page must not keep its buffer alive beside the present one.
func TestRowsDoNotPinBuffers(t *testing.T) {
	t.Parallel()
	sizes := []int{1000, 10, 3000}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(samplePage(t, sizes[0]))
		sizes = sizes[1:]
	}))
	defer server.Close()
	c := clientOf(t, server, Config{RequestsPerMinute: 10})
	for _, want := range []int{1000, 10, 3000} {
		p, err := c.Page(t.Context(), calls(), Request{})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Rows) != want {
			t.Errorf("got %d rows, want %d", len(p.Rows), want)
		}
		for i, row := range c.rows[len(p.Rows):cap(c.rows)] {
			if row != nil {
				t.Fatalf("row %d behind the page's %d is still there", i, want)
			}
		}
	}
}

// TestNoSilentRepeats: net/http must send nothing again by itself when a connection that was kept alive breaks, or the
// pace would not hold.
func TestNoSilentRepeats(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if seen.Add(1) == 2 {
			panic(http.ErrAbortHandler) // breaks the connection
		}
		_, _ = w.Write(samplePage(t, 1))
	}))
	defer server.Close()
	c := clientOf(t, server, Config{RequestsPerMinute: 10})
	if _, err := c.Page(t.Context(), calls(), Request{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Page(t.Context(), calls(), Request{}); err == nil || seen.Load() != 2 {
		t.Errorf("got error %v after %d requests, want one after 2", err, seen.Load())
	}
}

// TestRefusalCutShort: who knows what the rest of a refusal would have said; it is asked for again, while a whole one
// is believed.
func TestRefusalCutShort(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			testRefusalCutShort(t, status)
		})
	}
}

func testRefusalCutShort(t *testing.T, status int) {
	t.Helper()
	for cut, want := range map[bool]int64{true: 2, false: 1} {
		var seen atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if seen.Add(1) > 1 {
				_, _ = w.Write(samplePage(t, 1))
				return
			}
			if cut {
				w.Header().Set("Content-Length", "500")
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"error":`)
		}))
		c := clientOf(t, server, Config{RequestsPerMinute: 10, MaxRetry: 4 * time.Second,
			Login: Login{AccessToken: "token"}})
		_, err := c.Page(t.Context(), calls(), Request{})
		server.Close()
		if seen.Load() != want || (err == nil) != cut {
			t.Errorf("%d, cut: %t: got error %v after %d requests, want %d", status, cut, err, seen.Load(), want)
		}
	}
}

// TestConnectionsGivenUp: a server that closes a connection after each answer without saying so costs one try more, at
// once, not a wait a page.
func TestConnectionsGivenUp(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	used := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		again := used[r.RemoteAddr]
		used[r.RemoteAddr] = true
		mu.Unlock()
		if again {
			panic(http.ErrAbortHandler) // breaks the connection
		}
		_, _ = w.Write(samplePage(t, 1))
	}))
	defer server.Close()
	var requests int
	var waited time.Duration
	c := clientOf(t, server, Config{RequestsPerMinute: 100, MaxRetry: time.Minute, OnRequest: func(r RequestStats) {
		requests, waited = requests+1, waited+r.Waited
	}})
	for range 5 {
		if _, err := c.Page(t.Context(), calls(), Request{}); err != nil {
			t.Fatal(err)
		}
	}
	if requests != 6 || waited > 0 {
		t.Errorf("got %d requests and %v of waiting for 5 pages, want 6 and none", requests, waited)
	}
}

// TestSwitchingProtocols: an answer with status 101 keeps neither the connection nor the program, and is tried again.
func TestSwitchingProtocols(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{URL: "http://" + listener.Addr().String()}
	var hungUp sync.WaitGroup
	hungUp.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			buffered := bufio.NewReader(conn)
			_, _ = http.ReadRequest(buffered)
			_, _ = io.WriteString(conn, "HTTP/1.1 101 X\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n")
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			if _, err := io.Copy(io.Discard, buffered); err != nil {
				t.Errorf("the client still holds the connection after 5 s: %v", err)
			}
			_ = conn.Close()
		}
	})
	c := clientOf(t, server, Config{RequestsPerMinute: 10, MaxRetry: 2 * time.Second})
	_, err = c.Page(t.Context(), calls(), Request{})
	_ = listener.Close()
	hungUp.Wait()
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != KindUnavailable || e.Attempts != 2 {
		t.Errorf("got %v, want that the server is not available, after 2 attempts", err)
	}
}

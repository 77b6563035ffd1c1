package talk

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// endless is a body that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestReadAll(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("0123456789"), 100_000)
	for _, length := range []int{-1, 0, 10, len(body), len(body) + 1} { // as announced, rightly or not
		got, err := readAll(nil, bytes.NewReader(body), length, len(body))
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("announced %d: got %d bytes and error %v, want all %d", length, len(got), err, len(body))
		}
		again, err := readAll(got, strings.NewReader("short"), 5, len(body))
		if err != nil || string(again) != "short" || &again[0] != &got[0] {
			t.Errorf("announced %d: the buffer is not used again (error %v)", length, err)
		}
	}
	if _, err := readAll(nil, bytes.NewReader(body), -1, len(body)-1); !errors.Is(err, errTooLarge) {
		t.Errorf("a body that is one byte too long: error %v, want %v", err, errTooLarge)
	}
	if got, err := readAll(nil, endless{}, -1, 1<<20); !errors.Is(err, errTooLarge) || len(got) > 2<<20 {
		t.Errorf("an endless body: error %v after %d bytes, want %v after little more than 1 MiB", err, len(got), errTooLarge)
	}
	if got, err := readAll(nil, io.MultiReader(bytes.NewReader(body), &failing{}), -1, 1<<30); !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != len(body) {
		t.Errorf("a body cut short: error %v after %d bytes, want %v after %d", err, len(got), io.ErrUnexpectedEOF, len(body))
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestTooLarge: a page that never ends is an error of its stream, and not asked for again; an error answer that never
// ends is read as far as it is of use.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 500} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.Copy(w, endless{}) // until the client hangs up
		}))
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		c := NewClient(Config{BaseURL: u})
		task := c.begin("calls")
		a := c.send(t.Context(), c.newRequest(http.MethodGet, c.base, "", nil), task, 1<<20)
		f := c.judge("calls", a)
		server.Close()
		switch {
		case status == 200 && (f.Kind != KindBody || f.verdict != final || f.Message != "but a body larger than this program reads"):
			t.Errorf("got kind %d, verdict %d, %v; want an error that is not retried", f.Kind, f.verdict, f.Error)
		case status == 500 && (f.Kind != KindUnavailable || len(a.body) != maxErrorBody):
			t.Errorf("got kind %d and %d bytes; want the first %d bytes of what is said", f.Kind, len(a.body), maxErrorBody)
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
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := NewClient(Config{BaseURL: u, RequestsPerMinute: 10})
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

// TestNoSilentRepeats: net/http must send nothing again by itself when a connection that was kept alive breaks, or the pace
// would not hold.
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
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := NewClient(Config{BaseURL: u, RequestsPerMinute: 10})
	if _, err := c.Page(t.Context(), calls(), Request{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Page(t.Context(), calls(), Request{}); err == nil || seen.Load() != 2 {
		t.Errorf("got error %v after %d requests, want one after 2", err, seen.Load())
	}
}

package talksim_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// Both ways to the simulator must present answers alike: the same bytes, zipped if that
// was asked for.
func TestTransportsAgree(t *testing.T) {
	t.Parallel()
	sim := newSim(t, talksim.Config{Account: desk.Demo(), Now: at(desk.DemoNow)})
	server := httptest.NewServer(sim)
	defer server.Close()
	shape := func(transport http.RoundTripper, accept string) (string, int64, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+stats+"calls?start_time=0", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+talksim.AccessToken)
		if accept != "" {
			req.Header.Set("Accept-Encoding", accept)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body), resp.ContentLength, resp.Header.Get("Content-Encoding")
	}
	network := &http.Transport{DisableCompression: true}
	defer network.CloseIdleConnections()
	for _, accept := range []string{"", "gzip", "identity"} {
		body1, length1, encoding1 := shape(sim.Transport(), accept)
		body2, length2, encoding2 := shape(network, accept)
		if body1 != body2 || length1 != length2 || encoding1 != encoding2 {
			t.Errorf("Accept-Encoding %q: in process %d bytes, %d %q; over the network %d bytes, %d %q",
				accept, len(body1), length1, encoding1, len(body2), length2, encoding2)
		}
		if accept == "gzip" && !strings.HasPrefix(body1, "\x1f\x8b") {
			t.Error("asked for gzip and got something else")
		}
	}
}

func TestTransportInBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, talksim.Config{Now: time.Now}, "latency=300ms", "slow=1s:64@2", "hang@3")
		start := time.Now()
		if _, _, err := get(t, sim, origin+stats+"calls?start_time=0"); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 300*time.Millisecond {
			t.Errorf("latency: took %v, want 300ms", got)
		}
		if got := sim.Requests()[0].At.Sub(start); got != 150*time.Millisecond {
			t.Errorf("request arrived after %v, want half of the latency", got)
		}

		start = time.Now()
		_, body, err := get(t, sim, origin+stats+"calls?start_time=0")
		const perByte = time.Second / 64 // pieces of 64 bytes, a second each
		slow := (time.Duration(len(body)) * perByte).Truncate(time.Second)
		if len(body)%64 > 0 {
			slow += time.Second
		}
		if got, want := time.Since(start), slow+300*time.Millisecond; err != nil || got != want {
			t.Errorf("slow body: took %v, want %v (%v)", got, want, err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		start = time.Now()
		req := httptest.NewRequestWithContext(ctx, http.MethodGet, origin+stats+"calls?start_time=0", nil)
		_, _, err = do(t, sim, req)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 7*time.Second {
			t.Errorf("hang: %v after %v, want the request's deadline", err, time.Since(start))
		}
	})
}

// resetOnWindows is what Windows' sockets return where Unix's return ECONNRESET.
const resetOnWindows = syscall.Errno(10054)

// Wire faults must look the same in process and over a real connection.
func TestWireFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		spec string
		err  error // of the request or its body
	}{
		{"reset", syscall.ECONNRESET},
		{"close", io.EOF},
		{"reset-body", syscall.ECONNRESET},
		{"cut-body", io.ErrUnexpectedEOF},
		{"gzip-lie", gzip.ErrHeader},
		{"gzip-cut", io.ErrUnexpectedEOF},
	} {
		sim := newSim(t, talksim.Config{Account: desk.Demo(), Now: at(desk.DemoNow)}, test.spec)
		server := httptest.NewServer(sim)
		network := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
		for name, transport := range map[string]http.RoundTripper{"in process": sim.Transport(), "network": network} {
			url := server.URL + stats + "calls?start_time=0"
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+talksim.AccessToken)
			resp, err := transport.RoundTrip(req)
			if err == nil {
				err = unzip(resp)
				resp.Body.Close()
			}
			reset := errors.Is(test.err, syscall.ECONNRESET) && errors.Is(err, resetOnWindows)
			if !errors.Is(err, test.err) && !reset {
				t.Errorf("%s, %s: got %v, want %v", test.spec, name, err, test.err)
			}
		}
		server.Close()
	}
}

func TestEndlessBodyStopsWithItsReader(t *testing.T) {
	t.Parallel()
	sim := newSim(t, talksim.Config{}, "endless")
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, origin+stats+"calls?start_time=0", nil)
	req.Header.Set("Authorization", "Bearer "+talksim.AccessToken)
	resp, err := sim.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.CopyN(io.Discard, resp.Body, 10<<20); err != nil {
		t.Errorf("endless body ended after %d bytes: %v", n, err)
	}
}

// Without a Date header the network must not add one of its own.
func TestNoDate(t *testing.T) {
	t.Parallel()
	sim := newSim(t, talksim.Config{}, "no-date")
	server := httptest.NewServer(sim)
	defer server.Close()
	resp, err := http.Get(server.URL + stats + "calls?start_time=0")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if date, ok := resp.Header["Date"]; ok && !slices.Equal(date, nil) {
		t.Errorf("Date is %q, want none", date)
	}
}

// unzip reads the body to its end.
func unzip(resp *http.Response) error {
	body := io.Reader(resp.Body)
	if resp.Header.Get("Content-Encoding") == "gzip" {
		zipped, err := gzip.NewReader(resp.Body)
		if err != nil {
			return err
		}
		body = zipped
	}
	_, err := io.Copy(io.Discard, body)
	return err
}

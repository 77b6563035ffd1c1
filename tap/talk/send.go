package talk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
)

// answer is what came of one request.
type answer struct {
	status   int           // 0: none came
	header   http.Header   // nil: none came
	body     []byte        // whole, unless err; of a refusal, as much as is worth reading
	err      error         // sending, or reading the body
	timeout  time.Duration // that ended it; 0 if none did
	stale    bool          // err came over a connection that was kept alive, before any answer
	received time.Time     // when all was read, or the error came
}

// networkTransport is the way to the real API: keep-alive, HTTP/2 where offered, gzip, the usual proxy variables.
func networkTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // somebody replaced it; then it is what they want
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxResponseHeaderBytes = maxHeader
	t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
		if resp.StatusCode != http.StatusOK { // net/http's own error is the bare reason: "Forbidden"
			return errors.New("the proxy refused to connect: " + resp.Status)
		}
		return nil
	}
	return t
}

// baseHeaders are the headers of every request.
func baseHeaders(cfg Config) http.Header {
	h := http.Header{}
	for name, value := range cfg.Headers {
		h.Set(name, value)
	}
	h.Del("Authorization") // credentials are ours alone to give
	h.Set("Accept", "application/json")
	h.Set("Accept-Encoding", "gzip") // which leaves the unzipping to bodyReader
	h.Set("User-Agent", cfg.UserAgent)
	return h
}

// newRequest makes a request to u, which must lie at the configured origin.
func (c *Client) newRequest(method string, u *url.URL, authorization string, body []byte) *http.Request {
	h := maps.Clone(c.headers)
	if authorization != "" {
		h.Set("Authorization", authorization)
	}
	req := &http.Request{Method: method, URL: u, Host: u.Host, Header: h, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Close: c.alone}
	switch {
	case body != nil:
		h.Set("Content-Type", "application/json")
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	case c.http1:
		req.Body = once{}
	}
	return req
}

// once is the empty body of a GET over HTTP/1. When a connection that was kept alive breaks before the answer, net/http sends a request
// again by itself, behind the back of pace and retry, unless it has a body that can't be had again. Of an empty one nothing is sent.
// Over HTTP/2 net/http repeats only what the server says it has not looked at, and this body would show.
type once struct{}

func (once) Read([]byte) (int, error) { return 0, io.EOF }
func (once) Close() error             { return nil }

// send sends req once and reads the answer with its body, at most limit bytes of it. Redirects are not
// followed: a RoundTripper never does.
func (c *Client) send(ctx context.Context, req *http.Request, t *task, limit int) answer {
	timeout := c.timeout
	if c.maxRetry > 0 {
		timeout = min(timeout, max(c.maxRetry-t.elapsed(), lastTry))
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if c.log.Enabled(ctx, slog.LevelDebug) {
		c.log.DebugContext(ctx, t.endpoint+": "+req.Method+" "+c.redactor.clean(req.URL.Redacted()), "stream", t.stream)
	}
	sent := time.Now()
	a := c.roundTrip(req.WithContext(ctx), limit)
	a.received = time.Now()
	if a.err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		a.timeout = timeout
	}
	t.attempts++
	c.onRequest(RequestStats{Endpoint: t.endpoint, Status: a.status, Bytes: len(a.body), Duration: a.received.Sub(sent), Waited: t.waited})
	t.waited = 0
	return a
}

func (c *Client) roundTrip(req *http.Request, limit int) answer {
	if err := c.checkOrigin(req.URL); err != nil {
		return answer{err: err}
	}
	var conn httptrace.GotConnInfo
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { conn = info }}
	resp, err := c.transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		stale := conn.Reused && req.Context().Err() == nil
		c.alone = c.alone || stale
		return answer{err: err, stale: stale}
	}
	defer resp.Body.Close()
	c.http1 = resp.ProtoMajor == 1
	a := answer{status: resp.StatusCode, header: resp.Header}
	if a.status/100 != 2 {
		limit = maxErrorBody
	}
	a.body, a.err = c.bodies.read(resp, limit)
	if a.status/100 != 2 && errors.Is(a.err, errTooLarge) {
		a.body, a.err = a.body[:min(len(a.body), limit)], nil
	}
	return a
}

// sendable reports whether a header can hold s.
func sendable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

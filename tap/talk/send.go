package talk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// answer is what came of one request.
type answer struct {
	answered bool // whether there was one, though perhaps not all of it
	status   int  // HTTP status, which may be 0
	header   http.Header
	body     []byte        // whole, unless err; of a refusal, as much as is worth reading
	err      error         // of sending or reading, or what is wrong with a body that came whole
	timeout  time.Duration // the limit that ended the request; 0 if none did
	stale    bool          // err came over a connection that was kept, before any answer
	received time.Time     // when all was read, or the error came
}

// errSentBack is the error of a request that net/http was about to send again by itself.
var errSentBack = errors.New("the server gave the request back unanswered")

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
	req := &http.Request{Method: method, URL: u, Host: u.Host, Header: h, Close: c.alone}
	switch {
	case body != nil:
		h.Set("Content-Type", "application/json")
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	case c.http1:
		req.Body = unrepeatable{}
	}
	return req
}

// unrepeatable is the empty body of a GET over HTTP/1. When a connection that was kept breaks before the answer,
// net/http sends a request again by itself, behind the back of pace and retry, unless it has a body that can't be had
// again. Of an empty one nothing is sent. Over HTTP/2 this body would show: see roundTrip.
type unrepeatable struct{}

func (unrepeatable) Read([]byte) (int, error) { return 0, io.EOF }
func (unrepeatable) Close() error             { return nil }

// send sends req once and reads the answer with its body, at most limit bytes of it. Redirects are not followed: a
// RoundTripper never does.
func (c *Client) send(ctx context.Context, req *http.Request, t *tries, limit int) answer {
	timeout := c.cfg.RequestTimeout
	if c.cfg.MaxRetry > 0 {
		timeout = min(timeout, max(c.cfg.MaxRetry-t.elapsed(), lastTry))
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if c.cfg.Log.Enabled(ctx, slog.LevelDebug) {
		text := t.endpoint + ": " + req.Method + " " + c.redactor.clean(req.URL.Redacted())
		c.cfg.Log.DebugContext(ctx, text, "stream", t.stream)
	}
	sent := time.Now()
	a := c.roundTrip(req.WithContext(ctx), limit)
	a.received = time.Now()
	if a.err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		a.timeout = timeout
	}
	if a.err != nil || a.status == http.StatusMisdirectedRequest {
		c.dropConnections()
	}
	t.attempts++
	c.cfg.OnRequest(RequestStats{
		Endpoint: t.endpoint, Status: a.status, Bytes: len(a.body), Duration: a.received.Sub(sent), Waited: t.waited,
	})
	t.waited = 0
	c.checkClock(ctx, a, t.stream)
	return a
}

// roundTrip sends one request and reads its answer. A request that net/http is about to repeat by itself over HTTP/2,
// since the server says that it has not looked at it, is ended before it goes out: it would not keep to the pace.
func (c *Client) roundTrip(req *http.Request, limit int) answer {
	if err := c.checkOrigin(req.URL); err != nil {
		return answer{err: err}
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	var conn httptrace.GotConnInfo
	var wrote atomic.Bool
	resp, err := c.transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			conn = info
			if wrote.Load() {
				cancel(errSentBack)
			}
		},
		WroteHeaders: func() { wrote.Store(true) },
	})))
	if err != nil {
		sentBack := errors.Is(context.Cause(ctx), errSentBack)
		if sentBack {
			err = errSentBack
		}
		stale := (conn.Reused || sentBack) && req.Context().Err() == nil
		c.alone = c.alone || stale && c.http1
		return answer{err: err, stale: stale}
	}
	defer resp.Body.Close()
	c.http1 = resp.ProtoMajor == 1
	a := answer{answered: true, status: resp.StatusCode, header: resp.Header}
	if a.status/100 == 1 { // the body of a 101 is the connection itself, whose reading no timeout ends
		return a
	}
	if a.status/100 != 2 {
		limit = maxErrorBody
	}
	a.body, a.err = c.bodies.read(resp, limit)
	if a.status/100 != 2 && errors.Is(a.err, errTooLarge) {
		a.body, a.err = a.body[:min(len(a.body), limit)], nil
	}
	return a
}

// dropConnections makes the next request go over a new connection: one that brought no answer may be dead.
func (c *Client) dropConnections() {
	if t, ok := c.transport.(*http.Transport); ok {
		t.CloseIdleConnections()
		c.transport = t.Clone()
	}
}

// checkClock warns if the server's clock and this machine's are far apart: which rows are settled, when a certificate
// expires and when to come back is told by them.
func (c *Client) checkClock(ctx context.Context, a answer, stream string) {
	server, ok := serverTime(a)
	if !ok || c.cfg.MaxSkew == 0 || server.Sub(a.received).Abs() <= c.cfg.MaxSkew {
		return
	}
	level := slog.LevelWarn
	if Loopback(c.base.Hostname()) { // a simulator: this machine has but one clock
		level = slog.LevelInfo
	}
	c.logOnce(ctx, level, "clock", stream, fmt.Sprintf("Zendesk's clock shows %s and this machine's %s: "+
		"one of them is wrong, or something in between changes the Date of the answers",
		UTC(server.Unix()), UTC(a.received.Unix())))
}

package talk

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/warn"
)

// Bounds on what is read into memory. A page of 10,000 calls is about 15 MB.
const (
	maxHeader    = 256 << 10 // response header
	maxBody      = 64 << 20  // a page, unzipped
	maxTokenBody = 1 << 20   // the answer to a token request
	maxErrorBody = 64 << 10  // of an error answer; the rest is left unread
	firstBuffer  = 64 << 10  // for a body whose length is not announced
)

// Config is what a [Client] needs to know. It is read once, by [NewClient].
type Config struct {
	BaseURL           *url.URL            // https://acme.zendesk.com, or another origin with an optional base path
	Login             Login               // exactly one of its three kinds
	RequestsPerMinute int                 // most requests in any 60 s, all endpoints together; below 1 reads as 1
	RequestTimeout    time.Duration       // longest time of one request with its whole body; 0: five minutes
	MaxRetry          time.Duration       // longest time without a page, less waits for the pace; 0: no retry
	UserAgent         string              // header User-Agent, as product/version
	Headers           map[string]string   // further request headers, which override none of the client's own
	Transport         http.RoundTripper   // must heed the context and must not follow redirects; nil: NewTransport
	Getenv            func(string) string // reads the variables that name a proxy; nil: there is none
	MaxSkew           time.Duration       // largest difference of the two clocks without a warning; 0: any
	Log               *slog.Logger        // waits, retries and warnings, each with the attribute "stream"; nil: none
	OnRequest         func(RequestStats)  // callback behind each request; nil: none
	JitterSeed        uint64              // seed of the random part of back-off waits
}

// RequestStats describes one finished request, successful or not.
type RequestStats struct {
	Endpoint string        // key of the endpoint, or [TokenEndpoint]
	Status   int           // HTTP status; 0 if no answer came, or one without a status
	Bytes    int           // body bytes read, unzipped
	Duration time.Duration // from sending to the last byte of the body
	Waited   time.Duration // wait just before this request, for the pace or after a failure
}

// Endpoint is one export of the API.
type Endpoint struct {
	Key  string // key of the array in the body, and name in logs and errors: "calls"
	Path string // path below the base URL: "/api/v2/channels/voice/stats/incremental/calls"
}

// Request is what to ask an [Endpoint] for.
type Request struct {
	Start int64  // oldest modification time, a Unix second, inclusive
	Next  string // if not empty: a [Page.Next] to follow instead of building a URL from Start
}

// Client reads pages of the Talk incremental exports, one after another; it is not safe for concurrent use. It keeps to
// the rate limit (pace.go), tries again what may pass (retry.go, failure.go), renews its token (auth.go), and lets no
// login leave the configured origin, by a redirect or otherwise (origin.go).
type Client struct {
	cfg       Config // with what was left out
	base      *url.URL
	transport http.RoundTripper
	headers   http.Header // of every request, without Authorization

	pace     pacer
	jitter   *rand.Rand
	auth     auth
	redactor redactor
	reached  bool // some request of this run succeeded
	http1    bool // the last answer came over HTTP/1
	alone    bool // the server gave up a connection that was kept alive: from then on each request has one of its own

	bodies bodyReader
	rows   [][]byte // of the last page, views into its body
	warned warn.Once
}

// NewClient returns a Client for cfg. It does not touch the network.
func NewClient(cfg Config) *Client {
	cfg = cfg.withDefaults()
	c := &Client{
		cfg:       cfg,
		base:      cfg.BaseURL.JoinPath("/"), // without that slash, JoinPath makes relative paths
		transport: cfg.Transport,
		headers:   baseHeaders(cfg),
		pace:      pacer{answers: make([]time.Time, max(cfg.RequestsPerMinute, 1))},
		jitter:    rand.New(rand.NewPCG(cfg.JitterSeed, 0)),
		auth:      newAuth(cfg.Login),
		redactor:  newRedactor(cfg),
	}
	c.base.RawQuery, c.base.Fragment = "", ""
	return c
}

// withDefaults returns cfg with what was left out.
func (cfg Config) withDefaults() Config {
	cfg.RequestTimeout = cmp.Or(max(cfg.RequestTimeout, 0), 5*time.Minute)
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	if cfg.OnRequest == nil {
		cfg.OnRequest = func(RequestStats) {}
	}
	if cfg.Getenv == nil {
		cfg.Getenv = func(string) string { return "" }
	}
	if cfg.Transport == nil {
		cfg.Transport = NewTransport(cfg.Getenv)
	}
	return cfg
}

// Page returns one page of e, whole and checked: it waits for its turn, logs in, asks, reads, checks, and does all of
// it again as long as the failure may pass and the time for retries lasts. The error is an [*Error], or, when ctx
// ended first, wraps [context.Cause]. The page's rows are valid until the next call, which may fail.
func (c *Client) Page(ctx context.Context, e Endpoint, r Request) (*Page, error) {
	u, err := c.pageURL(e, r)
	if err != nil {
		return nil, err
	}
	t := c.begin(e.Key)
	for {
		if err := t.turn(ctx); err != nil {
			return nil, err
		}
		header, err := c.authorization(ctx, t)
		if err != nil {
			return nil, err
		}
		clear(c.rows[:cap(c.rows)]) // or they would keep a buffer alive that the body outgrows
		a := c.send(ctx, c.newRequest(http.MethodGet, u, header, nil), t, maxBody)
		c.pace.count(a.received, a.header)
		page, f := c.readPage(ctx, e, u, a)
		if f == nil {
			c.reached = true
			return page, nil
		}
		if err := t.retry(ctx, f, c.pace.room(time.Now())); err != nil {
			return nil, err
		}
	}
}

// warn logs a warning the first time that its topic comes up.
func (c *Client) warn(ctx context.Context, topic, stream, message string) {
	c.logOnce(ctx, slog.LevelWarn, topic, stream, message)
}

// logOnce logs a message the first time that its topic comes up.
func (c *Client) logOnce(ctx context.Context, level slog.Level, topic, stream, message string) {
	if c.warned.First(topic) {
		c.cfg.Log.Log(ctx, level, message, "stream", stream)
	}
}

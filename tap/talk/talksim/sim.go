package talksim

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The logins that a simulated account accepts unless its Config names others.
const (
	Email        = "agent@example.com"
	APIToken     = "sim-api-token"
	AccessToken  = "sim-access-token"
	ClientID     = "sim-client"
	ClientSecret = "sim-client-secret"
)

// DefaultPageSize is the page size that integrators believe in; Zendesk documents none
// for these endpoints (zendesk_api.md §1.3).
const DefaultPageSize = 1000

// Config says what to simulate. The zero value of a field means its default.
type Config struct {
	Account   *Account         // default: an empty one
	Now       func() time.Time // the server's clock; default time.Now
	PageSize  int              // rows a page, default [DefaultPageSize]
	Limit     int              // requests allowed in any 60 s, both endpoints together; default: no limit
	Scenarios []Scenario       // applied in this order
	Seed      uint64           // of whatever a scenario leaves to chance

	Email, APIToken        string        // default [Email], [APIToken]
	AccessToken            string        // default [AccessToken]; has scope read and doesn't expire
	ClientID, ClientSecret string        // default [ClientID], [ClientSecret]
	TokenLife              time.Duration // of issued tokens; default: as asked for, 30 minutes if not
	Prefix                 string        // path in front of /api and /oauth, as behind a proxy
}

// Sim is a simulated account behind an HTTP interface. It is an [http.Handler], and
// [Sim.Transport] reaches it without a network. It is safe for concurrent use.
type Sim struct {
	cfg     Config
	account *Account // after the scenarios that change history
	zippers sync.Pool

	mu       sync.Mutex
	rand     *rand.Rand
	ahead    time.Duration // by which the clock was moved on
	views    map[string]*view
	counts   []int       // requests seen by each scenario
	accepted []time.Time // requests of the last 60 s that were within the limit
	tokens   map[string]token
	issued   int
	requests []Seen
}

// New returns a simulator for cfg.
func New(cfg Config) *Sim {
	if cfg.Account == nil {
		cfg.Account = &Account{}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.PageSize <= 0 {
		cfg.PageSize = DefaultPageSize
	}
	cfg.Email, cfg.APIToken = cmp.Or(cfg.Email, Email), cmp.Or(cfg.APIToken, APIToken)
	cfg.AccessToken = cmp.Or(cfg.AccessToken, AccessToken)
	cfg.ClientID, cfg.ClientSecret = cmp.Or(cfg.ClientID, ClientID), cmp.Or(cfg.ClientSecret, ClientSecret)
	s := &Sim{
		cfg: cfg, account: cfg.Account,
		rand:   rand.New(rand.NewPCG(cfg.Seed, 0x51b)),
		views:  make(map[string]*view),
		counts: make([]int, len(cfg.Scenarios)),
		tokens: make(map[string]token),
	}
	for _, sc := range cfg.Scenarios {
		if sc.setup != nil {
			sc.setup(&s.cfg)
		}
		if sc.history != nil {
			s.account = sc.history(s.account, cfg.Now().Unix())
		}
	}
	return s
}

// Account returns the history that is served, scenarios that change it included: the
// account to ask for [Account.Final].
func (s *Sim) Account() *Account { return s.account }

// Now returns the server's clock.
func (s *Sim) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Sim) now() time.Time { return s.cfg.Now().Add(s.ahead) }

// Advance moves the server's clock on, so that later versions become visible.
func (s *Sim) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// Seen is one request as it arrived.
type Seen struct {
	At       time.Time // by the server's clock
	Method   string
	Scheme   string
	Host     string
	Path     string
	Query    string
	Endpoint string      // [Calls], [Legs], "token", or "" for any other path
	Start    int64       // start_time, or -1
	Auth     string      // "none", "basic", "bearer" or "other"
	Header   http.Header // less Authorization
	Scope    string      // token requests: the scope asked for
	Expires  int64       // token requests: the expires_in asked for, or 0
	Status   int         // of the answer; 0 if there was none
	Rows     int         // rows in the answer
	Scenario string      // that gave the answer instead of the account, if any
}

// Requests returns what arrived so far, in order.
func (s *Sim) Requests() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// tokenEndpoint is the Seen.Endpoint of /oauth/tokens.
const tokenEndpoint = "token"

// An exchange is one request on its way through the simulator.
type exchange struct {
	sim      *Sim
	req      *http.Request
	base     string // scheme://host and prefix: what next_page begins with
	endpoint string
	active   []*Scenario // those that this request meets
	up, down time.Duration
	now      time.Time
	lag      time.Duration // by which the replica that answers is behind
	pageSize int
	stranger int  // requests of the budget that another program has used up
	whole    bool // pages run on until their last second is complete
	log      *Seen
}

// exchange answers one request, after and before the time that the network takes. It
// fails only if the request's context ends first.
func (s *Sim) exchange(req *http.Request, scheme string) (*reply, error) {
	x := &exchange{sim: s, req: req, base: scheme + "://" + req.Host + s.cfg.Prefix, pageSize: s.cfg.PageSize}
	s.mu.Lock()
	x.endpoint = endpoint(s.cfg.Prefix, req.URL.Path)
	x.meet()
	s.mu.Unlock()
	if err := pause(req.Context(), x.up); err != nil {
		return nil, err
	}
	r := s.answer(x, scheme)
	return r, pause(req.Context(), x.down)
}

// meet finds the scenarios that apply to this request.
func (x *exchange) meet() {
	for i := range x.sim.cfg.Scenarios {
		sc := &x.sim.cfg.Scenarios[i]
		if !sc.when.covers(x.endpoint) {
			continue
		}
		x.sim.counts[i]++
		if !sc.when.hits(x.sim.counts[i], x.sim.rand) {
			continue
		}
		x.active = append(x.active, sc)
		if sc.meet != nil {
			sc.meet(x)
		}
	}
}

func (s *Sim) answer(x *exchange, scheme string) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.now = s.now()
	s.requests = append(s.requests, Seen{
		At: x.now, Method: x.req.Method, Scheme: scheme, Host: x.req.Host, Path: x.req.URL.Path,
		Query: x.req.URL.RawQuery, Endpoint: x.endpoint, Start: -1,
		Auth: authKind(x.req.Header.Get("Authorization")), Header: x.req.Header.Clone(),
	})
	x.log = &s.requests[len(s.requests)-1]
	x.log.Header.Del("Authorization")
	r := s.respond(x)
	r.set("Date", x.now.UTC().Format(http.TimeFormat))
	r.set("X-Request-Id", fmt.Sprintf("%016x-SIM", len(s.requests)))
	for _, sc := range x.active {
		if sc.wire != nil {
			sc.wire(x, r)
		}
		s.ahead += sc.tick
	}
	x.log.Status = r.status
	return r
}

// respond finds the answer: of the token endpoint, of a scenario, or of the account.
func (s *Sim) respond(x *exchange) *reply {
	if x.endpoint == Calls || x.endpoint == Legs {
		if r := s.limit(x); r != nil {
			return r
		}
	}
	for _, sc := range x.active {
		if sc.answer == nil {
			continue
		}
		if r := sc.answer(x); r != nil {
			x.log.Scenario = sc.spec
			return r
		}
	}
	switch {
	case x.endpoint == "":
		return jsonReply(http.StatusNotFound, `{"error":"InvalidEndpoint","description":"Not found"}`)
	case x.endpoint == tokenEndpoint:
		return s.issue(x)
	case x.req.Method != http.MethodGet:
		return jsonReply(http.StatusMethodNotAllowed, `{"error":"MethodNotAllowed","description":"GET only"}`)
	}
	if r := s.refuse(x); r != nil {
		return r
	}
	return s.export(x)
}

// endpoint tells what a path asks for. The exports answer under an older path too, and
// both with .json at the end (zendesk_api.md §1.3).
func endpoint(prefix, path string) string {
	path, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return ""
	}
	switch strings.TrimSuffix(path, ".json") {
	case statsPath + Calls, olderPath + Calls:
		return Calls
	case statsPath + Legs, olderPath + Legs:
		return Legs
	case "/oauth/tokens":
		return tokenEndpoint
	}
	return ""
}

const (
	statsPath = "/api/v2/channels/voice/stats/incremental/"
	olderPath = "/api/v2/channels/voice/incremental/"
)

// pause waits, or returns why the wait was given up.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

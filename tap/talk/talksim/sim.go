package talksim

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// These are the logins that a simulated account accepts unless its Config has others.
const (
	Email        = "agent@example.com"
	APIToken     = "sim-api-token"
	AccessToken  = "sim-access-token"
	ClientID     = "sim-client"
	ClientSecret = "sim-client-secret"
)

// DefaultPageSize is the page size that integrators believe in; Zendesk documents none for these endpoints:
// docs/zendesk-api.md, "Page size".
const DefaultPageSize = 1000

// Config says what to simulate. The zero value of a field means its default.
type Config struct {
	Account   *Account         // default: an empty one
	Now       func() time.Time // the server's clock; default time.Now
	PageSize  int              // rows a page, default [DefaultPageSize]
	Limit     int              // requests allowed in any 60 s, both endpoints together; default: no limit
	Scenarios []Scenario       // applied in this order
	Seed      uint64           // of whatever a scenario leaves to chance

	APIToken, AccessToken, ClientSecret string // default: the constants

	TokenLife time.Duration // of issued tokens; default: as asked for, 30 minutes if not
	Prefix    string        // path in front of /api and /oauth, as behind a proxy
}

// Sim is a simulated account behind an HTTP interface. It is an [http.Handler], and [Sim.Transport] reaches it without
// a network. It is safe for concurrent use.
type Sim struct {
	cfg     Config
	zippers sync.Pool

	mu       sync.Mutex
	account  *Account // less what was erased
	rand     *rand.Rand
	ahead    time.Duration // by which the clock was moved on
	views    map[string]*visible
	counts   []int       // requests counted by each scenario
	accepted []time.Time // requests of the last 60 s that were within the limit
	tokens   map[string]token
	issued   int
	requests []Received
}

// New returns a simulator for cfg.
func New(cfg Config) *Sim {
	cfg.Account = cmp.Or(cfg.Account, &Account{})
	cfg.APIToken, cfg.AccessToken = cmp.Or(cfg.APIToken, APIToken), cmp.Or(cfg.AccessToken, AccessToken)
	cfg.ClientSecret = cmp.Or(cfg.ClientSecret, ClientSecret)
	cfg.PageSize = cmp.Or(cfg.PageSize, DefaultPageSize)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	for _, sc := range cfg.Scenarios {
		if sc.Configure != nil {
			sc.Configure(&cfg)
		}
	}
	s := &Sim{
		cfg: cfg, account: cfg.Account,
		rand:   rand.New(rand.NewPCG(cfg.Seed, 0x51b)),
		views:  make(map[string]*visible),
		counts: make([]int, len(cfg.Scenarios)),
		tokens: make(map[string]token),
	}
	s.zippers.New = newZipper
	return s
}

// Account returns the history that is served, with what scenarios and [Sim.Erase] made of it: the account to ask for
// [Account.Final].
func (s *Sim) Account() *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account
}

// Erase takes rows of a stream out of the account from now on, as Zendesk does when a call is erased. It returns the
// ids of those that were there to be seen.
func (s *Sim) Erase(stream string, ids ...int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now().Unix()
	erased := make([]int64, 0, len(ids))
	s.account = s.account.Map(func(of string, row History) History {
		if _, ok := row.At(now); ok && of == stream && slices.Contains(ids, row.ID) {
			erased = append(erased, row.ID)
			row.Erased = now
		}
		return row
	})
	clear(s.views)
	return erased
}

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

// Received is one request as it arrived.
type Received struct {
	At       time.Time // by the server's clock
	Method   string
	Path     string
	Query    string
	Endpoint string      // [Calls], [Legs], [Token], or "" for any other path
	Start    int64       // start_time, or -1
	Auth     string      // the scheme in lower case: "basic", "bearer", or "none"
	Header   http.Header // less Authorization
	Scope    string      // token requests: the scope asked for
	Expires  int64       // token requests: the expires_in asked for, or 0
	Status   int         // of the answer; 0 if there was none
	Rows     int         // rows in the answer
	Scenario string      // that gave the answer instead of the account, if any
}

// Requests returns what arrived so far, in order.
func (s *Sim) Requests() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

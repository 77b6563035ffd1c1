package talksim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Endpoints beside the two streams, for [When] and [Received].
const (
	Token = "token" // POST /oauth/tokens
	Any   = "any"   // every request, those to other paths included
)

// These are the paths of the exports: the one that next_page names, and an older one.
const (
	StatsPath = "/api/v2/channels/voice/stats/incremental/"
	OlderPath = "/api/v2/channels/voice/incremental/"
)

// Request is one request on its way through the simulator. Scenarios may change the fields of the second group in
// Arrive.
type Request struct {
	*http.Request
	Base     string     // scheme://host and prefix: what next_page begins with
	Endpoint string     // [Calls], [Legs], [Token], or "" for any other path
	Now      time.Time  // by the server's clock; zero until the request has arrived
	Received *Received  // what [Sim.Requests] tells of it; nil until it has arrived
	Rand     *rand.Rand // the simulator's source of chance

	Up, Down     time.Duration // how long the request and its answer are on their way
	Lag          time.Duration // by which the replica that answers is behind
	Tick         time.Duration // by which the server's clock moves on after the answer
	PageSize     int           // rows a page
	WholeSeconds bool          // a page runs on until its last second is complete
	Strangers    int           // requests of the limit that other programs have used up

	sim    *Sim
	active []*Scenario // those that the request meets
}

// RevokeTokens makes every token invalid that was issued so far.
func (q *Request) RevokeTokens() { clear(q.sim.tokens) }

// serve answers one request, after and before the time that the network takes, with the bytes of the body. It fails
// where there is no answer: with the error of a connection that ends first, or with that of the request's context.
func (s *Sim) serve(req *http.Request, scheme string) (*Reply, []byte, error) {
	q := &Request{
		Request: req, Base: scheme + "://" + req.Host + s.cfg.Prefix, Endpoint: endpoint(s.cfg.Prefix, req.URL.Path),
		Rand: s.rand, PageSize: s.cfg.PageSize, sim: s,
	}
	s.meet(q)
	if err := pause(req.Context(), q.Up); err != nil {
		return nil, nil, err
	}
	r := s.answer(q)
	if err := pause(req.Context(), q.Down); err != nil {
		return nil, nil, err
	}
	return r, s.encode(r, req.Header.Get("Accept-Encoding")), r.Fail
}

// meet finds the scenarios that apply to a request.
func (s *Sim) meet(q *Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.cfg.Scenarios {
		sc := &s.cfg.Scenarios[i]
		if !sc.When.covers(q.Endpoint) {
			continue
		}
		s.counts[i]++
		if !sc.When.hits(s.counts[i], s.rand) {
			continue
		}
		q.active = append(q.active, sc)
		if sc.Arrive != nil {
			sc.Arrive(q)
		}
	}
}

func (s *Sim) answer(q *Request) *Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.Now = s.now()
	s.requests = append(s.requests, Received{
		At: q.Now, Method: q.Method, Path: q.URL.Path, Query: q.URL.RawQuery, Endpoint: q.Endpoint, Start: start(q),
		Auth: authKind(q.Header.Get("Authorization")), Header: q.Header.Clone(),
	})
	q.Received = &s.requests[len(s.requests)-1]
	q.Received.Header.Del("Authorization")
	r := s.respond(q)
	r.Header.Set("Date", q.Now.UTC().Format(http.TimeFormat))
	r.Header.Set("X-Request-Id", fmt.Sprintf("%016x-SIM", len(s.requests)))
	for _, sc := range q.active {
		if sc.Send != nil {
			sc.Send(q, r)
		}
	}
	s.ahead += q.Tick
	if r.Fail == nil {
		q.Received.Status = r.Status
	}
	return r
}

// start returns the start_time of a request for calls or legs; -1 if it has none that is valid.
func start(q *Request) int64 {
	start, err := strconv.ParseInt(q.URL.Query().Get("start_time"), 10, 64)
	if err != nil || start < 0 || q.Endpoint != Calls && q.Endpoint != Legs {
		return -1
	}
	return start
}

// respond finds the answer: of the limit, of a scenario, of the token endpoint, or of the account.
func (s *Sim) respond(q *Request) *Reply {
	if q.Endpoint == Calls || q.Endpoint == Legs {
		if r := s.limit(q); r != nil {
			return r
		}
	}
	for _, sc := range q.active {
		if sc.Answer == nil {
			continue
		}
		if r := sc.Answer(q); r != nil {
			q.Received.Scenario = sc.Name
			return r
		}
	}
	switch {
	case q.Endpoint == "" || q.Endpoint == Token && q.Method != http.MethodPost:
		return JSON(http.StatusNotFound, `{"error":"InvalidEndpoint","description":"Not found"}`)
	case q.Endpoint == Token:
		return s.issue(q)
	case q.Method != http.MethodGet:
		return JSON(http.StatusMethodNotAllowed, `{"error":"MethodNotAllowed","description":"GET only"}`)
	}
	if r := s.refuse(q); r != nil {
		return r
	}
	return s.export(q)
}

// endpoint tells what a path asks for. The exports answer under an older path too, and both with .json at the end:
// docs/zendesk-api.md, "Addresses".
func endpoint(prefix, path string) string {
	switch strings.TrimSuffix(path, ".json") {
	case prefix + StatsPath + Calls, prefix + OlderPath + Calls:
		return Calls
	case prefix + StatsPath + Legs, prefix + OlderPath + Legs:
		return Legs
	case prefix + "/oauth/tokens":
		return Token
	}
	return ""
}

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

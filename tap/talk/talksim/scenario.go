package talksim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// A Scenario is one named quirk or fault of the server. Scenarios are combined by
// listing them in a [Config]; [Lookup] makes them from their names.
type Scenario struct {
	spec string
	when when
	// What it changes; each may be nil. In the order in which they come into play:
	setup   func(c *Config)                       // when the simulator is made
	history func(a *Account, now int64) *Account  // the account, once
	meet    func(x *exchange)                     // before the request arrives
	answer  func(x *exchange) *reply              // instead of the account; nil: no
	admit   func(x *exchange, start int64) *reply // refuses a start_time; nil: no
	page    func(p *page)                         // a page of rows
	wire    func(x *exchange, r *reply)           // any answer
	tick    time.Duration                         // how far the clock moves after it
}

// String returns what Lookup was given.
func (s Scenario) String() string { return s.spec }

// Lookup returns the scenario for a spec: a name, and where the name takes one, a value,
// and optionally the requests that meet it: name[=value][@when]. See the package
// documentation for the names and for the form of when.
func Lookup(spec string) (Scenario, error) {
	text, at, _ := strings.Cut(spec, "@")
	name, value, _ := strings.Cut(text, "=")
	for _, e := range entries() {
		if e.name != name {
			continue
		}
		sc, err := e.make(value)
		if err == nil {
			sc.when, err = parseWhen(at, sc.when.endpoint)
		}
		if err == nil && at != "" && (sc.setup != nil || sc.history != nil) && sc.meet == nil && sc.tick == 0 {
			err = errors.New("holds for the whole account, not for single requests: leave out the @")
		}
		if err != nil {
			return Scenario{}, fmt.Errorf("scenario %s: %w", spec, err)
		}
		sc.spec = spec
		return sc, nil
	}
	return Scenario{}, fmt.Errorf("scenario %s: no such name", spec)
}

// Scenarios looks up several specs.
func Scenarios(specs ...string) ([]Scenario, error) {
	out := make([]Scenario, 0, len(specs))
	for _, spec := range specs {
		sc, err := Lookup(spec)
		if err != nil {
			return nil, err
		}
		out = append(out, sc)
	}
	return out, nil
}

// Names returns a spec for every scenario and each of its named values: all that
// [Lookup] knows but numbers.
func Names() []string {
	var names []string
	for _, e := range entries() {
		if len(e.values) == 0 {
			names = append(names, e.name)
		}
		for _, v := range e.values {
			names = append(names, e.name+"="+v)
		}
	}
	return names
}

// An entry is one line in the table of scenarios.
type entry struct {
	name   string
	values []string // the named values; empty if the value is free or there is none
	make   func(value string) (Scenario, error)
}

func entries() []entry {
	var all []entry
	for _, group := range [][]entry{historyEntries(), pageEntries(), rowEntries(), statusEntries(), wireEntries(), bodyEntries(), loginEntries()} {
		all = append(all, group...)
	}
	return all
}

// when selects the requests that meet a scenario.
type when struct {
	endpoint string // "": the exports; "any": all
	from, to int
	every    int
	chance   float64
}

// parseWhen reads the part of a spec behind the @; endpoint is the one meant without it.
func parseWhen(text, endpoint string) (when, error) {
	w := when{endpoint: endpoint, from: 1, to: 1 << 60}
	if text == "" {
		return w, nil
	}
	for term := range strings.SplitSeq(text, ",") {
		var err error
		switch {
		case term == Calls || term == Legs || term == tokenEndpoint || term == "any":
			w.endpoint = term
		case strings.HasPrefix(term, "p"):
			w.chance, err = strconv.ParseFloat(term[1:], 64)
		case strings.HasPrefix(term, "every"):
			w.every, err = strconv.Atoi(term[len("every"):])
		default:
			first, last, ranged := strings.Cut(strings.TrimSuffix(term, "+"), "-")
			w.from, err = strconv.Atoi(first)
			switch {
			case err != nil:
			case ranged:
				w.to, err = strconv.Atoi(last)
			case !strings.HasSuffix(term, "+"):
				w.to = w.from
			}
		}
		if err != nil {
			return when{}, fmt.Errorf("%q selects no requests: want 3, 3-5, 3+, every4, p0.1, calls, legs, token or any", term)
		}
	}
	return w, nil
}

// covers tells whether requests of an endpoint are counted.
func (w when) covers(endpoint string) bool {
	switch w.endpoint {
	case "":
		return endpoint == Calls || endpoint == Legs
	case "any":
		return true
	}
	return w.endpoint == endpoint
}

// hits tells whether the n-th of the requests that are covered meets the scenario.
func (w when) hits(n int, r *rand.Rand) bool {
	if n < w.from || n > w.to || w.every > 0 && n%w.every != 0 {
		return false
	}
	return w.chance == 0 || r.Float64() < w.chance
}

package talksim

import "math/rand/v2"

// Scenario is one way in which a server differs from the plain one: a quirk or a fault. Each of its functions may be
// nil; a request calls those that are not in the order of the fields, for each of the scenarios in a [Config] in turn.
// Package faults has a table of them, by name.
type Scenario struct {
	Name string // what [Received] says of an answer that the scenario gave
	When When   // the requests that meet it

	// Configure changes the configuration, its account included, once, when the simulator is made.
	Configure func(c *Config)
	// Arrive sees a request before it has arrived, and may change how it is answered: the fields of [Request].
	Arrive func(q *Request)
	// Answer gives an answer in place of the account's; nil leaves it to the account.
	Answer func(q *Request) *Reply
	// Page edits a page of rows before it becomes text.
	Page func(p *Page)
	// Send edits any answer before it is sent.
	Send func(q *Request, r *Reply)
}

// When selects requests. They are counted from 1, apart for each scenario. The zero value selects all requests to the
// exports.
type When struct {
	Endpoint string  // [Calls], [Legs], [Token], [Any]; "": both exports
	From, To int     // the first and the last request; To 0: no last one
	Every    int     // one request in so many; 0: each
	Chance   float64 // of each of these, at random; 0: certain
}

// covers tells whether requests of an endpoint are counted.
func (w When) covers(endpoint string) bool {
	switch w.Endpoint {
	case "":
		return endpoint == Calls || endpoint == Legs
	case Any:
		return true
	}
	return w.Endpoint == endpoint
}

// hits tells whether the n-th of the requests that are covered meets the scenario.
func (w When) hits(n int, r *rand.Rand) bool {
	if n < w.From || w.To > 0 && n > w.To || w.Every > 0 && n%w.Every != 0 {
		return false
	}
	return w.Chance == 0 || r.Float64() < w.Chance
}

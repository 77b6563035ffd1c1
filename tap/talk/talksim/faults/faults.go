package faults

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// Lookup returns the scenario for a spec: a name, and where the name takes one, a value, and optionally the requests
// that meet it: name[=value][@when]. See the package documentation for the names and for the form of when. An unknown
// name or value is an error, and so is @when where a scenario changes the account as a whole.
func Lookup(spec string) (talksim.Scenario, error) {
	text, at, _ := strings.Cut(spec, "@")
	for _, e := range entries() {
		value, ok := e.value(text)
		if !ok {
			continue
		}
		sc, err := e.make(value)
		if err == nil {
			sc.When, err = parseWhen(at, sc.When.Endpoint)
		}
		if err == nil && at != "" && sc.Configure != nil && sc.Arrive == nil {
			err = errors.New("holds for the whole account, not for single requests: leave out the @")
		}
		if err != nil {
			return talksim.Scenario{}, fmt.Errorf("scenario %s: %w", spec, err)
		}
		sc.Name = spec
		return sc, nil
	}
	return talksim.Scenario{}, fmt.Errorf("scenario %s: no such name or value", spec)
}

// Scenarios looks up several specs.
func Scenarios(specs ...string) ([]talksim.Scenario, error) {
	scenarios := make([]talksim.Scenario, len(specs))
	for i, spec := range specs {
		var err error
		if scenarios[i], err = Lookup(spec); err != nil {
			return nil, err
		}
	}
	return scenarios, nil
}

// Names returns a spec for every scenario and each of its named values: all that [Lookup] knows but free values.
func Names() []string {
	var names []string
	for _, e := range entries() {
		names = append(names, e.name)
	}
	return names
}

// An entry is one line in the table of scenarios.
type entry struct {
	name string // without the free value that may follow: "page-size", or "next-page=behind" with a named value
	make maker
}

// A maker makes a scenario from the free value in its spec, which is empty if there is none.
type maker func(value string) (talksim.Scenario, error)

// entries returns the whole table. Where two entries fit a spec, the first one does.
func entries() []entry {
	return slices.Concat(accountEntries(), pageEntries(), rowEntries(), statusEntries(),
		redirectEntries(), limitEntries(), connectionEntries(), bodyEntries(), loginEntries())
}

// value returns the free value of a spec if the spec is one of the entry's: what follows the name behind "=", or a
// named value behind ":".
func (e entry) value(spec string) (string, bool) {
	rest, ok := strings.CutPrefix(spec, e.name)
	if rest == "" {
		return "", ok
	}
	between := "="
	if strings.Contains(e.name, "=") {
		between = ":"
	}
	value, follows := strings.CutPrefix(rest, between)
	return value, ok && follows
}

// named makes an entry for each of a scenario's named values.
func named[T any](name string, values map[string]T, with func(T) maker) []entry {
	var entries []entry
	for _, value := range slices.Sorted(maps.Keys(values)) {
		entries = append(entries, entry{name + "=" + value, with(values[value])})
	}
	return entries
}

// plain makes a scenario that takes no value.
func plain(sc talksim.Scenario) maker {
	return func(v string) (talksim.Scenario, error) {
		if v != "" {
			return talksim.Scenario{}, fmt.Errorf("takes no value, got %q", v)
		}
		return sc, nil
	}
}

// text makes a scenario that takes any value.
func text(with func(v string) talksim.Scenario) maker {
	return func(v string) (talksim.Scenario, error) { return with(v), nil }
}

// number makes a scenario that takes a number from 1.
func number(standard int, with func(n int) talksim.Scenario) maker {
	return func(v string) (talksim.Scenario, error) {
		n, err := strconv.Atoi(cmp.Or(v, strconv.Itoa(standard)))
		if err == nil && n < 1 {
			err = fmt.Errorf("want a number from 1, got %d", n)
		}
		return with(n), err
	}
}

// duration makes a scenario that takes a Go duration.
func duration(standard time.Duration, with func(d time.Duration) talksim.Scenario) maker {
	return func(v string) (talksim.Scenario, error) {
		d, err := time.ParseDuration(cmp.Or(v, standard.String()))
		return with(d), err
	}
}

// arriving makes a scenario of a change by a value to how a request is met.
func arriving[T any](edit func(q *talksim.Request, v T)) func(v T) talksim.Scenario {
	return func(v T) talksim.Scenario {
		return talksim.Scenario{Arrive: func(q *talksim.Request) { edit(q, v) }}
	}
}

// paging makes a scenario of a change by a value to a page of rows.
func paging[T any](edit func(p *talksim.Page, v T)) func(v T) talksim.Scenario {
	return func(v T) talksim.Scenario {
		return talksim.Scenario{Page: func(p *talksim.Page) { edit(p, v) }}
	}
}

// parseWhen reads the part of a spec behind the @; endpoint is the one meant without it.
func parseWhen(text, endpoint string) (talksim.When, error) {
	w := talksim.When{Endpoint: endpoint}
	if text == "" {
		return w, nil
	}
	for term := range strings.SplitSeq(text, ",") {
		var err error
		switch {
		case slices.Contains([]string{talksim.Calls, talksim.Legs, talksim.Token, talksim.Any}, term):
			w.Endpoint = term
		case strings.HasPrefix(term, "p"):
			w.Chance, err = strconv.ParseFloat(term[1:], 64)
		case strings.HasPrefix(term, "every"):
			w.Every, err = strconv.Atoi(term[len("every"):])
		default:
			first, last, ranged := strings.Cut(strings.TrimSuffix(term, "+"), "-")
			w.From, err = strconv.Atoi(first)
			switch {
			case err != nil:
			case ranged:
				w.To, err = strconv.Atoi(last)
			case !strings.HasSuffix(term, "+"):
				w.To = w.From
			}
		}
		if err != nil {
			return talksim.When{}, fmt.Errorf(
				"%q selects no requests: want 3, 3-5, 3+, every4, p0.1, calls, legs, token or any", term)
		}
	}
	return w, nil
}

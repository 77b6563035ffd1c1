package faults

import (
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
// that meet it: name[=value][@when]. See the package documentation for the names and for the form of when.
func Lookup(spec string) (talksim.Scenario, error) {
	text, at, _ := strings.Cut(spec, "@")
	name, value, _ := strings.Cut(text, "=")
	for _, e := range entries() {
		if e.name != name {
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
	return talksim.Scenario{}, fmt.Errorf("scenario %s: no such name", spec)
}

// Scenarios looks up several specs.
func Scenarios(specs ...string) ([]talksim.Scenario, error) {
	scenarios := make([]talksim.Scenario, 0, len(specs))
	for _, spec := range specs {
		sc, err := Lookup(spec)
		if err != nil {
			return nil, err
		}
		scenarios = append(scenarios, sc)
	}
	return scenarios, nil
}

// Names returns a spec for every scenario and each of its named values: all that [Lookup] knows but numbers.
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
	make   maker
}

// A maker makes a scenario from the value in its spec.
type maker func(value string) (talksim.Scenario, error)

func entries() []entry {
	return slices.Concat(accountEntries(), pageEntries(), rowEntries(), statusEntries(), connectionEntries(), bodyEntries(),
		loginEntries())
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

// number makes a scenario that takes a number from 1.
func number(standard int, with func(n int) talksim.Scenario) maker {
	return func(v string) (talksim.Scenario, error) {
		n, err := count(v, standard)
		return with(n), err
	}
}

// duration makes a scenario that takes a Go duration.
func duration(standard time.Duration, with func(d time.Duration) talksim.Scenario) maker {
	return func(v string) (talksim.Scenario, error) {
		d, err := span(v, standard)
		return with(d), err
	}
}

// variants is an entry whose values have names, and may have an argument behind a colon.
func variants[T any](name string, table map[string]T, with func(T, string) (talksim.Scenario, error)) entry {
	return entry{name, slices.Sorted(maps.Keys(table)), func(v string) (talksim.Scenario, error) {
		v, argument, _ := strings.Cut(v, ":")
		chosen, ok := table[v]
		if !ok {
			return talksim.Scenario{}, fmt.Errorf("no such value: %q", v)
		}
		return with(chosen, argument)
	}}
}

func count(v string, standard int) (int, error) {
	if v == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(v)
	if err == nil && n < 1 {
		err = fmt.Errorf("want a number from 1, got %d", n)
	}
	return n, err
}

func span(v string, standard time.Duration) (time.Duration, error) {
	if v == "" {
		return standard, nil
	}
	return time.ParseDuration(v)
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

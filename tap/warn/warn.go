// Package warn collects what a run has to warn of, each topic once: a warning that comes with every row hides the one
// that matters.
package warn

import "fmt"

// limit bounds the topics that are remembered, the last of which is that there are more: answers with ever new field
// names must fill neither log nor memory.
const limit = 500

// A Once lets the first warning of each topic pass. The zero value is ready; it serves one goroutine.
type Once struct {
	given map[any]bool
	fresh []string
}

// First reports whether topic, a comparable value, has not been warned of yet, and takes note of it. At the 500th topic
// it adds a last warning, that there are more; from then on it reports false.
func (o *Once) First(topic any) bool {
	if o.given[topic] || len(o.given) >= limit {
		return false
	}
	if o.given == nil {
		o.given = map[any]bool{}
	}
	o.given[topic] = true
	if len(o.given) == limit {
		o.fresh = append(o.fresh, "there is more to warn of than can be listed: no more warnings of this kind")
		return false
	}
	return true
}

// Add formats a warning, as fmt.Sprintf does, if it is the first of its topic.
func (o *Once) Add(topic any, format string, args ...any) {
	if o.First(topic) {
		o.fresh = append(o.fresh, fmt.Sprintf(format, args...))
	}
}

// Take returns the warnings added since the last call.
func (o *Once) Take() []string {
	fresh := o.fresh
	o.fresh = nil
	return fresh
}

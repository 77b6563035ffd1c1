package warn

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnce(t *testing.T) {
	t.Parallel()
	type field struct{ name string }
	var o Once
	o.Add("a", "first of %s", "a")
	o.Add("a", "second of %s", "a")
	o.Add(field{"a"}, "another topic")
	if diff := cmp.Diff([]string{"first of a", "another topic"}, o.Take()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	o.Add("a", "third of a")
	if got := o.Take(); got != nil {
		t.Errorf("taken before, but there again: %q", got)
	}
}

func TestOnceIsBounded(t *testing.T) {
	t.Parallel()
	var o Once
	for topic := range 10 * limit {
		o.Add(topic, "topic %d", topic)
	}
	got := o.Take()
	const last = "there is more to warn of than can be listed: no more warnings of this kind"
	if len(got) != limit || got[limit-1] != last {
		t.Errorf("%d warnings of %d topics, the last one %q; want %d, the last one %q",
			len(got), 10*limit, got[len(got)-1], limit, last)
	}
}

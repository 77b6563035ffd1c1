package tap

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"testing"
	"testing/synctest"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// Meltano gives a full refresh no state, and merges what an interrupted run leaves over the state it has: objects deep,
// arrays replaced. So the state of an interrupted refresh must undo the bookmarks that it has not got to yet, or the
// next run would go on where the run before the refresh was, and the rest would never be refreshed.
func TestInterruptedFullRefreshUnderMeltano(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stored := refreshable(t, "as it was")
		runOnce(t, stored)
		changed := refreshable(t, "silently changed")
		whole := lines(t, changed, -1)
		for first := 1; first < whole; first++ {
			for _, second := range []int{-1, 1, 4, 9, 16} {
				p := refreshable(t, "silently changed")
				merged := stored.target.state
				for i, cut := range []int{first, second, -1} {
					p.target.state = merged
					if i == 0 {
						p.target.state = []byte("{}")
					}
					clear(p.target.ends)
					lines(t, p, cut)
					merged = mergeStates(t, merged, p.target.state)
				}
				for k, record := range changed.target.held {
					if p.target.held[k] != record {
						t.Errorf("a refresh that is interrupted after %d lines, and then %d, leaves %v as %q, want %q",
							first, second, k, p.target.held[k], record)
					}
				}
			}
		}
	})
}

// refreshable returns a tap at an account with calls and legs, each of which holds note.
func refreshable(t *testing.T, note string) *player {
	t.Helper()
	account := &talksim.Account{}
	for id := range int64(12) {
		at := bubbleStart - 5000 + id*100
		version := talksim.Version{Updated: at, Visible: at, Body: body(id+1, at, note)}
		row := talksim.History{ID: id + 1, Versions: []talksim.Version{version}}
		account.Calls = append(account.Calls, row)
		if id < 8 {
			account.Legs = append(account.Legs, row)
		}
	}
	return newPlayer(t, &history{account: account, pageSize: 4, settle: 300, end: talk.NoEnd})
}

// lines runs the tap until it dies after so many lines, or to its end, and returns how many lines it wrote.
func lines(t *testing.T, p *player, cut int) int {
	t.Helper()
	p.target.begin(cut)
	counted := &lineCounter{}
	err := p.launch(t.Context(), slog.New(slog.DiscardHandler), io.MultiWriter(p.target, counted))
	if err != nil && cut < 0 {
		t.Fatal(err)
	}
	return counted.n
}

type lineCounter struct{ n int }

func (c *lineCounter) Write(p []byte) (int, error) {
	for _, b := range p {
		if b == '\n' {
			c.n++
		}
	}
	return len(p), nil
}

// mergeStates merges as Meltano's state backend does.
func mergeStates(t *testing.T, over, state []byte) []byte {
	t.Helper()
	var into, from map[string]any
	for _, err := range []error{json.Unmarshal(over, &into), json.Unmarshal(state, &from)} {
		if err != nil {
			t.Fatal(fmt.Errorf("a state that Meltano can't read: %w", err))
		}
	}
	merged, err := json.Marshal(merge(into, from))
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

func merge(into, from map[string]any) map[string]any {
	merged := maps.Clone(into)
	for key, value := range from {
		object, ok := value.(map[string]any)
		old, both := merged[key].(map[string]any)
		if ok && both {
			value = merge(old, object)
		}
		merged[key] = value
	}
	return merged
}

package talk

import (
	"cmp"
	"maps"
	"slices"
)

// What the cursor remembers of rows that were emitted: within a run all that it may meet again, between runs the
// versions that its user saves beside the bookmark.

// generation is the number of versions that a run remembers at least; twice that is about the most.
const generation = 16384

// A Version is a row as it was emitted last.
type Version struct {
	ID          int64
	Updated     int64 // modification time in Unix seconds; S for a row without a readable one
	Fingerprint uint64
}

// Seen returns the versions to save beside the bookmark, oldest first: those of all rows modified at or after it. With
// them the next run emits only what is new or has changed.
func (c *Cursor) Seen() []Version { return slices.Clone(c.known.list()) }

// SeenVoid reports whether CursorConfig.Seen counts for nothing, since somebody has moved the bookmark that it was
// saved beside.
func (c *Cursor) SeenVoid() bool { return c.seenVoid }

// loadSeen takes in the versions of the last run, if they belong to the bookmark. Those older than it are of no use.
func (c *Cursor) loadSeen() {
	c.known.bookmark = c.config.Bookmark
	c.seenVoid = len(c.config.Seen) > 0 && !c.config.seenFits()
	for _, v := range c.config.Seen {
		if !c.seenVoid && v.Updated >= c.config.Bookmark {
			c.known.put(v)
		}
	}
}

// seenFits reports whether Seen was saved beside Bookmark. If nobody knows, the oldest version tells: the bookmark
// stayed the settling time behind what was read, and no further.
func (c *CursorConfig) seenFits() bool {
	if c.SeenFrom != NotNoted {
		return c.SeenFrom == c.Bookmark
	}
	oldest := slices.MinFunc(c.Seen, func(a, b Version) int { return cmp.Compare(a.Updated, b.Updated) })
	return oldest.Updated <= max(c.Bookmark, c.Start)+c.Settle+leastSettled
}

// versions remembers the version of each row that was emitted last, in bounded space: every one modified at or after
// the bookmark, which the next request can bring again, and the last generation or two of older ones, for servers that
// repeat what they shouldn't. The zero value knows nothing.
type versions struct {
	last     map[int64]remembered
	recent   []Version // candidates for the versions to save: modified at or after bookmark, a row maybe several times
	bookmark int64
	turn     int // number of puts so far
	room     int // rows in last at which it forgets, and makes room for more; 0 at the start, when last is nil
}

type remembered struct {
	Version
	turn int // number of the put it came with
}

func (k *versions) get(id int64) (Version, bool) {
	v, ok := k.last[id]
	return v.Version, ok
}

func (k *versions) put(v Version) {
	if len(k.last) >= k.room {
		k.forget()
	}
	k.turn++
	k.last[v.ID] = remembered{v, k.turn}
	if v.Updated >= k.bookmark {
		k.recent = append(k.recent, v)
	}
}

// forget drops the older ones of the rows that need not be saved.
func (k *versions) forget() {
	if k.last == nil {
		k.last = map[int64]remembered{}
	}
	maps.DeleteFunc(k.last, func(_ int64, v remembered) bool {
		return v.Updated < k.bookmark && v.turn <= k.turn-generation
	})
	k.room = len(k.last) + generation
}

// settle raises the bookmark: what was modified before it is no candidate any more.
func (k *versions) settle(bookmark int64) {
	k.bookmark = bookmark
	k.recent = slices.DeleteFunc(k.recent, func(v Version) bool { return v.Updated < bookmark })
}

// list returns the rows modified at or after the bookmark, in order of time, each once.
func (k *versions) list() []Version {
	k.recent = slices.DeleteFunc(k.recent, func(v Version) bool { return k.last[v.ID].Version != v })
	slices.SortFunc(k.recent, func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.Updated, b.Updated), cmp.Compare(a.ID, b.ID))
	})
	k.recent = slices.Compact(k.recent)
	return k.recent
}

package talk

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const (
	// seenLimit bounds the saved list: two streams of it, with ids of 14 digits, stay under 512 KiB in a STATE line.
	seenLimit = 5000

	// generation is the number of row versions that a run remembers at least; twice that is about the most.
	generation = 16384
)

// version is what was emitted last of a row: its modification time, and the record's fingerprint.
type version struct {
	updated     int64
	fingerprint uint64
	turn        int // the number of the put it came with
}

// versions remembers the version of each row that was emitted last, in bounded space: every one modified at or after the
// bookmark, which the next request can bring again, and the last generation or two of older ones, for servers that
// repeat what they shouldn't. The zero value knows nothing.
type versions struct {
	last     map[int64]version
	recent   []rowTime // candidates for the seen list: modified at or after bookmark, a row maybe several times
	bookmark int64
	turn     int // puts so far
	room     int // rows in last at which it forgets, and makes room for more; 0 at the start, when last is nil
}

func (k *versions) get(id int64) (version, bool) {
	v, ok := k.last[id]
	return v, ok
}

func (k *versions) put(id int64, v version) {
	if len(k.last) >= k.room {
		k.forget()
	}
	k.turn++
	v.turn = k.turn
	k.last[id] = v
	if v.updated >= k.bookmark {
		k.recent = append(k.recent, rowTime{id, v.updated})
	}
}

// forget drops the older ones of the rows that the seen list does not need.
func (k *versions) forget() {
	if k.last == nil {
		k.last = map[int64]version{}
	}
	maps.DeleteFunc(k.last, func(_ int64, v version) bool {
		return v.updated < k.bookmark && v.turn <= k.turn-generation
	})
	k.room = len(k.last) + generation
}

// settle raises the bookmark: what was modified before it is no candidate any more.
func (k *versions) settle(bookmark int64) {
	k.bookmark = bookmark
	k.recent = slices.DeleteFunc(k.recent, func(r rowTime) bool { return r.updated < bookmark })
}

// list returns the rows modified at or after the bookmark, in order of time, each once.
func (k *versions) list() []rowTime {
	k.recent = slices.DeleteFunc(k.recent, func(r rowTime) bool {
		v, _ := k.get(r.id)
		return v.updated != r.updated
	})
	slices.SortFunc(k.recent, func(a, b rowTime) int {
		return cmp.Or(cmp.Compare(a.updated, b.updated), cmp.Compare(a.id, b.id))
	})
	k.recent = slices.Compact(k.recent)
	return k.recent
}

// Seen returns the list to save beside the bookmark: for each row modified at or after it the version emitted last, as
// "<updated_at in Unix seconds>:<id>:<fingerprint, 16 hexadecimal digits>", sorted. It has at most 5,000 entries; beyond
// that the oldest are left out with a warning, and those rows may be emitted once more.
func (c *Cursor) Seen() []string {
	rows := c.known.list()
	if len(rows) > seenLimit {
		c.warn(warnSeenFull, fmt.Sprintf("more than %d rows were modified since the bookmark: all but the newest %d may be emitted once more in the next run", seenLimit, seenLimit))
		rows = rows[len(rows)-seenLimit:]
	}
	seen := make([]string, len(rows))
	for i, r := range rows {
		v, _ := c.known.get(r.id)
		seen[i] = fmt.Sprintf("%d:%d:%016x", r.updated, r.id, v.fingerprint)
	}
	slices.Sort(seen)
	return seen
}

// loadSeen takes in a saved list. Entries older than the bookmark are of no use; ones that can't be read are left out
// with a warning, since the worst that follows is a repeat.
func (c *Cursor) loadSeen(seen []string) {
	c.known.bookmark = c.config.Bookmark
	for _, entry := range seen {
		id, v, ok := parseSeen(entry)
		if !ok {
			c.warn(warnSeenEntry, fmt.Sprintf("the state's seen list holds an entry that can't be read, %.60q: its row may be emitted once more", entry))
			continue
		}
		if v.updated >= c.config.Bookmark {
			c.known.put(id, v)
		}
	}
}

func parseSeen(entry string) (id int64, v version, ok bool) {
	updated, rest, _ := strings.Cut(entry, ":")
	row, fingerprint, _ := strings.Cut(rest, ":")
	var errs [3]error
	v.updated, errs[0] = strconv.ParseInt(updated, 10, 64)
	id, errs[1] = strconv.ParseInt(row, 10, 64)
	v.fingerprint, errs[2] = strconv.ParseUint(fingerprint, 16, 64)
	return id, v, errs == [3]error{}
}

// warning is a bit per kind of warning that is given once a round.
type warning uint

const (
	warnOlder warning = 1 << iota
	warnTimeless
	warnNewestFull
	warnSeenFull
	warnSeenEntry
)

func (c *Cursor) warn(kind warning, text string) {
	if c.warned&kind == 0 {
		c.warned |= kind
		c.warnings = append(c.warnings, text)
	}
}

// Warnings returns what there is to warn of since the last call.
func (c *Cursor) Warnings() []string {
	w := c.warnings
	c.warnings = nil
	return w
}

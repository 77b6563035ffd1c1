package talk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// What the cursor remembers: within a run all it may meet again, between runs the seen list.

func TestRepeats(t *testing.T) {
	t.Parallel()
	for name, test := range map[string][]exchange{
		"the boundary is read again, only what is new comes out": {
			{ask: 100, rows: "1@100 2@110", emit: "1@100 2@110"}, {ask: 110, rows: "2@110 3@110 4@120", emit: "3@110 4@120"},
		},
		"a row twice in a page": {
			{ask: 100, rows: "1@110 1@110", emit: "1@110"},
		},
		"new contents within the second, and back": {
			{ask: 100, rows: "1@110", emit: "1@110"}, {ask: 110, rows: "1@110b 2@111", emit: "1@110b 2@111"}, {ask: 111, rows: "1@110 2@111", emit: "1@110"},
		},
		"a rewritten row moves to a later second": {
			{ask: 100, rows: "1@110 2@120", emit: "1@110 2@120"}, {ask: 120, rows: "2@120 1@130", emit: "1@130"},
		},
		"a replica that lags shows the version before": {
			{ask: 100, rows: "1@130 2@120", emit: "1@130 2@120"}, {ask: 130, rows: "1@130 1@120 3@140", emit: "3@140"},
		},
		"being old is no reason to drop a row": {
			{ask: 100, rows: "1@50 2@110", emit: "1@50 2@110"}, {ask: 110, rows: "3@50 1@50 2@110 4@111", emit: "3@50 4@111"},
		},
		"pages out of order": {
			{ask: 100, rows: "3@130 1@110 2@120", emit: "3@130 1@110 2@120"}, {ask: 130, rows: "3@130 4@140", emit: "4@140"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := play(t, from(100), test...); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStaleReadsAreCounted(t *testing.T) {
	t.Parallel()
	c, _ := play(t, from(100), exchange{ask: 100, rows: "1@130", emit: "1@130"}, exchange{ask: 130, rows: "1@120 2@131", emit: "2@131"})
	if c.Stale() != 1 {
		t.Errorf("got %d stale rows, want 1", c.Stale())
	}
}

func TestOlderRowIsWarnedOfOnceAndMovesNothing(t *testing.T) {
	t.Parallel()
	c, _ := play(t, from(100), exchange{ask: 100, rows: "1@50 2@60 3@110", emit: "1@50 2@60 3@110"})
	wantBookmark(t, c, 110)
	wantWarnings(t, c, "before the second asked for")

	c, _ = play(t, from(100), exchange{ask: 100, rows: "1@50", emit: "1@50"}, exchange{ask: 101, rows: "1@50"})
	wantOver(t, c, 100)
}

// The list holds what the next run can meet: all that was modified at or after the bookmark.
func TestSeenKeepsTheNextRunSilent(t *testing.T) {
	t.Parallel()
	c, _ := play(t, from(100), exchange{ask: 100, rows: "1@100 2@9700 3@9800 4@9800 2@9900", emit: "1@100 2@9700 3@9800 4@9800 2@9900"})
	wantBookmark(t, c, 9700)
	seen := c.Seen()
	if got, want := places(seen), "9800:3 9800:4 9900:2"; got != want {
		t.Fatalf("got seen %s, want %s", got, want)
	}
	c, _ = play(t, from(9700, seen...),
		exchange{ask: 9700, rows: "3@9800 4@9800b 5@9800 2@9900", emit: "4@9800b 5@9800", at: now + 1000},
		exchange{ask: 9900, rows: "2@9900", at: now + 1000})
	if got, want := places(c.Seen()), "9900:2"; got != want {
		t.Errorf("got seen %s, want %s", got, want)
	}
	c, _ = play(t, from(9700, seen...), exchange{ask: 9700, rows: "2@9700 3@9800"})
	if c.Stale() != 1 {
		t.Errorf("got %d stale rows, want 1: seen says that 2 was emitted as of 9900", c.Stale())
	}
}

// Nothing says that a row without a readable time is older than what was emitted of it, be that from later than S.
func TestTimelessRowIsNeverStale(t *testing.T) {
	t.Parallel()
	c, err := play(t, from(700, "1000:7:"+fingerprint(t, "7@1000")),
		exchange{ask: 700, rows: "7@?b 8@710", emit: "7@?b 8@710"}, exchange{ask: 710, rows: "7@?b 8@710 9@1200", emit: "9@1200"})
	if err != nil || c.Stale() != 0 {
		t.Errorf("got error %v and %d stale rows, want none", err, c.Stale())
	}
}

// places leaves the fingerprints out of a seen list.
func places(seen []string) string {
	var all []string
	for _, entry := range seen {
		parts := strings.Split(entry, ":")
		all = append(all, strings.Join(parts[:2], ":"))
	}
	return strings.Join(all, " ")
}

func TestSeenEntryForm(t *testing.T) {
	t.Parallel()
	c := talk.NewCursor(from(1547635159))
	c.Begin(time.Unix(1547635200, 0))
	c.Admit(talk.RowVersion{ID: 360088814475, Updated: 1547635160, UpdatedOK: true, Fingerprint: 0x9f3c})
	c.Admit(talk.RowVersion{ID: -7, Updated: 1547635159, UpdatedOK: true, Fingerprint: 1<<64 - 1})
	got, want := c.Seen(), []string{"1547635159:-7:ffffffffffffffff", "1547635160:360088814475:0000000000009f3c"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: saved states depend on this form", got, want)
	}
}

func TestUnreadableSeenEntries(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"", "x", "120", "120:1", "120:1:", "120:1:xyz", ":1:ff", "120::ff", "1.5:1:ff", "120:1:11112222333344445", "120:1:ff:ff"} {
		c, _ := play(t, from(100, entry, "110:2:"+fingerprint(t, "2@110"), entry), exchange{ask: 100, rows: "1@120 2@110", emit: "1@120"})
		wantWarnings(t, c, "can't be read")
	}
	c, _ := play(t, from(100, "99:1:"+fingerprint(t, "1@99")), exchange{ask: 100, rows: "1@99 2@110", emit: "1@99 2@110"})
	wantWarnings(t, c, "before the second asked for") // an entry older than the bookmark is of no use, and no mistake
}

func fingerprint(t *testing.T, row string) string {
	t.Helper()
	return fmt.Sprintf("%016x", version(t, row).Fingerprint)
}

// fill lets a cursor emit n rows that have not settled, oldest first.
func fill(n int) *talk.Cursor {
	const start = 1_700_000_000
	config := from(start)
	config.Settle = 86_400
	c := talk.NewCursor(config)
	c.Begin(time.Unix(start+80_000, 0))
	admit(c, n)
	return c
}

// admit shows n rows to c and returns how many of them it wants.
func admit(c *talk.Cursor, n int) (wanted int) {
	for i := range n {
		if c.Admit(talk.RowVersion{ID: 99_999_999_999_999 - int64(i), Updated: 1_700_000_000 + int64(i), UpdatedOK: true, Fingerprint: ^uint64(i)}) {
			wanted++
		}
	}
	return wanted
}

// However many rows have not settled, all of them stay known: the next request can bring each again.
func TestUnsettledRowsStayKnown(t *testing.T) {
	t.Parallel()
	const n = 60_000
	if again := admit(fill(n), n); again != 0 {
		t.Errorf("%d of %d rows were wanted twice", again, n)
	}
}

func TestSeenIsBounded(t *testing.T) {
	t.Parallel()
	c := fill(5000)
	if got := len(c.Seen()); got != 5000 {
		t.Errorf("got %d entries, want 5000", got)
	}
	wantWarnings(t, c)
	c = fill(5007)
	seen := c.Seen()
	if len(seen) != 5000 || !strings.HasPrefix(seen[0], "1700000007:") {
		t.Errorf("got %d entries from %s on, want the newest 5000 of 5007", len(seen), seen[0])
	}
	c.Seen()
	wantWarnings(t, c, "all but the newest 5000")
}

// A line of STATE has to fit what targets read: both streams' lists full, with ids of 14 digits, as the tap writes it and
// as Python's json.dumps does, with a space behind each comma and colon.
func TestStateOfTwoFullListsStaysSmall(t *testing.T) {
	t.Parallel()
	type bookmark struct {
		EndTime int64    `json:"end_time"`
		Seen    []string `json:"seen"`
	}
	b := bookmark{1_700_000_000, fill(6000).Seen()}
	line, err := json.Marshal(map[string]any{"type": "STATE", "value": map[string]any{
		"bookmarks": map[string]bookmark{"calls": b, "legs": b}, "currently_syncing": "calls",
	}})
	if err != nil {
		t.Fatal(err)
	}
	spaces := strings.Count(string(line), `",`) + strings.Count(string(line), `":`) // commas and colons outside of strings, and a few more
	if got, limit := len(line)+spaces+100, 512<<10; got >= limit {
		t.Errorf("got a STATE of %d bytes, want less than %d: lower seenLimit", got, limit)
	}
}

// A row that comes again after very many others, within a run, is still known.
func TestMemoryOfARun(t *testing.T) {
	t.Parallel()
	c := talk.NewCursor(talk.CursorConfig{EndDate: talk.NoEnd, Settle: 300})
	row := func(id int64) bool {
		return c.Admit(talk.RowVersion{ID: id, Updated: 1000 + id, UpdatedOK: true, Fingerprint: uint64(id)})
	}
	c.Begin(time.Unix(1_000_000, 0))
	for id := range int64(100_000) {
		if !row(id) {
			t.Fatalf("row %d was dropped, and it is new", id)
		}
		if again := id - 16_000; again >= 0 && row(again) {
			t.Fatalf("row %d came twice, with no more than 16,000 others between", again)
		}
		if id%500 == 499 {
			if err := c.End(&talk.Page{}); err != nil {
				t.Fatal(err)
			}
			c.Begin(time.Unix(1_000_000, 0))
		}
	}
}

package talk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// What the cursor remembers: within a run all it may meet again, between runs the versions that are saved.

func TestRepeats(t *testing.T) {
	t.Parallel()
	for name, test := range map[string][]exchange{
		"the boundary is read again, only what is new comes out": {
			{ask: 100, rows: "1@100 2@110", emit: "1@100 2@110"},
			{ask: 110, rows: "2@110 3@110 4@120", emit: "3@110 4@120"},
		},
		"a row twice in a page": {
			{ask: 100, rows: "1@110 1@110", emit: "1@110"},
		},
		"new contents within the second, and back": {
			{ask: 100, rows: "1@110", emit: "1@110"},
			{ask: 110, rows: "1@110b 2@111", emit: "1@110b 2@111"},
			{ask: 111, rows: "1@110 2@111", emit: "1@110"},
		},
		"a rewritten row moves to a later second": {
			{ask: 100, rows: "1@110 2@120", emit: "1@110 2@120"}, {ask: 120, rows: "2@120 1@130", emit: "1@130"},
		},
		"a replica that lags shows the version before": {
			{ask: 100, rows: "1@130 2@120", emit: "1@130 2@120"},
			{ask: 130, rows: "1@130 1@120 3@140", emit: "3@140"},
		},
		"being old is no reason to drop a row": {
			{ask: 100, rows: "1@50 2@110", emit: "1@50 2@110"},
			{ask: 110, rows: "3@50 1@50 2@110 4@111", emit: "3@50 4@111"},
		},
		"pages out of order": {
			{ask: 100, rows: "3@130 1@110 2@120", emit: "3@130 1@110 2@120"},
			{ask: 130, rows: "3@130 4@140", emit: "4@140"},
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

func TestOlderVersionsAreCounted(t *testing.T) {
	t.Parallel()
	c, _ := play(t, from(100),
		exchange{ask: 100, rows: "1@130", emit: "1@130"},
		exchange{ask: 130, rows: "1@120 2@131", emit: "2@131"})
	if c.Superseded() != 1 {
		t.Errorf("got %d superseded rows, want 1", c.Superseded())
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

// What is saved is what the next run can meet: all that was modified at or after the bookmark.
func TestSeenKeepsTheNextRunSilent(t *testing.T) {
	t.Parallel()
	rows := "1@100 2@9700 3@9800 4@9800 2@9900"
	c, _ := play(t, from(100), exchange{ask: 100, rows: rows, emit: rows})
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
	if c.Superseded() != 1 {
		t.Errorf("got %d superseded rows, want 1: it was saved that 2 was emitted as of 9900", c.Superseded())
	}
}

// Nothing says that a row without a readable time is older than what was emitted of it, be that from later than S.
func TestRowWithoutATimeIsNeverSuperseded(t *testing.T) {
	t.Parallel()
	c, err := play(t, from(700, versionOf(t, "7@1000")),
		exchange{ask: 700, rows: "7@?b 8@710", emit: "7@?b 8@710"},
		exchange{ask: 710, rows: "7@?b 8@710 9@1200", emit: "9@1200"})
	if err != nil || c.Superseded() != 0 {
		t.Errorf("got error %v and %d superseded rows, want none", err, c.Superseded())
	}
}

// Where a row without a readable time lies nobody knows, so it stays known as long as the next run may meet it.
func TestRowWithoutATimeIsSavedBesideTheBookmark(t *testing.T) {
	t.Parallel()
	cut := "2@200 3@200 4@?"
	for name, test := range map[string]struct {
		exchanges []exchange
		bookmark  int64
		next      string // rows of the next run's first page, all of which came before
	}{
		"held back before the newest row": {
			[]exchange{{ask: 100, rows: "1@100 2@? 3@9900", emit: "1@100 2@? 3@9900"}}, 9700, "2@? 3@9900",
		},
		"at the newest row": {
			[]exchange{{ask: 100, rows: "1@100 3@110 2@?", emit: "1@100 3@110 2@?"}}, 110, "3@110 2@?",
		},
		"held back by end_time": {
			[]exchange{{ask: 100, rows: "1@100 2@? 3@110", end: 105, next: 110, emit: "1@100 2@? 3@110"}},
			105, "2@? 3@110",
		},
		"behind a second that is stepped over": {
			[]exchange{
				{ask: 200, rows: cut, emit: cut},
				{ask: 201, rows: "4@? 9@300"},
				{ask: 200, rows: cut},
				{ask: 199, rows: "1@199 " + cut},
			}, 201, "4@?",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := play(t, from(test.exchanges[0].ask), test.exchanges...)
			if err != nil {
				t.Error(err)
			}
			wantBookmark(t, c, test.bookmark)
			play(t, from(test.bookmark, c.Seen()...), exchange{ask: test.bookmark, rows: test.next})
		})
	}
}

func TestReadableVersionTakesThePlaceOfOneWithoutATime(t *testing.T) {
	t.Parallel()
	rows := "1@100 2@? 2@105 3@110"
	c, _ := play(t, from(100), exchange{ask: 100, rows: rows, emit: rows})
	if got, want := places(c.Seen()), "110:3"; got != want {
		t.Errorf("got seen %s, want %s", got, want)
	}
}

// places leaves the fingerprints out of saved versions.
func places(seen []talk.Version) string {
	var all []string
	for _, v := range seen {
		all = append(all, fmt.Sprintf("%d:%d", v.Updated, v.ID))
	}
	return strings.Join(all, " ")
}

func TestVersionsFromBeforeTheBookmarkCountForNothing(t *testing.T) {
	t.Parallel()
	rows := "1@99 2@110"
	c, _ := play(t, from(100, versionOf(t, "1@99")), exchange{ask: 100, rows: rows, emit: rows})
	wantWarnings(t, c, "before the second asked for")
}

// fill lets a cursor emit n rows that have not settled, oldest first.
func fill(n int) *talk.Cursor {
	const start = 1_700_000_000
	config := from(start)
	config.Settle = 86_400
	c := talk.NewCursor(config)
	c.BeginPage(time.Unix(start+80_000, 0))
	admit(c, n)
	return c
}

// admit shows n rows to c and returns how many of them it wants.
func admit(c *talk.Cursor, n int) (wanted int) {
	for i := range n {
		at := 1_700_000_000 + int64(i)
		if c.Admit(talk.Row{ID: 99_999 - int64(i), IDOK: true, Updated: at, UpdatedOK: true, Fingerprint: ^uint64(i)}) {
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

// A row that comes again after very many others, within a run, is still known.
func TestMemoryOfARun(t *testing.T) {
	t.Parallel()
	c := talk.NewCursor(talk.CursorConfig{End: talk.NoEnd, Settle: 300})
	row := func(id int64) bool {
		return c.Admit(talk.Row{ID: id, IDOK: true, Updated: 1000 + id, UpdatedOK: true, Fingerprint: uint64(id)})
	}
	c.BeginPage(time.Unix(1_000_000, 0))
	for id := range int64(100_000) {
		if !row(id) {
			t.Fatalf("row %d was dropped, and it is new", id)
		}
		if again := id - 16_000; again >= 0 && row(again) {
			t.Fatalf("row %d came twice, with no more than 16,000 others between", again)
		}
		if id%500 == 499 {
			if err := c.EndPage(&talk.Page{}); err != nil {
				t.Fatal(err)
			}
			c.BeginPage(time.Unix(1_000_000, 0))
		}
	}
}

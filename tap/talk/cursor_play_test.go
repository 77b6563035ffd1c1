package talk_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// How the cursor's tests are written: as exchanges between the cursor and a server. Seconds are small numbers, and the
// server's clock shows now unless an exchange says otherwise, so that all rows have settled.

const now = 10_000

// An exchange is one request of the cursor and what the server answers.
type exchange struct {
	ask  int64  // the start_time that the cursor must ask for
	rows string // of the page: "7@120" is row 7, modified at 120; "7@120b" has other contents; "7@?" no readable time
	end  int64  // end_time; 0: unreadable
	next int64  // start_time of next_page; 0: none that may be followed
	at   int64  // the server's clock; 0: now

	emit string // the rows, in the form of rows, that the cursor must let pass
}

// from returns the configuration of a cursor that starts at a bookmark, and knows the versions saved beside it.
func from(bookmark int64, seen ...talk.Version) talk.CursorConfig {
	return talk.CursorConfig{Bookmark: bookmark, End: talk.NoEnd, Settle: 300, Seen: seen}
}

// play has exchanges with a new cursor. It returns the cursor and the error of the last page.
func play(t *testing.T, config talk.CursorConfig, exchanges ...exchange) (*talk.Cursor, error) {
	t.Helper()
	c := talk.NewCursor(config)
	for i, x := range exchanges {
		if c.Done() {
			t.Fatalf("reading is over before request %d; it should ask for %d", i+1, x.ask)
		}
		if got := c.Request(); got.Start != x.ask {
			t.Fatalf("request %d: got start %d, want %d", i+1, got.Start, x.ask)
		}
		if err := answer(t, c, x); err != nil {
			if i < len(exchanges)-1 {
				t.Fatalf("page %d: %v", i+1, err)
			}
			return c, err
		}
	}
	return c, nil
}

// answer gives the cursor one page, and checks what of it is emitted.
func answer(t *testing.T, c *talk.Cursor, x exchange) error {
	t.Helper()
	at := x.at
	if at == 0 {
		at = now
	}
	c.BeginPage(time.Unix(at, 0))
	var emitted []string
	for row := range strings.FieldsSeq(x.rows) {
		if c.Admit(newRow(t, row)) {
			emitted = append(emitted, row)
		}
	}
	if got := strings.Join(emitted, " "); got != x.emit {
		t.Errorf("page from %d with %q: got %q emitted, want %q", x.ask, x.rows, got, x.emit)
	}
	page := &talk.Page{EndTime: x.end, EndTimeOK: x.end != 0}
	if x.next != 0 {
		page.Next, page.NextStart = "https://acme.zendesk.com/next", x.next
	}
	return c.EndPage(page)
}

// newRow reads a row. Its contents are what follows the time: nothing, or a letter.
func newRow(t *testing.T, row string) talk.Row {
	t.Helper()
	id, modified, _ := strings.Cut(row, "@")
	second := strings.TrimRight(modified, "abc")
	v := talk.Row{IDOK: true, UpdatedOK: second != "?", Fingerprint: uint64(len(modified)) << 8}
	if contents := strings.TrimPrefix(modified, second); contents != "" {
		v.Fingerprint |= uint64(contents[0])
	}
	var err error
	if v.ID, err = strconv.ParseInt(id, 10, 64); err != nil {
		t.Fatalf("row %q: %v", row, err)
	}
	if v.Updated, err = strconv.ParseInt(second, 10, 64); err != nil && v.UpdatedOK {
		t.Fatalf("row %q: %v", row, err)
	}
	v.Fingerprint |= uint64(v.Updated) << 16
	return v
}

// versionOf returns the version that is saved of a row.
func versionOf(t *testing.T, row string) talk.Version {
	t.Helper()
	r := newRow(t, row)
	return talk.Version{ID: r.ID, Updated: r.Updated, Fingerprint: r.Fingerprint}
}

// many returns rows with ids from first on that are all modified in one second.
func many(first, n int, second int64) string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("%d@%d", first+i, second)
	}
	return strings.Join(rows, " ")
}

// wantOver checks that reading is over, and the bookmark.
func wantOver(t *testing.T, c *talk.Cursor, bookmark int64) {
	t.Helper()
	if !c.Done() {
		t.Errorf("reading isn't over: it asks for %d", c.Request().Start)
	}
	wantBookmark(t, c, bookmark)
}

func wantBookmark(t *testing.T, c *talk.Cursor, want int64) {
	t.Helper()
	if got, ok := c.Bookmark(); !ok || got != want {
		t.Errorf("got bookmark %d (set: %t), want %d", got, ok, want)
	}
}

// wantWarnings checks that there is one warning for each of the texts, which it holds.
func wantWarnings(t *testing.T, c *talk.Cursor, texts ...string) {
	t.Helper()
	got := c.Warnings()
	missing := func(text string) bool { return !strings.Contains(strings.Join(got, "\n"), text) }
	if len(got) != len(texts) || slices.ContainsFunc(texts, missing) {
		t.Errorf("got warnings %q, want one with each of %q", got, texts)
	}
}

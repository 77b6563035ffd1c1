package talk_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// The rules of the package documentation, each by its name. How to read an exchange, cursor_play_test.go says.

func TestEndIsTheNewestSecond(t *testing.T) {
	t.Parallel()
	for name, exchanges := range map[string][]exchange{
		"nothing behind": {
			{ask: 100, rows: "1@100 2@110", emit: "1@100 2@110"}, {ask: 110, rows: "2@110"}, {ask: 111},
		},
		"next_page leads on for ever": {
			{ask: 100, rows: "1@100 2@110", end: 110, next: 110, emit: "1@100 2@110"},
			{ask: 110, rows: "2@110", end: 110, next: 110},
			{ask: 111, next: 111},
		},
		"two legs of one call share the last second": {
			{ask: 100, rows: "1@110 2@110", emit: "1@110 2@110"}, {ask: 110, rows: "1@110 2@110"}, {ask: 111},
		},
		"a page is empty though another stood to come": {
			{ask: 100, rows: "1@110", emit: "1@110"}, {ask: 110},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := play(t, from(100), exchanges...)
			wantOver(t, c, 110)
			wantWarnings(t, c)
		})
	}
}

func TestEmptyPageMovesNothing(t *testing.T) {
	t.Parallel()
	c, err := play(t, from(100), exchange{ask: 100, end: 5000, next: 5000})
	if _, ok := c.Bookmark(); ok || err != nil || !c.Done() {
		t.Errorf("got a bookmark %t, error %v, over %t; an empty page ends reading and its end_time means nothing",
			ok, err, c.Done())
	}
}

// The way on: S is 100, T is 120.
func TestWayOn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		end, next    int64
		ask          int64
		followed     bool
		wantBookmark int64
	}{
		{"as documented", 120, 120, 120, true, 120},
		{"neither", 0, 0, 120, false, 120},
		{"end_time alone", 110, 0, 110, false, 110},
		{"end_time stuck", 100, 0, 120, false, 120},
		{"end_time behind", 99, 0, 120, false, 120},
		{"end_time ahead, as if it were now", 9000, 0, 120, false, 120},
		{"end_time in milliseconds", 120_000, 0, 120, false, 120},
		{"end_time before 1970", -1, 0, 120, false, 120},
		{"next_page stuck", 120, 100, 120, false, 120},
		{"next_page behind", 120, 99, 120, false, 120},
		{"next_page ahead", 120, 121, 120, false, 120},
		{"next_page nearer than end_time", 120, 110, 110, true, 110}, // what lies behind it was not read yet
		{"next_page farther than end_time", 110, 120, 120, true, 110},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rows := "1@100 2@120"
			c, _ := play(t, from(100), exchange{ask: 100, rows: rows, end: test.end, next: test.next, emit: rows})
			got := c.Request()
			if got.Start != test.ask || (got.Next != "") != test.followed {
				t.Errorf("got request %+v, want one for %d, next_page followed: %t", got, test.ask, test.followed)
			}
			wantBookmark(t, c, test.wantBookmark)
		})
	}
}

func TestBookmarkStaysBehindWhatHasNotSettled(t *testing.T) {
	t.Parallel()
	rows := exchange{ask: 100, rows: "1@100 2@9900", emit: "1@100 2@9900"}
	for name, test := range map[string]struct {
		settle int64
		then   []exchange
		want   int64
	}{
		"settled":                {100, nil, 9900},
		"not settled":            {101, nil, 9899},
		"no settling":            {0, nil, 9900},
		"longer than the stream": {86_400, nil, 100},
		"a page later on is no proof": {300, []exchange{
			{ask: 9900, rows: "2@9900 3@9950", at: now + 5000, emit: "3@9950"},
		}, 9700},
		"nor is the end": {300, []exchange{{ask: 9900, rows: "2@9900", at: now + 5000}}, 9700},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := from(100)
			config.Settle = test.settle
			c, _ := play(t, config, append([]exchange{rows}, test.then...)...)
			wantBookmark(t, c, test.want)
		})
	}
}

func TestBookmarkNeverGoesBack(t *testing.T) {
	t.Parallel()
	c, _ := play(t, from(9990), exchange{ask: 9990, rows: "1@9990 2@9995", emit: "1@9990 2@9995"})
	wantBookmark(t, c, 9990) // though 9990 has not settled: the run before saw more
	c, _ = play(t, from(100),
		exchange{ask: 100, rows: "1@100 2@9000", emit: "1@100 2@9000"},
		exchange{ask: 9000, rows: "2@9000 3@9010", at: 5000, emit: "3@9010"}) // a server whose clock is behind
	wantBookmark(t, c, 9000)
}

func TestStart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		config      talk.CursorConfig
		want        int64
		wantNothing bool
	}{
		{"all history", talk.CursorConfig{End: talk.NoEnd}, 0, false},
		{"a start", talk.CursorConfig{Start: 50, End: talk.NoEnd}, 50, false},
		{"bookmark", from(100), 100, false},
		{"no backfill by an earlier start", talk.CursorConfig{Bookmark: 100, Start: 50, End: talk.NoEnd}, 100, false},
		{"a later start", talk.CursorConfig{Bookmark: 100, Start: 150, End: talk.NoEnd}, 150, false},
		{"at the end", talk.CursorConfig{Start: 50, End: 50}, 50, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := talk.NewCursor(test.config)
			if c.Start() != test.want || c.Request().Start != test.want || c.Done() != test.wantNothing {
				t.Errorf("got start %d, request %+v, over %t; want start %d, over %t",
					c.Start(), c.Request(), c.Done(), test.want, test.wantNothing)
			}
		})
	}
}

func TestStartInTheFutureIsAMistake(t *testing.T) {
	t.Parallel()
	const day = 86_400
	for _, test := range []struct {
		name   string
		config talk.CursorConfig
		want   *talk.FutureStartError
	}{
		{"bookmark within a day", from(now + day), nil},
		{"bookmark further ahead", from(now + day + 1),
			&talk.FutureStartError{Second: now + day + 1, Server: now, Bookmark: true}},
		{"start now", talk.CursorConfig{Start: now}, nil},
		{"start ahead", talk.CursorConfig{Start: now + 1}, &talk.FutureStartError{Second: now + 1, Server: now}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := talk.NewCursor(test.config).CheckStart(time.Unix(now, 0))
			got, _ := errors.AsType[*talk.FutureStartError](err)
			if diff := cmp.Diff(test.want, got); diff != "" || (err == nil) != (test.want == nil) {
				t.Errorf("got error %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestTooRecentMeansCaughtUp(t *testing.T) {
	t.Parallel()
	const day = 86_400
	for _, test := range []struct {
		start int64
		want  bool
	}{{5 * day, true}, {4 * day, true}, {4*day - 1, false}, {6 * day, true}} {
		c := talk.NewCursor(from(test.start))
		if ok := c.TooRecent(time.Unix(5*day, 0)); ok != test.want || c.Done() != test.want {
			t.Errorf("a refusal of %d at %d: got caught up %t, over %t; want %t",
				test.start, 5*day, ok, c.Done(), test.want)
		}
		if _, ok := c.Bookmark(); ok {
			t.Errorf("a refusal of %d moved the bookmark", test.start)
		}
	}
}

func TestBusyAccountIsLeftAfterThreeLooks(t *testing.T) {
	t.Parallel()
	c, _ := play(t, from(100),
		exchange{ask: 100, rows: "1@9999", at: 10_000, emit: "1@9999"}, // from before the first look at the clock
		exchange{ask: 9999, rows: "2@10005", at: 10_006, emit: "2@10005"},
		exchange{ask: 10005, rows: "3@10011", at: 10_012, emit: "3@10011"},
		exchange{ask: 10011, rows: "4@10018", at: 10_018, emit: "4@10018"})
	wantOver(t, c, 9700)
}

func TestWrongClockEndsNothing(t *testing.T) {
	t.Parallel()
	c, _ := play(t, from(100),
		exchange{ask: 100, rows: "1@1000", at: 50, emit: "1@1000"},
		exchange{ask: 1000, rows: "2@2000", at: 51, emit: "2@2000"},
		exchange{ask: 2000, rows: "3@3000", at: 52, emit: "3@3000"},
		exchange{ask: 3000, rows: "4@4000", at: 53, emit: "4@4000"})
	if c.Done() {
		t.Error("reading is over: rows from the future of a wrong clock are no sign of a busy account")
	}
}

func TestUnreadableTimes(t *testing.T) {
	t.Parallel()
	c, err := play(t, from(100),
		exchange{ask: 100, rows: "1@? 2@110 3@?", emit: "1@? 2@110 3@?"},
		exchange{ask: 110, rows: "2@110 3@?"}, // counts as modified at the second asked for: no repeat
		exchange{ask: 111})
	if err != nil {
		t.Error(err)
	}
	wantOver(t, c, 110)
	c, err = play(t, from(110, c.Seen()...), exchange{ask: 110, rows: "2@110 3@?"}, exchange{ask: 111})
	if err != nil {
		t.Error(err)
	}
	wantOver(t, c, 110)

	c, err = play(t, from(100), exchange{ask: 100, rows: "1@? 2@?", end: 120, next: 120, emit: "1@? 2@?"})
	if got, ok := errors.AsType[*talk.NoTimesError](err); !ok || *got != (talk.NoTimesError{Second: 100, Rows: 2}) {
		t.Errorf("got error %v, want one about the 2 rows from 100: no row leads on", err)
	}
	if end, ok := c.Bookmark(); ok {
		t.Errorf("got bookmark %d, want none", end)
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	config := from(100)
	config.End = 120
	c, _ := play(t, config, exchange{ask: 100, rows: "1@100 2@119 3@120 4@130", emit: "1@100 2@119"})
	wantOver(t, c, 120)
	c, _ = play(t, config,
		exchange{ask: 100, rows: "1@100 2@110", emit: "1@100 2@110"},
		exchange{ask: 110, rows: "2@110 3@120"})
	wantOver(t, c, 120)
	c, _ = play(t, config, // end_time lies behind the window, but the way on does not
		exchange{ask: 100, rows: "1@100 3@120", end: 120, next: 110, emit: "1@100"},
		exchange{ask: 110, rows: "2@110 3@120", end: 120, next: 120, emit: "2@110"})
	wantOver(t, c, 120)
	c, _ = play(t, config, // the window's last second may hide rows like any other
		exchange{ask: 100, rows: "1@119 2@119", emit: "1@119 2@119"},
		exchange{ask: 119, rows: "1@119 2@119"}, exchange{ask: 120})
	wantOver(t, c, 119)
	_, err := play(t, config,
		exchange{ask: 100, rows: "1@119 2@119", emit: "1@119 2@119"},
		exchange{ask: 119, rows: "1@119 2@119"},
		exchange{ask: 120, rows: "4@130"},
		exchange{ask: 119, rows: "1@119 2@119"},
		exchange{ask: 118, rows: "1@119 2@119"},
		exchange{ask: 59, rows: "1@119 2@119"},
		exchange{ask: 0, rows: "1@119 2@119"},
		exchange{ask: 0, rows: "1@119 2@119"})
	if !errors.As(err, new(*talk.FullSecondError)) {
		t.Errorf("got error %v, want a full second", err)
	}
}

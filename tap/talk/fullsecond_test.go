package talk_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// Full seconds. Most servers here have pages of three rows; S, the second that is or seems full, is 200.

// leading is the page that leads to S, with one row of it or two.
func leading(rows string) exchange {
	return exchange{ask: 100, rows: "1@190 " + rows, emit: "1@190 " + rows}
}

func wantFull(t *testing.T, err error, second int64, rows int) {
	t.Helper()
	var full *talk.FullSecondError
	if !errors.As(err, &full) || full.Second != second || full.Rows != rows {
		t.Errorf("got error %v, want a full second %d with %d rows received", err, second, rows)
		return
	}
	for _, part := range []string{fmt.Sprint(rows), fmt.Sprint(second)} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error %q doesn't say %q", err, part)
		}
	}
}

func TestFullSecondOfAServerThatCuts(t *testing.T) {
	t.Parallel()
	cut := "2@200 3@200 4@200"
	exchanges := []exchange{
		leading("2@200 3@200"),
		{ask: 200, rows: cut, emit: "4@200"},
		{ask: 201, rows: "9@300"}, // looked at only
		{ask: 200, rows: cut},
		{ask: 199, rows: cut}, // holds nothing older, so it proves nothing
		{ask: 140, rows: "1@190 2@200 3@200"},
		{ask: 0, rows: "0@50 1@190 2@200"},
		{ask: 0, rows: "0@50 1@190 2@200"},
	}
	c, err := play(t, from(100), exchanges...)
	wantFull(t, err, 200, 3)
	wantBookmark(t, c, 200)

	config := from(100)
	config.SkipFull = true
	c, err = play(t, config, append(exchanges, exchange{ask: 201, rows: "9@300", emit: "9@300"})...)
	wantBookmark(t, c, 300)
	wantWarnings(t, c, "second 200 (1970-01-01T00:03:20Z): 3 rows of it were received")
	if err != nil {
		t.Errorf("got error %v, want none: it was told to skip", err)
	}
}

func TestFullSecondIsJudgedOnlyByWhatHasSettled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		settle int64
		behind string // rows of the probe
		judged bool
	}{
		{"nothing behind", 300, "", false},
		{"all behind has not settled", 300, "9@9701", false},
		{"something behind has", 300, "9@9700", true},
		{"a minute at least", 0, "9@9941", false},
		{"after a minute", 0, "9@9940", true},
		{"a row without a readable time may be anything", 300, "9@?", true},
		{"rows from before the probe are no news", 300, "9@150", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := from(100)
			config.Settle = test.settle
			c, err := play(t, config,
				leading("2@200"),
				exchange{ask: 200, rows: "2@200"},
				exchange{ask: 201, rows: test.behind})
			if err != nil || c.Done() == test.judged {
				t.Fatalf("got error %v, over %t, want over %t", err, c.Done(), !test.judged)
			}
			wantBookmark(t, c, 200)
			if test.judged && c.Request().Start != 200 {
				t.Errorf("got request for %d, want a second look at 200", c.Request().Start)
			}
		})
	}
}

func TestNoProbeBehindWhatHasNotSettled(t *testing.T) {
	t.Parallel()
	c, _ := play(t, from(100), exchange{ask: 100, rows: "1@9700", emit: "1@9700"}, exchange{ask: 9700, rows: "1@9700"})
	wantOver(t, c, 9700)
	c, _ = play(t, from(100), exchange{ask: 100, rows: "1@9699", emit: "1@9699"}, exchange{ask: 9699, rows: "1@9699"})
	if c.Done() || !c.Probing() {
		t.Error("9700 has settled, so something may lie behind 9699, but the cursor doesn't look")
	}
}

func TestProbeEmitsNothingAndMovesNothing(t *testing.T) {
	t.Parallel()
	c, _ := play(t, from(200),
		exchange{ask: 200, rows: "2@200", emit: "2@200"},
		exchange{ask: 201, rows: "9@300 10@400", end: 400, next: 400})
	wantBookmark(t, c, 200)
	// What was looked at counts as new.
	if err := answer(t, c, exchange{ask: 200, rows: "2@200 9@300", emit: "9@300"}); err != nil {
		t.Error(err)
	}
}

func TestSecondLookHealsALaggingReplica(t *testing.T) {
	t.Parallel()
	c, err := play(t, from(100),
		leading("2@200"),
		exchange{ask: 200, rows: "2@200"}, // a replica that knows nothing of 300 yet
		exchange{ask: 201, rows: "9@300"},
		exchange{ask: 200, rows: "2@200 9@300", emit: "9@300"},
		exchange{ask: 300, rows: "9@300"},
		exchange{ask: 301})
	if err != nil {
		t.Error(err)
	}
	wantOver(t, c, 300)
}

func TestServerThatCompletesASecondIsProven(t *testing.T) {
	t.Parallel()
	whole := "2@200 3@200 4@200 5@200"
	judge := []exchange{{ask: 200, rows: whole, emit: whole}, {ask: 201, rows: "9@300"}, {ask: 200, rows: whole}}
	back := func(ask int64, rows string) exchange { return exchange{ask: ask, rows: rows} }
	const day = 86_400
	for name, test := range map[string]struct {
		second int64 // S; 200 where 0
		proof  []exchange
	}{
		"by S-1":    {0, []exchange{back(199, "1@199 "+whole)}},
		"by S-60":   {0, []exchange{back(199, whole), back(140, "1@150 "+whole)}},
		"by S-3600": {5000, []exchange{back(4999, ""), back(4940, ""), back(1400, "1@1900 ")}},
		"by S-86400": {200_000, []exchange{
			back(199_999, ""), back(199_940, ""), back(196_400, ""), back(200_000-day, "1@150000 "),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exchanges := append(judge[:3:3], test.proof...)
			if test.second != 0 {
				exchanges = moved(exchanges, test.second, whole)
			}
			last := exchanges[0].ask
			later := fmt.Sprintf("9@%d", last+100)
			exchanges = append(exchanges, exchange{ask: last + 1, rows: later, emit: later})
			for i := range exchanges {
				exchanges[i].at = 1_000_000
			}
			c, err := play(t, from(last), exchanges...)
			if err != nil {
				t.Error(err)
			}
			wantBookmark(t, c, last+100)
			wantWarnings(t, c)
		})
	}
}

// moved puts another second in the place of 200, and the rows of it on every page that has to hold them.
func moved(exchanges []exchange, second int64, whole string) []exchange {
	to := func(rows string) string {
		rows = strings.ReplaceAll(rows, "@200", fmt.Sprintf("@%d", second))
		return strings.ReplaceAll(rows, "@300", fmt.Sprintf("@%d", second+100))
	}
	var out []exchange
	for i, x := range exchanges {
		if i < 3 {
			x.ask += second - 200
		} else {
			x.rows += whole
		}
		x.rows, x.emit = to(x.rows), to(x.emit)
		out = append(out, x)
	}
	return out
}

func TestLeadingPageShowsThatASecondIsComplete(t *testing.T) {
	t.Parallel()
	whole := "2@200 3@200 4@200 5@200"
	c, err := play(t, from(100),
		leading(whole),
		exchange{ask: 200, rows: whole},
		exchange{ask: 201, rows: "9@300"},
		exchange{ask: 200, rows: whole},
		exchange{ask: 201, rows: "9@300", emit: "9@300"}) // and on, without another look
	if err != nil {
		t.Error(err)
	}
	wantBookmark(t, c, 300)
}

func TestWhatProvesNothing(t *testing.T) {
	t.Parallel()
	cut := "2@200 3@200 4@200"
	toTheEnd := func(rows ...string) []exchange {
		asks := []int64{199, 140, 0, 0}
		var x []exchange
		for i, r := range rows {
			x = append(x, exchange{ask: asks[i], rows: r})
		}
		return x
	}
	for name, test := range map[string]struct {
		leading exchange
		back    []exchange
	}{
		"exactly full, which looks like cut": {
			leading("2@200 3@200"), toTheEnd(cut, "1@190 2@200 3@200", "1@190 2@200", "1@190 2@200"),
		},
		"a page that doesn't reach S": {leading("2@200 3@200"), toTheEnd("6@199 7@199 8@199")},
		"empty pages":                 {leading("2@200 3@200"), toTheEnd("", "", "", "")},
		"a row older than its page was asked for": {
			exchange{ask: 100, rows: "0@50 " + cut, emit: "0@50 " + cut},
			toTheEnd("0@50 "+cut, "0@50 "+cut, "2@200", "2@200"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emit := "4@200"
			if strings.Contains(test.leading.rows, emit) {
				emit = ""
			}
			exchanges := []exchange{
				test.leading, {ask: 200, rows: cut, emit: emit}, {ask: 201, rows: "9@300"}, {ask: 200, rows: cut},
			}
			_, err := play(t, from(100), append(exchanges, test.back...)...)
			wantFull(t, err, 200, 3)
		})
	}
}

// A row without a readable time may be of S: a page of the cut second that holds one hides others behind it.
func TestRowWithoutATimeMayBeOfTheSecond(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		leading string
		proven  bool
	}{
		"the page that led to it lacks the row": {"2@200", false},
		"the page that led to it has the row":   {"2@200 3@?", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emit := "3@?"
			if test.proven {
				emit = ""
			}
			c, err := play(t, from(100), leading(test.leading),
				exchange{ask: 200, rows: "2@200 3@?", emit: emit},
				exchange{ask: 201, rows: "9@300"},
				exchange{ask: 200, rows: "2@200 3@?"})
			if proven := c.Request().Start > 200; err != nil || proven != test.proven {
				t.Errorf("got error %v and a request for %d, want the second taken for complete: %t",
					err, c.Request().Start, test.proven)
			}
		})
	}
}

// Otherwise the cursor would go on from second to second behind such a row.
func TestRowWithoutATimeAloneShowsNothing(t *testing.T) {
	t.Parallel()
	c, err := play(t, from(200),
		exchange{ask: 200, rows: "1@150 3@?", emit: "1@150 3@?"},
		exchange{ask: 201, rows: "3@?"},
		exchange{ask: 200, rows: "1@150 3@?"},
		exchange{ask: 199, rows: "1@199 3@?"})
	if err != nil || c.Request().Start > 200 {
		t.Errorf("got error %v and a request for %d, want one from before 200", err, c.Request().Start)
	}
}

// What shows that S is complete must hold every row of S that came, from whichever page.
func TestEveryRowOfTheSecondIsExpected(t *testing.T) {
	t.Parallel()
	page := "3@200 4@200"
	for name, exchanges := range map[string][]exchange{
		"of the page that led to it": {
			leading("2@200"), {ask: 200, rows: page, emit: page}, {ask: 201, rows: "9@300"}, {ask: 200, rows: page},
			{ask: 199, rows: "1@199 " + page},
		},
		"of the second look": {
			leading("3@200"), {ask: 200, rows: page, emit: "4@200"}, {ask: 201, rows: "9@300"},
			{ask: 200, rows: page + " 2@200", emit: "2@200"}, {ask: 199, rows: "1@199 " + page},
		},
		"of an extra page": {
			leading("3@200"), {ask: 200, rows: page, emit: "4@200"}, {ask: 201, rows: "9@300"}, {ask: 200, rows: page},
			{ask: 199, rows: page + " 2@200", emit: "2@200"}, {ask: 140, rows: "1@190 " + page},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c, err := play(t, from(100), exchanges...); err != nil || c.Request().Start > 200 {
				t.Errorf("got error %v and a request for %d, want one from before 200: 2 is missing",
					err, c.Request().Start)
			}
		})
	}
}

func TestExtraPageGivesRowsOfSOnly(t *testing.T) {
	t.Parallel()
	c, err := play(t, from(200),
		exchange{ask: 200, rows: "2@200 3@200", emit: "2@200 3@200"},
		exchange{ask: 201, rows: "9@300"},
		exchange{ask: 200, rows: "2@200 3@200"},
		exchange{ask: 199, rows: "1@199 2@200 3@200 4@200", emit: "4@200"}, // 4 is new; 1 is the last run's
		exchange{ask: 201, rows: "9@300", emit: "9@300"})
	if err != nil {
		t.Error(err)
	}
	wantBookmark(t, c, 300)
}

func TestRowRewrittenMeanwhileIsNotMissed(t *testing.T) {
	t.Parallel()
	for name, exchanges := range map[string][]exchange{
		"before the probe": {
			{ask: 200, rows: "2@200 3@200 4@200", emit: "2@200 3@200 4@200"},
			{ask: 201, rows: "9@300 4@400"}, // 4 has left S
			{ask: 200, rows: "2@200 3@200"},
			{ask: 199, rows: "1@199 2@200 3@200"},
			{ask: 201, rows: "9@300 4@400", emit: "9@300 4@400"},
		},
		"before an extra page": {
			{ask: 200, rows: "2@200 3@200 4@200", emit: "2@200 3@200 4@200"},
			{ask: 201, rows: "9@300"},
			{ask: 200, rows: "2@200 3@200 4@200"},
			{ask: 199, rows: "2@200 3@200 4@400", emit: "4@400"},
			{ask: 140, rows: "1@190 2@200 3@200"},
			{ask: 201, rows: "9@300 4@400", emit: "9@300"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := play(t, from(200), exchanges...)
			if err != nil {
				t.Error(err)
			}
			wantBookmark(t, c, 400)
		})
	}
}

func TestNewestSecondIsWarnedOfWhenItMayHideRows(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{99, 100} {
		page := many(1, rows, 200)
		c, err := play(t, from(200), exchange{ask: 200, rows: page, emit: page}, exchange{ask: 201})
		if err != nil {
			t.Error(err)
		}
		wantOver(t, c, 200)
		if rows < 100 {
			wantWarnings(t, c)
		} else {
			wantWarnings(t, c, "shows 100 rows, and may have more")
		}
	}
}

package tap_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// settled is the newest second that a bookmark may have at now: settle_seconds before it.
const settled = now - 300

// Every STATE speaks for the RECORDs before it and for no others, moves forward only, and stays behind what has
// settled. Every page ends in one. The test compares them with the account.
func TestStatesAreSafe(t *testing.T) {
	t.Parallel()
	const most = 7 + 3 // rows of a page, and the older ones that a scenario adds
	for _, scenarios := range [][]string{{}, {"unsorted"}, {"short-pages"}, {"older-rows"}, {"next-page=null"}} {
		t.Run(cmp.Or(strings.Join(scenarios, " "), "plain"), func(t *testing.T) {
			t.Parallel()
			scenarios := slices.Concat([]string{"page-size=7"}, scenarios)
			sim, url := simulate(t, desk.Account(11, time.Unix(now, 0), 40), scenarios...)
			got := runAny(t, "--config", config(t, url)) // a page that ends up short can cut a second, which fails
			written := map[string]bool{}
			before := map[string]int64{}
			open := 0
			for line := range strings.Lines(got.stdout) {
				m := gjson.Parse(line)
				switch m.Get("type").Str {
				case "RECORD":
					written[m.Get("stream").Str+m.Get("record.id").Raw] = true
					if open++; open > most {
						t.Fatalf("more than %d RECORDs without a STATE: want one after every page", most)
					}
				case "STATE":
					open = 0
					for _, stream := range []string{talksim.Calls, talksim.Legs} {
						end := m.Get("value.bookmarks." + stream + ".end_time").Int()
						if end < before[stream] || end > settled {
							t.Errorf("%s: the bookmark %d after %d: it must not go back, nor beyond %d",
								stream, end, before[stream], settled)
						}
						before[stream] = end
						checkCovered(t, sim, stream, end, written)
					}
				}
			}
		})
	}
}

// checkCovered checks that all rows modified before end were written.
func checkCovered(t *testing.T, sim *talksim.Sim, stream string, end int64, written map[string]bool) {
	t.Helper()
	for id, row := range sim.Account().Final(stream, now) {
		at, err := time.Parse(time.RFC3339, gjson.GetBytes(row, "updated_at").Str)
		if err != nil {
			t.Fatal(err)
		}
		if at.Unix() < end && !written[fmt.Sprint(stream, id)] {
			t.Fatalf("%s: a STATE says that all before %d is written, but %d of %d is not", stream, end, id, at.Unix())
		}
	}
}

// A later start_date gives the later part of the records, and nothing else.
func TestLaterStartDateGivesTheLaterPart(t *testing.T) {
	t.Parallel()
	_, url := simulate(t, desk.Account(12, time.Unix(now, 0), 40))
	all := run(t, 0, "--config", config(t, url))
	for _, stream := range []string{talksim.Calls, talksim.Legs} {
		records := all.records(stream)
		since := records[len(records)/2].Get("updated_at").Str
		some := run(t, 0, "--config", config(t, url, fmt.Sprintf(`"start_date":%q`, since))).records(stream)
		var want []gjson.Result
		for _, r := range records {
			if r.Get("updated_at").Str >= since {
				want = append(want, r)
			}
		}
		if !slices.EqualFunc(some, want, func(a, b gjson.Result) bool { return a.Raw == b.Raw }) {
			t.Errorf("%s since %s: got %d records, want these %d of %d",
				stream, since, len(some), len(want), len(records))
		}
	}
}

// A second run at once brings nothing, and a run after the account has moved on brings what is new or has changed. A
// run whose state has lost seen repeats only what lies at or after the bookmark.
func TestSecondRunBringsWhatIsNew(t *testing.T) {
	t.Parallel()
	sim, url := simulate(t, desk.Account(13, time.Unix(now, 0), 40))
	settings := config(t, url)
	first := run(t, 0, "--config", settings)
	state := write(t, "state.json", first.lastState(t).Raw)
	if again := run(t, 0, "--config", settings, "--state", state); len(again.lines("RECORD", "")) > 0 {
		t.Errorf("a second run at once: got %d RECORDs, want none", len(again.lines("RECORD", "")))
	}
	forgetful := regexp.MustCompile(`"seen":\[[^]]*\]`).ReplaceAllString(first.lastState(t).Raw, `"seen":[]`)
	repeated := run(t, 0, "--config", settings, "--state", write(t, "state.json", forgetful))
	for _, m := range repeated.lines("RECORD", "") {
		at, err := time.Parse(time.RFC3339, m.Get("record.updated_at").Str)
		bookmark := gjson.Get(forgetful, "bookmarks."+m.Get("stream").Str+".end_time").Int()
		if err != nil || at.Unix() < bookmark {
			t.Errorf("without seen: a record of %d is repeated, which lies before the bookmark %d (%v)",
				at.Unix(), bookmark, err)
		}
	}
	sim.Advance(4 * time.Hour) // the desk rewrites its rows within three
	later := run(t, 0, "--config", settings, "--state", state)
	for _, stream := range []string{talksim.Calls, talksim.Legs} {
		got := map[int64]string{}
		for _, r := range slices.Concat(first.records(stream), later.records(stream)) {
			got[r.Get("id").Int()] = r.Get("updated_at").Str
		}
		for id, row := range sim.Account().Final(stream, sim.Now().Unix()) {
			if want := gjson.GetBytes(row, "updated_at").Str; got[id] != want {
				t.Errorf("%s %d: got the version of %q, want that of %q", stream, id, got[id], want)
			}
		}
		if len(later.records(stream)) == 0 {
			t.Errorf("%s: nothing new after four hours", stream)
		}
	}
}

// The settings about requests reach the requests.
func TestRequestsBearHeaders(t *testing.T) {
	t.Parallel()
	sim, url := simulate(t, smallAccount())
	run(t, 0, "--config", config(t, url))
	run(t, 0, "--config", config(t, url, `"user_agent":"acme-etl/2 (ops@example.com)"`,
		`"extra_headers":{"x-zendesk-marketplace-name":"tap"}`))
	requests := sim.Requests()
	name := strings.TrimSpace(run(t, 0, "--version").stdout)
	agent := "tap-zendesk-talk/" + strings.TrimPrefix(name, "tap-zendesk-talk v")
	if got := requests[0].Header.Get("User-Agent"); got != agent {
		t.Errorf("User-Agent: got %q, want %q", got, agent)
	}
	last := requests[len(requests)-1].Header
	if last.Get("User-Agent") != "acme-etl/2 (ops@example.com)" || last.Get("X-Zendesk-Marketplace-Name") != "tap" {
		t.Errorf("user_agent and extra_headers do not reach the API: %v", last)
	}
}

package faults

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// accountEntries are the scenarios that change what the account is or how it is seen: its rows, its replicas, its
// clock, its page size.
func accountEntries() []entry {
	arrive := func(edit func(q *talksim.Request)) maker { return plain(talksim.Scenario{Arrive: edit}) }
	empty := func(c *talksim.Config) { c.Account = &talksim.Account{} }
	return []entry{
		{"page-size", nil, number(100, func(n int) talksim.Scenario {
			return talksim.Scenario{Arrive: func(q *talksim.Request) { q.PageSize = n }}
		})},
		{"short-pages", nil, arrive(func(q *talksim.Request) { q.PageSize = 1 + q.Rand.IntN(q.PageSize) })},
		{"cut-second", nil, arrive(func(q *talksim.Request) { q.WholeSeconds = false })},
		{"complete-second", nil, arrive(func(q *talksim.Request) { q.WholeSeconds = true })},
		{"lag", nil, duration(90*time.Second, func(d time.Duration) talksim.Scenario {
			return talksim.Scenario{Arrive: func(q *talksim.Request) { q.Lag = d }}
		})},
		{"hide-minute", nil, plain(talksim.Scenario{Page: hideMinute})},
		{"tick", nil, duration(5*time.Second, func(d time.Duration) talksim.Scenario {
			return talksim.Scenario{Arrive: func(q *talksim.Request) { q.Tick += d }}
		})},
		{"empty", nil, plain(talksim.Scenario{Configure: empty})},
		{"late", nil, duration(4*time.Minute, late)},
		{"erased", nil, duration(time.Minute, erased)},
		{"aba", nil, duration(time.Minute, func(d time.Duration) talksim.Scenario { return contents(d, 2) })},
		{"silent-change", nil, duration(time.Minute, func(d time.Duration) talksim.Scenario { return contents(d, 1) })},
		{"churn", nil, duration(5*time.Second, churn)},
		{"filter-after-count", nil, number(4, hide)},
		{"full-second", []string{"1000:oldest", "1000:middle", "1000:newest"}, fullSecond},
	}
}

// rewrite makes a scenario that edits one row in n, chosen by id alone.
func rewrite(n int64, edit func(row talksim.History, now int64) talksim.History) talksim.Scenario {
	return talksim.Scenario{Configure: func(c *talksim.Config) {
		now := c.Now().Unix()
		c.Account = c.Account.Map(func(_ string, row talksim.History) talksim.History {
			if uint64(row.ID)*0x9e3779b97f4a7c15>>33%uint64(n) != 0 || len(row.Versions) == 0 {
				return row
			}
			row.Versions = slices.Clone(row.Versions)
			return edit(row, now)
		})
	}}
}

// hideMinute leaves out what was modified in the last minute, as Support's exports do: docs/zendesk-api.md, "Too
// recent". Nobody knows whether Talk's do.
func hideMinute(p *talksim.Page) {
	n := len(p.Rows)
	for n > 0 && p.Rows[n-1].Updated > p.Now.Unix()-60 {
		n--
	}
	if n == len(p.Rows) {
		return
	}
	p.Rows, p.Count, p.NextStart, p.EndTime = p.Rows[:n], strconv.Itoa(n), p.Start, "null"
	if n > 0 {
		p.SetEnd(p.Rows[n-1].Updated)
	}
}

// late makes every fifth row visible so much after its time.
func late(by time.Duration) talksim.Scenario {
	return rewrite(5, func(row talksim.History, _ int64) talksim.History {
		for i := range row.Versions {
			row.Versions[i].Visible += seconds(by)
		}
		return row
	})
}

// erased lets every tenth row vanish so much after now.
func erased(after time.Duration) talksim.Scenario {
	return rewrite(10, func(row talksim.History, now int64) talksim.History {
		row.Erased = now + seconds(after)
		return row
	})
}

// contents lets every tenth row change its content under an unchanged updated_at: once (A, B), or twice (A, B, A), each
// step so much after the one before.
func contents(step time.Duration, times int) talksim.Scenario {
	return rewrite(10, func(row talksim.History, _ int64) talksim.History {
		last := row.Versions[len(row.Versions)-1]
		row.Versions = append(row.Versions, talksim.Version{
			Updated: last.Updated, Visible: last.Visible + seconds(step), Body: set(last.JSON(), "talk_time", "4711"),
		})
		if times > 1 {
			last.Visible += 2 * seconds(step)
			row.Versions = append(row.Versions, last)
		}
		return row
	})
}

// churn rewrites rows while they are read: from now on, with each step of the clock, the next row that a reader would
// expect where it was.
func churn(step time.Duration) talksim.Scenario {
	tick := func(q *talksim.Request) { q.Tick += step }
	return talksim.Scenario{Arrive: tick, Configure: func(c *talksim.Config) {
		at := c.Now().Unix()
		rewrite(7, func(row talksim.History, now int64) talksim.History {
			last, ok := row.At(now)
			if !ok {
				return row
			}
			at += seconds(step)
			body := set(set(last.JSON(), "updated_at", quoted(at)), "wrap_up_time", "4712")
			row.Versions = append(row.Versions, talksim.Version{Updated: at, Visible: at, Body: body})
			slices.SortStableFunc(row.Versions, func(a, b talksim.Version) int { return int(a.Visible - b.Visible) })
			return row
		}).Configure(c)
	}}
}

// hide makes about one row in n take its place in a page without being sent: rows of hidden calls, filtered out after
// the page was counted.
func hide(n int) talksim.Scenario {
	return rewrite(int64(n), func(row talksim.History, _ int64) talksim.History {
		row.Hidden = true
		return row
	})
}

// fullSecond adds N[:where] rows to each stream that are all modified in one second: at the oldest, the middle or the
// newest of what is visible.
func fullSecond(v string) (talksim.Scenario, error) {
	text, where, _ := strings.Cut(v, ":")
	n, err := count(text, 1000)
	if err == nil && !slices.Contains([]string{"", "oldest", "middle", "newest"}, where) {
		err = fmt.Errorf("want N:oldest, N:middle or N:newest, got %q", v)
	}
	add := func(stream string, rows []talksim.History, now int64) []talksim.History {
		highest, times := int64(0), []int64(nil)
		for i := range rows {
			if version, ok := rows[i].At(now); ok {
				highest = max(highest, rows[i].ID)
				times = append(times, version.Updated)
			}
		}
		slices.Sort(times)
		at := now - 60*60
		if n := len(times); n > 0 {
			at = times[map[string]int{"oldest": 0, "newest": n - 1, "middle": n / 2, "": n / 2}[where]]
		}
		rows = slices.Clip(rows)
		for i := range n {
			rows = append(rows, talksim.SimpleRow(stream, highest+1+int64(i), at))
		}
		return rows
	}
	return talksim.Scenario{Configure: func(c *talksim.Config) {
		a, now := c.Account, c.Now().Unix()
		c.Account = &talksim.Account{Calls: add(talksim.Calls, a.Calls, now), Legs: add(talksim.Legs, a.Legs, now)}
	}}, err
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

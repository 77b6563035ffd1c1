package faults

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// accountEntries are the scenarios that change what the account is or how it is seen: its rows, its replicas, its
// clock, its page size.
func accountEntries() []entry {
	arrive := func(edit func(q *talksim.Request)) maker { return plain(talksim.Scenario{Arrive: edit}) }
	return []entry{
		{"page-size", number(100, arriving(func(q *talksim.Request, n int) { q.PageSize = n }))},
		{"short-pages", arrive(func(q *talksim.Request) { q.PageSize = 1 + q.Rand.IntN(q.PageSize) })},
		{"complete-second", arrive(func(q *talksim.Request) { q.WholeSeconds = true })},
		{"lag", duration(90*time.Second, arriving(func(q *talksim.Request, d time.Duration) { q.Lag = d }))},
		{"hide-minute", plain(talksim.Scenario{Page: hideMinute})},
		{"tick", duration(5*time.Second, arriving(func(q *talksim.Request, d time.Duration) { q.Tick += d }))},
		{"empty", plain(talksim.Scenario{Configure: func(c *talksim.Config) { c.Account = &talksim.Account{} }})},
		{"late", duration(4*time.Minute, func(d time.Duration) talksim.Scenario {
			return rewrite(5, func(row *talksim.History, _ int64) {
				for i := range row.Versions {
					row.Versions[i].Visible += seconds(d)
				}
			})
		})},
		{"erased", duration(time.Minute, func(d time.Duration) talksim.Scenario {
			return rewrite(10, func(row *talksim.History, now int64) { row.Erased = now + seconds(d) })
		})},
		{"aba", duration(time.Minute, contents)},
		{"churn", duration(5*time.Second, churn)},
		{"filter-after-count", number(4, func(n int) talksim.Scenario {
			return rewrite(n, func(row *talksim.History, _ int64) { row.Hidden = true })
		})},
	}
}

// rewrite makes a scenario that edits one row in n, chosen by id alone, when the simulator is made.
func rewrite(n int, edit func(row *talksim.History, now int64)) talksim.Scenario {
	return talksim.Scenario{Configure: func(c *talksim.Config) {
		now := c.Now().Unix()
		c.Account = c.Account.Map(func(_ string, row talksim.History) talksim.History {
			if uint64(row.ID)*0x9e3779b97f4a7c15>>33%uint64(n) == 0 && len(row.Versions) > 0 {
				row.Versions = slices.Clone(row.Versions)
				edit(&row, now)
			}
			return row
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
	p.Rows, p.Count = p.Rows[:n], strconv.Itoa(n)
	if n > 0 {
		p.SetEnd(p.Rows[n-1].Updated)
		return
	}
	p.SetEnd(p.Start)
	p.EndTime = "null"
}

// contents lets every tenth row change its content and change it back under an unchanged updated_at, each step so much
// after the one before.
func contents(step time.Duration) talksim.Scenario {
	return rewrite(10, func(row *talksim.History, _ int64) {
		last := row.Versions[len(row.Versions)-1]
		changed := last
		changed.Visible += seconds(step)
		changed.Body, changed.Draw = set(last.JSON(), "talk_time", "4711"), nil
		last.Visible += 2 * seconds(step)
		row.Versions = append(row.Versions, changed, last)
	})
}

// churn rewrites rows while they are read: from now on, with each step of the clock, the next row that a reader would
// expect where it was.
func churn(step time.Duration) talksim.Scenario {
	tick := func(q *talksim.Request) { q.Tick += step }
	return talksim.Scenario{Arrive: tick, Configure: func(c *talksim.Config) {
		at := c.Now().Unix()
		rewrite(7, func(row *talksim.History, now int64) {
			if last, ok := row.At(now); ok {
				at += seconds(step)
				body := set(set(last.JSON(), "updated_at", strconv.Quote(date(at))), "wrap_up_time", "4712")
				row.Versions = append(row.Versions, talksim.Version{Updated: at, Visible: at, Body: body})
				slices.SortStableFunc(row.Versions, func(a, b talksim.Version) int {
					return cmp.Compare(a.Visible, b.Visible)
				})
			}
		}).Configure(c)
	}}
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

package talksim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// historyEntries are the scenarios that change what the account is or how it is seen:
// its rows, its replicas, its clock, its page size.
func historyEntries() []entry {
	return []entry{
		{"page-size", nil, func(v string) (Scenario, error) {
			n, err := count(v, 100)
			return Scenario{meet: func(x *exchange) { x.pageSize = n }}, err
		}},
		{"short-pages", nil, plain(Scenario{meet: func(x *exchange) { x.pageSize = 1 + x.sim.rand.IntN(x.pageSize) }})},
		{"cut-second", nil, plain(Scenario{meet: func(x *exchange) { x.whole = false }})},
		{"complete-second", nil, plain(Scenario{meet: func(x *exchange) { x.whole = true }})},
		{"lag", nil, func(v string) (Scenario, error) {
			d, err := span(v, 90*time.Second)
			return Scenario{meet: func(x *exchange) { x.lag = d }}, err
		}},
		{"hide-minute", nil, plain(Scenario{page: hideMinute})},
		{"tick", nil, func(v string) (Scenario, error) {
			d, err := span(v, 5*time.Second)
			return Scenario{tick: d}, err
		}},
		{"empty", nil, plain(Scenario{history: func(*Account, int64) *Account { return &Account{} }})},
		{"late", nil, func(v string) (Scenario, error) {
			d, err := span(v, 4*time.Minute)
			return Scenario{history: late(int64(d / time.Second))}, err
		}},
		{"aba", nil, func(v string) (Scenario, error) {
			d, err := span(v, time.Minute)
			return Scenario{history: contents(int64(d/time.Second), 2)}, err
		}},
		{"silent-change", nil, func(v string) (Scenario, error) {
			d, err := span(v, time.Minute)
			return Scenario{history: contents(int64(d/time.Second), 1)}, err
		}},
		{"churn", nil, func(v string) (Scenario, error) {
			d, err := span(v, 5*time.Second)
			return Scenario{history: churn(int64(d / time.Second)), tick: d}, err
		}},
		{"filter-after-count", nil, func(v string) (Scenario, error) {
			n, err := count(v, 4)
			return Scenario{history: hide(int64(n))}, err
		}},
		{"full-second", []string{"1000:oldest", "1000:middle", "1000:newest"}, fullSecond},
	}
}

// plain is the making of a scenario that takes no value.
func plain(sc Scenario) func(string) (Scenario, error) {
	return func(v string) (Scenario, error) {
		if v != "" {
			return Scenario{}, fmt.Errorf("takes no value, got %q", v)
		}
		return sc, nil
	}
}

func count(v string, standard int) (int, error) {
	if v == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(v)
	if err == nil && n < 1 {
		err = fmt.Errorf("want a number from 1, got %d", n)
	}
	return n, err
}

func span(v string, standard time.Duration) (time.Duration, error) {
	if v == "" {
		return standard, nil
	}
	return time.ParseDuration(v)
}

// chosen picks about one of n rows, by id alone.
func chosen(id, n int64) bool {
	return uint64(id)*0x9e3779b97f4a7c15>>33%uint64(n) == 0
}

// hideMinute leaves out what was modified in the last minute, as Support's exports do
// (zendesk_api.md §1.2); nobody knows whether Talk's do.
func hideMinute(p *page) {
	n := len(p.rows)
	for n > 0 && p.rows[n-1].updated > p.x.now.Unix()-60 {
		n--
	}
	if n == len(p.rows) {
		return
	}
	p.rows, p.count, p.nextStart, p.endTime = p.rows[:n], strconv.Itoa(n), p.start, "null"
	if n > 0 {
		p.nextStart = p.rows[n-1].updated
		p.endTime = strconv.FormatInt(p.nextStart, 10)
	}
}

// late makes every fifth row visible the given seconds after its time.
func late(by int64) func(*Account, int64) *Account {
	return func(a *Account, _ int64) *Account {
		return a.edited(func(_ string, row Row) Row {
			if !chosen(row.ID, 5) {
				return row
			}
			row.Versions = slices.Clone(row.Versions)
			for i := range row.Versions {
				row.Versions[i].Visible += by
			}
			return row
		})
	}
}

// contents lets every tenth row change its content under an unchanged updated_at: once
// (A, B), or twice (A, B, A), each step the given seconds after the one before.
func contents(step int64, times int) func(*Account, int64) *Account {
	return func(a *Account, _ int64) *Account {
		return a.edited(func(_ string, row Row) Row {
			if !chosen(row.ID, 10) || len(row.Versions) == 0 {
				return row
			}
			last := row.Versions[len(row.Versions)-1]
			other := Version{Updated: last.Updated, Visible: last.Visible + step, Body: set(last.JSON(), "talk_time", "4711")}
			row.Versions = append(slices.Clip(row.Versions), other)
			if times > 1 {
				last.Visible += 2 * step
				row.Versions = append(row.Versions, last)
			}
			return row
		})
	}
}

// churn rewrites rows while they are read: from now on, with each step of the clock, the
// next row that a reader would expect where it was.
func churn(step int64) func(*Account, int64) *Account {
	return func(a *Account, now int64) *Account {
		var k int64
		return a.edited(func(_ string, row Row) Row {
			last, ok := row.at(now)
			if !ok || !chosen(row.ID, 7) {
				return row
			}
			k++
			t := now + k*step
			body := set(set(last.JSON(), "updated_at", quoted(t)), "wrap_up_time", "4712")
			row.Versions = append(slices.Clip(row.Versions), Version{Updated: t, Visible: t, Body: body})
			slices.SortStableFunc(row.Versions, func(a, b Version) int { return int(a.Visible - b.Visible) })
			return row
		})
	}
}

// hide makes about one row in n take its place in a page without being sent: rows of
// hidden calls, filtered out after the page was counted.
func hide(n int64) func(*Account, int64) *Account {
	return func(a *Account, _ int64) *Account {
		return a.edited(func(_ string, row Row) Row {
			row.Hidden = row.Hidden || chosen(row.ID, n)
			return row
		})
	}
}

// fullSecond adds N[:where] rows to each stream that are all modified in one second: at
// the oldest, the middle or the newest of what is visible.
func fullSecond(v string) (Scenario, error) {
	number, where, _ := strings.Cut(v, ":")
	n, err := count(number, 1000)
	if err == nil && !slices.Contains([]string{"", "oldest", "middle", "newest"}, where) {
		err = fmt.Errorf("want N:oldest, N:middle or N:newest, got %q", v)
	}
	add := func(stream string, rows []Row, now int64) []Row {
		items := look(rows, now).items
		at := now - hour
		highest := int64(0)
		for _, it := range items {
			highest = max(highest, it.id)
		}
		if len(items) > 0 {
			at = items[map[string]int{"oldest": 0, "newest": len(items) - 1}[where]].version.Updated
			if where == "middle" || where == "" {
				at = items[len(items)/2].version.Updated
			}
		}
		rows = slices.Clip(rows)
		for i := range n {
			rows = append(rows, SimpleRow(stream, highest+1+int64(i), at))
		}
		return rows
	}
	return Scenario{history: func(a *Account, now int64) *Account {
		return &Account{Calls: add(Calls, a.Calls, now), Legs: add(Legs, a.Legs, now)}
	}}, err
}

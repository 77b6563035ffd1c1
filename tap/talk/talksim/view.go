package talksim

import (
	"cmp"
	"slices"
	"sort"
)

// An item is one row as a query sees it.
type item struct {
	id      int64
	hidden  bool
	version Version
}

// A view is a stream as it looks to every query in the seconds [from, until): visible
// versions by ascending updated_at, ties by id. It is kept until the clock leaves it.
type view struct {
	from, until int64
	items       []item
}

const never = int64(1) << 62

func look(rows []Row, now int64) view {
	v := view{from: now, until: never}
	for i := range rows {
		row := &rows[i]
		for _, version := range row.Versions {
			if version.Visible > now {
				v.until = min(v.until, version.Visible)
				break
			}
		}
		if version, ok := row.at(now); ok {
			v.items = append(v.items, item{row.ID, row.Hidden, version})
		}
	}
	slices.SortFunc(v.items, func(a, b item) int {
		if c := cmp.Compare(a.version.Updated, b.version.Updated); c != 0 {
			return c
		}
		return cmp.Compare(a.id, b.id)
	})
	return v
}

// since returns the items modified at or after start, the inclusive way of the API.
func (v *view) since(start int64) []item {
	return v.items[v.index(start):]
}

// index returns the place of the first item modified at or after start.
func (v *view) index(start int64) int {
	return sort.Search(len(v.items), func(i int) bool { return v.items[i].version.Updated >= start })
}

// view returns the stream as a query at the Unix second now sees it.
func (s *Sim) view(stream string, now int64) *view {
	v, ok := s.views[stream]
	if !ok || now < v.from || now >= v.until {
		fresh := look(s.account.Rows(stream), now)
		v = &fresh
		s.views[stream] = v
	}
	return v
}

package talksim

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// An item is one row as a query sees it.
type item struct {
	id      int64
	hidden  bool
	version Version
}

// A visible is a stream as it looks to every query in the seconds [from, until): the visible versions by ascending
// updated_at, ties by id. It is kept until the clock leaves it.
type visible struct {
	from, until int64
	items       []item
}

func look(rows []History, now int64) *visible {
	v := &visible{from: now, until: math.MaxInt64}
	for i := range rows {
		row := &rows[i]
		if row.Erased > now {
			v.until = min(v.until, row.Erased)
		}
		for _, version := range row.Versions {
			if version.Visible > now {
				v.until = min(v.until, version.Visible)
				break
			}
		}
		if version, ok := row.At(now); ok {
			v.items = append(v.items, item{row.ID, row.Hidden, version})
		}
	}
	slices.SortFunc(v.items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.version.Updated, b.version.Updated), cmp.Compare(a.id, b.id))
	})
	return v
}

// index returns the place of the first item modified at or after start, the inclusive way of the API.
func (v *visible) index(start int64) int {
	return sort.Search(len(v.items), func(i int) bool { return v.items[i].version.Updated >= start })
}

// visible returns the stream as a query at the Unix second now sees it.
func (s *Sim) visible(stream string, now int64) *visible {
	v, ok := s.views[stream]
	if !ok || now < v.from || now >= v.until {
		v = look(s.account.Rows(stream), now)
		s.views[stream] = v
	}
	return v
}

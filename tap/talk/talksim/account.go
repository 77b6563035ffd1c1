package talksim

import (
	"slices"
	"strconv"
)

// The two streams, by the key of the array in a response.
const (
	Calls = "calls"
	Legs  = "legs"
)

// Version is one state of a row.
type Version struct {
	// Updated is the row's updated_at in Unix seconds: what start_time is compared
	// with and what a page is sorted by.
	Updated int64
	// Visible is the Unix second from which a query can see this version. It is
	// Updated or later: the real API shows rows seconds to minutes late.
	Visible int64
	// Body is the row as one JSON object. It is nil in the rows that [Desk] makes,
	// which are drawn when asked for: a history of 100,000 calls stays small.
	Body []byte

	draw func(dst []byte) []byte
}

// JSON returns the row as one JSON object; the caller must not write to it.
func (v Version) JSON() []byte {
	if v.draw != nil {
		return v.draw(nil)
	}
	return v.Body
}

func (v Version) appendJSON(dst []byte) []byte {
	if v.draw != nil {
		return v.draw(dst)
	}
	return append(dst, v.Body...)
}

// Row is one call or leg over its life.
type Row struct {
	ID       int64
	Versions []Version // by ascending Visible; two may share one Updated
	// Hidden rows take a place in a page but are filtered out of it before it is
	// sent, so that a page can be short although more follows.
	Hidden bool
}

// at returns the version that a query at the Unix second now sees.
func (r *Row) at(now int64) (Version, bool) {
	for _, v := range slices.Backward(r.Versions) {
		if v.Visible <= now {
			return v, true
		}
	}
	return Version{}, false
}

// Account is the whole history of a Zendesk Talk account, past and future: what a
// request sees of it depends on the clock alone. It is never changed by a [Sim].
type Account struct {
	Calls, Legs []Row
}

// Rows returns the rows of a stream, [Calls] or [Legs].
func (a *Account) Rows(stream string) []Row {
	if stream == Legs {
		return a.Legs
	}
	return a.Calls
}

// Final returns the truth that a reader has to arrive at: the version of each row that
// is visible at the Unix second now, by id. Hidden rows are not part of it.
func (a *Account) Final(stream string, now int64) map[int64][]byte {
	final := make(map[int64][]byte)
	for i := range a.Rows(stream) {
		row := &a.Rows(stream)[i]
		if v, ok := row.at(now); ok && !row.Hidden {
			final[row.ID] = v.JSON()
		}
	}
	return final
}

// Newest returns the newest updated_at, in Unix seconds, of what is visible at now in
// either stream; 0 if there is nothing.
func (a *Account) Newest(now int64) int64 {
	var newest int64
	for _, rows := range [][]Row{a.Calls, a.Legs} {
		for i := range rows {
			if v, ok := rows[i].at(now); ok {
				newest = max(newest, v.Updated)
			}
		}
	}
	return newest
}

// edited returns a copy of the account in which each row went through edit.
func (a *Account) edited(edit func(stream string, row Row) Row) *Account {
	each := func(stream string, rows []Row) []Row {
		out := slices.Clone(rows)
		for i := range out {
			out[i] = edit(stream, out[i])
		}
		return out
	}
	return &Account{Calls: each(Calls, a.Calls), Legs: each(Legs, a.Legs)}
}

// SimpleRow returns a row that is modified at each of updates (ascending Unix seconds)
// and visible at once. The versions differ in their note: "v0", "v1" and so on.
func SimpleRow(stream string, id int64, updates ...int64) Row {
	row := Row{ID: id}
	for i, t := range updates {
		body := Body(stream, id, t, "v"+strconv.Itoa(i))
		row.Versions = append(row.Versions, Version{Updated: t, Visible: t, Body: body})
	}
	return row
}

// Body returns a small valid row: id, timestamps, a status, a parent call for a leg, and
// a note to tell versions apart (in ivr_destination_group_name or forwarded_to).
func Body(stream string, id, updated int64, note string) []byte {
	if stream == Legs {
		o := newObject(make([]byte, 0, 192))
		o.num("call_id", id/10)
		o.str("completion_status", "completed")
		o.when("created_at", updated)
		o.str("forwarded_to", note)
		o.num("id", id)
		o.str("type", "agent")
		o.when("updated_at", updated)
		return o.end()
	}
	o := newObject(make([]byte, 0, 192))
	o.str("completion_status", "completed")
	o.when("created_at", updated)
	o.str("direction", "inbound")
	o.num("id", id)
	o.str("ivr_destination_group_name", note)
	o.when("updated_at", updated)
	return o.end()
}

package talksim

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// These are the two streams, by the key of the array in a response.
const (
	Calls = "calls"
	Legs  = "legs"
)

// Version is one state of a row.
type Version struct {
	// Updated is the row's updated_at in Unix seconds: what start_time is compared with and what a page is sorted by.
	Updated int64
	// Visible is the Unix second from which a query can see this version. It is Updated or later: the real API shows
	// rows seconds to minutes late.
	Visible int64
	// Body is the row as one JSON object.
	Body []byte
	// Draw makes the row whenever it is asked for, in place of Body, so that a long history stays small.
	Draw func() []byte
}

// JSON returns the row as one JSON object; the caller must not write to it.
func (v Version) JSON() []byte {
	if v.Draw != nil {
		return v.Draw()
	}
	return v.Body
}

// History is one call or leg over its life.
type History struct {
	ID       int64
	Versions []Version // by ascending Visible; two may share one Updated
	// Hidden rows take a place in a page but are filtered out of it before it is sent, so that a page can be short
	// although more follows.
	Hidden bool
	// Erased is the Unix second from which no query sees the row any more; 0: it is never erased.
	Erased int64
}

// At returns the version that a query at the Unix second now sees, if there is one.
func (h *History) At(now int64) (Version, bool) {
	if h.Erased != 0 && h.Erased <= now {
		return Version{}, false
	}
	for _, v := range slices.Backward(h.Versions) {
		if v.Visible <= now {
			return v, true
		}
	}
	return Version{}, false
}

// Account is the whole history of a Zendesk Talk account, past and future: what a request sees of it depends on the
// clock alone. It is never changed by a [Sim].
type Account struct {
	Calls, Legs []History
}

// Rows returns the rows of a stream, [Calls] or [Legs].
func (a *Account) Rows(stream string) []History {
	if stream == Legs {
		return a.Legs
	}
	return a.Calls
}

// Map returns a copy of the account in which each row went through edit. An edit must copy the versions it changes.
func (a *Account) Map(edit func(stream string, row History) History) *Account {
	each := func(stream string) []History {
		rows := slices.Clone(a.Rows(stream))
		for i := range rows {
			rows[i] = edit(stream, rows[i])
		}
		return rows
	}
	return &Account{Calls: each(Calls), Legs: each(Legs)}
}

// Final returns the truth that a reader has to arrive at: the JSON object of each row that is visible at the Unix
// second now, by id. Hidden and erased rows are not part of it.
func (a *Account) Final(stream string, now int64) map[int64][]byte {
	final := make(map[int64][]byte)
	for i := range a.Rows(stream) {
		row := &a.Rows(stream)[i]
		if v, ok := row.At(now); ok && !row.Hidden {
			final[row.ID] = v.JSON()
		}
	}
	return final
}

// SimpleRow returns the history of a row that is modified at each of updates (ascending Unix seconds) and visible at
// once. The versions differ in their note: "v0", "v1" and so on.
func SimpleRow(stream string, id int64, updates ...int64) History {
	row := History{ID: id}
	for i, t := range updates {
		body := Body(stream, id, t, "v"+strconv.Itoa(i))
		row.Versions = append(row.Versions, Version{Updated: t, Visible: t, Body: body})
	}
	return row
}

// Body returns a small valid row: id, timestamps, a status, a parent call for a leg, and a note to tell versions
// apart (in ivr_destination_group_name or forwarded_to), which must need no escaping.
func Body(stream string, id, updated int64, note string) []byte {
	at := time.Unix(updated, 0).UTC().Format(time.RFC3339)
	if stream == Legs {
		return fmt.Appendf(nil, `{"call_id":%d,"completion_status":"completed","created_at":%q,"forwarded_to":"%s",`+
			`"id":%d,"type":"agent","updated_at":%q}`, id/10, at, note, id, at)
	}
	return fmt.Appendf(nil, `{"completion_status":"completed","created_at":%q,"direction":"inbound","id":%d,`+
		`"ivr_destination_group_name":"%s","updated_at":%q}`, at, id, note, at)
}

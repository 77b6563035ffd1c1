// Package desk tells the story of a phone desk: calls that are answered, missed, passed on, overflowed or left on
// voicemail, with their legs, as an account of package talksim.
//
// [Account] makes a history of any size from a seed, and the same one for the same seed; [Demo] is the one that --demo
// reads and the documentation counts. The rows are [talk.Call] and [talk.Leg] themselves, with the fields beside them
// that real rows have and no reference knows, so that the story fills what the schemas promise. A row is written
// when it is asked for: a history of 100,000 calls stays small.
//
// Each row is written up to three times: at the end of the call, about 40 minutes after it began with what it cost
// and how it sounded, and for some about three hours after it began. The versions are visible a little late, a few
// of them by minutes.
package desk

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

const (
	// DemoNow is the moment at which the demo account is looked at: Tuesday
	// 2026-03-17 15:20:00 UTC, in the busy hours of a desk, as a Unix time.
	DemoNow   = 1773760800
	demoCalls = 1250
	demoSeed  = 1
)

// Demo returns the account behind --demo: more than 1,000 calls and 2,500 legs in the days before [DemoNow], the
// newest of them less than 300 seconds old.
func Demo() *talksim.Account { return Account(demoSeed, time.Unix(DemoNow, 0), demoCalls) }

const (
	minute = 60 // in seconds
	hour   = 60 * minute
	day    = 24 * hour

	callsPerDay = 180
	firstCallID = 32274699328148 // as on a real account of 2024: beyond 32 bits
	firstLegID  = 32274695343252
)

// Account returns the history of a phone desk with the given number of calls and two to five legs to most of them,
// the same for the same arguments. The last call ends just before end. Rows are rewritten about 40 minutes and about
// three hours after their call, so a clock that goes on past end sees the newest rows change.
func Account(seed uint64, end time.Time, calls int) *talksim.Account {
	d := &desk{
		rand: rand.New(rand.NewPCG(seed, 0x7a1c)), end: end.Unix(), callID: firstCallID, legID: firstLegID,
		lines: lines(), tickets: 31,
	}
	d.staff()
	a := &talksim.Account{Calls: make([]talksim.History, 0, calls), Legs: make([]talksim.History, 0, 3*calls)}
	for _, begin := range d.begins(calls) {
		d.take(a, begin)
	}
	return a
}

// A desk makes calls one after the other; all its choices come from one seeded source.
type desk struct {
	rand          *rand.Rand
	end           int64
	callID, legID int64
	agents        []int64
	customers     []int64
	tickets       int64
	lines         []line
}

func (d *desk) staff() {
	id := int64(28835744176276)
	next := func() int64 { id += 4 * int64(1+d.rand.IntN(1_000_000)); return id }
	for range 24 {
		d.agents = append(d.agents, next())
	}
	d.agents[0] = 10011 // the oldest accounts have small ids
	for range 600 {
		d.customers = append(d.customers, next())
	}
	for i := range d.lines {
		d.lines[i].id = next()
	}
}

// begins returns when the calls begin, ascending: in business hours mostly, with a rush
// at ten and at two and now and then a burst within two minutes; few at weekends.
func (d *desk) begins(calls int) []int64 {
	days := max(1, (calls+callsPerDay-1)/callsPerDay)
	latest := d.end - 15*minute
	begins := make([]int64, 0, calls)
	for len(begins) < calls {
		if left := calls - len(begins); left <= 4 { // calls that have just ended
			begins = append(begins, d.end-int64(left)*70)
			continue
		}
		midnight := d.end/day*day - int64(d.rand.IntN(days+1))*day
		// 1970-01-01 was a Thursday: day 2 and 3 of this count are the weekend.
		if weekday := (midnight / day) % 7; (weekday == 2 || weekday == 3) && d.rand.IntN(10) > 0 {
			continue
		}
		begin := midnight + d.timeOfDay()
		burst := 1
		if d.one(40) {
			burst += 3 + d.rand.IntN(6)
		}
		for range burst {
			if begin < latest && len(begins) < calls-4 {
				begins = append(begins, begin)
			}
			begin += int64(d.rand.IntN(25))
		}
	}
	slices.Sort(begins)
	return begins
}

func (d *desk) timeOfDay() int64 {
	switch d.rand.IntN(10) {
	case 0: // any time, the night included
		return int64(d.rand.IntN(day))
	case 1, 2, 3:
		return 10*hour + int64(d.rand.NormFloat64()*40*minute)
	case 4, 5, 6:
		return 14*hour + int64(d.rand.NormFloat64()*50*minute)
	default:
		return 8*hour + int64(d.rand.IntN(10*hour))
	}
}

// one returns true once in n times.
func (d *desk) one(n int) bool { return d.rand.IntN(n) == 0 }

// some returns a number of seconds around typical, at least 1.
func (d *desk) some(typical int) int64 {
	return 1 + int64(d.rand.ExpFloat64()*float64(typical))
}

func (d *desk) agent() int64 { return d.agents[d.rand.IntN(len(d.agents))] }

// charge returns a call_charge in one of the forms that it is seen in.
func (d *desk) charge(milli int64) *string { return dollars(milli, d.one(3)) }

// take lets one call happen and appends its rows to the account.
func (d *desk) take(a *talksim.Account, begin int64) {
	d.callID += 4 * int64(1+d.rand.IntN(4096))
	c := newCall(d.callID, begin)
	legs := d.outcome(c)
	end := begin + c.duration
	settled := begin + 40*minute + 8 + int64(d.rand.IntN(23)) // billing and quality jobs, as was seen in real rows
	again := int64(0)
	if d.one(3) {
		again = begin + 3*hour + 8 + int64(d.rand.IntN(13))
	}
	times := [...]int64{ended: end, billed: max(settled, end+minute), finished: again}
	a.Calls = append(a.Calls, talksim.History{ID: c.ID, Versions: d.versions(times, c.draw)})

	for _, l := range legs {
		d.legID += 4 * int64(1+d.rand.IntN(2048))
		l.ID = d.legID
		// The times are the same in all legs of a call.
		times := [...]int64{ended: end, billed: max(settled-1, end+minute), finished: 0}
		if l.unsettled {
			times[billed] = 0
		}
		if again > 0 && d.one(4) {
			times[finished] = again - int64(d.rand.IntN(3))
		}
		a.Legs = append(a.Legs, talksim.History{ID: l.ID, Versions: d.versions(times, l.draw)})
	}
}

// versions makes a row's life of the times at which it is written, by stage; 0: not written.
func (d *desk) versions(times [finished + 1]int64, draw func(stage int, updated int64) []byte) []talksim.Version {
	versions := make([]talksim.Version, 0, len(times))
	for stage, updated := range times {
		if updated == 0 {
			continue
		}
		visible := updated + int64(d.rand.IntN(3))
		if d.one(50) { // seconds to minutes late: docs/zendesk-api.md, "Order and late rows"
			visible += int64(d.rand.IntN(2 * minute))
		}
		if updated > d.end-5*minute && updated <= d.end {
			visible = updated // what has just ended is there to be seen at end
		}
		write := func() []byte { return draw(stage, updated) }
		versions = append(versions, talksim.Version{Updated: updated, Visible: visible, Draw: write})
	}
	return versions
}

package talksim

import (
	"math/rand/v2"
	"slices"
	"time"
)

// The account that --demo reads.
const (
	// DemoNow is the moment at which the demo account is looked at: Tuesday
	// 2026-03-17 15:20:00 UTC, in the busy hours of a desk, as a Unix time.
	DemoNow   = 1773760800
	demoCalls = 1250
	demoSeed  = 1
)

// Demo returns the account behind --demo: more than 1,000 calls and 2,500 legs in the
// days before [DemoNow], the newest of them less than 300 seconds old.
func Demo() *Account { return Desk(demoSeed, time.Unix(DemoNow, 0), demoCalls) }

const (
	second = 1
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour

	callsPerDay = 180
	firstCallID = 32274699328148 // as on a real account of 2024: beyond 32 bits
	firstLegID  = 32274695343252
)

// Desk returns the history of a phone desk with the given number of calls and two to
// five legs to most of them, the same for the same arguments. The last call ends just
// before end. Rows are rewritten about 40 minutes and about three hours after their
// call, so a clock that goes on past end sees the newest rows change.
func Desk(seed uint64, end time.Time, calls int) *Account {
	d := &desk{rand: rand.New(rand.NewPCG(seed, 0x7a1c)), end: end.Unix(), callID: firstCallID, legID: firstLegID}
	d.staff()
	a := &Account{Calls: make([]Row, 0, calls), Legs: make([]Row, 0, 3*calls)}
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
	lines         []int64
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
	for range lineCount {
		d.lines = append(d.lines, next())
	}
	d.tickets = 31
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
		for range 1 + d.burst() {
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

func (d *desk) burst() int {
	if d.rand.IntN(40) > 0 {
		return 0
	}
	return 3 + d.rand.IntN(6)
}

// one returns true once in n times.
func (d *desk) one(n int) bool { return d.rand.IntN(n) == 0 }

// some returns a number of seconds around typical, at least 1.
func (d *desk) some(typical int) int64 {
	return 1 + int64(d.rand.ExpFloat64()*float64(typical))
}

func (d *desk) agent() int64 { return d.agents[d.rand.IntN(len(d.agents))] }

// charge returns a call_charge: a decimal string with any number of decimals.
func (d *desk) charge(milli int64) charge {
	return charge{milli: milli, form: uint8(d.rand.IntN(3))}
}

// take lets one call happen and appends its rows to the account.
func (d *desk) take(a *Account, begin int64) {
	d.callID += 4 * int64(1+d.rand.IntN(4096))
	c := &call{id: d.callID, begin: begin}
	legs := d.plot(c)
	end := begin + c.duration
	settled := begin + 40*minute + 8 + int64(d.rand.IntN(23)) // billing and quality jobs, as the samples show
	again := int64(0)
	if d.one(3) {
		again = begin + 3*hour + 8 + int64(d.rand.IntN(13))
	}
	a.Calls = append(a.Calls, Row{ID: c.id, Versions: d.versions([]int64{end, max(settled, end+minute), again}, c.appendJSON)})

	for i := range legs {
		l := &legs[i]
		d.legID += 4 * int64(1+d.rand.IntN(2048))
		l.id = d.legID
		times := []int64{end, max(settled-1, end+minute), 0} // all legs of a call share these seconds
		if l.unsettled {
			times[1] = 0
		}
		if again > 0 && d.one(4) {
			times[2] = again - int64(d.rand.IntN(3))
		}
		a.Legs = append(a.Legs, Row{ID: l.id, Versions: d.versions(times, l.appendJSON)})
	}
}

// versions makes a row's life of the times at which it is written; 0: not written.
func (d *desk) versions(times []int64, draw func(dst []byte, stage int, updated int64) []byte) []Version {
	versions := make([]Version, 0, len(times))
	for stage, updated := range times {
		if updated == 0 {
			continue
		}
		visible := updated + int64(d.rand.IntN(3))
		if d.one(50) { // eventually consistent: seconds to minutes late (zendesk_api.md §1.3)
			visible += int64(d.rand.IntN(2 * minute))
		}
		if updated > d.end-5*minute && updated <= d.end {
			visible = updated // what has just ended is there to be seen at end
		}
		versions = append(versions, Version{Updated: updated, Visible: visible, draw: func(dst []byte) []byte {
			return draw(dst, stage, updated)
		}})
	}
	return versions
}

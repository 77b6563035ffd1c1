package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"
)

// answers returns one output for each question of testdata/sql: what the question's SQL has to answer for the demo
// account. It is computed from the account itself, without the tap and without SQL, so that neither can be wrong unseen.
func answers() []output {
	once := sync.OnceValues(readDesk)
	of := func(name string, rows func(*desk) any) output {
		return output{"testdata/sql/expected/" + name + ".json", func() ([]byte, error) {
			d, err := once()
			if err != nil {
				return nil, err
			}
			return jsonRows(rows(d))
		}}
	}
	return []output{
		of("outcome_by_hour", func(d *desk) any { return d.outcomeByHour() }),
		of("time_to_answer", func(d *desk) any { return d.timeToAnswer() }),
		of("missed_by_agent", func(d *desk) any { return d.missedByAgent() }),
		of("handle_time", func(d *desk) any { return d.handleTime() }),
		of("cost_per_day", func(d *desk) any { return d.costPerDay() }),
	}
}

// jsonRows writes a slice of structs with one row a line.
func jsonRows(rows any) ([]byte, error) {
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("encoding an answer: %w", err)
	}
	text = bytes.ReplaceAll(text, []byte("},{"), []byte("},\n  {"))
	return fmt.Appendf(nil, "[\n  %s\n]\n", text[1:len(text)-1]), nil
}

// tallied returns the tallies in order.
func tallied[K comparable, T any](tallies map[K]*T, order func(a, b *T) int) []*T {
	return slices.SortedFunc(maps.Values(tallies), order)
}

// tally returns the tally of a key, a new one if it is the first.
func tally[K comparable, T any](tallies map[K]*T, key K, fresh T) *T {
	if tallies[key] == nil {
		tallies[key] = &fresh
	}
	return tallies[key]
}

type hourOutcome struct {
	Hour          int `json:"hour"`
	Calls         int `json:"calls"`
	Answered      int `json:"answered"`
	LeftMenu      int `json:"gave_up_in_menu"`
	LeftQueue     int `json:"gave_up_in_queue"`
	LeftVoicemail int `json:"gave_up_in_voicemail"`
	LeftHold      int `json:"gave_up_on_hold"`
	Other         int `json:"other"`
}

func (d *desk) outcomeByHour() []*hourOutcome {
	hours := map[int]*hourOutcome{}
	for _, c := range d.calls {
		if c.Direction != "inbound" {
			continue
		}
		hour := c.CreatedAt.In(d.zone).Hour()
		h := tally(hours, hour, hourOutcome{Hour: hour})
		h.Calls++
		switch {
		case c.Status == "abandoned_in_ivr":
			h.LeftMenu++
		case c.Status == "abandoned_in_queue":
			h.LeftQueue++
		case c.Status == "abandoned_in_voicemail":
			h.LeftVoicemail++
		case c.Status == "abandoned_on_hold":
			h.LeftHold++
		case c.AgentID != nil:
			h.Answered++
		default:
			h.Other++
		}
	}
	return tallied(hours, func(a, b *hourOutcome) int { return cmp.Or(b.Calls-a.Calls, a.Hour-b.Hour) })
}

type dayAnswers struct {
	Day      string `json:"day"`
	Answered int    `json:"answered"`
	Median   int64  `json:"median_seconds"`
	P90      int64  `json:"p90_seconds"`
	all      []int64
}

func (d *desk) timeToAnswer() []*dayAnswers {
	days := map[string]*dayAnswers{}
	for _, c := range d.calls {
		if c.Direction == "inbound" && c.TimeToAnswer != nil {
			a := tally(days, d.day(c), dayAnswers{Day: d.day(c)})
			a.all = append(a.all, *c.TimeToAnswer)
		}
	}
	for _, a := range days {
		slices.Sort(a.all)
		a.Answered = len(a.all)
		a.Median, a.P90 = percentile(a.all, 50), percentile(a.all, 90)
	}
	return tallied(days, func(a, b *dayAnswers) int { return strings.Compare(a.Day, b.Day) })
}

// percentile is the smallest value that at least percent of all values do not exceed: SQL's percentile_disc.
func percentile(sorted []int64, percent int) int64 {
	return sorted[(len(sorted)*percent+99)/100-1]
}

type agentRings struct {
	AgentID  int64 `json:"agent_id"`
	Rung     int   `json:"rung"`
	Taken    int   `json:"taken"`
	Missed   int   `json:"missed"`
	Declined int   `json:"declined"`
	Other    int   `json:"other"`
	Percent  int64 `json:"percent_not_taken"`
}

func (d *desk) missedByAgent() []*agentRings {
	agents := map[int64]*agentRings{}
	for _, l := range d.legs {
		if call, ok := d.calls[l.CallID]; l.Type != "agent" || ok && call.Direction != "inbound" {
			continue
		}
		a := tally(agents, l.AgentID, agentRings{AgentID: l.AgentID})
		a.Rung++
		switch l.Status {
		case "completed":
			a.Taken++
		case "agent_missed":
			a.Missed++
		case "agent_declined", "agent_transfer_declined":
			a.Declined++
		default:
			a.Other++
		}
		a.Percent = *rounded(int64(100*(a.Missed+a.Declined)), a.Rung)
	}
	return tallied(agents, func(a, b *agentRings) int {
		return cmp.Or(b.Missed+b.Declined-a.Missed-a.Declined, cmp.Compare(a.AgentID, b.AgentID))
	})
}

type agentHandling struct {
	AgentID        int64  `json:"agent_id"`
	Handled        int    `json:"handled"`
	Average        *int64 `json:"average_seconds"`
	HandledByCalls int    `json:"handled_by_calls"`
	AverageByCalls *int64 `json:"average_by_calls"`

	seconds, secondsByCalls int64
}

func (d *desk) handleTime() []*agentHandling {
	agents := map[int64]*agentHandling{}
	for _, l := range d.legs {
		if l.Type == "agent" && l.Talk > 0 {
			a := tally(agents, l.AgentID, agentHandling{AgentID: l.AgentID})
			a.Handled++
			a.seconds += l.total()
		}
	}
	for _, c := range d.calls {
		if c.AgentID != nil && c.Talk > 0 {
			a := tally(agents, *c.AgentID, agentHandling{AgentID: *c.AgentID})
			a.HandledByCalls++
			a.secondsByCalls += c.total()
		}
	}
	for _, a := range agents {
		a.Average, a.AverageByCalls = rounded(a.seconds, a.Handled), rounded(a.secondsByCalls, a.HandledByCalls)
	}
	return tallied(agents, func(a, b *agentHandling) int {
		return cmp.Or(b.Handled-a.Handled, cmp.Compare(a.AgentID, b.AgentID))
	})
}

// rounded is sum / n to the nearest whole number, halves up; nil without n.
func rounded(sum int64, n int) *int64 {
	if n == 0 {
		return nil
	}
	r := int64(math.Round(float64(sum) / float64(n)))
	return &r
}

type dayCost struct {
	Day           string `json:"day"`
	Calls         int    `json:"calls"`
	WithoutCharge int    `json:"without_charge"`
	Dollars       string `json:"us_dollars"`
	Final         bool   `json:"final"`
	sum           *big.Rat
}

func (d *desk) costPerDay() []*dayCost {
	days := map[string]*dayCost{}
	var newest time.Time
	for _, c := range d.calls {
		if c.UpdatedAt.After(newest) {
			newest = c.UpdatedAt
		}
		cost := tally(days, d.day(c), dayCost{Day: d.day(c), sum: new(big.Rat)})
		cost.Calls++
		if c.Charge == nil {
			cost.WithoutCharge++
		} else if charge, ok := new(big.Rat).SetString(*c.Charge); ok {
			cost.sum.Add(cost.sum, charge)
		}
	}
	for _, cost := range days {
		cost.Dollars = cost.sum.FloatString(6)
		midnight, err := time.ParseInLocation(time.DateOnly, cost.Day, d.zone)
		cost.Final = err == nil && !newest.Before(midnight.AddDate(0, 0, 1).Add(4*time.Hour))
	}
	return tallied(days, func(a, b *dayCost) int { return strings.Compare(a.Day, b.Day) })
}

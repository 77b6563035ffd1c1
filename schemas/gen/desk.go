package main

import (
	"encoding/json"
	"fmt"
	"time"
	_ "time/tzdata" // the questions are asked in a time zone, which the machine need not know

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	story "github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// desk is what the demo account holds at its moment.
type desk struct {
	calls map[int64]callFacts
	legs  map[int64]legFacts
	zone  *time.Location // of the questions
}

type callFacts struct {
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	Direction    string    `json:"direction"`
	Status       string    `json:"completion_status"`
	AgentID      *int64    `json:"agent_id"`
	TimeToAnswer *int64    `json:"time_to_answer"`
	Charge       *string   `json:"call_charge"`
	handling
}

type legFacts struct {
	CallID  int64  `json:"call_id"`
	Type    string `json:"type"`
	AgentID int64  `json:"agent_id"`
	Status  string `json:"completion_status"`
	handling
}

// handling are the seconds that an agent's work on a call takes.
type handling struct {
	Talk   int64 `json:"talk_time"`
	Hold   int64 `json:"hold_time"`
	WrapUp int64 `json:"wrap_up_time"`
}

// total is all of it.
func (h handling) total() int64 { return h.Talk + h.Hold + h.WrapUp }

func readDesk() (*desk, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, fmt.Errorf("time zone of the questions: %w", err)
	}
	d := &desk{calls: map[int64]callFacts{}, legs: map[int64]legFacts{}, zone: zone}
	account := story.Demo()
	for id, row := range account.Final(talksim.Calls, story.DemoNow) {
		var c callFacts
		if err := json.Unmarshal(row, &c); err != nil {
			return nil, fmt.Errorf("call %d: %w", id, err)
		}
		d.calls[id] = c
	}
	for id, row := range account.Final(talksim.Legs, story.DemoNow) {
		var l legFacts
		if err := json.Unmarshal(row, &l); err != nil {
			return nil, fmt.Errorf("leg %d: %w", id, err)
		}
		d.legs[id] = l
	}
	return d, nil
}

// day is the day on which a call began, where the desk is.
func (d *desk) day(c callFacts) string { return c.CreatedAt.In(d.zone).Format(time.DateOnly) }

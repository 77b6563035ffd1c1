package desk

import "github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"

// outcome decides what happens in a call, fills in its row and returns its legs.
func (d *desk) outcome(c *call) []*leg {
	d.basics(c)
	outcomes := []struct {
		below int // of 100
		tell  func(c *call) []*leg
	}{
		{6, d.abandonedInMenu}, {13, d.abandonedInQueue}, {20, d.leftVoicemail}, {23, d.failed}, {27, d.overflowed},
		{34, d.calledBack}, {46, d.passedOn}, {100, d.answered},
	}
	n, i := d.rand.IntN(100), 0
	for n >= outcomes[i].below {
		i++
	}
	return outcomes[i].tell(c)
}

// basics fills in what does not depend on how the call ends.
func (d *desk) basics(c *call) {
	n := d.rand.IntN(len(d.lines))
	if d.one(2) {
		n = 0 // most calls come in on the main number
	}
	line := &d.lines[n]
	c.PhoneNumberID, c.PhoneNumber, c.CallChannel = &line.id, &line.name, line.channel
	c.LineID, c.Line, c.LineType = &line.id, &line.name, &line.kind
	if line.kind != "phone" {
		c.ExceededQueueTime = &c.exceeded
	}
	c.text = d.rand.IntN(1 << 20)
	c.careful = d.one(3)
	if !d.one(8) {
		c.CustomerID = new(d.customers[d.rand.IntN(len(d.customers))])
	}
	if d.one(2) {
		c.CallGroupID = new(d.lines[0].id + int64(n))
		c.DefaultGroup = new(d.one(4))
	}
	if line.menu {
		hops := 1 + int64(d.rand.IntN(4))
		c.inMenu = 3*hops + d.some(6)
		c.IvrHops, c.IvrTimeSpent = &hops, &c.inMenu
		c.IvrAction, c.IvrDestinationGroupName = new("group"), new(groupName(c.text))
	}
	clock := c.begin / hour % 24
	c.OutsideBusinessHours = new(clock < 8 || clock >= 18)
	consent := [...]string{"always", "never", "opt_in", "opt_out"}[d.rand.IntN(4)]
	c.CallRecordingConsent = &consent
	switch {
	case consent == "opt_in" && d.one(2):
		c.CallRecordingConsentAction, c.CallRecordingConsentKeypress = new("caller_opted_in"), new("3")
	case consent == "opt_out" && d.one(3):
		c.CallRecordingConsentAction = new("caller_opted_out")
		c.CallRecordingConsentKeypress = new([...]string{"1", "*", "#"}[d.rand.IntN(3)])
	}
	c.wait = d.some(25)
	c.QualityIssues = qualityIssues(d.rand.IntN(40))
}

// close adds up the call once its parts are known. What has just ended at the end of the history must not last
// beyond it.
func (d *desk) close(c *call, status string) {
	c.CompletionStatus, c.Direction = &status, new("inbound")
	if c.outbound {
		c.Direction = new("outbound")
	}
	c.duration = c.inMenu + c.wait + c.talk + c.hold
	if most := d.end - c.begin - 5; c.duration > most {
		c.duration = max(1, most)
		c.talk = min(c.talk, c.duration)
	}
	refused := c.CallRecordingConsentAction != nil && *c.CallRecordingConsentAction == "caller_opted_out"
	if c.talk > 0 && *c.CallRecordingConsent != "never" && !refused {
		c.recorded = c.talk * 9 / 10
		c.presses = int64(d.rand.IntN(3))
	}
	c.notRecorded = c.talk - c.recorded
	c.MinutesBilled = new(minutes(c.duration))
	c.CallCharge = d.charge(minutes(c.duration) * int64(2+d.rand.IntN(29)))
	if c.talk > 20 && d.one(20) {
		c.CopilotSuccessful, c.CopilotTotal = new(c.talk%5), new(c.talk%5+c.talk%2)
		c.PostCallSummary, c.PostCallSummaryCreated = transcript(c.text), new(true)
		c.PostCallTranscription, c.PostCallTranscriptionCreated = transcript(c.text+2), new(c.text%2 == 0)
		c.RealTimeTranscription, c.TranscriptionLanguage = transcript(c.text+1), language(c.text)
	}
}

func (d *desk) abandonedInMenu(c *call) []*leg {
	c.inMenu, c.wait = d.some(12), 0
	c.IvrHops, c.IvrTimeSpent = new(int64(1)), &c.inMenu
	c.IvrAction, c.IvrDestinationGroupName = new([...]string{"menu", "invalid", "textback"}[d.rand.IntN(3)]), nil
	d.close(c, "abandoned_in_ivr")
	return []*leg{d.customerLeg(c, "customer_hang_up")}
}

func (d *desk) abandonedInQueue(c *call) []*leg {
	c.wait = d.some(120)
	c.exceeded = c.wait > 180
	d.close(c, "abandoned_in_queue")
	legs := []*leg{d.customerLeg(c, "customer_hang_up")}
	for range d.rand.IntN(3) {
		legs = append(legs, d.missedLeg(c))
	}
	return legs
}

func (d *desk) leftVoicemail(c *call) []*leg {
	c.Voicemail, c.CustomerRequestedVoicemail = new(true), new(d.one(2))
	status := "pending_voicemail"
	if d.one(5) {
		status = "abandoned_in_voicemail"
	}
	if c.IvrHops != nil {
		c.IvrAction, c.IvrDestinationGroupName = new("voicemail"), nil
	}
	c.TicketID = d.ticket()
	d.close(c, status)
	c.recorded = c.duration / 2
	return []*leg{d.customerLeg(c, "completed"), d.missedLeg(c)}
}

// failed is an outbound call that never connected: much of its row is null, as was seen in real ones.
func (d *desk) failed(c *call) []*leg {
	c.outbound = true
	status := [...]string{"failed", "not_answered"}[d.rand.IntN(2)] // the latter is in no reference
	c.wait = d.some(15)
	c.noMenu()
	d.close(c, status)
	c.TalkTime, c.Callback, c.ExceededQueueWaitTime, c.OutsideBusinessHours = nil, nil, nil, nil
	return []*leg{d.customerLeg(c, "failed"), d.agentLeg(c, d.agent(), 0)}
}

func (d *desk) overflowed(c *call) []*leg {
	status := [...]string{"completed", "external_overflow"}[d.rand.IntN(2)] // the latter is in no reference
	c.Overflowed, c.OverflowedTo, c.exceeded = new(true), outsideNumber(c.text), true
	c.talk = d.some(150)
	if c.IvrHops != nil && d.one(2) {
		c.IvrAction, c.IvrRoutedTo = new("phone_number"), outsideNumber(c.text+1)
	}
	d.close(c, status)
	return []*leg{d.customerLeg(c, "completed"), d.missedLeg(c), d.externalLeg(c)}
}

func (d *desk) calledBack(c *call) []*leg {
	c.Callback, c.outbound = new(true), true
	c.CallbackSource = new([...]string{"queue", "web_widget"}[d.rand.IntN(2)])
	return d.answered(c)
}

// talkTo lets an agent take the call, and returns how it ends.
func (d *desk) talkTo(c *call) (status string) {
	c.AgentID = new(d.agent())
	c.TimeToAnswer = new(c.inMenu + c.wait)
	c.talk = d.some(240)
	c.wrapUp = d.some(30)
	if d.one(4) {
		c.hold = d.some(40)
	}
	status = "completed"
	if !c.outbound && d.one(30) {
		status = "abandoned_on_hold"
	}
	if !d.one(10) {
		c.TicketID = d.ticket()
	}
	return status
}

func (d *desk) answered(c *call) []*leg {
	if !*c.Callback && d.one(4) {
		c.outbound = true
		c.noMenu()
	}
	d.close(c, d.talkTo(c))
	legs := []*leg{d.customerLeg(c, "completed")}
	for range d.rand.IntN(6) / 3 {
		legs = append(legs, d.missedLeg(c))
	}
	legs = append(legs, d.agentLeg(c, *c.AgentID, c.talk))
	if d.one(25) {
		supervisor := d.agentLeg(c, d.agent(), c.talk/3)
		supervisor.Type = new("supervisor")
		legs = append(legs, supervisor)
	}
	return legs
}

// passedOn is a call in which more than one agent had a part: transferred, consulted or made a conference.
func (d *desk) passedOn(c *call) []*leg {
	status := d.talkTo(c)
	other := d.agent()
	way := d.rand.IntN(4)
	if way == 1 {
		c.consultation = d.some(45)
	}
	d.close(c, status)
	first, next := d.agentLeg(c, *c.AgentID, c.talk/2), d.agentLeg(c, other, c.talk-c.talk/2)
	switch way {
	case 1:
		first.ConsultationTo, next.ConsultationFrom = &other, c.AgentID
		first.ConsultationTime, next.ConsultationTime = &c.consultation, &c.consultation
	case 2:
		first.ConferenceTo, next.ConferenceFrom = &other, c.AgentID
		first.ConferenceTime, next.ConferenceTime = next.TalkTime, next.TalkTime
	case 3:
		next.CompletionStatus, next.TalkTime = new("agent_transfer_declined"), new(int64(0))
		fallthrough
	default:
		first.TransferredTo, next.TransferredFrom = &other, c.AgentID
	}
	legs := []*leg{d.customerLeg(c, "completed"), first, next}
	if d.one(6) {
		legs = append(legs, d.missedLeg(c), d.externalLeg(c))
	}
	return legs
}

// leg returns what all legs of a call have in common.
func (d *desk) leg(c *call, kind, status string) *leg {
	l := &leg{Leg: talk.Leg{
		CreatedAt: c.CreatedAt, CallID: &c.ID, Type: &kind, CompletionStatus: &status,
		AgentID: new(int64(0)), UserID: new(int64(0)), Duration: &c.duration,
		TalkTime: &c.talk, HoldTime: new(int64(0)),
	}, careful: c.careful}
	l.QualityIssues = qualityIssues(d.rand.IntN(40))
	l.CallCharge = d.charge(3 * minutes(c.duration))
	l.unsettled = d.one(12) // such legs stay without quality figures for good: docs/zendesk-api.md, "When rows change"
	return l
}

func (d *desk) customerLeg(c *call, status string) *leg {
	l := d.leg(c, "customer", status)
	l.UserID, l.HoldTime = c.CustomerID, &c.hold
	if d.one(3) {
		l.CallCharge = new(free)
	}
	return l
}

func (d *desk) agentLeg(c *call, agent, seconds int64) *leg {
	l := d.leg(c, "agent", "completed")
	l.AgentID, l.TalkTime, l.WrapUpTime, l.HoldTime = &agent, &seconds, &c.wrapUp, &c.hold
	l.CreatedAt = moment(c.begin + min(c.wait, c.duration))
	l.Duration = new(min(c.duration, seconds+c.hold+1))
	l.AvailableVia = new("browser")
	if d.one(9) {
		l.AvailableVia, l.ForwardedTo = new("phone"), outsideNumber(c.text)
	}
	return l
}

// missedLeg is the leg of an agent who was rung and did not take the call.
func (d *desk) missedLeg(c *call) *leg {
	l := d.agentLeg(c, d.agent(), 0)
	// The last of them is in no reference.
	ways := [...]string{"agent_missed", "agent_missed", "agent_declined", "agent_unreachable"}
	l.CompletionStatus = &ways[d.rand.IntN(len(ways))]
	l.Duration, l.WrapUpTime, l.HoldTime = new(1+int64(d.rand.IntN(30))), new(int64(0)), new(int64(0))
	l.CallCharge = new(free)
	return l
}

func (d *desk) externalLeg(c *call) *leg {
	l := d.leg(c, "external", "completed")
	l.ForwardedTo = outsideNumber(c.text)
	return l
}

func (d *desk) ticket() *int64 {
	d.tickets++
	return new(d.tickets)
}

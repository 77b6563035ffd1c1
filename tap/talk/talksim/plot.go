package talksim

// plot decides what happens in a call, fills in its facts and returns its legs.
func (d *desk) plot(c *call) []leg {
	d.basics(c)
	switch n := d.rand.IntN(100); {
	case n < 6:
		return d.abandonedInMenu(c)
	case n < 13:
		return d.abandonedInQueue(c)
	case n < 20:
		return d.leftVoicemail(c)
	case n < 23:
		return d.failed(c)
	case n < 27:
		return d.overflowed(c)
	case n < 34:
		return d.calledBack(c)
	case n < 46:
		return d.passedOn(c)
	default:
		return d.answered(c)
	}
}

// basics fills in what does not depend on how the call ends.
func (d *desk) basics(c *call) {
	c.line = d.rand.IntN(lineCount)
	if d.one(2) {
		c.line = 0 // most calls come in on the main number
	}
	c.lineID = d.lines[c.line]
	c.text = d.rand.IntN(1 << 20)
	c.careful = d.one(3)
	c.customer, c.group, c.ticket = -1, -1, -1
	if !d.one(8) {
		c.customer = d.customers[d.rand.IntN(len(d.customers))]
	}
	if d.one(2) {
		c.group = d.lines[0] + int64(c.line)
		c.defaultGroup = d.one(4)
	}
	c.agent, c.toAnswer, c.ivrHops, c.ivrTime = -1, -1, -1, -1
	if lineHasMenu(c.line) {
		c.ivrHops = 1 + int64(d.rand.IntN(4))
		c.ivrTime = 3*c.ivrHops + d.some(6)
		c.ivrAction = "group"
		c.groupName = groupName(c.text)
	}
	clock := c.begin / hour % 24
	c.outside = clock < 8 || clock >= 18
	c.consent = [...]string{"always", "never", "opt_in", "opt_out"}[d.rand.IntN(4)]
	switch {
	case c.consent == "opt_in" && d.one(2):
		c.consentAction, c.keypress = "caller_opted_in", "3"
	case c.consent == "opt_out" && d.one(3):
		c.consentAction, c.keypress = "caller_opted_out", [...]string{"1", "*", "#"}[d.rand.IntN(3)]
	}
	c.wait = d.some(25)
	c.quality = qualityIssues(d.rand.IntN(40))
}

// close adds up the call once its parts are known. What has just ended at the end of
// the history must not last beyond it.
func (d *desk) close(c *call) {
	c.duration = max(c.ivrTime, 0) + c.wait + c.talk + c.hold
	if most := d.end - c.begin - 5; c.duration > most {
		c.duration = max(1, most)
		c.talk = min(c.talk, c.duration)
	}
	if c.talk > 0 && c.consent != "never" && c.consentAction != "caller_opted_out" {
		c.recorded = c.talk * 9 / 10
		c.presses = int64(d.rand.IntN(3))
	}
	c.notRecorded = c.talk - c.recorded
	c.charge = d.charge((c.duration + 59) / 60 * int64(2+d.rand.IntN(29)))
	c.transcribed = c.talk > 20 && d.one(20)
}

func (d *desk) abandonedInMenu(c *call) []leg {
	c.status = "abandoned_in_ivr"
	c.ivrHops, c.ivrTime = 1, d.some(12)
	c.ivrAction, c.groupName = [...]string{"menu", "invalid", "textback"}[d.rand.IntN(3)], ""
	c.wait = 0
	d.close(c)
	return []leg{d.customerLeg(c, "customer_hang_up")}
}

func (d *desk) abandonedInQueue(c *call) []leg {
	c.status = "abandoned_in_queue"
	c.wait = d.some(120)
	c.exceeded = c.wait > 180
	d.close(c)
	legs := []leg{d.customerLeg(c, "customer_hang_up")}
	for range d.rand.IntN(3) {
		legs = append(legs, d.missedLeg(c))
	}
	return legs
}

func (d *desk) leftVoicemail(c *call) []leg {
	c.voicemail, c.talk = true, 0
	c.wanted = d.one(2)
	c.status = "pending_voicemail"
	if d.one(5) {
		c.status = "abandoned_in_voicemail"
	}
	if c.ivrHops > 0 {
		c.ivrAction, c.groupName = "voicemail", ""
	}
	c.ticket = d.ticket()
	d.close(c)
	c.recorded = c.duration / 2
	return []leg{d.customerLeg(c, "completed"), d.missedLeg(c)}
}

// failed is an outbound call that never connected: the first row of the samples.
func (d *desk) failed(c *call) []leg {
	c.outbound, c.sparse = true, true
	c.status = [...]string{"failed", "not_answered"}[d.rand.IntN(2)] // the latter is in no reference
	c.wait, c.ivrHops, c.ivrTime = d.some(15), -1, -1
	c.ivrAction, c.groupName = "", ""
	d.close(c)
	return []leg{d.customerLeg(c, "failed"), d.agentLeg(c, d.agent(), 0)}
}

func (d *desk) overflowed(c *call) []leg {
	c.status = [...]string{"completed", "external_overflow"}[d.rand.IntN(2)] // the latter is in no reference
	c.overflowedTo, c.exceeded = outsideNumber(c.text), true
	c.talk = d.some(150)
	if c.ivrHops > 0 && d.one(2) {
		c.ivrAction, c.routedTo = "phone_number", outsideNumber(c.text+1)
	}
	d.close(c)
	return []leg{d.customerLeg(c, "completed"), d.missedLeg(c), d.externalLeg(c)}
}

func (d *desk) calledBack(c *call) []leg {
	c.callback, c.outbound = true, true
	c.callbackSource = [...]string{"queue", "web_widget"}[d.rand.IntN(2)]
	return d.answered(c)
}

// talkTo lets an agent take the call.
func (d *desk) talkTo(c *call) {
	c.status = "completed"
	c.agent = d.agent()
	c.toAnswer = max(c.ivrTime, 0) + c.wait
	c.talk = d.some(240)
	c.wrapUp = d.some(30)
	if d.one(4) {
		c.hold = d.some(40)
	}
	if !c.outbound && d.one(30) {
		c.status = "abandoned_on_hold"
	}
	if !d.one(10) {
		c.ticket = d.ticket()
	}
}

func (d *desk) answered(c *call) []leg {
	if !c.callback && d.one(4) {
		c.outbound = true
		c.ivrHops, c.ivrTime, c.ivrAction, c.groupName = -1, -1, "", ""
	}
	d.talkTo(c)
	d.close(c)
	legs := []leg{d.customerLeg(c, "completed")}
	for range d.rand.IntN(6) / 3 {
		legs = append(legs, d.missedLeg(c))
	}
	legs = append(legs, d.agentLeg(c, c.agent, c.talk))
	if d.one(25) {
		legs = append(legs, d.supervisorLeg(c))
	}
	return legs
}

// passedOn is a call in which more than one agent had a part: transferred, consulted
// or made a conference.
func (d *desk) passedOn(c *call) []leg {
	d.talkTo(c)
	other := d.agent()
	way := d.rand.IntN(4)
	if way == 1 {
		c.consultation = d.some(45)
	}
	d.close(c)
	first, next := d.agentLeg(c, c.agent, c.talk/2), d.agentLeg(c, other, c.talk-c.talk/2)
	switch way {
	case 0:
		first.transferredTo, next.transferredFrom = other, c.agent
	case 1:
		first.consultationTo, next.consultationFrom = other, c.agent
		first.consultation, next.consultation = c.consultation, c.consultation
	case 2:
		first.conferenceTo, next.conferenceFrom = other, c.agent
		first.conference, next.conference = next.talk, next.talk
	default:
		next.status, next.talk = "agent_transfer_declined", 0
		first.transferredTo, next.transferredFrom = other, c.agent
	}
	legs := []leg{d.customerLeg(c, "completed"), first, next}
	if d.one(6) {
		legs = append(legs, d.missedLeg(c), d.externalLeg(c))
	}
	return legs
}

func (d *desk) ticket() int64 {
	d.tickets++
	return d.tickets
}

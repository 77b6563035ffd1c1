package talksim

// leg holds the facts of one leg, drawn at the same stages as a [call]. Numbers below
// zero are null in the row; unlike in a call, an agent_id or user_id of 0 is common.
type leg struct {
	id, callID, begin                int64
	agent, user                      int64
	duration, hold, talk, wrapUp     int64
	consultation, conference         int64
	consultationFrom, consultationTo int64
	transferredFrom, transferredTo   int64
	conferenceFrom, conferenceTo     int64
	kind, status, via, forwardedTo   string
	quality                          string
	charge                           charge
	free, careful, unsettled         bool
}

func (d *desk) leg(c *call, kind, status string) leg {
	return leg{
		callID: c.id, begin: c.begin, kind: kind, status: status, careful: c.careful,
		duration: c.duration, talk: c.talk, wrapUp: -1, consultation: -1, conference: -1,
		consultationFrom: -1, consultationTo: -1, transferredFrom: -1, transferredTo: -1,
		conferenceFrom: -1, conferenceTo: -1,
		quality: qualityIssues(d.rand.IntN(40)), charge: d.charge((c.duration + 59) / 60 * 3),
		unsettled: d.one(12), // such legs stay without quality figures for good (zendesk_api.md §4.4)
	}
}

func (d *desk) customerLeg(c *call, status string) leg {
	l := d.leg(c, "customer", status)
	l.user, l.hold = c.customer, c.hold
	if l.free = d.one(3); l.free {
		l.charge = charge{}
	}
	return l
}

func (d *desk) agentLeg(c *call, agent, talk int64) leg {
	l := d.leg(c, "agent", "completed")
	l.agent, l.talk = agent, talk
	l.wrapUp, l.hold = c.wrapUp, c.hold
	l.begin += min(c.wait, c.duration)
	l.duration = min(l.duration, talk+c.hold+1)
	l.via = "browser"
	if d.one(9) {
		l.via, l.forwardedTo = "phone", outsideNumber(c.text)
	}
	return l
}

// missedLeg is the leg of an agent who was rung and did not take the call.
func (d *desk) missedLeg(c *call) leg {
	l := d.agentLeg(c, d.agent(), 0)
	l.status = [...]string{"agent_missed", "agent_missed", "agent_declined", "agent_unreachable"}[d.rand.IntN(4)] // the last is in no reference
	l.duration, l.wrapUp, l.hold, l.free = 1+int64(d.rand.IntN(30)), 0, 0, true
	l.charge = charge{}
	return l
}

func (d *desk) supervisorLeg(c *call) leg {
	l := d.agentLeg(c, d.agent(), c.talk/3)
	l.kind = "supervisor"
	return l
}

func (d *desk) externalLeg(c *call) leg {
	l := d.leg(c, "external", "completed")
	l.forwardedTo = outsideNumber(c.text)
	return l
}

func (l *leg) appendJSON(dst []byte, stage int, updated int64) []byte {
	o := newObject(dst)
	o.careful = l.careful
	o.num("agent_id", l.agent)
	o.text("available_via", l.via)
	if stage == 0 && !l.unsettled {
		o.raw("call_charge", "null")
	} else {
		o.str("call_charge", l.charge.String())
	}
	o.num("call_id", l.callID)
	o.str("completion_status", l.status)
	o.opt("conference_from", l.conferenceFrom)
	o.opt("conference_time", l.conference)
	o.opt("conference_to", l.conferenceTo)
	o.opt("consultation_from", l.consultationFrom)
	o.opt("consultation_time", l.consultation)
	o.opt("consultation_to", l.consultationTo)
	o.when("created_at", l.begin)
	o.num("duration", l.duration)
	o.text("forwarded_to", l.forwardedTo)
	o.num("hold_time", l.hold)
	o.num("id", l.id)
	if stage == 0 || l.free {
		o.raw("minutes_billed", "null")
	} else {
		o.num("minutes_billed", (l.duration+59)/60)
	}
	if stage == 0 {
		o.strs("quality_issues", "information_not_available")
	} else {
		o.strs("quality_issues", l.quality)
	}
	o.num("talk_time", l.talk)
	o.opt("transferred_from", l.transferredFrom)
	o.opt("transferred_to", l.transferredTo)
	o.str("type", l.kind)
	o.when("updated_at", updated)
	o.opt("user_id", l.user)
	o.opt("wrap_up_time", l.wrapUp)
	return o.end()
}

package talksim

import "strconv"

// call holds the facts of one call; its row is drawn from them at each stage of its
// life: 0 at its end, 1 after billing (about +40 min), 2 after the last job (about +3 h).
// Numbers below zero are null in the row.
type call struct {
	id, begin                      int64
	agent, customer, group, ticket int64
	duration, talk, hold, wait     int64
	toAnswer, wrapUp, consultation int64
	ivrHops, ivrTime               int64
	recorded, notRecorded, presses int64
	lineID                         int64
	line                           int
	text                           int // which of the texts this call shows
	status                         string
	ivrAction, callbackSource      string
	groupName, routedTo            string
	overflowedTo                   string
	consent, consentAction         string
	keypress                       string
	quality                        string
	charge                         charge
	outbound, voicemail, wanted    bool
	defaultGroup, exceeded         bool
	outside, callback, transcribed bool
	sparse                         bool // a call that never connected: much is null
	careful                        bool
}

// charge is an amount in thousandths of a dollar and one of the forms that it is seen in.
type charge struct {
	milli int64
	form  uint8
}

// String writes "0.003", "0.062000" or, if there is nothing to pay, "0.0".
func (c charge) String() string {
	if c.milli == 0 {
		return "0.0"
	}
	s := strconv.FormatInt(c.milli/1000, 10) + "." + strconv.FormatInt(1000+c.milli%1000, 10)[1:]
	if c.form == 0 {
		s += "000" // the six decimals that the reference promises
	}
	return s
}

func (c *call) appendJSON(dst []byte, stage int, updated int64) []byte {
	o := newObject(dst)
	o.careful = c.careful
	o.opt("agent_id", c.agent)
	o.text("call_channel", lineChannel(c.line))
	c.drawCharge(o, stage)
	o.opt("call_group_id", c.group)
	o.text("call_recording_consent", c.consent)
	o.text("call_recording_consent_action", c.consentAction)
	o.text("call_recording_consent_keypress", c.keypress)
	c.drawFlag(o, "callback", c.callback)
	o.text("callback_source", c.callbackSource)
	status := c.status
	if status == "pending_voicemail" && stage > 0 && c.text%8 > 0 {
		status = "completed" // as the help center says; some are never listened to
	}
	o.str("completion_status", status)
	o.num("consultation_time", c.consultation)
	c.drawCopilot(o)
	o.when("created_at", c.begin)
	o.opt("customer_id", c.customer)
	o.flag("customer_requested_voicemail", c.wanted)
	o.flag("default_group", c.defaultGroup)
	o.text("direction", map[bool]string{true: "outbound", false: "inbound"}[c.outbound])
	o.num("duration", c.duration)
	if lineType(c.line) != "phone" {
		o.flag("exceeded_queue_time", c.exceeded) // only the reference's table has it
	}
	c.drawFlag(o, "exceeded_queue_wait_time", c.exceeded)
	o.num("hold_time", c.hold)
	o.num("id", c.id)
	o.text("ivr_action", c.ivrAction)
	o.text("ivr_destination_group_name", c.groupName)
	o.opt("ivr_hops", c.ivrHops)
	o.text("ivr_routed_to", c.routedTo)
	o.opt("ivr_time_spent", c.ivrTime)
	c.drawRest(o, stage)
	o.when("updated_at", updated)
	o.flag("voicemail", c.voicemail)
	o.num("wait_time", c.wait)
	o.num("wrap_up_time", c.wrapUp)
	return o.end()
}

func (c *call) drawRest(o *object, stage int) {
	o.str("line", lineName(c.line))
	o.num("line_id", c.lineID)
	o.str("line_type", lineType(c.line))
	if stage == 0 {
		o.raw("minutes_billed", "null")
	} else {
		o.num("minutes_billed", (c.duration+59)/60)
	}
	o.num("not_recording_time", c.notRecorded)
	c.drawFlag(o, "outside_business_hours", c.outside)
	o.flag("overflowed", c.overflowedTo != "")
	o.text("overflowed_to", c.overflowedTo)
	o.str("phone_number", lineName(c.line))
	o.num("phone_number_id", c.lineID)
	c.drawTranscript(o)
	quality := c.quality
	if stage == 0 {
		quality = "information_not_available"
	}
	o.strs("quality_issues", quality)
	if c.transcribed {
		o.str("real_time_transcription", transcript(c.text+1))
	} else {
		o.raw("real_time_transcription", "null")
	}
	o.num("recording_control_interactions", c.presses)
	o.num("recording_time", c.recorded)
	if c.sparse {
		o.raw("talk_time", "null")
	} else {
		o.num("talk_time", c.talk)
	}
	o.opt("ticket_id", c.ticket)
	o.opt("time_to_answer", c.toAnswer)
	o.text("transcription_language", language(c.text, c.transcribed))
}

func (c *call) drawCharge(o *object, stage int) {
	if stage == 0 {
		o.raw("call_charge", "null")
		return
	}
	o.str("call_charge", c.charge.String())
}

// drawFlag writes a flag that is null on calls that never connected, as in the samples.
func (c *call) drawFlag(o *object, name string, v bool) {
	if c.sparse {
		o.raw(name, "null")
		return
	}
	o.flag(name, v)
}

// drawCopilot writes two of the undocumented fields that real rows have since 2026
// (zendesk_api.md §4.1): null mostly, of unknown type.
func (c *call) drawCopilot(o *object) {
	if c.transcribed {
		o.num("copilot_suggestions_generated_successful", c.talk%5)
		o.num("copilot_suggestions_generated_total", c.talk%5+c.talk%2)
		return
	}
	o.raw("copilot_suggestions_generated_successful", "null")
	o.raw("copilot_suggestions_generated_total", "null")
}

func (c *call) drawTranscript(o *object) {
	if !c.transcribed {
		for _, name := range []string{"post_call_summary", "post_call_summary_created", "post_call_transcription", "post_call_transcription_created"} {
			o.raw(name, "null")
		}
		return
	}
	o.str("post_call_summary", transcript(c.text))
	o.flag("post_call_summary_created", true)
	o.str("post_call_transcription", transcript(c.text+2))
	o.flag("post_call_transcription_created", c.text%2 == 0)
}

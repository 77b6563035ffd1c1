package desk

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// The stages of a row's life: at the end of the call, after billing (about +40 min), after the last job (about +3 h).
const (
	ended = iota
	billed
	finished
)

// A call is the row of one call at its last stage, and what the story needs to tell it. The times that add up are
// plain numbers, to which the row's fields point.
type call struct {
	talk.Call
	// ExceededQueueTime stands before the field of talk.Call: as only the reference has it, most rows leave it out.
	ExceededQueueTime *bool `json:"exceeded_queue_time,omitempty"`
	// Fields that real rows have since 2026 and no reference knows: docs/zendesk-api.md, "Fields".
	CopilotSuccessful     *int64  `json:"copilot_suggestions_generated_successful"`
	CopilotTotal          *int64  `json:"copilot_suggestions_generated_total"`
	PostCallSummary       *string `json:"post_call_summary"`
	PostCallTranscription *string `json:"post_call_transcription"`
	RealTimeTranscription *string `json:"real_time_transcription"`
	TranscriptionLanguage *string `json:"transcription_language"`

	begin, duration, talk, hold, wait int64
	wrapUp, consultation, inMenu      int64
	recorded, notRecorded, presses    int64
	text                              int // which of the texts this call shows
	outbound, exceeded                bool
	careful                           bool // text is escaped as Rails does it
}

// newCall returns a call about which nothing is known but when it began.
func newCall(id, begin int64) *call {
	c := &call{Call: talk.Call{ID: id, CreatedAt: moment(begin)}, begin: begin}
	c.Duration, c.TalkTime, c.HoldTime, c.WaitTime = &c.duration, &c.talk, &c.hold, &c.wait
	c.WrapUpTime, c.ConsultationTime = &c.wrapUp, &c.consultation
	c.RecordingTime, c.NotRecordingTime, c.RecordingControlInteractions = &c.recorded, &c.notRecorded, &c.presses
	c.ExceededQueueWaitTime, c.Callback, c.Overflowed = &c.exceeded, new(false), new(false)
	c.DefaultGroup, c.Voicemail, c.CustomerRequestedVoicemail = new(false), new(false), new(false)
	return c
}

// noMenu takes the call past the phone menu.
func (c *call) noMenu() {
	c.inMenu, c.IvrHops, c.IvrTimeSpent, c.IvrAction, c.IvrDestinationGroupName = 0, nil, nil, nil, nil
}

// draw returns the call's row at a stage.
func (c *call) draw(stage int, updated int64) []byte {
	row := *c
	row.UpdatedAt = moment(updated)
	switch {
	case stage == ended:
		row.CallCharge, row.MinutesBilled, row.QualityIssues = nil, nil, []string{unknownQuality}
	case *row.CompletionStatus == "pending_voicemail" && c.text%8 > 0:
		row.CompletionStatus = new("completed") // as the help center says; some are never listened to
	}
	return marshal(&row, c.careful)
}

// A leg is the row of one leg at its last stage.
type leg struct {
	talk.Leg
	careful   bool
	unsettled bool // is never rewritten after billing
}

// draw returns the leg's row at a stage.
func (l *leg) draw(stage int, updated int64) []byte {
	row := *l
	row.UpdatedAt = moment(updated)
	if *l.CallCharge != free {
		row.MinutesBilled = new(minutes(*l.Duration))
	}
	if stage == ended {
		row.MinutesBilled, row.QualityIssues = nil, []string{unknownQuality}
		if !l.unsettled {
			row.CallCharge = nil
		}
	}
	return marshal(&row, l.careful)
}

// marshal writes a row in one of two ways that servers have: text as it is (only what JSON demands is escaped) or,
// with careful, as Rails writes it, with <, >, &, U+2028 and U+2029 escaped too. A reader has to keep either.
func marshal(row any, careful bool) []byte {
	text, _ := json.Marshal(row, jsontext.EscapeForHTML(careful), jsontext.EscapeForJS(careful)) // rows always can be
	return text
}

func moment(unix int64) *time.Time { return new(time.Unix(unix, 0).UTC()) }

// minutes returns how many minutes are billed for a time in seconds.
func minutes(seconds int64) int64 { return (seconds + 59) / 60 }

// free is the call_charge of a row that costs nothing; no minutes are billed for it.
const free = "0.0"

// dollars writes thousandths of a dollar as call_charge has them: "0.003", or "0.003000" with the six decimals that the
// reference promises.
func dollars(milli int64, long bool) *string {
	text := strconv.FormatInt(milli/1000, 10) + "." + strconv.FormatInt(1000+milli%1000, 10)[1:]
	if long {
		text += "000"
	}
	return &text
}

package talk

import "time"

// A Call is one phone call in Zendesk Talk, in either direction, answered or not. Its row is
// exported again each time it is rewritten, which happens about 40 minutes and about 3 hours after
// the call as billing and quality figures arrive; keep the version with the newest updated_at for
// each id.
//
// Call documents the fields and gives the schema of the stream calls; records are never decoded
// into it, since that would lose what it does not know. The fields are those in the table of
// https://developer.zendesk.com/api-reference/voice/talk-api/incremental_exports/, besides
// exceeded_queue_wait_time, customer_id, line and line_id, which only its example and real answers
// have.
//
// Fields stand by theme rather than by alphabet, because most targets create their columns in this
// order: key and times first, as every query needs them; then what the call was, who took part, the
// line, how long each part took, and the features of Talk it went through, cost and quality last.
// Neighbours then explain each other.
type Call struct {
	// Unique id of the call. 64-bit: ids of recent accounts have 14 digits and more.
	ID int64 `json:"id" jsonschema:"required"`
	// Time the call began, in UTC to the second.
	CreatedAt *time.Time `json:"created_at"`
	// Time the call's row was last modified, in UTC to the second; the replication key. The API
	// reference calls it a time of creation, yet it moves whenever Zendesk rewrites the row. A few
	// values change without it, see line.
	UpdatedAt *time.Time `json:"updated_at"`

	// Direction of the call as seen from the company: inbound or outbound.
	Direction *string `json:"direction"`
	// How the call ended: completed, abandoned_in_queue, abandoned_in_ivr, abandoned_in_voicemail,
	// abandoned_on_hold, pending_voicemail (becomes completed once the voicemail is processed) or
	// failed. The help center also knows calls that were not answered, so treat the list as open.
	CompletionStatus *string `json:"completion_status"`
	// Channel the call came over. Documented but absent from the reference's example; seen as
	// phone, and as null on calls of 2021.
	CallChannel *string `json:"call_channel"`
	// Id of the Support ticket the call belongs to; null for calls without a ticket, such as
	// unanswered outbound calls.
	TicketID *int64 `json:"ticket_id"`

	// Id of the agent who took the call first; null when nobody picked up. Later agents of a
	// transferred or shared call are in the stream legs only, so figures per agent need legs.
	AgentID *int64 `json:"agent_id"`
	// Id of the customer's user; null when Zendesk knows none. Real answers have it, the
	// reference's table does not.
	CustomerID *int64 `json:"customer_id"`
	// Id of the agent group the call was queued for last; null without group routing.
	CallGroupID *int64 `json:"call_group_id"`
	// Whether the agent who answered belongs to the call's default group; it means something under
	// group routing only.
	DefaultGroup *bool `json:"default_group"`

	// Id of the company's Talk number that the call used.
	PhoneNumberID *int64 `json:"phone_number_id"`
	// The company's Talk number that the call used, in international form such as +13308828232;
	// for a digital line its nickname. It is never the customer's number, which this export does
	// not give.
	PhoneNumber *string `json:"phone_number"`
	// Id of the Talk line that the call used; equal to phone_number_id on phone lines. May
	// silently become null on old calls, see line.
	LineID *int64 `json:"line_id"`
	// The company's Talk line that the call used: a number, the nickname of a digital line, or a
	// SIP address. On old calls line, line_id and line_type have turned from values to null while
	// updated_at stood still, so only a full re-read shows it.
	Line *string `json:"line"`
	// Kind of the Talk line: phone, digital or sip. May silently become null on old calls, see line.
	LineType *string `json:"line_type"`

	// Length of the whole call in seconds.
	Duration *int64 `json:"duration"`
	// Seconds from the moment Talk answered, greetings included, until an agent was connected;
	// null when none was.
	TimeToAnswer *int64 `json:"time_to_answer"`
	// Seconds the customer waited in the queue.
	WaitTime *int64 `json:"wait_time"`
	// Seconds the customer talked with agents; null on a call that failed.
	TalkTime *int64 `json:"talk_time"`
	// Seconds the customer was on hold.
	HoldTime *int64 `json:"hold_time"`
	// Seconds the agent spent consulting another agent while the customer waited.
	ConsultationTime *int64 `json:"consultation_time"`
	// Seconds of after-call work by the agent.
	WrapUpTime *int64 `json:"wrap_up_time"`

	// Whether the customer waited longer than the queue allows without reaching an agent, under
	// the name that real answers use; null on calls of early 2021.
	ExceededQueueWaitTime *bool `json:"exceeded_queue_wait_time"`
	// The same as exceeded_queue_wait_time, under the name in the reference's table. Never seen in
	// an answer of this export, so expect null; kept in case Zendesk follows its own reference one
	// day.
	ExceededQueueTime *bool `json:"exceeded_queue_time"`
	// Whether the call came in outside the business hours of the line; null when unknown.
	OutsideBusinessHours *bool `json:"outside_business_hours"`
	// Whether the call was passed on to the overflow number.
	Overflowed *bool `json:"overflowed"`
	// Phone number that the call overflowed to; null unless overflowed.
	OverflowedTo *string `json:"overflowed_to"`

	// Whether the call was made because the customer had asked to be called back; null when unknown.
	Callback *bool `json:"callback"`
	// Where the callback was asked for: queue or web_widget; null when the call is not a callback.
	CallbackSource *string `json:"callback_source"`

	// What the customer's choice in the phone menu (IVR) led to: menu, voicemail, group,
	// phone_number, textback or invalid; null without a menu.
	IvrAction *string `json:"ivr_action"`
	// Name of the agent group that the phone menu (IVR) sent the call to; null without a menu.
	IvrDestinationGroupName *string `json:"ivr_destination_group_name"`
	// Number of phone menu (IVR) options the customer went through; null without a menu.
	IvrHops *int64 `json:"ivr_hops"`
	// Phone number that the phone menu (IVR) sent the call to; null without a menu.
	IvrRoutedTo *string `json:"ivr_routed_to"`
	// Seconds the customer spent in the phone menu (IVR); null without a menu.
	IvrTimeSpent *int64 `json:"ivr_time_spent"`

	// Whether the call went to voicemail.
	Voicemail *bool `json:"voicemail"`
	// Whether the customer chose voicemail instead of waiting for an agent.
	CustomerRequestedVoicemail *bool `json:"customer_requested_voicemail"`

	// Consent rule for recording on the line at the time of the call: always, opt_in, opt_out or
	// never.
	CallRecordingConsent *string `json:"call_recording_consent"`
	// What the caller decided about recording: caller_opted_in or caller_opted_out; null when the
	// caller chose nothing.
	CallRecordingConsentAction *string `json:"call_recording_consent_action"`
	// Key the caller pressed to opt in or out, as text: a digit, * or #; null when none was pressed.
	CallRecordingConsentKeypress *string `json:"call_recording_consent_keypress"`
	// Number of times an agent paused or resumed the recording.
	RecordingControlInteractions *int64 `json:"recording_control_interactions"`
	// Seconds of the call that were recorded.
	RecordingTime *int64 `json:"recording_time"`
	// Seconds of the call that were not recorded.
	NotRecordingTime *int64 `json:"not_recording_time"`
	// Whether a transcript was made after the call; null where the feature was not in use.
	PostCallTranscriptionCreated *bool `json:"post_call_transcription_created"`
	// Whether a summary was made after the call; null where the feature was not in use.
	PostCallSummaryCreated *bool `json:"post_call_summary_created"`

	// Minutes charged for, a minute begun counting as one.
	MinutesBilled *int64 `json:"minutes_billed"`
	// Total charge in US dollars, all legs included, as a decimal in text with any number of
	// decimals, such as 0.003; 0.0 or null when nothing is charged. Cast it to an exact decimal
	// type, not to a float.
	CallCharge *string `json:"call_charge"`
	// What was wrong with the call's audio: silence, high_jitter, high_packet_loss, high_pdd (slow
	// connection) or high_latency, pstn_short_duration (not in the reference), none, or
	// information_not_available, which is filled in later or stays for good. Values of all legs
	// together; treat the list as open.
	QualityIssues []string `json:"quality_issues"`
}

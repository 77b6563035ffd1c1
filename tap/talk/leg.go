package talk

import "time"

// A Leg is one participant's part in a call: the customer has one, and so has each agent who was
// rung, answered, was consulted or took over. Leg durations overlap, so they do not add up to the
// call's. A leg may arrive before its call, and is rewritten and exported again independently of
// it; keep the version with the newest updated_at for each id.
//
// Leg documents the fields of the second table of
// https://developer.zendesk.com/api-reference/voice/talk-api/incremental_exports/ and gives the
// schema of the stream legs. Fields stand by theme, for the reason given at Call: key, call and
// times first; then who and how it ended, durations, the ways a call is passed on, cost and
// quality.
type Leg struct {
	// Unique id of the leg. 64-bit, like the ids of calls but counted apart from them.
	ID int64 `json:"id" jsonschema:"required"`
	// Time the leg began, in UTC to the second. An agent's leg begins when the agent is rung.
	CreatedAt *time.Time `json:"created_at"`
	// Time the leg's row was last modified, in UTC to the second; the replication key. It moves on
	// its own, not with that of the call.
	UpdatedAt *time.Time `json:"updated_at"`
	// Id of the call that the leg is part of, as in calls.id.
	CallID *int64 `json:"call_id"`

	// Whose leg it is: customer, agent, supervisor or external.
	Type *string `json:"type"`
	// Id of the agent on an agent's leg; 0 (not null) on a customer's leg.
	AgentID *int64 `json:"agent_id"`
	// Id of the customer's user on a customer's leg, null there when Zendesk knows none; 0 (not
	// null) on an agent's leg.
	UserID *int64 `json:"user_id"`
	// How the agent was reached, such as browser or phone; null on a customer's leg.
	AvailableVia *string `json:"available_via"`
	// How the leg ended: completed, agent_missed, agent_declined, agent_transfer_declined or
	// customer_hang_up. Treat the list as open.
	CompletionStatus *string `json:"completion_status"`

	// Length of the leg in seconds. An agent's leg may last longer than its call.
	Duration *int64 `json:"duration"`
	// Seconds of talk on this leg.
	TalkTime *int64 `json:"talk_time"`
	// Seconds on hold during this leg. The reference describes it in the words for duration, by
	// mistake.
	HoldTime *int64 `json:"hold_time"`
	// Seconds of after-call work by the agent; null on a customer's leg.
	WrapUpTime *int64 `json:"wrap_up_time"`
	// Seconds this agent was consulted or consulting; null without a consultation.
	ConsultationTime *int64 `json:"consultation_time"`
	// Seconds this agent was in a conference; null without one.
	ConferenceTime *int64 `json:"conference_time"`

	// Id of the agent who asked this one for a consultation; null without one.
	ConsultationFrom *int64 `json:"consultation_from"`
	// Id of the agent whom this one consulted; null without a consultation.
	ConsultationTo *int64 `json:"consultation_to"`
	// Id of the agent who handed the call to this one; null without a transfer.
	TransferredFrom *int64 `json:"transferred_from"`
	// Id of the agent to whom this one handed the call; null without a transfer.
	TransferredTo *int64 `json:"transferred_to"`
	// Id of the agent who brought this one into a conference; null without one.
	ConferenceFrom *int64 `json:"conference_from"`
	// Id of the agent whom this one brought into a conference; null without one.
	ConferenceTo *int64 `json:"conference_to"`
	// Phone number that the leg was forwarded to, for an agent reached on a phone; null otherwise.
	ForwardedTo *string `json:"forwarded_to"`

	// Minutes charged for this leg, a minute begun counting as one; null on a leg that costs nothing.
	MinutesBilled *int64 `json:"minutes_billed"`
	// Charge for this leg in US dollars, as a decimal in text with any number of decimals, such as
	// 0.019; 0.0 or null when nothing is charged. Cast it to an exact decimal type, not to a
	// float.
	CallCharge *string `json:"call_charge"`
	// What was wrong with the leg's audio: silence, high_jitter, high_packet_loss, high_pdd (slow
	// connection) or high_latency, pstn_short_duration (not in the reference), none, or
	// information_not_available, which is filled in later or stays for good: seen 15 months after
	// the call. Treat the list as open.
	QualityIssues []string `json:"quality_issues"`
}

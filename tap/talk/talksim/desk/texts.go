package desk

// The texts are chosen to break readers that re-encode: several scripts, both directions, quotes, backslashes,
// newlines, markup, emoji beyond the basic plane and the two line separators that JavaScript dislikes. Phone numbers
// are from ranges set aside for fiction.

// A line is a number of the company, a digital line or a SIP line.
type line struct {
	id      int64
	name    string // its number, its nickname or its SIP address, by its kind
	kind    string
	channel *string // null on the oldest number, as on calls of 2021
	menu    bool
}

func lines() []line {
	return []line{
		{name: "+15550100200", kind: "phone", channel: new("phone"), menu: true},
		{name: "+441632960123", kind: "phone", channel: new("phone")},
		{name: "Sales \"hot\" line 🔥", kind: "digital", channel: new("digital")},
		{name: "sip:desk@example.com", kind: "sip", channel: new("phone")},
		{name: "+15550100255", kind: "phone", menu: true},
	}
}

func groupName(n int) string {
	names := [...]string{
		"Support", "Billing & <b>Refunds</b>", "Kundendienst Zürich", "Служба поддержки",
		"サポート部", "خدمة العملاء", "ทีมช่วยเหลือ", "Ops \"night\" \\ weekend", "Team 👩‍💻", "two\nlines", "a\u2028b",
	}
	return names[n%len(names)]
}

func transcript(n int) *string {
	texts := [...]string{
		"Customer asked about an invoice.\nAgent: \"It's on its way.\"",
		"Der Kunde wünscht Rückruf – größere Bestellung & <Eilversand>",
		"客户询问退款进度；已转给财务。",
		"Клиент сообщил, что «всё работает».",
		"שלום, תודה על הפנייה",
		"Thanked the team 🎉👍🏽\u2028second paragraph\u2029end",
		"path C:\\temp\\new, 100 % {\"ok\":true}",
	}
	return &texts[n%len(texts)]
}

func language(n int) *string { return new([...]string{"en-US", "de", "ja", "he"}[n%4]) }

func outsideNumber(n int) *string {
	return new([...]string{"+15550100777", "+441632960777", "+15550100888"}[n%3])
}

// unknownQuality is what quality_issues holds until billing and quality have been worked out.
const unknownQuality = "information_not_available"

// qualityIssues returns one or two issues; mostly none.
func qualityIssues(n int) []string {
	issues := [...][]string{
		{"silence"}, {"high_pdd", "high_jitter"}, {"high_packet_loss"}, {"high_latency"},
		{"pstn_short_duration"}, // in the help center, not in the reference
		{unknownQuality},
	}
	if n < len(issues) {
		return issues[n]
	}
	return []string{"none"}
}

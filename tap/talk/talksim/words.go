package talksim

// The texts of the simulated account. They are chosen to break readers that re-encode:
// several scripts, both directions, quotes, backslashes, newlines, markup, emoji beyond
// the basic plane and the two line separators that JavaScript dislikes. Phone numbers
// are from ranges set aside for fiction.

const lineCount = 5

// lineName is a line's number, its nickname or its SIP address, by its type.
func lineName(line int) string {
	return [lineCount]string{"+15550100200", "+441632960123", "Sales \"hot\" line 🔥", "sip:desk@example.com", "+15550100255"}[line]
}

func lineType(line int) string {
	return [lineCount]string{"phone", "phone", "digital", "sip", "phone"}[line]
}

// lineChannel is call_channel: null on the oldest number, as on calls of 2021.
func lineChannel(line int) string {
	return [lineCount]string{"phone", "phone", "digital", "phone", ""}[line]
}

func lineHasMenu(line int) bool { return line == 0 || line == 4 }

func groupName(n int) string {
	names := [...]string{
		"Support", "Billing & <b>Refunds</b>", "Kundendienst Zürich", "Служба поддержки",
		"サポート部", "خدمة العملاء", "ทีมช่วยเหลือ", "Ops \"night\" \\ weekend", "Team 👩‍💻", "two\nlines", "a\u2028b",
	}
	return names[n%len(names)]
}

func transcript(n int) string {
	texts := [...]string{
		"Customer asked about an invoice.\nAgent: \"It's on its way.\"",
		"Der Kunde wünscht Rückruf – größere Bestellung & <Eilversand>",
		"客户询问退款进度；已转给财务。",
		"Клиент сообщил, что «всё работает».",
		"שלום, תודה על הפנייה",
		"Thanked the team 🎉👍🏽\u2028second paragraph\u2029end",
		"path C:\\temp\\new, 100 % {\"ok\":true}",
	}
	return texts[n%len(texts)]
}

func language(n int, transcribed bool) string {
	if !transcribed {
		return ""
	}
	return [...]string{"en-US", "de", "ja", "he"}[n%4]
}

func outsideNumber(n int) string {
	return [...]string{"+15550100777", "+441632960777", "+15550100888"}[n%3]
}

// qualityIssues returns one or two issues, parted by a blank; mostly none.
func qualityIssues(n int) string {
	switch n {
	case 0:
		return "silence"
	case 1:
		return "high_pdd high_jitter"
	case 2:
		return "high_packet_loss"
	case 3:
		return "high_latency"
	case 4:
		return "pstn_short_duration" // in the help center, not in the reference
	case 5:
		return "information_not_available"
	}
	return "none"
}

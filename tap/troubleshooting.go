package tap

import "strings"

// Troubleshooting returns the hints as a Markdown table.
func Troubleshooting() string {
	var b strings.Builder
	b.WriteString("| Message | What to do |\n| :--- | :--- |\n")
	for _, h := range append(hints(), ownWords()...) {
		signs := "`" + strings.ReplaceAll(h.sign, " · ", "` · `") + "`"
		b.WriteString("| " + signs + " | " + strings.ReplaceAll(h.do, "|", `\|`) + " |\n")
	}
	return b.String()
}

// ownWords returns the rows of messages that bear their advice themselves.
func ownWords() []hint {
	return []hint{
		{sign: "--config is missing", do: "pass a config file, or try --demo; exit code 2"},
		{sign: "no login: it needs …", do: "set one of the three ways to log in"},
		{sign: "more than one login: leave only one of …",
			do: "remove the others; under Meltano, look for forgotten environment variables"},
		{sign: "the config key … is unknown and ignored",
			do: "a warning: a typing error, or a setting of another tap"},
		{sign: "run again after …, Zendesk says",
			do: "Zendesk wants a longer pause than max_retry_seconds; nothing is lost"},
		{sign: "the limit of requests a minute", do: "no error: the tap waits for its turn"},
		{sign: "Zendesk's clock shows … and this machine's …",
			do: "a warning: correct this machine's clock, or look for what changes the Date of the answers"},
		{sign: "has no usable id, so that no target can store it",
			do: "tell Zendesk's support the place that is named; the bookmark stays before it"},
		{sign: "is neither a time in Unix seconds nor an ISO 8601 time",
			do: "the state was edited; the message names the place"},
		{sign: "replication method … is not offered: choose INCREMENTAL or FULL_TABLE", do: "correct the catalog"},
		{sign: "is not in the schema: …",
			do: "a warning: Zendesk sends a new field; nothing is lost, but look for a newer version of the tap"},
		{sign: "next_page leads to …, which is no page of this export",
			do: "a warning: it was not followed, and the tap built the address itself"},
		{sign: "the answers bear no Date", do: "a warning: a proxy strips it; keep this machine's clock right"},
		{sign: "writing to stdout: …", do: "the target died, or the disk is full: the target's log has the reason"},
	}
}

package tap

import (
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// Failures that may pass, and did not while max_retry_seconds lasted: docs/zendesk-api.md, "Error answers". The rate
// limit and the network end the run; a server that is down, or answers nonsense, ends its stream.
func TestLastingFailures(t *testing.T) {
	t.Parallel()
	fails(t, []failure{
		{
			name: "limited", scenarios: []string{"429"}, ends: true,
			last: `calls: 429 Too Many Requests from Zendesk: "Number of allowed API requests per minute ` +
				`exceeded" (request id ID), after N attempts in 15m0s; other programs use up the account's ` +
				`allowance for exports: give them less of it, run at another time, or lower ` +
				`requests_per_minute`,
		},
		{
			name: "limited-without-a-time", scenarios: []string{"429=none"}, ends: true,
			last: `calls: 429 Too Many Requests from Zendesk: "Number of allowed API requests per minute ` +
				`exceeded" (request id ID), after N attempts in 15m0s; other programs use up the account's ` +
				`allowance for exports: give them less of it, run at another time, or lower ` +
				`requests_per_minute`,
		},
		{
			name: "limited-till-tomorrow", scenarios: []string{"429=huge"}, ends: true,
			last: `calls: 429 Too Many Requests from Zendesk: "Number of allowed API requests per minute ` +
				`exceeded" (request id ID); run again after 2026-03-18T15:20:00Z, Zendesk says; other ` +
				`programs use up the account's allowance for exports: give them less of it, run at another ` +
				`time, or lower requests_per_minute`,
		},
		{
			name: "limited-json", scenarios: []string{"429-json"}, settings: map[string]any{"max_retry_seconds": 60},
			ends: true,
			last: `calls: 429 Too Many Requests from Zendesk: "APIRateLimitExceeded: Number of allowed ` +
				`incremental export API requests per minute exceeded" (request id ID), after N attempts in ` +
				`1m0s; other programs use up the account's allowance for exports: give them less of it, ` +
				`run at another time, or lower requests_per_minute`,
		},
		{
			name: "limited-by-a-date", scenarios: []string{"429=date:30"}, settings: map[string]any{
				"max_retry_seconds": 20}, ends: true,
			last: `calls: 429 Too Many Requests from Zendesk: "Number of allowed API requests per minute ` +
				`exceeded" (request id ID); run again after 2026-03-17T15:20:30Z, Zendesk says; other ` +
				`programs use up the account's allowance for exports: give them less of it, run at another ` +
				`time, or lower requests_per_minute`,
		},
		{
			name: "conflict", scenarios: []string{"409@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 409 Conflict from Zendesk: "Conflict: The request conflicts ` +
				`with the current state" (request id ID), after N attempts in 15m0s; see ` +
				`status.zendesk.com, and run again later: nothing is lost`,
		},
		{
			name: "internal", scenarios: []string{"500@legs"}, whole: talksim.Calls,
			last: `1 of 2 streams failed: legs: 500 Internal Server Error from Zendesk: "InternalServerError: ` +
				`Something went wrong" (request id ID), after N attempts in 15m0s; see status.zendesk.com, ` +
				`and run again later: nothing is lost`,
		},
		{
			name: "internal-no-retry", scenarios: []string{"500-empty@calls"}, settings: map[string]any{
				"max_retry_seconds": 0}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 500 Internal Server Error from Zendesk (request id ID); see ` +
				`status.zendesk.com, and run again later: nothing is lost`,
		},
		{
			name: "bad-gateway", scenarios: []string{"502-html@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 502 Bad Gateway, an HTML page titled 502 Bad ` +
				`Gateway (request id ID), after N attempts in 15m0s; see status.zendesk.com, and run again ` +
				`later: nothing is lost`,
		},
		{
			name: "down", scenarios: []string{"503"},
			last: `2 of 2 streams failed: calls: 503 Service Unavailable from Zendesk (request id ID), after N ` +
				`attempts in 15m0s; legs: 503 Service Unavailable from Zendesk (request id ID), after N ` +
				`attempts in 15m0s; see status.zendesk.com, and run again later: nothing is lost`,
		},
		{
			name: "down-for-a-time", scenarios: []string{"503=2000@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 503 Service Unavailable from Zendesk (request id ID); run again ` +
				`after 2026-03-17T15:53:20Z, Zendesk says; see status.zendesk.com, and run again later: ` +
				`nothing is lost`,
		},
		{
			name: "gateway-timeout", scenarios: []string{"504@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 504 Gateway Timeout from Zendesk: "upstream request timeout" ` +
				`(request id ID), after N attempts in 15m0s; see status.zendesk.com, and run again later: ` +
				`nothing is lost`,
		},
		{
			name: "origin-unknown", scenarios: []string{"530-html@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 530, an HTML page titled Origin DNS error (request ` +
				`id ID), after N attempts in 15m0s; see status.zendesk.com, and run again later: nothing ` +
				`is lost`,
		},
		{
			name: "no-answer", scenarios: []string{"hang"}, settings: map[string]any{"request_timeout_seconds": 60},
			ends: true,
			last: `calls: no answer from acme.zendesk.com within 27.8s, after N attempts in 15m0s; is the ` +
				`network slow, or request_timeout_seconds too small?`,
		},
		{
			name: "slow-body", scenarios: []string{"slow=1m:10"},
			settings: map[string]any{"request_timeout_seconds": 60}, ends: true,
			last: `calls: 200 OK, but the body did not end within 27.8s (request id ID), after N ` +
				`attempts in 15m0s; is the network slow, or request_timeout_seconds too small?`,
		},
		{
			name: "reset", scenarios: []string{"reset"}, ends: true,
			last: `calls: no answer from acme.zendesk.com: read tcp: read: connection reset by peer, after N ` +
				`attempts in 15m0s; check the network, and the proxy variables if there is a proxy`,
		},
		{
			name: "reset-in-the-body", scenarios: []string{"reset-body"}, ends: true,
			last: `calls: 200 OK, but the connection broke: read tcp: read: connection reset by ` +
				`peer (request id ID), after N attempts in 15m0s; check the network, and the proxy ` +
				`variables if there is a proxy`,
		},
		{
			name: "refused-later", scenarios: []string{"refused@2+"}, ends: true,
			last: `calls: no answer from acme.zendesk.com: dial tcp: connect: connection refused, after N ` +
				`attempts in 15m0s; check the network, and the proxy variables if there is a proxy`,
		},
		{
			name: "no-such-host", login: "bearer", scenarios: []string{"no-host"}, ends: true,
			last: `calls: no such host: acme.zendesk.com; has this machine a network and DNS? Every subdomain of ` +
				`zendesk.com has an address; otherwise check subdomain (the acme of acme.zendesk.com)`,
		},
		{
			name: "no-such-host-any-more", scenarios: []string{"no-host@legs"}, whole: talksim.Calls,
			last: `legs: no such host: acme.zendesk.com, after N attempts in 15m0s; has this machine a network ` +
				`and DNS? Every subdomain of zendesk.com has an address; otherwise check subdomain (the ` +
				`acme of acme.zendesk.com)`,
		},
		{
			name: "certificate", login: "bearer", scenarios: []string{"certificate"}, ends: true,
			last: `calls: no secure connection to acme.zendesk.com: tls: failed to verify certificate: x509: ` +
				`certificate signed by unknown authority; is a proxy in between whose certificate this ` +
				`machine should trust? Add its authority to the certificates of the system, or name its ` +
				`file in SSL_CERT_FILE`,
		},
	})
}

// Answers with status 200, or a redirect, that are no page.
func TestStrangeAnswers(t *testing.T) {
	t.Parallel()
	var table []failure
	for name, last := range map[string]string{
		"html": `1 of 2 streams failed: calls: 200 OK, but an HTML page instead of JSON ` +
			`(request id ID), after N attempts in 1m0s; is there a proxy or a login page between this ` +
			`machine and Zendesk, or does api_url lead elsewhere?`,
		"text": `1 of 2 streams failed: calls: 200 OK, but not a JSON object (request ` +
			`id ID), after N attempts in 1m0s; run again later: nothing is lost; if it stays so, look for ` +
			`a proxy in between, or ask Zendesk's support, who want the request id`,
		"empty-body": `1 of 2 streams failed: calls: 200 OK, but an empty body (request id ` +
			`ID), after N attempts in 1m0s; run again later: nothing is lost; if it stays so, look for a ` +
			`proxy in between, or ask Zendesk's support, who want the request id`,
		"anonymous": `1 of 2 streams failed: calls: 200 OK, but without the promised array ` +
			`"calls" (request id ID), after N attempts in 1m0s; run again later: nothing is lost; if it ` +
			`stays so, look for a proxy in between, or ask Zendesk's support, who want the request id`,
		"not-object": `1 of 2 streams failed: calls: 200 OK, but not a JSON object (request ` +
			`id ID), after N attempts in 1m0s; run again later: nothing is lost; if it stays so, look for ` +
			`a proxy in between, or ask Zendesk's support, who want the request id`,
		"null-body": `1 of 2 streams failed: calls: 200 OK, but not a JSON object (request ` +
			`id ID), after N attempts in 1m0s; run again later: nothing is lost; if it stays so, look for ` +
			`a proxy in between, or ask Zendesk's support, who want the request id`,
		"204": `1 of 2 streams failed: calls: 204 No Content, but an empty body ` +
			`(request id ID), after N attempts in 1m0s; run again later: nothing is lost; if it stays so, ` +
			`look for a proxy in between, or ask Zendesk's support, who want the request id`,
		"rows=absent": `1 of 2 streams failed: calls: 200 OK, but without the promised array ` +
			`"calls" (request id ID), after N attempts in 1m0s; run again later: nothing is lost; if it ` +
			`stays so, look for a proxy in between, or ask Zendesk's support, who want the request id`,
		"rows=null": `1 of 2 streams failed: calls: 200 OK, but without the promised array ` +
			`"calls" (request id ID), after N attempts in 1m0s; run again later: nothing is lost; if it ` +
			`stays so, look for a proxy in between, or ask Zendesk's support, who want the request id`,
		"rows=object": `1 of 2 streams failed: calls: 200 OK, but without the promised array ` +
			`"calls" (request id ID), after N attempts in 1m0s; run again later: nothing is lost; if it ` +
			`stays so, look for a proxy in between, or ask Zendesk's support, who want the request id`,
		"truncated": `1 of 2 streams failed: calls: 200 OK, but not valid JSON, or cut short ` +
			`(request id ID), after N attempts in 1m0s; run again later: nothing is lost; if it stays so, ` +
			`look for a proxy in between, or ask Zendesk's support, who want the request id`,
		"two-documents": `1 of 2 streams failed: calls: 200 OK, but not valid JSON, or cut short ` +
			`(request id ID), after N attempts in 1m0s; run again later: nothing is lost; if it stays so, ` +
			`look for a proxy in between, or ask Zendesk's support, who want the request id`,
		"cut-body": `1 of 2 streams failed: calls: 200 OK, but a body cut short (request id ` +
			`ID), after N attempts in 1m0s; run again later: nothing is lost; if it stays so, look for a ` +
			`proxy in between, or ask Zendesk's support, who want the request id`,
		"gzip-lie": `1 of 2 streams failed: calls: 200 OK, but a body with broken ` +
			`compression (request id ID), after N attempts in 1m0s; run again later: nothing is lost; if ` +
			`it stays so, look for a proxy in between, or ask Zendesk's support, who want the request id`,
		"gzip-cut": `1 of 2 streams failed: calls: 200 OK, but a body cut short (request id ` +
			`ID), after N attempts in 1m0s; run again later: nothing is lost; if it stays so, look for a ` +
			`proxy in between, or ask Zendesk's support, who want the request id`,
		"endless": `1 of 2 streams failed: calls: 200 OK, but a body larger than this ` +
			`program reads (request id ID); is there a proxy or a login page between this machine and ` +
			`Zendesk, or does api_url lead elsewhere?`,
		"redirect=same": `1 of 2 streams failed: calls: 302 Found, a redirect to ` +
			`https://acme.zendesk.com/api/v2/channels/voice/incremental/calls, which is not followed ` +
			`(request id ID); was the account renamed or moved? set subdomain (or api_url) to the address ` +
			`it has now`,
		"redirect=other": `1 of 2 streams failed: calls: 302 Found, a redirect to ` +
			`https://attacker.example/api/v2/channels/voice/stats/incremental/calls, which is not followed ` +
			`(request id ID); was the account renamed or moved? set subdomain (or api_url) to the address ` +
			`it has now`,
		"redirect=scheme": `1 of 2 streams failed: calls: 302 Found, a redirect to ` +
			`http://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls, which is not followed ` +
			`(request id ID); was the account renamed or moved? set subdomain (or api_url) to the address ` +
			`it has now`,
		"redirect=login": `1 of 2 streams failed: calls: 302 Found, a redirect to ` +
			`https://acme.zendesk.com/access/unauthenticated, which is not followed (request id ID); that ` +
			`is a page where people log in: is subdomain (or api_url) the account's own address, and does ` +
			`a proxy or single sign-on stand before it?`,
		"redirect=loop": `1 of 2 streams failed: calls: 302 Found, a redirect to ` +
			`https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls, which is not followed ` +
			`(request id ID); was the account renamed or moved? set subdomain (or api_url) to the address ` +
			`it has now`,
		"redirect=nowhere": `1 of 2 streams failed: calls: 302 Found, neither a page nor where ` +
			`to find one (request id ID), after N attempts in 1m0s; is there a proxy or a login page between ` +
			`this machine and Zendesk, or does api_url lead elsewhere?`,
	} {
		table = append(table, failure{
			name: name, scenarios: []string{name + "@calls"}, settings: map[string]any{"max_retry_seconds": 60},
			whole: talksim.Legs, last: last,
		})
	}
	fails(t, table)
}

// Pages that are whole, but hold what can't be passed on, and starts that can't be meant.
func TestBadPages(t *testing.T) {
	t.Parallel()
	fails(t, []failure{
		{
			name: "id-missing", scenarios: []string{"row-id=absent:1@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: row 1 of the page from 1970-01-01T00:00:00Z has no usable id, ` +
				`so that no target can store it; nothing of that page was written and the bookmark stays ` +
				`before it; ask Zendesk's support about it`,
		},
		{
			name: "id-of-text", scenarios: []string{"row-id=text:3@legs"}, whole: talksim.Calls,
			last: `1 of 2 streams failed: legs: row 3 of the page from 1970-01-01T00:00:00Z has no usable id, so ` +
				`that no target can store it; nothing of that page was written and the bookmark stays ` +
				`before it; ask Zendesk's support about it`,
		},
		{
			name: "id-too-large", scenarios: []string{"row-id=huge:2@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: row 2 of the page from 1970-01-01T00:00:00Z has no usable id, ` +
				`so that no target can store it; nothing of that page was written and the bookmark stays ` +
				`before it; ask Zendesk's support about it`,
		},
		{
			name: "row-no-object", scenarios: []string{"row-shape=null:1@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: row 1 of the page from 1970-01-01T00:00:00Z has no usable id, ` +
				`so that no target can store it; nothing of that page was written and the bookmark stays ` +
				`before it; ask Zendesk's support about it`,
		},
		{
			name: "no-time-in-any-row", scenarios: []string{"row-updated-at=text:1@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: none of the 3 rows of the page from 0 (1970-01-01T00:00:00Z) ` +
				`has a readable updated_at, so that there is no way on; ask Zendesk's support about it`,
		},
		{
			name: "cut-second", scenarios: []string{"page-size=3"}, account: fullSecond(), whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 3 rows share the modification time 1773674400 ` +
				`(2026-03-16T15:20:00Z), and the API shows no way past them: more rows of that second ` +
				`may be missing; the bookmark stays there; run again later, since rows ` +
				`that Zendesk rewrites leave the second; or set on_full_second to skip to go on without ` +
				`those rows`,
		},
		{
			name: "bookmark-in-milliseconds", state: `{"bookmarks":{"calls":{"end_time":1773760800000}}}`,
			whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: the second to read from, 1773760800000 (58178-03-29T21:20:00Z), ` +
				`lies ahead of Zendesk's clock (2026-03-17T15:20:00Z); the bookmark's end_time must be in ` +
				`Unix seconds: is it in milliseconds?`,
		},
		{
			name: "bookmark-ahead", state: `{"bookmarks":{"legs":{"end_time":"2026-03-19T00:00:00Z"}}}`,
			whole: talksim.Calls,
			last: `1 of 2 streams failed: legs: the second to read from, 1773878400 (2026-03-19T00:00:00Z), lies ` +
				`ahead of Zendesk's clock (2026-03-17T15:20:00Z); the bookmark's end_time must be in Unix ` +
				`seconds: is it in milliseconds?`,
		},
		{
			name: "bookmark-ahead-refused", state: `{"bookmarks":{"calls":{"end_time":1773760800000}}}`,
			scenarios: []string{"too-recent=422-json"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: the second to read from, 1773760800000 (58178-03-29T21:20:00Z), ` +
				`lies ahead of Zendesk's clock (2026-03-17T15:20:00Z); the bookmark's end_time must be in ` +
				`Unix seconds: is it in milliseconds?`,
		},
		{
			name: "start-date-ahead", settings: map[string]any{"start_date": "2036-01-01"},
			last: `2 of 2 streams failed: calls: the second to read from, 2082758400 (2036-01-01T00:00:00Z), lies ` +
				`ahead of Zendesk's clock (2026-03-17T15:20:00Z); legs: the second to read from, 2082758400 ` +
				`(2036-01-01T00:00:00Z), lies ahead of Zendesk's clock (2026-03-17T15:20:00Z); set an earlier ` +
				`start_date`,
		},
	})
}

// oneCall is an account with one call and one leg.
func oneCall() *talksim.Account {
	return &talksim.Account{
		Calls: []talksim.History{oneRow(talksim.Calls, 101, night-86400)},
		Legs:  []talksim.History{oneRow(talksim.Legs, 1001, night-86400)},
	}
}

// fullSecond is an account with seven calls in one second and one later.
func fullSecond() *talksim.Account {
	a := oneCall()
	for id := range int64(6) {
		a.Calls = append(a.Calls, oneRow(talksim.Calls, 102+id, night-86400))
	}
	a.Calls = append(a.Calls, oneRow(talksim.Calls, 110, night-80000))
	return a
}

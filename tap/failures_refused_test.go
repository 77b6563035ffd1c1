package tap

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// Logins that Zendesk refuses, see docs/zendesk-api.md, "Error answers" and "Logins". They end the run.
func TestRefusedLogins(t *testing.T) {
	t.Parallel()
	fails(t, []failure{
		{
			name: "client-wrong-secret", settings: map[string]any{"client_secret": "wrong"}, ends: true,
			last: `oauth/tokens: 401 Unauthorized from Zendesk: "invalid_client: Client authentication failed ` +
				`due to unknown client, no client authentication included, or unsupported authentication ` +
				`method." (request id ID); check client_id and client_secret: the OAuth client must be ` +
				`confidential and of this account (Admin Center > Apps and integrations > APIs > OAuth ` +
				`clients)`,
		},
		{
			name: "client-wrong-id", settings: map[string]any{"client_id": "wrong"}, ends: true,
			last: `oauth/tokens: 401 Unauthorized from Zendesk: "invalid_client: Client authentication failed ` +
				`due to unknown client, no client authentication included, or unsupported authentication ` +
				`method." (request id ID); check client_id and client_secret: the OAuth client must be ` +
				`confidential and of this account (Admin Center > Apps and integrations > APIs > OAuth ` +
				`clients)`,
		},
		{
			name: "client-scope-refused", scenarios: []string{"invalid-scope"}, ends: true,
			last: `oauth/tokens: 400 Bad Request from Zendesk: "invalid_scope: The requested scope is invalid, ` +
				`unknown, or malformed." (request id ID); set oauth_scope to "read", and allow the OAuth ` +
				`client that scope`,
		},
		{
			name: "client-scope-useless", settings: map[string]any{"oauth_scope": "tickets:read"},
			last: `2 of 2 streams failed: calls: 403 Forbidden from Zendesk: "Forbidden: You are missing the ` +
				`following required scopes: read" (request id ID); legs: 403 Forbidden from Zendesk: ` +
				`"Forbidden: You are missing the following required scopes: read" (request id ID); the ` +
				`token lacks the scope "read": set oauth_scope to "read", and allow the OAuth client that ` +
				`scope`,
		},
		{
			name: "client-user-suspended", scenarios: []string{"401-oauth"}, ends: true,
			last: `calls: 401 Unauthorized from Zendesk: "invalid_token: The access token provided is expired, ` +
				`revoked, malformed or invalid for other reasons." (request id ID), after N attempts in ` +
				`0s; a new token was refused too: is the user of the OAuth client suspended?`,
		},
		{
			name: "client-token-missing", scenarios: []string{"token-missing"}, ends: true,
			last: `oauth/tokens: 200 OK, but not the promised JSON with an access_token (request id ` +
				`ID), after N attempts in 15m0s; run again later: nothing is lost; if it stays so, look ` +
				`for a proxy in between, or ask Zendesk's support, who want the request id`,
		},
		{
			name: "client-token-unusable", scenarios: []string{"token-newline"}, ends: true,
			last: `oauth/tokens: 200 OK, but not the promised JSON with an access_token (request id ` +
				`ID), after N attempts in 15m0s; run again later: nothing is lost; if it stays so, look ` +
				`for a proxy in between, or ask Zendesk's support, who want the request id`,
		},
		{
			name: "client-refused-with-200", ends: true,
			transport: says(http.StatusOK, "application/json", `{"error":"invalid_grant","error_description":"The `+
				`client is disabled"}`),
			last: `oauth/tokens: 200 OK from Zendesk: "invalid_grant: The client is disabled"; check client_id ` +
				`and client_secret: the ` +
				`OAuth client must be confidential and of this account (Admin Center > Apps and integrations > ` +
				`APIs > OAuth clients)`,
		},
		{
			name: "client-token-html", scenarios: []string{"html@token"}, ends: true,
			last: `oauth/tokens: 200 OK, but an HTML page instead of JSON (request id ID), after N ` +
				`attempts in 15m0s; is there a proxy or a login page between this machine and Zendesk, or ` +
				`does api_url lead elsewhere?`,
		},
		{
			name: "client-token-firewall", scenarios: []string{"403-html@token"}, ends: true,
			last: `oauth/tokens: 403 Forbidden, an HTML page titled Attention Required! | ` +
				`Cloudflare (request id ID); a firewall or proxy before Zendesk refuses this machine: ask ` +
				`those who run it, or check the account's IP restrictions`,
		},
		{
			name: "client-token-limited", scenarios: []string{"429=huge@token"}, ends: true,
			last: `oauth/tokens: 429 Too Many Requests from Zendesk: "Number of allowed API requests per minute ` +
				`exceeded" (request id ID); run again after 2026-03-18T15:20:00Z, Zendesk says; other ` +
				`programs use up the account's allowance of requests: give them less of it, or run at ` +
				`another time`,
		},
		{
			name: "client-token-down", scenarios: []string{"500@token"}, ends: true,
			last: `oauth/tokens: 500 Internal Server Error from Zendesk: "InternalServerError: Something went ` +
				`wrong" (request id ID), after N attempts in 15m0s; see status.zendesk.com, and run again ` +
				`later: nothing is lost`,
		},
		{
			name: "client-token-redirect", scenarios: []string{"redirect=other@token"}, ends: true,
			last: `oauth/tokens: 302 Found, a redirect to https://attacker.example/oauth/tokens, ` +
				`which is not followed (request id ID); was the account renamed or moved? set subdomain ` +
				`(or api_url) to the address it has now`,
		},
		{
			name: "client-token-not-here", scenarios: []string{"404-empty@token"}, ends: true,
			last: `oauth/tokens: 404 Not Found from Zendesk (request id ID); check subdomain: it is the acme of ` +
				`acme.zendesk.com, or api_url`,
		},
		{
			name: "client-wrong-subdomain", scenarios: []string{"404-help-desk@token"}, ends: true,
			last: `oauth/tokens: 404 Not Found from Zendesk: "No help desk at acme.zendesk.com: There is no help ` +
				`desk configured at this address." (request id ID); check subdomain: it is the acme of ` +
				`acme.zendesk.com`,
		},
		{
			name: "bearer-wrong", login: "bearer", settings: map[string]any{"access_token": "wrong"}, ends: true,
			last: `calls: 401 Unauthorized from Zendesk: "invalid_token: The access token provided is expired, ` +
				`revoked, malformed or invalid for other reasons." (request id ID); access_token is wrong, ` +
				`expired or revoked: get a new one, or set client_id and client_secret, with which tokens ` +
				`are renewed by themselves`,
		},
		{
			name: "bearer-expired-in-the-middle", login: "bearer", scenarios: []string{"401-oauth@legs"},
			whole: talksim.Calls,
			last: `legs: 401 Unauthorized from Zendesk: "invalid_token: The access token provided is expired, ` +
				`revoked, malformed or invalid for other reasons." (request id ID); access_token is wrong, ` +
				`expired or revoked: get a new one, or set client_id and client_secret, with which tokens ` +
				`are renewed by themselves`,
		},
		{
			name: "bearer-without-scope", login: "bearer", scenarios: []string{"403-scope"},
			last: `2 of 2 streams failed: calls: 403 Forbidden from Zendesk: "Forbidden: You are missing the ` +
				`following required scopes: read" (request id ID); legs: 403 Forbidden from Zendesk: ` +
				`"Forbidden: You are missing the following required scopes: read" (request id ID); the ` +
				`token lacks the scope "read": get one that has it`,
		},
		{
			name: "api-wrong", login: "api", settings: map[string]any{"email": "somebody@example.com"}, ends: true,
			last: `calls: 401 Unauthorized from Zendesk: "Couldn't authenticate you" (request id ID); check ` +
				`email and api_token, and that token access is switched on (Admin Center > Apps and ` +
				`integrations > APIs); Zendesk switches off API tokens unused for 30 days, and all of them ` +
				`on 2027-04-30: client_id and client_secret of an OAuth client last`,
		},
		{
			name: "api-ended", login: "api", ends: true,
			scenarios: []string{"401", "date-skew=9840h"}, // 410 days: 2027-05-01
			last: `calls: 401 Unauthorized from Zendesk: "Couldn't authenticate you" (request id ID); Zendesk ` +
				`ended API tokens on 2027-04-30: create an OAuth client and set client_id and client_secret`,
		},
	})
}

// Refusals of the exports for other reasons. They end their stream only, unless the whole host is the wrong one.
func TestRefusedExports(t *testing.T) {
	t.Parallel()
	fails(t, []failure{
		{
			name: "role", scenarios: []string{"403-role@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 403 Forbidden from Zendesk: "Forbidden: You do not have access ` +
				`to this page. Please contact the account owner of this help desk for further help." ` +
				`(request id ID); give the user the role permission "Can manage channels", or the role of ` +
				`an admin; if they have it, is Talk part of the account's plan? If it has worked before: ` +
				`Zendesk has announced the end of third-party access to the incremental exports, ` +
				`reportedly for December 2026, see support.zendesk.com/hc/en-us/articles/11249701485338`,
		},
		{
			name: "role-both", scenarios: []string{"403-role"},
			last: `2 of 2 streams failed: calls: 403 Forbidden from Zendesk: "Forbidden: You do not have access ` +
				`to this page. Please contact the account owner of this help desk for further help." ` +
				`(request id ID); legs: 403 Forbidden from Zendesk: "Forbidden: You do not have access to ` +
				`this page. Please contact the account owner of this help desk for further help." (request ` +
				`id ID); give the user the role permission "Can manage channels", or the role of an admin; ` +
				`if they have it, is Talk part of the account's plan? If it has worked before: Zendesk has ` +
				`announced the end of third-party access to the incremental exports, reportedly for December 2026, ` +
				`see ` +
				`support.zendesk.com/hc/en-us/articles/11249701485338`,
		},
		{
			name: "role-here-plan-there", scenarios: []string{"403-role@calls", "403-plan@legs"},
			last: `2 of 2 streams failed: calls: 403 Forbidden from Zendesk: "Forbidden: You do not have access ` +
				`to this page. Please contact the account owner of this help desk for further help." ` +
				`(request id ID); give the user the role permission "Can manage channels", or the role of ` +
				`an admin; if they have it, is Talk part of the account's plan? If it has worked before: ` +
				`Zendesk has announced the end of third-party access to the incremental exports, ` +
				`reportedly for December 2026, see support.zendesk.com/hc/en-us/articles/11249701485338; legs: 403 ` +
				`Forbidden from Zendesk: "Forbidden: Zendesk Talk is not available on this account's ` +
				`plan." (request id ID); Talk is not part of this account's plan, or not switched on`,
		},
		{
			name: "plan", scenarios: []string{"403-plan"},
			last: `2 of 2 streams failed: calls: 403 Forbidden from Zendesk: "Forbidden: Zendesk Talk is not ` +
				`available on this account's plan." (request id ID); legs: 403 Forbidden from Zendesk: ` +
				`"Forbidden: Zendesk Talk is not available on this account's plan." (request id ID); Talk ` +
				`is not part of this account's plan, or not switched on`,
		},
		{
			name: "withdrawn-403", scenarios: []string{"403-withdrawn@legs"}, whole: talksim.Calls,
			last: `1 of 2 streams failed: legs: 403 Forbidden from Zendesk: "Forbidden: Third-party access to ` +
				`the incremental APIs has ended. See ` +
				`https://support.zendesk.com/hc/en-us/articles/11249701485338" (request id ID); Zendesk ` +
				`has announced the end of third-party access to the incremental exports, reportedly for ` +
				`December 2026, ` +
				`see support.zendesk.com/hc/en-us/articles/11249701485338`,
		},
		{
			name: "withdrawn-410", scenarios: []string{"410-withdrawn@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 410 Gone from Zendesk: "Gone: This incremental API is no longer ` +
				`available to third-party integrations." (request id ID); Zendesk has announced the end of ` +
				`third-party access to the incremental exports, reportedly for December 2026, see ` +
				`support.zendesk.com/hc/en-us/articles/11249701485338`,
		},
		{
			name: "firewall", scenarios: []string{"403-html@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 403 Forbidden, an HTML page titled Attention ` +
				`Required! | Cloudflare (request id ID); a firewall or proxy before Zendesk refuses this ` +
				`machine: ask those who run it, or check the account's IP restrictions`,
		},
		{
			name: "no-endpoint", scenarios: []string{"404-endpoint@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 404 Not Found from Zendesk: "InvalidEndpoint: Not found" ` +
				`(request id ID); is Talk part of this account's plan, and subdomain (or api_url) the ` +
				`right one? If it has worked before: Zendesk has announced the end of third-party access ` +
				`to the incremental exports, reportedly for December 2026, see ` +
				`support.zendesk.com/hc/en-us/articles/11249701485338`,
		},
		{
			name: "no-talk", scenarios: []string{"404-empty@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 404 Not Found from Zendesk (request id ID); is Talk part of ` +
				`this account's plan, and subdomain (or api_url) the right one? If it has worked before: ` +
				`Zendesk has announced the end of third-party access to the incremental exports, ` +
				`reportedly for December 2026, see support.zendesk.com/hc/en-us/articles/11249701485338`,
		},
		{
			name: "wrong-subdomain", login: "bearer", scenarios: []string{"404-help-desk"}, ends: true,
			last: `calls: 404 Not Found from Zendesk: "No help desk at acme.zendesk.com: There is no help desk ` +
				`configured at this address." (request id ID); check subdomain: it is the acme of ` +
				`acme.zendesk.com`,
		},
		{
			name: "wrong-subdomain-text", login: "api", scenarios: []string{"404-text"}, ends: true,
			last: `calls: 404 Not Found from Zendesk (request id ID); check subdomain: it is the acme of ` +
				`acme.zendesk.com`,
		},
		{
			name: "bad-request", scenarios: []string{"400-errors@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 400 Bad Request from Zendesk: "InvalidPaginationDepth: Invalid ` +
				`depth: Too deep" (request id ID); Zendesk finds fault with the request itself: is there a ` +
				`newer version of this program, or does extra_headers or a proxy change it?`,
		},
		{
			name: "bad-request-silent", scenarios: []string{"400-empty@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 400 Bad Request from Zendesk (request id ID); Zendesk finds ` +
				`fault with the request itself: is there a newer version of this program, or does ` +
				`extra_headers or a proxy change it?`,
		},
		{
			name: "unprocessable", scenarios: []string{"422-invalid@legs"}, whole: talksim.Calls,
			last: `1 of 2 streams failed: legs: 422 Unprocessable Entity from Zendesk: "RecordInvalid: ` +
				`RecordValidation errors (value: can't be blank)" (request id ID); Zendesk finds fault ` +
				`with the request itself: is there a newer version of this program, or does extra_headers ` +
				`or a proxy change it?`,
		},
		{
			name: "too-recent-long-ago", scenarios: []string{"422-recent-json@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 422 Unprocessable Entity from Zendesk: "InvalidValue: Too ` +
				`recent start_time. Use a start_time older than 5 minutes" (request id ID); yet the time ` +
				`asked for is more than a day ago: ask Zendesk's support, who want the request id`,
		},
		{
			name: "teapot", scenarios: []string{"418-text@calls"}, whole: talksim.Legs,
			last: `1 of 2 streams failed: calls: 418 I'm a teapot from Zendesk: "short and stout" (request id ` +
				`ID); Zendesk finds fault with the request itself: is there a newer version of this ` +
				`program, or does extra_headers or a proxy change it?`,
		},
		{
			name: "unpaid", transport: says(http.StatusPaymentRequired, "text/plain", ""), login: "bearer",
			last: `2 of 2 streams failed: calls: 402 Payment Required from Zendesk; legs: 402 Payment Required ` +
				`from Zendesk; ` +
				`the account, or its trial, is suspended, expired or unpaid: ask its owner, or Zendesk's support`,
		},
		{
			name: "locked", transport: says(http.StatusLocked, "text/plain", "Locked"), login: "bearer",
			last: `2 of 2 streams failed: calls: 423 Locked from Zendesk; legs: 423 Locked from Zendesk; ` +
				`the account, or its trial, is suspended, expired or unpaid: ask its owner, or Zendesk's support`,
		},
		{
			name: "expired", login: "bearer",
			transport: says(http.StatusForbidden, "application/json", `{"error":"Forbidden","description":"This `+
				`account has expired"}`),
			last: `2 of 2 streams failed: calls: 403 Forbidden from Zendesk: "Forbidden: This account has expired"; ` +
				`legs: 403 Forbidden from Zendesk: "Forbidden: This account has expired"; ` +
				`the account, or its trial, is suspended, expired or unpaid: ask its owner, or Zendesk's support`,
		},
		{
			name: "rows-in-an-error", login: "bearer", settings: map[string]any{"max_retry_seconds": 0},
			transport: says(http.StatusInternalServerError, "application/json", `{"calls":[{"id":1,"caller":"`+caller+
				`"}],"count":1}`),
			last: `2 of 2 streams failed: calls: 500 Internal Server Error, a body that holds rows, ` +
				`which are not repeated here; ` +
				`legs: 500 Internal Server Error, a body that holds rows, which are not repeated here; ` +
				`see status.zendesk.com, and run again later: nothing is lost`,
		},
		{
			name: "client-too-old", transport: says(http.StatusUpgradeRequired, "text/plain",
				"Upgrade Required: API v3"), login: "bearer",
			last: `2 of 2 streams failed: calls: 426 Upgrade Required from Zendesk: "Upgrade Required: API v3"; ` +
				`legs: 426 Upgrade Required from Zendesk: "Upgrade Required: API v3"; Zendesk finds fault ` +
				`with the request itself: is there a newer version of this program, or does extra_headers or a ` +
				`proxy change it?`,
		},
		{
			name: "echo-of-the-login", transport: echo{}, login: "bearer",
			last: `2 of 2 streams failed: calls: 400 Bad Request from Zendesk: "You sent Bearer [redacted] and ` +
				`[redacted]"; legs: 400 Bad Request from Zendesk: "You sent Bearer [redacted] and ` +
				`[redacted]"; Zendesk finds fault with the request itself: is there a newer version of ` +
				`this program, or does extra_headers or a proxy change it?`,
		},
		{
			name: "echo-of-the-client", transport: echo{}, ends: true,
			last: `oauth/tokens: 400 Bad Request from Zendesk: "You sent and [redacted] with ` +
				`{'grant_type':'client_credentials','client_id':'sim-client','client_secret':'[redacted]',` +
				`'scope':'read','expires_in':172800}"; set oauth_scope to "read", and allow the OAuth client that ` +
				`scope`,
		},
		{
			name: "echo-of-the-api-token", transport: echo{}, login: "api",
			last: `2 of 2 streams failed: calls: 400 Bad Request from Zendesk: "You sent Basic [redacted] and ` +
				`[redacted]"; legs: 400 Bad Request from Zendesk: "You sent Basic [redacted] and ` +
				`[redacted]"; Zendesk finds fault with the request itself: is there a newer version of ` +
				`this program, or does extra_headers or a proxy change it?`,
		},
		{
			name: "many-lines", transport: says(http.StatusBadRequest, "text/plain",
				"one\r\n\x1b[31mtwo\n\n\u202ethree"+strings.Repeat(" and so on", 40)), login: "bearer",
			last: `2 of 2 streams failed: calls: 400 Bad Request from Zendesk: "one [31mtwo three and so on and ` +
				`so on and so on and so on and so on and so on and so on and so on and so on and so on and ` +
				`so on and so on and so on and so on and so on and so on and so on and so on and so on and ` +
				`so on and so on and so on and so on and so on and so on and so on and so on and so on…"; ` +
				`legs: 400 Bad Request from Zendesk: "one [31mtwo three and so on and so on and so on and ` +
				`so on and so on and so on and so on and so on and so on and so on and so on and so on and ` +
				`so on and so on and so on and so on and so on and so on and so on and so on and so on and ` +
				`so on and so on and so on and so on and so on and so on and so on…"; Zendesk finds fault ` +
				`with the request itself: is there a newer version of this program, or does extra_headers ` +
				`or a proxy change it?`,
		},
	})
}

// says is a server with one answer.
func says(status int, contentType, body string) http.RoundTripper {
	return answerFunc(func(*http.Request) *http.Response {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {contentType}},
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		}
	})
}

type answerFunc func(*http.Request) *http.Response

func (f answerFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// echo is a server, or a proxy, that shows people what they sent.
type echo struct{}

func (echo) RoundTrip(r *http.Request) (*http.Response, error) {
	said := "You sent " + r.Header.Get("Authorization") + " and " + r.Header.Get("X-Proxy-Key")
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if len(body) > 0 {
			said += " with " + string(body)
		}
	}
	return says(http.StatusBadRequest, "text/plain", said).RoundTrip(r)
}

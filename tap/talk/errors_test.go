package talk_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// TestErrors has the answers of docs/zendesk-api.md, "Error answers", most of them recorded, each with what happened in
// words. What is retried is not retried here, since there is no time for it.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		status      int
		contentType string
		body        string
		kind        talk.Kind
		fatal       bool
		want        string // after the endpoint
	}{
		{"429 text", 429, "text/plain", "Number of allowed API requests per minute exceeded", talk.KindRateLimited,
			true,
			`429 Too Many Requests from Zendesk: "Number of allowed API requests per minute exceeded"`},
		{"429 JSON", 429, "application/json", `{"error":"APIRateLimitExceeded","description":"Number of allowed ` +
			`incremental export API requests per minute exceeded"}`, talk.KindRateLimited, true,
			`429 Too Many Requests from Zendesk: "APIRateLimitExceeded: Number of allowed incremental export API ` +
				`requests per minute exceeded"`},
		{"422 too recent", 422, "application/json", `{"error":"InvalidValue","description":"Too recent ` +
			`start_time. Use a start_time older than 5 minutes"}`, talk.KindTooRecent, false,
			`422 Unprocessable Entity from Zendesk: "InvalidValue: Too recent start_time. Use a start_time older ` +
				`than 5 minutes"`},
		{"422 too recent, text", 422, "text/plain", "Too recent start_time. Use a start_time older than 5 minutes",
			talk.KindTooRecent, false,
			`422 Unprocessable Entity from Zendesk: "Too recent start_time. Use a start_time older than 5 minutes"`},
		{"400 too recent", 400, "application/json", `{"error":"StartTimeTooRecent"}`, talk.KindTooRecent, false,
			`400 Bad Request from Zendesk: "StartTimeTooRecent"`},
		{"401", 401, "application/json", `{"error":"Couldn't authenticate you"}`, talk.KindCredentials, true,
			`401 Unauthorized from Zendesk: "Couldn't authenticate you"`},
		{"401 OAuth", 401, "application/json", `{"error":"invalid_token","error_description":"The access token ` +
			`provided is expired, revoked, malformed or invalid for other reasons."}`, talk.KindCredentials, true,
			`401 Unauthorized from Zendesk: "invalid_token: The access token provided is expired, revoked, ` +
				`malformed or invalid for other reasons."`},
		{"403 role", 403, "application/json", `{"error":{"title":"Forbidden","message":"You do not have access ` +
			`to this page. Please contact the account owner of this help desk for further help."}}`,
			talk.KindRole, false,
			`403 Forbidden from Zendesk: "Forbidden: You do not have access to this page. Please contact the ` +
				`account owner of this help desk for further help."`},
		{"403 scope", 403, "application/json", `{"error":"Forbidden","description":"You are missing the ` +
			`following required scopes: read"}`, talk.KindScope, false,
			`403 Forbidden from Zendesk: "Forbidden: You are missing the following required scopes: read"`},
		{"403 plan", 403, "application/json", `{"error":"Forbidden","description":"Talk is not available on this ` +
			`plan"}`, talk.KindPlan, false,
			`403 Forbidden from Zendesk: "Forbidden: Talk is not available on this plan"`},
		{"403, words that hold other words", 403, "application/json", `{"error":"Forbidden","description":"An ` +
			`explanation was sent to the microscope's owner, who has retirements in planning"}`, talk.KindRole, false,
			`403 Forbidden from Zendesk: "Forbidden: An explanation was sent to the microscope's owner, who has ` +
				`retirements in planning"`},
		{"403 address", 403, "text/plain", "Access from this IP address is not allowed", talk.KindAddress, false,
			`403 Forbidden from Zendesk: "Access from this IP address is not allowed"`},
		{"403 firewall", 403, "text/plain", "\r\n<html><title>Attention Required! | Cloudflare</title>",
			talk.KindFirewall, false,
			`403 Forbidden, an HTML page titled Attention Required! | Cloudflare`},
		{"403 firewall, of an address", 403, "text/html", "<title>Your IP address is blocked</title>",
			talk.KindFirewall, false, `403 Forbidden, an HTML page titled Your IP address is blocked`},
		{"403 withdrawn", 403, "application/json", `{"error":"Forbidden","description":"Third-party integrations ` +
			`no longer have access"}`, talk.KindWithdrawn, false,
			`403 Forbidden from Zendesk: "Forbidden: Third-party integrations no longer have access"`},
		{"410", 410, "application/json", "", talk.KindWithdrawn, false, `410 Gone from Zendesk`},
		{"404 help desk", 404, "application/json", `{"error":{"title":"No help desk at ` +
			`nope.zendesk.com","message":"..."}}`, talk.KindSubdomain, true,
			`404 Not Found from Zendesk: "No help desk at nope.zendesk.com: ..."`},
		{"404 text", 404, "text/plain", "There is nothing here", talk.KindSubdomain, true, `404 Not Found from ` +
			`Zendesk: "There is nothing here"`},
		{"404 HTML", 404, "text/html", "<title>Oops</title>", talk.KindSubdomain, true, `404 Not Found` +
			`, an HTML page titled Oops`},
		{"404 endpoint", 404, "application/json", `{"error":"InvalidEndpoint","description":"Not found"}`,
			talk.KindNotFound, false, `404 Not Found from Zendesk: "InvalidEndpoint: Not found"`},
		{"404 record", 404, "application/json", `{"error":"RecordNotFound","description":"Not found"}`,
			talk.KindNotFound, false, `404 Not Found from Zendesk: "RecordNotFound: Not found"`},
		{"404 bare", 404, "", "", talk.KindNotFound, false, `404 Not Found from Zendesk`},
		{"400 list", 400, "application/json", `{"errors":[{"code":"InvalidPaginationDepth","title":"...",` +
			`"detail":"too deep"}]}`, talk.KindRequest, false,
			`400 Bad Request from Zendesk: "InvalidPaginationDepth: ...: too deep"`},
		{"422", 422, "application/json", `{"details":{"value":[{"type":"blank","description":"can't be ` +
			`blank"}]},"description":"RecordValidation errors","error":"RecordInvalid"}`, talk.KindRequest, false,
			`422 Unprocessable Entity from Zendesk: "RecordInvalid: RecordValidation errors (value: can't be blank)"`},
		{"426", 426, "text/plain", "upgrade", talk.KindRequest, false, `426 Upgrade Required from Zendesk: "upgrade"`},
		{"418 with quotes", 418, "text/plain", `I'm a "teapot"`, talk.KindRequest, false, `418 I'm a teapot from ` +
			`Zendesk: "I'm a 'teapot'"`},
		{"409", 409, "application/json", `{"error":"Conflict"}`, talk.KindUnavailable, false,
			`409 Conflict from Zendesk`},
		{"500", 500, "application/json", "", talk.KindUnavailable, false, `500 Internal Server Error from Zendesk`},
		{"504", 504, "text/plain", "upstream request timeout", talk.KindUnavailable, false, `504 Gateway Timeout ` +
			`from Zendesk: "upstream request timeout"`},
		{"502 HTML", 502, "text/html; charset=UTF-8", "<html><head><title>502 Bad\nGateway</title>",
			talk.KindUnavailable, false, `502 Bad Gateway, an HTML page titled 502 Bad Gateway`},
		{"530, no known status", 530, "text/plain", "error code: 1016", talk.KindUnavailable, false,
			`530 from Zendesk: "error code: 1016"`},
		{"304", 304, "", "", talk.KindUnexpected, false, `304 Not Modified, neither a page nor where to ` +
			`find one`},
		{"302 without a Location", 302, "text/html", "<title>Found</title>", talk.KindUnexpected, false,
			`302 Found, neither a page nor where to find one`},
		{"200 HTML", 200, "text/html", "<title>Jane Doe's page</title>", talk.KindUnexpected, false, `200 OK` +
			`, but an HTML page instead of JSON`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := settings(t, handler(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.contentType)
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			cfg.MaxRetry = 0
			_, err := talk.NewClient(cfg).Page(t.Context(), calls(), talk.Request{})
			e := failure(t, err)
			if want := "calls: " + test.want; e.Error() != want {
				t.Errorf("got error\n%s\nwant\n%s", e, want)
			}
			if e.Kind != test.kind || e.Status != test.status || e.Fatal() != test.fatal {
				t.Errorf("got kind %d, status %d, fatal %t; want %d, %d, %t", e.Kind, e.Status, e.Fatal(), test.kind,
					test.status, test.fatal)
			}
			if e.ServerTime.IsZero() {
				t.Error("got no server time; without a Date it should be the local time")
			}
		})
	}
}

// TestOneRefused: a wrong subdomain can't be what is the matter once the host has answered well.
func TestOneRefused(t *testing.T) {
	t.Parallel()
	c := talk.NewClient(settings(t, sim(t, "404-text@legs").Transport()))
	page(t, c, calls())
	_, err := c.Page(t.Context(), legs(), talk.Request{})
	if e := failure(t, err); e.Kind != talk.KindNotFound || e.Fatal() {
		t.Errorf("got kind %d (fatal %t), want a 404 of one stream", e.Kind, e.Fatal())
	}
	page(t, c, calls())
}

// TestNoSecretShows: whatever a server does with what it was sent, errors and the log keep it.
func TestNoSecretShows(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 401, 403, 404, 429, 503} {
		cfg := settings(t, handler(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/tokens") {
				_, _ = w.Write([]byte(`{"access_token":"t0ken-of-the-day","expires_in":300}`))
				return
			}
			for _, name := range []string{"Location", "X-Request-Id", "Content-Type"} {
				w.Header().Set(name, r.Header.Get("Authorization"))
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"error":"` + r.Header.Get("Authorization") + talksim.ClientSecret +
				`","calls":[],"next_page":"https://x.example/t0ken-of-the-day"}`))
		}))
		log := &logged{}
		cfg.Login, cfg.Log, cfg.MaxRetry = talk.Login{ClientID: "id", ClientSecret: talksim.ClientSecret},
			log.logger(), 0
		_, err := talk.NewClient(cfg).Page(t.Context(), calls(), talk.Request{})
		text := log.String()
		if status != 200 {
			text += failure(t, err).Error()
		}
		if strings.Contains(text, "t0ken") || strings.Contains(text, talksim.ClientSecret) {
			t.Errorf("status %d: a secret shows in %s", status, text)
		}
	}
}

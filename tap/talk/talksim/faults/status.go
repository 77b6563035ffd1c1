package faults

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// Refusals of a start_time that is too recent.
const (
	recentText = "Too recent start_time. Use a start_time older than 5 minutes"
	recentJSON = `{"error":"InvalidValue","description":"` + recentText + `"}`
	recent400  = `{"error":"StartTimeTooRecent","description":"The start_time must be at least one minute in the past"}`
)

// attacker is the origin that an answer names where it must not lead.
const attacker = "https://attacker.example"

// A fixed answer is always the same.
type fixed struct {
	status int
	body   string
}

func (f fixed) reply() *talksim.Reply { return talksim.NewReply(f.status, contentType(f.body), f.body) }

func contentType(body string) string {
	switch {
	case body == "" || strings.HasPrefix(body, "{") || body == "[]" || body == "null":
		return "application/json; charset=utf-8"
	case strings.HasPrefix(body, "<"):
		return "text/html; charset=UTF-8"
	}
	return "text/plain"
}

// statusEntries are the scenarios that answer in place of the account, each as docs/zendesk-api.md, "Error answers",
// has it. Where the real body is unknown it is made up in a known shape.
func statusEntries() []entry {
	answers := map[string]fixed{
		"000": {0, "nothing"},
		"400-errors": {400, `{"errors":[{"code":"InvalidPaginationDepth","title":"Invalid depth",` +
			`"detail":"Too deep"}]}`},
		"400-empty":       {400, ""},
		"422-recent-json": {422, recentJSON},
		"401":             {401, talksim.BodyUnauthorized},
		"401-oauth":       {401, talksim.BodyInvalidToken},
		"402":             {402, `{"error":{"title":"Payment required","message":"This account has expired."}}`},
		"403-role": {403, `{"error":{"title":"Forbidden","message":"You do not have access to this page. ` +
			`Please contact the account owner of this help desk for further help."}}`},
		"403-scope": {403, talksim.BodyMissingScope},
		"403-plan": {403, `{"error":"Forbidden",` +
			`"description":"Zendesk Talk is not available on this account's plan."}`},
		"403-withdrawn": {403, `{"error":"Forbidden","description":"Third-party access to the incremental APIs ` +
			`has ended. See https://support.zendesk.com/hc/en-us/articles/11249701485338"}`},
		"403-html": {403, "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>" +
			"<body>Sorry, you have been blocked</body></html>"},
		"404-endpoint": {404, `{"error":"InvalidEndpoint","description":"Not found"}`},
		"404-help-desk": {404, `{"error":{"title":"No help desk at acme.zendesk.com",` +
			`"message":"There is no help desk configured at this address."}}`},
		"404-text":  {404, "Not Found"},
		"404-empty": {404, ""},
		"408": {408, "<html><body><h1>408 Request Time-out</h1>\n" +
			"Your browser didn't send a complete request in time.\n</body></html>\n"},
		"409": {409, `{"error":"Conflict","description":"The request conflicts with the current state"}`},
		"410-withdrawn": {410, `{"error":"Gone",` +
			`"description":"This incremental API is no longer available to third-party integrations."}`},
		"418-text": {418, "short and stout"},
		"421":      {421, "Misdirected Request"},
		"422-invalid": {422, `{"details":{"value":[{"type":"blank","description":"can't be blank"}]},` +
			`"description":"RecordValidation errors","error":"RecordInvalid"}`},
		"423":       {423, `{"error":{"title":"Locked","message":"This account is suspended."}}`},
		"425":       {425, "Too Early"},
		"500":       {500, `{"error":"InternalServerError","description":"Something went wrong"}`},
		"500-empty": {500, ""},
		"502-html": {502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n" +
			"<body>cloudflare</body>\r\n</html>"},
		"504":      {504, "upstream request timeout"},
		"530-html": {530, "<html><title>Origin DNS error</title></html>"},

		"html":       {200, "<!DOCTYPE html><html><body>Please sign in</body></html>"},
		"text":       {200, "OK"},
		"empty-body": {200, ""},
		"anonymous":  {200, `{"user":{"id":null,"name":"Anonymous user"}}`},
		"not-object": {200, `[]`},
		"null-body":  {200, `null`},
		"204":        {204, ""},
	}
	var entries []entry
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		answer := func(*talksim.Request) *talksim.Reply { return answers[name].reply() }
		entries = append(entries, entry{name, plain(talksim.Scenario{Answer: answer})})
	}
	return entries
}

// redirectEntries are the scenarios that answer 302: to another path of the host, to another origin, to the other
// scheme, to a login page of the host or of a company's single sign-on, to itself, or with no Location.
func redirectEntries() []entry {
	return append(named("redirect", map[string]string{
		"same": "{origin}{older}?{query}", "scheme": "{other}://{host}{asked}", "loop": "{asked}", "nowhere": "",
		"login": "{origin}/access/unauthenticated?return_to=%2F", "sso": "https://login.example/saml2?SAMLRequest=fZJ",
	}, func(to string) maker { return plain(redirect(to)) }), entry{"redirect=other", text(redirectOrigin)})
}

func redirectOrigin(origin string) talksim.Scenario {
	return redirect(cmp.Or(origin, attacker) + "{asked}")
}

func redirect(to string) talksim.Scenario {
	return talksim.Scenario{Answer: func(q *talksim.Request) *talksim.Reply {
		r := talksim.NewReply(http.StatusFound, "text/html", "<html><body>You are being redirected.</body></html>")
		if to != "" {
			r.Header.Set("Location", fill(q, to))
		}
		return r
	}}
}

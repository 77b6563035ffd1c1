package talksim

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// statusEntries are the scenarios that answer instead of the account, each as
// zendesk_api.md §2.2, §2.3 or samples/13 has it. Where the real body is unknown it is
// made up in a known shape.
func statusEntries() []entry {
	const recent = "Number of allowed incremental export API requests per minute exceeded"
	return []entry{
		{"429", []string{"none", "huge", "date:30", "garbage", "negative", "zero"}, many(func() *reply { return textReply(429, body429) })},
		{"429-json", nil, many(func() *reply {
			return jsonReply(429, `{"error":"APIRateLimitExceeded","description":"`+recent+`"}`)
		})},
		{"429-export-text", nil, many(func() *reply { return textReply(429, recent) })},
		{"429-bucket", nil, resets("Zendesk-Ratelimit-Incremental-Exports", "total=10; remaining=0; resets=")},
		{"429-reset", nil, resets("Ratelimit-Reset", "")},

		status("400-errors", 400, `{"errors":[{"code":"InvalidPaginationDepth","title":"Invalid depth","detail":"Too deep"}]}`),
		status("400-empty", 400, ""),
		status("400-recent", 400, `{"error":"StartTimeTooRecent","description":"The start_time must be at least one minute in the past"}`),
		status("422-recent-json", 422, `{"error":"InvalidValue","description":"Too recent start_time. Use a start_time older than 5 minutes"}`),
		status("422-recent-text", 422, "Too recent start_time. Use a start_time older than 5 minutes"),
		status("422-invalid", 422, `{"details":{"value":[{"type":"blank","description":"can't be blank"}]},"description":"RecordValidation errors","error":"RecordInvalid"}`),
		status("401", 401, body401),
		status("401-oauth", 401, body401OAuth),
		status("403-role", 403, `{"error":{"title":"Forbidden","message":"You do not have access to this page. Please contact the account owner of this help desk for further help."}}`),
		status("403-scope", 403, body403Scope),
		status("403-plan", 403, `{"error":"Forbidden","description":"Zendesk Talk is not available on this account's plan."}`),
		status("403-withdrawn", 403, `{"error":"Forbidden","description":"Third-party access to the incremental APIs has ended. See https://support.zendesk.com/hc/en-us/articles/11249701485338"}`),
		status("403-html", 403, "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been blocked</body></html>"),
		status("404-endpoint", 404, `{"error":"InvalidEndpoint","description":"Not found"}`),
		status("404-record", 404, `{"error":"RecordNotFound","description":"Not found"}`),
		status("404-help-desk", 404, `{"error":{"title":"No help desk at acme.zendesk.com","message":"There is no help desk configured at this address."}}`),
		status("404-text", 404, "Not Found"),
		status("404-empty", 404, ""),
		status("409", 409, `{"error":"Conflict","description":"The request conflicts with the current state"}`),
		status("410-withdrawn", 410, `{"error":"Gone","description":"This incremental API is no longer available to third-party integrations."}`),
		status("418-text", 418, "short and stout"),
		status("500", 500, `{"error":"InternalServerError","description":"Something went wrong"}`),
		status("500-empty", 500, ""),
		status("502-html", 502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>cloudflare</body>\r\n</html>"),
		{"503", nil, func(v string) (Scenario, error) { // with a Retry-After if there is a value
			return Scenario{answer: func(*exchange) *reply {
				r := textReply(503, "Service Unavailable")
				if v != "" {
					r.set("Retry-After", v)
				}
				return r
			}}, nil
		}},
		status("504", 504, "upstream request timeout"),
		status("530-html", 530, "<html><title>Origin DNS error</title></html>"),

		status("html", 200, "<!DOCTYPE html><html><body>Please sign in</body></html>"),
		status("text", 200, "OK"),
		status("empty-body", 200, ""),
		status("anonymous", 200, `{"user":{"id":null,"name":"Anonymous user"}}`),
		status("not-object", 200, `[]`),
		status("null-body", 200, `null`),
		status("204", 204, ""),
	}
}

// status makes the entry of one fixed answer; its Content-Type follows from the body.
func status(name string, code int, body string) entry {
	return entry{name, nil, plain(Scenario{answer: func(*exchange) *reply {
		switch {
		case body == "" || strings.HasPrefix(body, "{") || body == "[]" || body == "null":
			return jsonReply(code, body)
		case strings.HasPrefix(body, "<"):
			return newReply(code, "text/html; charset=UTF-8", body)
		}
		return textReply(code, body)
	}})}
}

// many makes a 429 with the Retry-After that the value names: seconds, date:SECONDS,
// huge (a day), zero, negative, garbage, or none. Without a value: 1, as observed.
func many(body func() *reply) func(string) (Scenario, error) {
	return func(v string) (Scenario, error) {
		if v == "" {
			v = "1"
		}
		kind, seconds, dated := strings.Cut(v, ":")
		named := map[string]string{"none": "", "huge": "86400", "zero": "0", "negative": "-5", "garbage": "soon"}
		text, ok := named[kind]
		var wait int
		var err error
		switch {
		case dated:
			if err = known(kind, kind == "date"); err == nil {
				wait, err = strconv.Atoi(seconds)
			}
		case !ok:
			wait, err = count(v, 1)
			text = v
		}
		return Scenario{answer: func(x *exchange) *reply {
			r := body()
			r.set("X-Rate-Limit-Remaining", "0")
			text := text
			if dated {
				text = x.now.Add(time.Duration(wait) * time.Second).UTC().Format(http.TimeFormat)
			}
			if text != "" {
				r.set("Retry-After", text)
			}
			return r
		}}, err
	}
}

// resets makes a 429 without a Retry-After but with another header that says how many
// seconds to wait (zendesk_api.md §2.1).
func resets(header, before string) func(string) (Scenario, error) {
	return func(v string) (Scenario, error) {
		seconds, err := count(v, 38)
		return Scenario{answer: func(*exchange) *reply {
			r := tooMany("")
			r.set(header, before+strconv.Itoa(seconds))
			return r
		}}, err
	}
}

package faults

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// statusEntries are the scenarios that answer in place of the account, each as docs/zendesk-api.md, "Error answers" and
// "Rate limit", has it. Where the real body is unknown it is made up in a known shape.
func statusEntries() []entry {
	const recent = "Number of allowed incremental export API requests per minute exceeded"
	retryAfters := []string{"none", "huge", "date:30", "garbage", "negative", "zero"}
	entries := []entry{
		{"429", retryAfters, tooMany(func() *talksim.Reply { return talksim.TooMany("") })},
		{"429-json", nil, tooMany(func() *talksim.Reply {
			return talksim.JSON(429, `{"error":"APIRateLimitExceeded","description":"`+recent+`"}`)
		})},
		{"429-export-text", nil, tooMany(func() *talksim.Reply { return talksim.Text(429, recent) })},
		{"429-bucket", nil, resets("Zendesk-Ratelimit-Incremental-Exports", "total=10; remaining=0; resets=")},
		{"429-reset", nil, resets("Ratelimit-Reset", "")},
		{"400-recent", nil, answer(recent400)},
		{"422-recent-json", nil, answer(recentJSON)},
		{"422-recent-text", nil, answer(recentText)},
		{"500-rows", nil, send(func(_ *talksim.Request, r *talksim.Reply) { r.Status = 500 })},
		{"503", nil, func(v string) (talksim.Scenario, error) { // with a Retry-After if there is a value
			return talksim.Scenario{Answer: func(*talksim.Request) *talksim.Reply {
				r := talksim.Text(503, "Service Unavailable")
				if v != "" {
					r.Header.Set("Retry-After", v)
				}
				return r
			}}, nil
		}},
	}
	for _, fixed := range []struct {
		name   string
		status int
		body   string
	}{
		{"000", 0, "nothing"},
		{"400-errors", 400, `{"errors":[{"code":"InvalidPaginationDepth","title":"Invalid depth","detail":"Too deep"}]}`},
		{"400-empty", 400, ""},
		{"401", 401, talksim.BodyUnauthorized},
		{"401-oauth", 401, talksim.BodyInvalidToken},
		{"402", 402, `{"error":{"title":"Payment required","message":"This account has expired."}}`},
		{"403-role", 403, `{"error":{"title":"Forbidden","message":"You do not have access to this page. ` +
			`Please contact the account owner of this help desk for further help."}}`},
		{"403-scope", 403, talksim.BodyMissingScope},
		{"403-plan", 403, `{"error":"Forbidden","description":"Zendesk Talk is not available on this account's plan."}`},
		{"403-withdrawn", 403, `{"error":"Forbidden","description":"Third-party access to the incremental APIs has ended. ` +
			`See https://support.zendesk.com/hc/en-us/articles/11249701485338"}`},
		{"403-html", 403, "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>" +
			"<body>Sorry, you have been blocked</body></html>"},
		{"404-endpoint", 404, `{"error":"InvalidEndpoint","description":"Not found"}`},
		{"404-record", 404, `{"error":"RecordNotFound","description":"Not found"}`},
		{"404-help-desk", 404, `{"error":{"title":"No help desk at acme.zendesk.com",` +
			`"message":"There is no help desk configured at this address."}}`},
		{"404-text", 404, "Not Found"},
		{"404-empty", 404, ""},
		{"408", 408, "<html><body><h1>408 Request Time-out</h1>\n" +
			"Your browser didn't send a complete request in time.\n</body></html>\n"},
		{"409", 409, `{"error":"Conflict","description":"The request conflicts with the current state"}`},
		{"410-withdrawn", 410, `{"error":"Gone",` +
			`"description":"This incremental API is no longer available to third-party integrations."}`},
		{"418-text", 418, "short and stout"},
		{"421", 421, "Misdirected Request"},
		{"422-invalid", 422, `{"details":{"value":[{"type":"blank","description":"can't be blank"}]},` +
			`"description":"RecordValidation errors","error":"RecordInvalid"}`},
		{"423", 423, `{"error":{"title":"Locked","message":"This account is suspended."}}`},
		{"425", 425, "Too Early"},
		{"500", 500, `{"error":"InternalServerError","description":"Something went wrong"}`},
		{"500-empty", 500, ""},
		{"502-html", 502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>cloudflare</body>\r\n</html>"},
		{"504", 504, "upstream request timeout"},
		{"530-html", 530, "<html><title>Origin DNS error</title></html>"},

		{"html", 200, "<!DOCTYPE html><html><body>Please sign in</body></html>"},
		{"text", 200, "OK"},
		{"empty-body", 200, ""},
		{"anonymous", 200, `{"user":{"id":null,"name":"Anonymous user"}}`},
		{"not-object", 200, `[]`},
		{"null-body", 200, `null`},
		{"204", 204, ""},
	} {
		entries = append(entries, entry{fixed.name, nil, answer(func() *talksim.Reply {
			return talksim.NewReply(fixed.status, contentType(fixed.body), fixed.body)
		})})
	}
	return entries
}

// answer makes a scenario of one fixed answer.
func answer(reply func() *talksim.Reply) maker {
	return plain(talksim.Scenario{Answer: func(*talksim.Request) *talksim.Reply { return reply() }})
}

func contentType(body string) string {
	switch {
	case body == "" || strings.HasPrefix(body, "{") || body == "[]" || body == "null":
		return "application/json; charset=utf-8"
	case strings.HasPrefix(body, "<"):
		return "text/html; charset=UTF-8"
	}
	return "text/plain"
}

// tooMany makes a 429 with the Retry-After that the value names: SECONDS, date:SECONDS, huge (a day), zero, negative,
// garbage, or none. Without a value it is 1, as observed.
func tooMany(reply func() *talksim.Reply) maker {
	return func(v string) (talksim.Scenario, error) {
		named := map[string]string{"": "1", "none": "", "huge": "86400", "zero": "0", "negative": "-5", "garbage": "soon"}
		seconds, dated := strings.CutPrefix(v, "date:")
		wait, err := count(seconds, 1)
		text, ok := named[v]
		if ok {
			err = nil
		} else {
			text = seconds
		}
		return talksim.Scenario{Answer: func(q *talksim.Request) *talksim.Reply {
			r, after := reply(), text
			r.Header.Set("X-Rate-Limit-Remaining", "0")
			if dated {
				after = q.Now.Add(time.Duration(wait) * time.Second).UTC().Format(http.TimeFormat)
			}
			if after != "" {
				r.Header.Set("Retry-After", after)
			}
			return r
		}}, err
	}
}

// resets makes a 429 without a Retry-After but with another header that says how many seconds to wait:
// docs/zendesk-api.md, "Rate limit".
func resets(header, before string) maker {
	return number(38, func(seconds int) talksim.Scenario {
		return talksim.Scenario{Answer: func(*talksim.Request) *talksim.Reply {
			r := talksim.TooMany("")
			r.Header.Set(header, before+strconv.Itoa(seconds))
			return r
		}}
	})
}

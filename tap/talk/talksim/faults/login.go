package faults

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// loginEntries are the scenarios of the rate limit and of OAuth.
func loginEntries() []entry {
	return []entry{
		{"limit", nil, number(talksim.DefaultLimit, func(n int) talksim.Scenario {
			return talksim.Scenario{Configure: func(c *talksim.Config) { c.Limit = n }}
		})},
		{"stranger", nil, number(10, func(n int) talksim.Scenario {
			return talksim.Scenario{
				Configure: func(c *talksim.Config) { c.Limit = cmp.Or(c.Limit, talksim.DefaultLimit) },
				Arrive:    func(q *talksim.Request) { q.Strangers += n },
			}
		})},
		{"limit-retry-after", nil, func(v string) (talksim.Scenario, error) { // none, or the text to send
			return talksim.Scenario{Send: func(q *talksim.Request, r *talksim.Reply) {
				switch {
				case q.Received.Scenario != "limit":
				case v == "none":
					r.Header.Del("Retry-After")
				default:
					r.Header.Set("Retry-After", v)
				}
			}}, nil
		}},
		{"bucket-header", nil, send(func(q *talksim.Request, r *talksim.Reply) {
			total, remaining, resets := q.Budget()
			r.Header.Set("Zendesk-Ratelimit-Incremental-Exports",
				fmt.Sprintf("total=%d; remaining=%d; resets=%d", total, remaining, resets))
		})},
		{"ratelimit-header", nil, send(func(q *talksim.Request, r *talksim.Reply) {
			total, remaining, resets := q.Budget()
			r.Header.Set("Ratelimit-Limit", strconv.Itoa(total))
			r.Header.Set("Ratelimit-Remaining", strconv.Itoa(remaining))
			r.Header.Set("Ratelimit-Reset", strconv.Itoa(resets))
		})},
		{"token-life", nil, duration(90*time.Second, func(d time.Duration) talksim.Scenario {
			return talksim.Scenario{Configure: func(c *talksim.Config) { c.TokenLife = d }}
		})},
		{"token-no-expiry", nil, tokenMember("expires_in", "")},
		{"token-expiry-string", nil, tokenMember("expires_in", `"1800"`)},
		{"token-expiry-null", nil, tokenMember("expires_in", "null")},
		{"token-missing", nil, tokenMember("access_token", "")},
		{"token-newline", nil, tokenMember("access_token", `"a\nb"`)},
		{"revoke-tokens", nil, plain(talksim.Scenario{Arrive: (*talksim.Request).RevokeTokens})},
		{"invalid-scope", nil, tokenRefusal(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")},
		{"invalid-client", nil, tokenRefusal(401, "invalid_client", "Client authentication failed.")},
		{"token-error", nil, tokenRefusal(200, "invalid_client", "Client authentication failed.")},
	}
}

// tokenMember edits a member of a token reply that grants one.
func tokenMember(name, value string) maker {
	edit := func(_ *talksim.Request, r *talksim.Reply) {
		if r.Status == http.StatusOK {
			r.Body = set(r.Body, name, value)
		}
	}
	return plain(talksim.Scenario{When: talksim.When{Endpoint: talksim.Token}, Send: edit})
}

// tokenRefusal refuses a token.
func tokenRefusal(status int, code, description string) maker {
	refuse := func(*talksim.Request) *talksim.Reply { return talksim.OAuthError(status, code, description) }
	return plain(talksim.Scenario{When: talksim.When{Endpoint: talksim.Token}, Answer: refuse})
}

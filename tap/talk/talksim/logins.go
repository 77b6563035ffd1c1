package talksim

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// loginEntries are the scenarios of the rate limit and of OAuth.
func loginEntries() []entry {
	token := func(edit func(x *exchange, r *reply)) func(string) (Scenario, error) {
		return plain(Scenario{wire: edit, when: when{endpoint: tokenEndpoint}})
	}
	return []entry{
		{"limit", nil, func(v string) (Scenario, error) {
			n, err := count(v, 10)
			return Scenario{setup: func(c *Config) { c.Limit = n }}, err
		}},
		{"stranger", nil, func(v string) (Scenario, error) {
			n, err := count(v, 10)
			return Scenario{
				setup: func(c *Config) {
					if c.Limit == 0 {
						c.Limit = 10
					}
				},
				meet: func(x *exchange) { x.stranger += n },
			}, err
		}},
		{"limit-retry-after", nil, func(v string) (Scenario, error) { // none, or the text to send
			return Scenario{wire: func(x *exchange, r *reply) {
				switch {
				case x.log.Scenario != "limit":
				case v == "none":
					r.header.Del("Retry-After")
				default:
					r.set("Retry-After", v)
				}
			}}, nil
		}},
		{"bucket-header", nil, plain(Scenario{wire: func(x *exchange, r *reply) {
			total, remaining, resets := x.sim.budget(x)
			r.set("Zendesk-Ratelimit-Incremental-Exports", fmt.Sprintf("total=%d; remaining=%d; resets=%d", total, remaining, resets))
		}})},
		{"ratelimit-header", nil, plain(Scenario{wire: func(x *exchange, r *reply) {
			total, remaining, resets := x.sim.budget(x)
			r.set("Ratelimit-Limit", strconv.Itoa(total))
			r.set("Ratelimit-Remaining", strconv.Itoa(remaining))
			r.set("Ratelimit-Reset", strconv.Itoa(resets))
		}})},
		{"token-life", nil, func(v string) (Scenario, error) {
			d, err := span(v, 90*time.Second)
			return Scenario{setup: func(c *Config) { c.TokenLife = d }}, err
		}},
		{"token-no-expiry", nil, token(member("expires_in", ""))},
		{"token-expiry-string", nil, token(member("expires_in", `"1800"`))},
		{"token-expiry-null", nil, token(member("expires_in", "null"))},
		{"token-missing", nil, token(member("access_token", ""))},
		{"token-newline", nil, token(member("access_token", `"a\nb"`))},
		{"revoke-tokens", nil, plain(Scenario{meet: func(x *exchange) { clear(x.sim.tokens) }})},
		{"invalid-scope", nil, plain(Scenario{when: when{endpoint: tokenEndpoint}, answer: func(*exchange) *reply {
			return oauthError(http.StatusBadRequest, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
		}})},
		{"invalid-client", nil, plain(Scenario{when: when{endpoint: tokenEndpoint}, answer: func(*exchange) *reply {
			return oauthError(http.StatusUnauthorized, "invalid_client", "Client authentication failed.")
		}})},
	}
}

// member edits a member of a successful token reply.
func member(name, value string) func(*exchange, *reply) {
	return func(_ *exchange, r *reply) {
		if r.status == http.StatusOK {
			r.body = set(r.body, name, value)
		}
	}
}

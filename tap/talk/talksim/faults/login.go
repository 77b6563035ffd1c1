package faults

import (
	"net/http"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// loginEntries are the scenarios of OAuth tokens.
func loginEntries() []entry {
	return []entry{
		{"token-life", duration(90*time.Second, func(d time.Duration) talksim.Scenario {
			return talksim.Scenario{Configure: func(c *talksim.Config) { c.TokenLife = d }}
		})},
		{"token-no-expiry", tokenMember("expires_in", "")},
		{"token-expiry-string", tokenMember("expires_in", `"1800"`)},
		{"token-expiry-null", tokenMember("expires_in", "null")},
		{"token-missing", tokenMember("access_token", "")},
		{"token-newline", tokenMember("access_token", `"a\nb"`)},
		{"revoke-tokens", plain(talksim.Scenario{Arrive: (*talksim.Request).RevokeTokens})},
		{"invalid-scope", tokenRefusal(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")},
		{"invalid-client", tokenRefusal(401, "invalid_client", "Client authentication failed.")},
		{"token-error", tokenRefusal(200, "invalid_client", "Client authentication failed.")},
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

package talksim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A token is an OAuth access token that was issued.
type token struct {
	scope   string
	expires time.Time
}

// These are the real API's answers to logins that it refuses: docs/zendesk-api.md, "Logins".
const (
	BodyUnauthorized = `{"error":"Couldn't authenticate you"}`
	BodyInvalidToken = `{"error":"invalid_token","error_description":` +
		`"The access token provided is expired, revoked, malformed or invalid for other reasons."}`
	BodyMissingScope = `{"error":"Forbidden","description":"You are missing the following required scopes: read"}`
)

// authKind returns the scheme of an Authorization header in lower case.
func authKind(header string) string {
	scheme, _, _ := strings.Cut(header, " ")
	return cmp.Or(strings.ToLower(scheme), "none")
}

// refuse checks the login of an export request; nil lets it pass.
func (s *Sim) refuse(q *Request) *Reply {
	if user, password, ok := q.BasicAuth(); ok && user == Email+"/token" && password == s.cfg.APIToken {
		return nil
	}
	bearer, ok := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return JSON(http.StatusUnauthorized, BodyUnauthorized)
	}
	if bearer == s.cfg.AccessToken {
		return nil
	}
	t, ok := s.tokens[bearer]
	if !ok || !q.Now.Before(t.expires) {
		r := JSON(http.StatusUnauthorized, BodyInvalidToken)
		r.Header.Set("Www-Authenticate", `Bearer realm="Zendesk", error="invalid_token"`)
		return r
	}
	if !slices.Contains(strings.Fields(t.scope), "read") { // any scope is issued, but only read opens the exports
		return JSON(http.StatusForbidden, BodyMissingScope)
	}
	return nil
}

// issue answers POST /oauth/tokens, the client_credentials grant.
func (s *Sim) issue(q *Request) *Reply {
	var ask struct {
		GrantType    string `json:"grant_type"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Scope        string `json:"scope"`
		ExpiresIn    int64  `json:"expires_in"`
	}
	if q.Body == nil {
		return OAuthError(http.StatusBadRequest, "invalid_request", "The request has no body.")
	}
	if err := json.NewDecoder(io.LimitReader(q.Body, 1<<16)).Decode(&ask); err != nil {
		return OAuthError(http.StatusBadRequest, "invalid_request", "The request body is not JSON.")
	}
	q.Received.Scope, q.Received.Expires = ask.Scope, ask.ExpiresIn
	switch {
	case ask.GrantType != "client_credentials":
		return OAuthError(http.StatusBadRequest, "unsupported_grant_type",
			"The authorization grant type is not supported by the authorization server.")
	case ask.ClientID != ClientID || ask.ClientSecret != s.cfg.ClientSecret:
		return OAuthError(http.StatusUnauthorized, "invalid_client",
			"Client authentication failed due to unknown client, no client authentication included, "+
				"or unsupported authentication method.")
	case ask.ExpiresIn != 0 && (ask.ExpiresIn < 300 || ask.ExpiresIn > 172800):
		return OAuthError(http.StatusBadRequest, "invalid_request",
			"expires_in must be between 300 and 172800 seconds.")
	}
	life := cmp.Or(s.cfg.TokenLife, time.Duration(ask.ExpiresIn)*time.Second, 30*time.Minute)
	s.issued++
	name := fmt.Sprintf("sim-issued-token-%d", s.issued)
	s.tokens[name] = token{scope: ask.Scope, expires: q.Now.Add(life)}
	return JSON(http.StatusOK, fmt.Sprintf(`{"access_token":%q,"token_type":"bearer","scope":%q,"expires_in":%d}`,
		name, ask.Scope, life/time.Second))
}

// OAuthError returns a refusal of the token endpoint.
func OAuthError(status int, code, description string) *Reply {
	return JSON(status, fmt.Sprintf(`{"error":%q,"error_description":%q}`, code, description))
}

package talksim

import (
	"encoding/base64"
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

// What the real API answers to logins it refuses (samples/13).
const (
	body401      = `{"error":"Couldn't authenticate you"}`
	body401OAuth = `{"error":"invalid_token","error_description":"The access token provided is expired, revoked, malformed or invalid for other reasons."}`
	body403Scope = `{"error":"Forbidden","description":"You are missing the following required scopes: read"}`
)

func authKind(header string) string {
	kind, _, _ := strings.Cut(header, " ")
	switch kind = strings.ToLower(kind); kind {
	case "":
		return "none"
	case "basic", "bearer":
		return kind
	}
	return "other"
}

// refuse checks the login of an export request; nil lets it pass.
func (s *Sim) refuse(x *exchange) *reply {
	header := x.req.Header.Get("Authorization")
	_, credentials, _ := strings.Cut(header, " ")
	switch authKind(header) {
	case "basic":
		if want := s.cfg.Email + "/token:" + s.cfg.APIToken; credentials == base64.StdEncoding.EncodeToString([]byte(want)) {
			return nil
		}
	case "bearer":
		if credentials == s.cfg.AccessToken {
			return nil
		}
		t, ok := s.tokens[credentials]
		if !ok || !x.now.Before(t.expires) {
			r := jsonReply(http.StatusUnauthorized, body401OAuth)
			r.set("Www-Authenticate", `Bearer realm="Zendesk", error="invalid_token"`)
			return r
		}
		// Any scope is issued, but only read opens the exports (zendesk_api.md §3).
		if !slices.Contains(strings.Fields(t.scope), "read") {
			return jsonReply(http.StatusForbidden, body403Scope)
		}
		return nil
	}
	return jsonReply(http.StatusUnauthorized, body401)
}

// issue answers POST /oauth/tokens, the client_credentials grant.
func (s *Sim) issue(x *exchange) *reply {
	if x.req.Method != http.MethodPost {
		return jsonReply(http.StatusNotFound, `{"error":"InvalidEndpoint","description":"Not found"}`)
	}
	var ask struct {
		GrantType    string `json:"grant_type"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Scope        string `json:"scope"`
		ExpiresIn    int64  `json:"expires_in"`
	}
	if x.req.Body == nil {
		return oauthError(http.StatusBadRequest, "invalid_request", "The request has no body.")
	}
	if err := json.NewDecoder(io.LimitReader(x.req.Body, 1<<16)).Decode(&ask); err != nil {
		return oauthError(http.StatusBadRequest, "invalid_request", "The request body is not JSON.")
	}
	x.log.Scope, x.log.Expires = ask.Scope, ask.ExpiresIn
	switch {
	case ask.GrantType != "client_credentials":
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
	case ask.ClientID != s.cfg.ClientID || ask.ClientSecret != s.cfg.ClientSecret:
		return oauthError(http.StatusUnauthorized, "invalid_client", "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.")
	case ask.ExpiresIn != 0 && (ask.ExpiresIn < 300 || ask.ExpiresIn > 172800):
		return oauthError(http.StatusBadRequest, "invalid_request", "expires_in must be between 300 and 172800 seconds.")
	}
	life := s.cfg.TokenLife
	if life == 0 {
		life = time.Duration(ask.ExpiresIn) * time.Second
	}
	if life == 0 {
		life = 30 * time.Minute
	}
	s.issued++
	name := fmt.Sprintf("sim-issued-token-%d", s.issued)
	s.tokens[name] = token{scope: ask.Scope, expires: x.now.Add(life)}
	o := newObject(nil)
	o.str("access_token", name)
	o.str("token_type", "bearer")
	o.str("scope", ask.Scope)
	o.num("expires_in", int64(life/time.Second))
	r := jsonReply(http.StatusOK, "")
	r.body = o.end()
	return r
}

func oauthError(status int, code, description string) *reply {
	o := newObject(nil)
	o.str("error", code)
	o.str("error_description", description)
	r := jsonReply(status, "")
	r.body = o.end()
	return r
}

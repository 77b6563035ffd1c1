package talk

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/tidwall/gjson"
)

// Logins. With client credentials a token is requested when the first page needs it, again shortly before it ends,
// and once when a page is answered by 401. The token request is retried like a page but does not count against the
// export's pace.

const (
	askedLife   = 172_800          // seconds; the longest Zendesk grants, 48 hours
	assumedLife = 30 * time.Minute // of a token whose reply does not tell: Zendesk's default
	mostMargin  = time.Minute      // before its end, a token is renewed
)

// Login is how to log in: exactly one of its three groups is set.
type Login struct {
	ClientID, ClientSecret, Scope string // OAuth client-credentials grant; an empty Scope reads as "read"
	AccessToken                   string // an OAuth token got elsewhere
	Email, APIToken               string // Zendesk API token, which ends on 2027-04-30
}

// auth holds the credentials in use.
type auth struct {
	login  Login
	header string    // Authorization; empty: a token is needed
	until  time.Time // when a token got by client credentials is to be renewed
}

func newAuth(l Login) auth {
	a := auth{login: l}
	switch {
	case l.AccessToken != "":
		a.header = "Bearer " + l.AccessToken
	case l.APIToken != "":
		a.header = "Basic " + basic(l)
	}
	return a
}

// basic is the encoded form in which an API token is sent.
func basic(l Login) string {
	return base64.StdEncoding.EncodeToString([]byte(l.Email + "/token:" + l.APIToken))
}

// renewable reports whether a new token can be had.
func (a *auth) renewable() bool { return a.login.ClientID != "" }

// authorization is the Authorization header for t's next request.
func (c *Client) authorization(ctx context.Context, t *tries) (string, error) {
	a := &c.auth
	if a.login.APIToken != "" {
		c.warn(ctx, "API token", t.stream, "Zendesk ends API tokens on 2027-04-30, "+
			"and sooner those unused for 30 days: create an OAuth client instead")
	}
	if !a.renewable() || a.header != "" && time.Now().Before(a.until) {
		return a.header, nil
	}
	return c.renew(ctx, t)
}

// renew gets a new token.
func (c *Client) renew(ctx context.Context, whose *tries) (string, error) {
	t := whose.forToken()
	body := tokenRequest(c.auth.login)
	for {
		req := c.newRequest(http.MethodPost, c.base.JoinPath("oauth", "tokens"), "", body)
		sent := time.Now()
		a := c.send(ctx, req, t, maxTokenBody)
		token, life, f := c.readToken(a)
		if f == nil {
			c.reached = true
			c.redactor.add(token)
			c.auth.header = "Bearer " + token
			c.auth.until = sent.Add(life - min(mostMargin, life/10))
			c.cfg.Log.DebugContext(ctx, "got a token for "+life.String(), "stream", t.stream)
			return c.auth.header, nil
		}
		if err := t.retry(ctx, f, 0); err != nil {
			return "", err
		}
	}
}

// tokenRequest is the JSON body that asks for a token.
func tokenRequest(l Login) []byte {
	body, _ := json.Marshal(struct { // strings and a number always have a form in JSON
		GrantType    string `json:"grant_type"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Scope        string `json:"scope"`
		ExpiresIn    int    `json:"expires_in"`
	}{"client_credentials", l.ClientID, l.ClientSecret, cmp.Or(l.Scope, "read"), askedLife})
	return body
}

// errTokenRefused is the error of a token request that was refused with a status of success.
var errTokenRefused = errors.New("the token was refused")

// readToken reads the answer to a token request: the token and how long it lives.
func (c *Client) readToken(a answer) (token string, life time.Duration, f *failure) {
	if a.err == nil && a.status/100 == 2 {
		var reply gjson.Result
		if validJSON(a.body) {
			reply = gjson.ParseBytes(a.body)
		}
		token = reply.Get("access_token").String()
		life, _ = seconds(reply.Get("expires_in").String())
		switch {
		case token != "" && !strings.ContainsFunc(token, unicode.IsControl):
		case reply.Get("error").Exists():
			a.err = errTokenRefused
		default:
			a.err = &bodyError{"but not the promised JSON with an access_token"}
		}
	}
	if f := c.failure(TokenEndpoint, a); f != nil {
		return "", 0, f
	}
	if life <= 0 {
		life = assumedLife
	}
	return token, life, nil
}

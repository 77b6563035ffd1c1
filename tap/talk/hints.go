package talk

import (
	"net/http"
	"strings"
	"time"
)

// refusal is an error answer as far as its meaning depends on it.
type refusal struct {
	status  int
	says    string // lower case
	html    bool
	json    bool
	bare    bool // nothing said
	token   bool // it was the token request
	reached bool // the host has answered well before
}

func (r refusal) mentions(words ...string) bool {
	for _, w := range words {
		if strings.Contains(r.says, w) {
			return true
		}
	}
	return false
}

// classify says what kind of refusal it is, and what it means for trying again. The words are those of zendesk_api.md
// §2.2 and §2.3.
func (r refusal) classify() (Kind, verdict) {
	switch {
	case r.status == http.StatusTooManyRequests:
		return KindRateLimited, rateLimited
	case r.status >= 500, r.status == http.StatusConflict:
		return KindUnavailable, passing
	case r.status == http.StatusUnauthorized && r.token:
		return KindCredentials, final // the client itself is refused; a new token is what failed
	case r.status == http.StatusUnauthorized:
		return KindCredentials, unauthorized
	case r.noHelpDesk():
		return KindWrongSubdomain, final
	case r.token && !r.html && (r.status == http.StatusBadRequest || r.status == http.StatusForbidden || r.status == http.StatusUnprocessableEntity):
		return KindCredentials, final
	case r.status == http.StatusGone, r.status == http.StatusForbidden && r.withdrawn(), r.status == http.StatusNotFound && r.withdrawn():
		return KindWithdrawn, final
	case r.status == http.StatusForbidden:
		return KindForbidden, final
	case r.status == http.StatusNotFound:
		return KindNotFound, final
	case r.tooRecent():
		return KindTooRecent, final
	}
	return KindRequest, final
}

// noHelpDesk recognises the 404 of a host that is no account: it says so, or is not JSON, before anything else went well.
func (r refusal) noHelpDesk() bool {
	return r.status == http.StatusNotFound && (r.mentions("no help desk at") || !r.reached && !r.bare && !r.json)
}

// withdrawn guesses at words that nobody has seen yet: Zendesk announced the withdrawal for December 2026, not how it
// will look.
func (r refusal) withdrawn() bool {
	return r.mentions("third-party", "third party", "no longer available", "no longer supported", "no longer have access", "withdrawn", "deprecated", "retired", "sunset", "has been removed")
}

// tooRecent recognises "Too recent start_time" and StartTimeTooRecent, in whatever shape.
func (r refusal) tooRecent() bool {
	words := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(r.says)
	return (r.status == http.StatusBadRequest || r.status == http.StatusUnprocessableEntity) &&
		strings.Contains(words, "toorecent") && strings.Contains(words, "starttime")
}

const (
	hintWithdrawn = "Zendesk has announced the end of third-party access to the incremental exports for December 2026, see " +
		"support.zendesk.com/hc/en-us/articles/11249701485338"
	hintScope     = `set oauth_scope to "read", and allow the OAuth client that scope`
	hintFirewall  = "a firewall or proxy before Zendesk refuses this machine: ask those who run it, or check the account's IP restrictions"
	hintNetwork   = "check the network, and the proxy variables if there is a proxy"
	hintBroken    = "run again later: nothing is lost; if it stays so, look for a proxy in between, or ask Zendesk's support, who want the request id"
	hintSlow      = "is the network slow, or request_timeout_seconds too small?"
	hintInBetween = "is there a proxy or a login page between this machine and Zendesk, or does api_url lead elsewhere?"
	hintSubdomain = "check subdomain: it is the acme of acme.zendesk.com"
)

// hint is what a person can do about a refusal.
func (r refusal) hint(kind Kind, login Login, server time.Time) string {
	switch kind {
	case KindCredentials:
		return r.loginHint(login, server)
	case KindForbidden:
		return r.forbiddenHint(login)
	case KindWrongSubdomain:
		return hintSubdomain
	case KindWithdrawn:
		return hintWithdrawn
	case KindNotFound:
		if r.token {
			return hintSubdomain + ", or api_url"
		}
		return "is Talk part of this account's plan, and subdomain (or api_url) the right one? If it has worked before: " + hintWithdrawn
	case KindRateLimited:
		if r.token {
			return "other programs use up the account's allowance of requests: give them less of it, or run at another time"
		}
		return "other programs use up the account's allowance for exports: give them less of it, run at another time, or lower requests_per_minute"
	case KindUnavailable:
		return "see status.zendesk.com, and run again later: nothing is lost"
	case KindRequest:
		if r.status == http.StatusUpgradeRequired || r.status == http.StatusNotAcceptable {
			return "this program may be too old for the API: is there a newer version?"
		}
		return "Zendesk finds fault with the request itself: is there a newer version of this program, or does extra_headers or a proxy change it?"
	case KindTooRecent: // seen only if the start is not recent at all, else it is no error
		return "yet the time asked for is more than a day ago: ask Zendesk's support, who want the request id"
	}
	return ""
}

func (r refusal) loginHint(l Login, server time.Time) string {
	switch {
	case r.mentions("scope") && l.ClientID != "":
		return hintScope
	case l.ClientID != "" && r.token:
		return "check client_id and client_secret: the OAuth client must be confidential and of this account (Admin Center > Apps and integrations > APIs > OAuth clients)"
	case l.ClientID != "":
		return "a new token was refused too: is the user of the OAuth client suspended?"
	case l.AccessToken != "":
		return "access_token is wrong, expired or revoked: get a new one, or set client_id and client_secret, with which tokens are renewed by themselves"
	case !server.Before(time.Date(2027, 4, 30, 0, 0, 0, 0, time.UTC)):
		return "Zendesk ended API tokens on 2027-04-30: create an OAuth client and set client_id and client_secret"
	}
	return "check email and api_token, and that token access is switched on (Admin Center > Apps and integrations > APIs); Zendesk switches off API tokens " +
		"unused for 30 days, and all of them on 2027-04-30: client_id and client_secret of an OAuth client last"
}

func (r refusal) forbiddenHint(l Login) string {
	switch {
	case r.mentions("scope") && l.ClientID != "":
		return `the token lacks the scope "read": ` + hintScope
	case r.mentions("scope"):
		return `the token lacks the scope "read": get one that has it`
	case r.mentions("ip address", "ip restriction", "not allowed from"):
		return "allow this machine's address in the account's IP restrictions (Admin Center > Account > Security)"
	case r.html:
		return hintFirewall
	case r.mentions("plan", "feature", "not enabled", "not available", "talk is", "subscription"):
		return "Talk is not part of this account's plan, or not switched on"
	}
	return `give the user the role permission "Can manage channels", or the role of an admin; if they have it, is Talk part of the account's plan? ` +
		"If it has worked before: " + hintWithdrawn
}

package talk

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Kind says what went wrong, as far as a program may want to branch on it.
type Kind int

// The kinds of an [Error].
const (
	KindRequest        Kind = iota + 1 // a 4xx that has no kind of its own
	KindTooRecent                      // 400 or 422 whose words say that start_time is too close to now
	KindCredentials                    // the login was refused, at the export or at the token endpoint
	KindForbidden                      // logged in, but not allowed: scope, role, plan or firewall (the hint says which)
	KindWithdrawn                      // the endpoint is gone for good, or gone for third-party integrations
	KindNotFound                       // 404 of the endpoint: no Talk on the account, or the endpoint withdrawn
	KindWrongSubdomain                 // 404 of the whole host
	KindRateLimited                    // 429 for longer than may be waited
	KindUnavailable                    // 5xx or 409 for longer than may be waited
	KindNetwork                        // no answer: name, connection, certificate, timeout
	KindBody                           // an answer that is not the promised JSON: other format, cut short, too large
	KindRedirect                       // a redirect, which is never followed
)

// TokenEndpoint is the [Error.Endpoint] and [RequestStats.Endpoint] of a request for an OAuth token.
const TokenEndpoint = "oauth/tokens"

// Error is why a page could not be had. Everything in it but Err may be shown: it is one line, holds no secret, and
// nothing of a page.
type Error struct {
	Kind       Kind
	Endpoint   string        // key of the endpoint, or [TokenEndpoint]
	Status     int           // HTTP status, 0 if no answer came
	Message    string        // what Zendesk or the network said, at most about 300 bytes
	RequestID  string        // Zendesk's, for its support
	Hint       string        // what a person can do; may be empty
	ServerTime time.Time     // the server's clock when it answered, as in [Page]; zero if it did not
	RetryAt    time.Time     // when to run again, if Zendesk told a time that is too far off to wait for; else zero
	Attempts   int           // how often the request was tried
	Elapsed    time.Duration // since the first try, without waits of the own pace
	Err        error         // the cause, for errors.Is and errors.As; not part of the text

	said bool // Message is Zendesk's, not ours
}

// Fatal reports whether the error ends the run: a refused login, the rate limit, the network, a wrong host. Other errors
// end only the stream they happened in.
func (e *Error) Fatal() bool {
	switch e.Kind {
	case KindCredentials, KindRateLimited, KindNetwork, KindWrongSubdomain:
		return true
	}
	return e.Endpoint == TokenEndpoint // without a token no stream can go on
}

// Unwrap returns the cause, which may be nil.
func (e *Error) Unwrap() error { return e.Err }

// Error is one line: where, what Zendesk said, and after a semicolon what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Endpoint + ": ")
	switch {
	case e.Status == 0:
		b.WriteString(e.Message)
	case e.Message == "":
		b.WriteString(statusText(e.Status) + " from Zendesk")
	case e.said:
		b.WriteString(statusText(e.Status) + ` from Zendesk: "` + strings.ReplaceAll(e.Message, `"`, "'") + `"`)
	default:
		b.WriteString(statusText(e.Status) + " from Zendesk, " + e.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request id " + e.RequestID + ")")
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, ", after %d attempts in %s", e.Attempts, e.Elapsed.Round(time.Second))
	}
	if !e.RetryAt.IsZero() {
		b.WriteString("; run again after " + e.RetryAt.UTC().Format(time.RFC3339) + ", Zendesk says")
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// statusText is "403 Forbidden", or the bare number of an unknown status.
func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

package talk

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Kind says what went wrong, finely enough to choose by it what a person should do. How an answer becomes a Kind, and
// what follows from it, is one table: see failure.go.
type Kind int

// These kinds say that no answer came.
const (
	KindConnection           Kind = iota + 1 // refused, reset, or broken in the middle of the body
	KindTimeout                              // not answered whole in time
	KindDNS                                  // the name could not be looked up: no DNS server answers
	KindHost                                 // there is no such host
	KindPort                                 // there is no such port
	KindCertificateName                      // the certificate is for another host
	KindCertificateAuthority                 // this machine knows nobody who vouches for the certificate
	KindCertificate                          // another fault of the certificate: expired, or not valid yet
	KindClientCertificate                    // the server wants a certificate of ours
	KindTLS                                  // the two sides found no version or cipher of TLS to speak
	KindNoTLS                                // the server does not speak TLS at all
	KindProxyVariable                        // a proxy variable of the environment holds no usable URL
	KindProxyHost                            // there is no such host as the proxy's
	KindProxyLogin                           // the proxy refuses the login, with 407
	KindProxyRefused                         // the proxy does not let us through
	KindUnsendable                           // our own request can't be sent
)

// These kinds say that the answer's status is an error.
const (
	KindRequest     Kind = iota + 101 // a 4xx that has no kind of its own
	KindTooRecent                     // 400 or 422 whose words say that start_time is too close to now
	KindCredentials                   // the login was refused at the export
	KindClient                        // the OAuth client was refused at the token endpoint
	KindScope                         // the OAuth client may not have the scope, or the token lacks it
	KindRole                          // logged in, but not allowed: as a rule the role of the user
	KindPlan                          // Talk is not part of the account's plan
	KindAddress                       // the account does not allow this machine's IP address
	KindFirewall                      // something in front of Zendesk does not let us through
	KindAccount                       // the account is suspended, expired, locked or unpaid
	KindWithdrawn                     // the endpoint is gone for good, or gone for third-party integrations
	KindNotFound                      // 404 of the endpoint: no Talk on the account, or the endpoint withdrawn
	KindSubdomain                     // 404 of the whole host
	KindRateLimited                   // 429 for longer than may be waited
	KindUnavailable                   // 5xx, 408, 409, 421, 425 or no status at all, for longer than may be waited
	KindRedirect                      // a redirect, which is never followed
	KindLoginPage                     // a redirect to a page where a person logs in
)

// These kinds say that the answer does not hold what it promises.
const (
	KindBody       Kind = iota + 201 // cut short, broken, or not the promised JSON
	KindUnexpected                   // a web page, a 304, an encoding not asked for, or more than this program reads
)

// TokenEndpoint is the [Error.Endpoint] and [RequestStats.Endpoint] of a request for an OAuth token.
const TokenEndpoint = "oauth/tokens"

// Error is why a page could not be had. Everything in it but Err may be shown: it is one line, holds no secret, and
// nothing of a page. It says what happened; what to do about it is for the program to say.
type Error struct {
	Kind       Kind          // what went wrong
	Endpoint   string        // key of the endpoint, or [TokenEndpoint]
	Answered   bool          // whether an answer came, though perhaps not all of it
	Status     int           // HTTP status of the answer, which may be 0
	Message    string        // what Zendesk or the network said, at most about 300 bytes
	RequestID  string        // number of the request for Zendesk's support; "" if the answer bears none
	ServerTime time.Time     // server's clock when it answered, as in [Page]; zero if it did not
	RetryAt    time.Time     // time at which Zendesk wants to be asked again, if too far off to wait for; else zero
	Attempts   int           // number of tries
	Elapsed    time.Duration // time since the first try, less waits for the pace
	Err        error         // cause, for errors.Is and errors.As; no part of the text

	quoted  bool // Message is Zendesk's, not ours
	endsRun bool
}

// Fatal reports whether the error ends the run: any at the token endpoint, else a refused login, the rate limit, the
// network, a proxy, TLS or a wrong host. Other errors end only the stream they happened in.
func (e *Error) Fatal() bool {
	return e.endsRun || e.Endpoint == TokenEndpoint // without a token no stream can go on
}

// Unwrap returns the cause, which may be nil.
func (e *Error) Unwrap() error { return e.Err }

// Error is one line: where, and what Zendesk or the network said.
func (e *Error) Error() string {
	text := e.Endpoint + ": " + e.event()
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	if e.Attempts > 1 {
		text += fmt.Sprintf(", after %d attempts in %s", e.Attempts, e.Elapsed.Round(time.Second))
	}
	return text
}

// event is what happened, without where and how often.
func (e *Error) event() string {
	switch {
	case !e.Answered:
		return e.Message
	case e.Message == "":
		return statusText(e.Status) + " from Zendesk"
	case e.quoted:
		return statusText(e.Status) + ` from Zendesk: "` + strings.ReplaceAll(e.Message, `"`, "'") + `"`
	}
	return statusText(e.Status) + ", " + e.Message // who answered is not sure
}

// statusText is "403 Forbidden", or the bare number of an unknown status.
func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%03d %s", status, http.StatusText(status)))
}

package talk

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What an answer means is one table in three parts, [unanswered], [refused] and [unread]: from what came, who says it
// and in which words, to a Kind, and with it whether to try again and whether the other stream may go on. The first row
// that fits counts. Statuses and words are those of docs/zendesk-api.md, "Error answers"; texts of the network that
// have no type were seen on real connections.

// A verdict is what the way a try ended means for the next.
type verdict int

const (
	never        verdict = iota // trying again would not help
	transient                   // it may pass by itself
	afterSuccess                // a person must mend it, unless the host has answered well before: then it may pass
	rateLimited                 // it passes with time
	unauthorized                // a new token may help
	stale                       // the server had closed a kept connection, which says nothing of the request
)

// What a meaning's failure ends.
const (
	endsStream = false
	endsRun    = true
)

// A meaning is one row of the table.
type meaning struct {
	when    condition // nil: in all cases that are left
	kind    Kind
	again   verdict
	endsRun bool
	text    string // Message, with {names} for what the outcome holds; "": what the body says
}

// unanswered has the rows for a request without an answer.
func unanswered() []meaning {
	const (
		noAnswer = "no answer from {host}: {error}"
		noHost   = "no such host: {name}"
		insecure = "no secure connection to {host}: {error}"
		large    = "a response header larger than this program reads"
	)
	return []meaning{
		{timedOut, KindTimeout, transient, endsRun, "no answer from {host} within {timeout}"},
		{is(errProxyVariable), KindProxyVariable, never, endsRun, "not sent: {error}"},
		{proxyRefuses("authentication", 407), KindProxyLogin, afterSuccess, endsRun, noAnswer},
		{proxyRefuses("not allowed by ruleset", 400, 401, 403, 404, 405),
			KindProxyRefused, afterSuccess, endsRun, noAnswer},
		{all(hostIsUnknown, ofProxy), KindProxyHost, afterSuccess, endsRun, noHost},
		{hostIsUnknown, KindHost, afterSuccess, endsRun, noHost},
		{as[*net.DNSError], KindDNS, transient, endsRun, noAnswer},
		{errorSays("invalid port"), KindPort, never, endsRun, noAnswer},
		{as[x509.HostnameError], KindCertificateName, afterSuccess, endsRun, insecure},
		{authorityIsUnknown, KindCertificateAuthority, afterSuccess, endsRun, insecure},
		{as[*tls.CertificateVerificationError], KindCertificate, afterSuccess, endsRun, insecure},
		{errorSays("tls: certificate required"), KindClientCertificate, afterSuccess, endsRun, insecure},
		{tlsIsRefused, KindTLS, afterSuccess, endsRun, insecure},
		{notTLS, KindNoTLS, afterSuccess, endsRun, insecure},
		{unsendable, KindUnsendable, never, endsStream, "not sent: {error}"},
		{headerIsLarge, KindUnexpected, never, endsStream, large},
		{nil, KindConnection, transient, endsRun, noAnswer},
	}
}

// refused has the rows for an answer whose status is no success.
func refused() []meaning {
	const redirect = "a redirect to {place}, which is not followed"
	return []meaning{
		{status(429), KindRateLimited, rateLimited, endsRun, ""},
		{notRefused, KindUnavailable, transient, endsStream, ""},
		{all(redirects, leadsTo(ended)), KindAccount, never, endsStream, redirect},
		{all(redirects, leadsTo(login)), KindLoginPage, never, endsStream, redirect},
		{redirects, KindRedirect, never, endsStream, redirect},
		{leadsNowhere, KindUnexpected, transient, endsStream, "neither a page nor where to find one"},
		{status(402, 423), KindAccount, never, endsStream, ""},
		{all(status(401), not(ofToken), accountHasEnded), KindAccount, unauthorized, endsStream, ""},
		{accountHasEnded, KindAccount, never, endsStream, ""},
		{all(status(401), ofToken), KindClient, never, endsRun, ""},
		{status(401), KindCredentials, unauthorized, endsRun, ""},
		{noHelpDesk, KindSubdomain, never, endsRun, ""},
		{all(status(400, 403, 422), ofToken, ofZendesk, bodySays("scope", "scopes")), KindScope, never, endsRun, ""},
		{all(status(400, 403, 422), ofToken, ofZendesk), KindClient, never, endsRun, ""},
		{status(410), KindWithdrawn, never, endsStream, ""},
		{all(status(403, 404), isWithdrawn), KindWithdrawn, never, endsStream, ""},
		{all(status(403), bodySays("scope", "scopes")), KindScope, never, endsStream, ""},
		{all(status(403), not(ofZendesk)), KindFirewall, never, endsStream, ""},
		{all(status(403), bodySays("ip address", "ip restriction", "ip restrictions", "not allowed from")),
			KindAddress, never, endsStream, ""},
		{all(status(403), bodySays("plan", "plans", "feature", "not enabled", "not available", "talk is",
			"subscription")), KindPlan, never, endsStream, ""},
		{status(403), KindRole, never, endsStream, ""},
		{status(404), KindNotFound, never, endsStream, ""},
		{all(status(400, 422), isTooRecent), KindTooRecent, never, endsStream, ""},
		{nil, KindRequest, never, endsStream, ""},
	}
}

// unread has the rows for an answer whose body is not what it should be.
func unread() []meaning {
	return []meaning{
		{is(errTooLarge), KindUnexpected, never, endsStream, "but a body larger than this program reads"},
		{is(errTooManyRows), KindUnexpected, never, endsStream, "{error}"},
		{timedOut, KindTimeout, transient, endsRun, "but the body did not end within {timeout}"},
		{is(io.ErrUnexpectedEOF), KindBody, transient, endsStream, "but a body cut short"},
		{compressionIsBroken, KindBody, transient, endsStream, "but a body with broken compression"},
		{all(as[*bodyError], encodingIsStrange), KindUnexpected, transient, endsStream,
			"but a body in an encoding that was not asked for, {encoding}"},
		{all(as[*bodyError], not(ofZendesk)), KindUnexpected, transient, endsStream,
			"but an HTML page instead of JSON"},
		{all(is(errTokenRefused), bodySays("scope", "scopes")), KindScope, never, endsRun, ""},
		{is(errTokenRefused), KindClient, never, endsRun, ""},
		{as[*bodyError], KindBody, transient, endsStream, "{error}"},
		{nil, KindConnection, transient, endsRun, "but the connection broke: {error}"},
	}
}

// A bodyError is what is wrong with a body that came whole. It does not quote the body, which may be about people.
type bodyError struct{ text string }

func (e *bodyError) Error() string { return e.text }

// A failure is a try that did not bring a page.
type failure struct {
	*Error
	verdict  verdict
	retry    time.Duration // the time after which the server wants to be asked again
	hasRetry bool
}

// failure returns why an answer brings nothing, or nil if it is as promised.
func (c *Client) failure(endpoint string, a answer) *failure {
	if a.err == nil && a.status/100 == 2 {
		return nil
	}
	o := c.outcome(endpoint, a)
	m := o.meaning()
	e := &Error{
		Kind: m.kind, Endpoint: endpoint, Answered: a.answered, Status: a.status, Err: a.err,
		Message: c.fill(m.text, o), RequestID: c.requestID(a), endsRun: m.endsRun,
	}
	if m.text == "" && !strings.EqualFold(o.message, http.StatusText(a.status)) { // else nothing new
		e.Message, e.quoted = c.redactor.clean(o.message), !o.html && o.message != rowsNotQuoted
	}
	if a.answered {
		e.ServerTime, _ = serverTime(a)
	}
	f := &failure{Error: e, verdict: m.again}
	if m.kind == KindConnection && a.stale {
		f.verdict = stale
	}
	if a.answered && a.status/100 != 2 && (m.again == transient || m.again == rateLimited) {
		f.retry, f.hasRetry = retryAfter(a.header, a.received)
	}
	return f
}

func (c *Client) outcome(endpoint string, a answer) outcome {
	contentType := a.header.Get("Content-Type")
	o := outcome{
		answer: a, endpoint: endpoint, host: c.base.Hostname(), reached: c.reached, html: isHTML(contentType, a.body),
	}
	o.dns, _ = errors.AsType[*net.DNSError](a.err)
	o.json = !o.html && strings.Contains(contentType, "json")
	if a.status/100 != 2 || errors.Is(a.err, errTokenRefused) {
		o.message = message(contentType, a.body)
		o.words = wordsOf(o.message)
	}
	if to := a.header.Get("Location"); to != "" {
		o.location = c.redactor.clean(place(c.base, to))
	}
	return o
}

// meaning is the row that fits.
func (o *outcome) meaning() meaning {
	switch {
	case !o.answered:
		return o.first(unanswered())
	case o.status/100 == 2:
		return o.first(unread())
	}
	m := o.first(refused())
	if o.err != nil && (m.again == never || m.again == unauthorized) {
		return o.first(unread()) // the refusal was cut short: who knows what the rest would say, or who broke it
	}
	return m
}

func (o *outcome) first(rows []meaning) meaning {
	return rows[slices.IndexFunc(rows, func(m meaning) bool { return m.when == nil || m.when(o) })]
}

// fill puts what the outcome holds into a text of the table.
func (c *Client) fill(text string, o outcome) string {
	reason := ""
	if o.err != nil {
		reason = c.redactor.clean(o.err.Error())
	}
	name := ""
	if o.dns != nil {
		name = c.redactor.clean(o.dns.Name)
	}
	return strings.NewReplacer(
		"{host}", c.base.Host, "{timeout}", o.timeout.Round(100*time.Millisecond).String(), "{name}", name,
		"{error}", reason, "{place}", o.location, "{encoding}", c.redactor.clean(o.header.Get("Content-Encoding")),
	).Replace(text)
}

// requestID is the number by which Zendesk's support finds the request.
func (c *Client) requestID(a answer) string {
	return c.redactor.clean(cmp.Or(a.header.Get("X-Zendesk-Request-Id"), a.header.Get("X-Request-Id")))
}

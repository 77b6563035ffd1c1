package talk

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// judge says what an answer is worth before anybody looks into its body: nil if the body is to be read, else the failure.
func (c *Client) judge(endpoint string, a answer) *failure {
	switch {
	case a.status == 0:
		return c.unreachable(endpoint, a)
	case a.status/100 == 3:
		return c.redirected(endpoint, a)
	case a.status/100 != 2:
		f := c.refused(endpoint, a)
		if a.err != nil && (f.verdict == final || f.verdict == unauthorized) { // who knows what the rest would say, or who broke it
			return c.brokenBody(endpoint, a)
		}
		return f
	case a.err != nil:
		return c.brokenBody(endpoint, a)
	}
	return nil
}

// failed is the start of a failure.
func (c *Client) failed(endpoint string, a answer, kind Kind, v verdict) *failure {
	e := &Error{Kind: kind, Endpoint: endpoint, Status: a.status, Err: a.err}
	for _, name := range []string{"X-Zendesk-Request-Id", "X-Request-Id"} {
		if id := c.redactor.clean(a.header.Get(name)); id != "" {
			e.RequestID = id
			break
		}
	}
	if a.status != 0 {
		e.ServerTime, _ = serverTime(a)
	}
	return &failure{Error: e, verdict: v}
}

// refused is an answer with an error status.
func (c *Client) refused(endpoint string, a answer) *failure {
	says := said(a.header.Get("Content-Type"), a.body)
	html := isHTML(a.header.Get("Content-Type"), a.body)
	r := refusal{
		status: a.status, says: strings.ToLower(says), html: html, bare: says == "", token: endpoint == TokenEndpoint,
		json: !html && strings.Contains(a.header.Get("Content-Type"), "json"), reached: c.reached,
	}
	kind, v := r.classify()
	f := c.failed(endpoint, a, kind, v)
	if !strings.EqualFold(says, http.StatusText(a.status)) { // else nothing new
		f.Message, f.said = c.redactor.clean(says), !html
	}
	f.Hint = r.hint(kind, c.auth.login, f.ServerTime)
	if v == rateLimited || a.status == http.StatusServiceUnavailable {
		f.told, f.toldOK = retryAfter(a.header, a.received)
	}
	return f
}

// redirected is a redirect. Where it leads is named without its query, which may hold anything.
func (c *Client) redirected(endpoint string, a answer) *failure {
	f := c.failed(endpoint, a, KindRedirect, final)
	f.Message = "a redirect, which is not followed"
	if to := a.header.Get("Location"); to != "" {
		f.Message = "a redirect to " + c.redactor.clean(place(c.base, to)) + ", which is not followed"
	}
	f.Hint = "was the account renamed or moved? set subdomain (or api_url) to the address it has now"
	return f
}

// unreachable is a request without an answer.
func (c *Client) unreachable(endpoint string, a answer) *failure {
	f := c.failed(endpoint, a, KindNetwork, passing)
	host := c.base.Host
	var dns *net.DNSError
	switch {
	case a.timeout > 0:
		f.Message = "no answer from " + host + " within " + a.timeout.Round(100*time.Millisecond).String()
		f.Hint = hintSlow
	case errors.As(a.err, &dns) && dns.IsNotFound:
		f.verdict = setup
		f.Message = "no such host: " + c.redactor.clean(dns.Name)
		f.Hint = "check subdomain (the acme of acme.zendesk.com) or api_url"
		if dns.Name != c.base.Hostname() { // of a proxy
			f.Hint = hintNetwork
		}
	case isCertificate(a.err):
		f.verdict = setup
		f.Message = "no secure connection to " + host + ": " + c.redactor.clean(a.err.Error())
		f.Hint = "is a proxy in between whose certificate this machine should trust (SSL_CERT_FILE), or the clock of this machine wrong?"
		if isNoTLS(a.err) {
			f.Hint = hintInBetween
		}
	case isUnsendable(a.err):
		f.verdict, f.Kind = final, KindRequest
		f.Message = "not sent: " + c.redactor.clean(a.err.Error())
		f.Hint = "check access_token, user_agent and extra_headers for line ends and the like"
	case isLargeHeader(a.err):
		f.verdict, f.Kind = final, KindBody
		f.Message = "a response header larger than this program reads"
		f.Hint = hintInBetween
	default:
		f.Message = "no answer from " + host + ": " + c.redactor.clean(a.err.Error())
		f.Hint = hintNetwork
		if a.stale {
			f.verdict = stale
		}
	}
	return f
}

func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid) || isNoTLS(err)
}

// isLargeHeader recognises net/http's complaints about too large a header, which have no type: over HTTP/1, and over HTTP/2 about all
// fields together and about one of them.
func isLargeHeader(err error) bool {
	return slices.ContainsFunc([]string{"response headers exceeded", "response header list larger", "COMPRESSION_ERROR"}, func(text string) bool {
		return strings.Contains(err.Error(), text)
	})
}

// isNoTLS recognises an answer in plain text where TLS was spoken.
func isNoTLS(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// isUnsendable recognises the transport's complaints about our own request, which have no type.
func isUnsendable(err error) bool {
	text := err.Error()
	return errors.Is(err, errForeign) || strings.Contains(text, "net/http: invalid") || strings.Contains(text, "unsupported protocol scheme")
}

// brokenBody is an answer whose body could not be read.
func (c *Client) brokenBody(endpoint string, a answer) *failure {
	f := c.failed(endpoint, a, KindBody, passing)
	f.Hint = hintBroken
	var flated flate.CorruptInputError
	switch {
	case errors.Is(a.err, errTooLarge):
		f.verdict = final
		f.Message = "but a body larger than this program reads"
		f.Hint = hintInBetween
	case a.timeout > 0:
		f.Kind = KindNetwork
		f.Message = "but the body did not end within " + a.timeout.Round(100*time.Millisecond).String()
		f.Hint = hintSlow
	case errors.Is(a.err, io.ErrUnexpectedEOF):
		f.Message = "but a body cut short"
	case errors.Is(a.err, gzip.ErrHeader), errors.Is(a.err, gzip.ErrChecksum), errors.As(a.err, &flated):
		f.Message = "but a body with broken compression"
	default:
		f.Kind = KindNetwork
		f.Message = "but the connection broke: " + c.redactor.clean(a.err.Error())
		f.Hint = hintNetwork
	}
	return f
}

// badBody is a whole 2xx body that does not hold what it should. Nothing of it is repeated: it may be about people.
func (c *Client) badBody(endpoint string, a answer, what string) *failure {
	f := c.failed(endpoint, a, KindBody, passing)
	f.Message, f.Hint = what, hintBroken
	encoding := a.header.Get("Content-Encoding")
	switch {
	case encoding != "" && !strings.EqualFold(encoding, "identity") && !isGzip(encoding):
		f.Message = "but a body in an encoding that was not asked for, " + c.redactor.clean(encoding)
		f.Hint = hintInBetween
	case isHTML(a.header.Get("Content-Type"), a.body):
		f.Message = "but an HTML page instead of JSON"
		f.Hint = hintInBetween
	}
	return f
}

package talk

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// An outcome is what came of a request, as far as its meaning depends on it.
type outcome struct {
	answer
	endpoint string
	host     string        // that was asked, without the port
	message  string        // what an error body says, as it was sent
	words    string        // the same in lower case, a blank before and behind each word and nothing else between them
	html     bool          // by its Content-Type, or by its first character
	json     bool          // by its Content-Type
	location string        // that a redirect names, cleaned; "" if none
	reached  bool          // whether an earlier request of the run succeeded
	dns      *net.DNSError // in err; nil if none
}

// A condition is what must hold of an outcome for a row of the table to fit.
type condition func(*outcome) bool

// all is the condition that each of several holds.
func all(conditions ...condition) condition {
	return func(o *outcome) bool {
		return !slices.ContainsFunc(conditions, func(c condition) bool { return !c(o) })
	}
}

func not(c condition) condition { return func(o *outcome) bool { return !c(o) } }

func is(target error) condition { return func(o *outcome) bool { return errors.Is(o.err, target) } }

func as[E error](o *outcome) bool { return errors.As(o.err, new(E)) }

// errorSays looks for words in the error of a connection, most of which have no type.
func errorSays(words ...string) condition {
	return func(o *outcome) bool {
		return o.err != nil && slices.ContainsFunc(words, func(word string) bool {
			return strings.Contains(o.err.Error(), word)
		})
	}
}

// bodySays looks for whole words, one or several in a row, in what an error body says.
func bodySays(phrases ...string) condition {
	return func(o *outcome) bool {
		return slices.ContainsFunc(phrases, func(phrase string) bool {
			return strings.Contains(o.words, " "+phrase+" ")
		})
	}
}

// wordsOf returns the words of a text in the form of outcome.words.
func wordsOf(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
	return " " + strings.Join(words, " ") + " "
}

func status(statuses ...int) condition {
	return func(o *outcome) bool { return slices.Contains(statuses, o.status) }
}

func ofToken(o *outcome) bool   { return o.endpoint == TokenEndpoint }
func ofZendesk(o *outcome) bool { return !o.html } // what stands in front of it answers in HTML
func timedOut(o *outcome) bool  { return o.timeout > 0 }

// proxyRefuses recognises a proxy's refusal with one of these statuses, or in these words of SOCKS.
func proxyRefuses(words string, statuses ...int) condition {
	return func(o *outcome) bool {
		if refusal, ok := errors.AsType[*proxyError](o.err); ok {
			return slices.Contains(statuses, refusal.status)
		}
		return all(errorSays("socks connect"), errorSays(words))(o)
	}
}

func hostIsUnknown(o *outcome) bool { return o.dns != nil && o.dns.IsNotFound }

func ofProxy(o *outcome) bool {
	return o.dns != nil && !strings.EqualFold(strings.TrimSuffix(o.dns.Name, "."), o.host)
}

func authorityIsUnknown(o *outcome) bool {
	return as[x509.UnknownAuthorityError](o) || as[x509.SystemRootsError](o)
}

// tlsIsRefused recognises either side's refusal of what the other one offers, in the words of RFC 8446's alerts. Others
// of them, such as a bad record, come of bits that flipped on their way.
func tlsIsRefused(o *outcome) bool {
	return errorSays("server selected unsupported protocol version", "server chose an unconfigured cipher suite")(o) ||
		errorSays("remote error: tls: ")(o) && errorSays("protocol version", "handshake failure",
			"insufficient security", "unrecognized name", "application protocol", "access denied", "bad certificate",
			"unknown certificate")(o)
}

// notTLS recognises an answer in plain text where TLS was spoken.
func notTLS(o *outcome) bool {
	return as[tls.RecordHeaderError](o) || errorSays("server gave HTTP response to HTTPS client")(o)
}

// unsendable recognises the transport's complaints about our own request, which have no type.
func unsendable(o *outcome) bool {
	return is(errForeign)(o) || errorSays("net/http: invalid", "unsupported protocol scheme")(o)
}

// headerIsLarge recognises net/http's complaints about too large a header, over HTTP/1 and HTTP/2. What HTTP/2 calls a
// COMPRESSION_ERROR may be one flipped bit as well.
func headerIsLarge(o *outcome) bool {
	return errorSays("response headers exceeded", "response header list larger")(o)
}

func compressionIsBroken(o *outcome) bool {
	return is(gzip.ErrHeader)(o) || is(gzip.ErrChecksum)(o) || as[flate.CorruptInputError](o)
}

func encodingIsStrange(o *outcome) bool {
	encoding := o.header.Get("Content-Encoding")
	return encoding != "" && !strings.EqualFold(encoding, "identity") && !isGzip(encoding)
}

// notRefused recognises a status that is no refusal of ours: a fault of the server or of what stands before it, or a
// number that HTTP has no meaning for.
func notRefused(o *outcome) bool {
	return o.status < 200 || o.status >= 500 || status(408, 409, 421, 425)(o)
}

// redirects recognises a redirect, which says where to go. A 304 never does.
func redirects(o *outcome) bool {
	return o.status/100 == 3 && o.status != http.StatusNotModified && o.location != ""
}

func leadsNowhere(o *outcome) bool { return o.status/100 == 3 && !redirects(o) }

var (
	login = regexp.MustCompile(`(?i)\b(log|sign)[-_]?(in|on)\b|\b(sso|saml2?|adfs|auth|unauthenticated)\b`)
	ended = regexp.MustCompile(`(?i)\b(expired|suspended|cancell?ed|deactivated)\b`)
)

func leadsTo(where *regexp.Regexp) condition {
	return func(o *outcome) bool { return where.MatchString(o.location) }
}

// accountHasEnded guesses at words: how a suspended account, or a trial that is over, answers is not documented.
func accountHasEnded(o *outcome) bool {
	return o.status/100 == 4 && ended.MatchString(o.words) &&
		bodySays("account", "trial", "subscription", "help desk")(o) && !bodySays("token", "tokens")(o)
}

// noHelpDesk recognises the 404 of a host that is no account: it says so, or is not JSON, before anything went well.
func noHelpDesk(o *outcome) bool {
	return o.status == http.StatusNotFound &&
		(bodySays("no help desk at")(o) || !o.reached && o.message != "" && !o.json)
}

// isWithdrawn guesses at words that nobody has seen yet: Zendesk announced the withdrawal, not how it will look
// (docs/zendesk-api.md, "The withdrawal").
func isWithdrawn(o *outcome) bool {
	return bodySays("third party", "no longer available", "no longer supported", "no longer have access",
		"withdrawn", "deprecated", "retired", "sunset", "has been removed")(o)
}

// isTooRecent recognises "Too recent start_time" and StartTimeTooRecent, in whatever shape.
func isTooRecent(o *outcome) bool {
	words := strings.ReplaceAll(o.words, " ", "")
	return strings.Contains(words, "toorecent") && strings.Contains(words, "starttime")
}

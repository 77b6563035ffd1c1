package tap

import (
	"cmp"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// What a person should do about a failure is one table, [hints]. Package talk tells what happened; here the advice is
// joined to it, and docs/troubleshooting.md is made of the same rows.

// A hint is one row of the table.
type hint struct {
	kind talk.Kind             // 0: an error of the cursor, which when recognises
	when func(*situation) bool // nil: in all cases that are left
	sign string                // how one recognises the failure in a log; … stands for what varies
	do   string
}

// A situation is what a hint may depend on.
type situation struct {
	err         error
	*talk.Error // in err; without a Kind if there is none
	*settings
	getenv func(string) string
}

const (
	withdrawn = "Zendesk has announced the end of third-party access to the incremental exports, reportedly for " +
		"December 2026, see support.zendesk.com/hc/en-us/articles/11249701485338"
	between = "is there a proxy or a login page between this machine and Zendesk, or does api_url lead elsewhere?"
)

// hints is the table. Of a kind's rows, the first one that fits counts.
func hints() []hint {
	return slices.Concat(networkHints(), certificateHints(), loginHints(), refusalHints(), bodyHints(), cursorHints())
}

// networkHints is about requests without an answer.
func networkHints() []hint {
	return []hint{
		{talk.KindHost, hasAPIURL, "no such host: …",
			"check api_url, and whether this machine has DNS"},
		{talk.KindHost, nil, "no such host: acme.zendesk.com",
			"has this machine a network and DNS? Every subdomain of zendesk.com has an address; otherwise check " +
				"subdomain (the acme of acme.zendesk.com)"},
		{talk.KindDNS, nil, "lookup acme.zendesk.com…",
			"this machine's DNS does not answer: check its network and its resolver"},
		{talk.KindConnection, hasOnlyAllProxy, "no answer from … (with ALL_PROXY set)",
			"ALL_PROXY is set, which this program does not read: set HTTPS_PROXY if the way leads through that " +
				"proxy"},
		{talk.KindConnection, nil, "no answer from …: … · the connection broke: …",
			"check the network, and the proxy variables if there is a proxy"},
		{talk.KindTimeout, nil, "no answer from … within … · the body did not end within …",
			"is the network slow, or request_timeout_seconds too small?"},
		{talk.KindPort, nil, "invalid port",
			"check the port in api_url: 65535 is the highest"},
		{talk.KindProxyVariable, nil, "holds no usable URL of a proxy",
			"it must read http://user:password@host:port, with special characters of the password percent-encoded " +
				"(# as %23, % as %25)"},
		{talk.KindProxyHost, nil, "no such host: (the proxy's)",
			"check the proxy's address in HTTPS_PROXY"},
		{talk.KindProxyLogin, nil, "the proxy refused to connect: 407 …",
			"check the user and the password in HTTPS_PROXY; a wrong login is not tried again, since that locks " +
				"accounts"},
		{talk.KindProxyRefused, nil, "the proxy refused to connect: …",
			"ask those who run the proxy to let this machine reach Zendesk"},
		{talk.KindUnsendable, nil, "not sent: …",
			"check access_token, user_agent and extra_headers for line ends and the like"},
	}
}

// certificateHints is about secure connections.
func certificateHints() []hint {
	const authority = "certificate signed by unknown authority"
	return []hint{
		{talk.KindCertificateName, nil, "certificate is valid for …, not …",
			"is api_url (or subdomain) the right address, or does something answer in its place? To trust this " +
				"certificate would not help"},
		{talk.KindCertificateAuthority, givesNoCertificate("SSL_CERT_FILE"), authority + " (SSL_CERT_FILE is set)",
			"SSL_CERT_FILE names no file of certificates in PEM that can be read: correct it, or unset it"},
		{talk.KindCertificateAuthority, givesNoCertificate("SSL_CERT_DIR"), authority + " (SSL_CERT_DIR is set)",
			"SSL_CERT_DIR names no directory of certificates in PEM that can be read: correct it, or unset it"},
		{talk.KindCertificateAuthority, hasNoAuthorities, authority + " (in a minimal container)",
			"this machine knows no certificate authorities at all: install its package ca-certificates"},
		{talk.KindCertificateAuthority, systemStoreOnly, authority + " (on Windows and macOS)",
			"is a proxy in between whose certificate this machine should trust? Add its authority to the " +
				"certificates of the system"},
		{talk.KindCertificateAuthority, nil, authority,
			"is a proxy in between whose certificate this machine should trust? Add its authority to the " +
				"certificates of the system, or name its file in SSL_CERT_FILE"},
		{talk.KindCertificate, nil, "no secure connection to … · certificate has expired or is not yet valid",
			"if this machine's clock is right, those who run the server, or a proxy in between, must renew its " +
				"certificate"},
		{talk.KindClientCertificate, nil, "tls: certificate required",
			"the server wants a certificate of this machine, which Zendesk never does: " + between},
		{talk.KindTLS, nil, "tls: protocol version not supported · tls: handshake failure",
			"the server, or a proxy in between, speaks no TLS from 1.2 on, or wants a certificate of this " +
				"machine: ask those who run it"},
		{talk.KindNoTLS, nil, "first record does not look like a TLS handshake",
			between},
	}
}

// loginHints is about who may read what.
func loginHints() []hint {
	return []hint{
		{talk.KindCredentials, hasClient, "401 … (with an OAuth client)",
			"a new token was refused too: is the user of the OAuth client suspended?"},
		{talk.KindCredentials, hasToken, "401 … (with access_token)",
			"access_token is wrong, expired or revoked: get a new one, or set client_id and client_secret, with " +
				"which tokens are renewed by themselves"},
		{talk.KindCredentials, afterAPITokens, "401 … (from 2027-04-30 on)",
			"Zendesk ended API tokens on 2027-04-30: create an OAuth client and set client_id and client_secret"},
		{talk.KindCredentials, nil, "401 … (with api_token)",
			"check email and api_token, and that token access is switched on (Admin Center > Apps and " +
				"integrations > APIs); Zendesk switches off API tokens unused for 30 days, and all of them on " +
				"2027-04-30: client_id and client_secret of an OAuth client last"},
		{talk.KindClient, nil, "oauth/tokens: … invalid_client",
			"check client_id and client_secret: the OAuth client must be confidential and of this account (Admin " +
				"Center > Apps and integrations > APIs > OAuth clients)"},
		{talk.KindScope, ofTokenRequest, "oauth/tokens: … invalid_scope",
			`set oauth_scope to "read", and allow the OAuth client that scope`},
		{talk.KindScope, hasClient, "missing the following required scopes",
			`the token lacks the scope "read": set oauth_scope to "read", and allow the OAuth client that scope`},
		{talk.KindScope, nil, "missing the following required scopes (with access_token)",
			`the token lacks the scope "read": get one that has it`},
		{talk.KindRole, nil, "You do not have access to this page",
			`give the user the role permission "Can manage channels", or the role of an admin; if they have it, ` +
				"is Talk part of the account's plan? If it has worked before: " + withdrawn},
		{talk.KindPlan, nil, "403 … plan",
			"Talk is not part of this account's plan, or not switched on"},
		{talk.KindAddress, nil, "403 … IP address",
			"allow this machine's address in the account's IP restrictions (Admin Center > Account > Security)"},
		{talk.KindFirewall, nil, "403 …, an HTML page titled …",
			"a firewall or proxy before Zendesk refuses this machine: ask those who run it, or check the " +
				"account's IP restrictions"},
		{talk.KindAccount, nil, "402 … · 423 … · account … suspended",
			"the account, or its trial, is suspended, expired or unpaid: ask its owner, or Zendesk's support"},
	}
}

// refusalHints is about other refusals.
func refusalHints() []hint {
	const subdomain = "check subdomain: it is the acme of acme.zendesk.com"
	return []hint{
		{talk.KindSubdomain, hasAPIURL, "No help desk at … (with api_url)",
			"check api_url: no account answers there"},
		{talk.KindSubdomain, nil, "No help desk at …",
			subdomain},
		{talk.KindNotFound, ofTokenRequest, "oauth/tokens: 404 Not Found",
			subdomain + ", or api_url"},
		{talk.KindNotFound, nil, "404 Not Found",
			"is Talk part of this account's plan, and subdomain (or api_url) the right one? If it has worked " +
				"before: " + withdrawn},
		{talk.KindWithdrawn, nil, "410 Gone · Third-party access …",
			withdrawn},
		{talk.KindTooRecent, nil, "Too recent start_time",
			"yet the time asked for is more than a day ago: ask Zendesk's support, who want the request id"},
		{talk.KindRequest, nil, "400 Bad Request · 422 Unprocessable Entity · 426 Upgrade Required",
			"Zendesk finds fault with the request itself: is there a newer version of this program, or does " +
				"extra_headers or a proxy change it?"},
		{talk.KindRedirect, nil, "a redirect to …, which is not followed",
			"was the account renamed or moved? set subdomain (or api_url) to the address it has now"},
		{talk.KindLoginPage, nil, "a redirect to …/login, which is not followed",
			"that is a page where people log in: is subdomain (or api_url) the account's own address, and does a " +
				"proxy or single sign-on stand before it?"},
		{talk.KindRateLimited, ofTokenRequest, "oauth/tokens: 429 Too Many Requests",
			"other programs use up the account's allowance of requests: give them less of it, or run at another " +
				"time"},
		{talk.KindRateLimited, nil, "429 Too Many Requests",
			"other programs use up the account's allowance for exports: give them less of it, run at another " +
				"time, or lower requests_per_minute"},
		{talk.KindUnavailable, nil, "5… · 408 Request Timeout · 409 Conflict",
			"see status.zendesk.com, and run again later: nothing is lost"},
	}
}

// bodyHints is about answers that do not hold what they promise.
func bodyHints() []hint {
	return []hint{
		{talk.KindBody, nil, "but a body cut short · not valid JSON, or cut short · without the promised array …",
			"run again later: nothing is lost; if it stays so, look for a proxy in between, or ask Zendesk's " +
				"support, who want the request id"},
		{talk.KindUnexpected, nil, "an HTML page · a body in an encoding that was not asked for, … · " +
			"larger than this program reads · a page of more than 100000 rows · neither a page nor where to find one",
			between},
	}
}

// cursorHints is about pages that do not lead on, and starts that can't be meant.
func cursorHints() []hint {
	const ahead = "lies ahead of Zendesk's clock"
	return []hint{
		{0, startsLongAfter, ahead + " (19…)",
			"that clock is wrong, or something in between changes the Date of the answers"},
		{0, bookmarkIsAhead, ahead + " (and a bookmark was given)",
			"the bookmark's end_time must be in Unix seconds: is it in milliseconds?"},
		{0, of[*talk.FutureStartError], ahead,
			"set an earlier start_date"},
		{0, of[*talk.FullSecondError], "rows share the modification time …",
			"run again later, since rows that Zendesk rewrites leave the second; or set on_full_second to skip " +
				"to go on without those rows"},
		{0, of[*talk.NoTimesError], "has a readable updated_at",
			"ask Zendesk's support about it"},
	}
}

// of recognises an error by its type.
func of[E error](s *situation) bool { return errors.As(s.err, new(E)) }

// startsLongAfter reports whether it is the server's clock, rather than the start of reading, that can't be right.
func startsLongAfter(s *situation) bool {
	const firstOf2020 = 1_577_836_800
	future, ok := errors.AsType[*talk.FutureStartError](s.err)
	return ok && future.Server < firstOf2020
}

func bookmarkIsAhead(s *situation) bool {
	future, ok := errors.AsType[*talk.FutureStartError](s.err)
	return ok && future.Bookmark
}

func hasAPIURL(s *situation) bool      { return s.apiURL != "" }
func hasClient(s *situation) bool      { return s.clientID != "" }
func hasToken(s *situation) bool       { return s.accessToken != "" }
func ofTokenRequest(s *situation) bool { return s.Endpoint == talk.TokenEndpoint }

func afterAPITokens(s *situation) bool {
	return !s.ServerTime.Before(time.Date(2027, 4, 30, 0, 0, 0, 0, time.UTC))
}

func hasOnlyAllProxy(s *situation) bool {
	return cmp.Or(s.getenv("ALL_PROXY"), s.getenv("all_proxy")) != "" &&
		cmp.Or(s.getenv("HTTPS_PROXY"), s.getenv("https_proxy")) == ""
}

// systemStoreOnly reports whether Go reads certificate authorities from the system alone: then SSL_CERT_FILE and
// SSL_CERT_DIR have no say (package crypto/x509, SystemCertPool).
func systemStoreOnly(*situation) bool { return runtime.GOOS == "windows" || runtime.GOOS == "darwin" }

// givesNoCertificate reports whether SSL_CERT_FILE or SSL_CERT_DIR, which may name several directories, has a say and
// leads to no certificate.
func givesNoCertificate(variable string) func(*situation) bool {
	return func(s *situation) bool {
		named := s.getenv(variable)
		if named == "" || systemStoreOnly(s) {
			return false
		}
		files := []string{named}
		if variable == "SSL_CERT_DIR" {
			files = nil
			for _, dir := range filepath.SplitList(named) {
				found, _ := filepath.Glob(filepath.Join(dir, "*")) // what can't be read holds nothing
				files = append(files, found...)
			}
		}
		return !slices.ContainsFunc(files, func(name string) bool {
			text, err := os.ReadFile(name)
			return err == nil && x509.NewCertPool().AppendCertsFromPEM(text)
		})
	}
}

func hasNoAuthorities(*situation) bool {
	pool, err := x509.SystemCertPool()
	return err != nil || pool.Equal(x509.NewCertPool())
}

// Troubleshooting returns the hints as a Markdown table.
func Troubleshooting() string {
	var b strings.Builder
	b.WriteString("| Message | What to do |\n| :--- | :--- |\n")
	for _, h := range hints() {
		signs := "`" + strings.ReplaceAll(h.sign, " · ", "` · `") + "`"
		b.WriteString("| " + signs + " | " + h.do + " |\n")
	}
	return b.String()
}

// adviceError is an error with what to do about it.
type adviceError struct {
	error
	advice string
}

func (a *adviceError) Error() string { return a.error.Error() + "; " + a.advice }

func (a *adviceError) Unwrap() error { return a.error }

// advise adds to err what to do about it.
func (j *job) advise(err error) error {
	s := &situation{err, &talk.Error{}, j.settings, j.env.get}
	errors.As(err, &s.Error)
	for _, h := range hints() {
		if h.kind != s.Kind || h.when != nil && !h.when(s) {
			continue
		}
		if s.RetryAt.IsZero() {
			return &adviceError{err, h.do}
		}
		return &adviceError{err, "run again after " + s.RetryAt.UTC().Format(time.RFC3339) + ", Zendesk says; " + h.do}
	}
	return err
}

// joined is errors.Join, but advice that applies to several errors in a row is given once, behind the last of them.
func joined(errs []error) error {
	for i := range len(errs) - 1 {
		a, ok := errors.AsType[*adviceError](errs[i])
		next, also := errors.AsType[*adviceError](errs[i+1])
		if ok && also && a.advice == next.advice {
			errs[i] = a.error
		}
	}
	return errors.Join(errs...)
}

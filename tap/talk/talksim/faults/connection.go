package faults

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// send makes a scenario that edits any answer.
func send(edit func(q *talksim.Request, r *talksim.Reply)) maker {
	return plain(talksim.Scenario{Send: edit})
}

// reply makes a scenario that edits any answer without a look at the request.
func reply(edit func(r *talksim.Reply)) maker {
	return send(func(_ *talksim.Request, r *talksim.Reply) { edit(r) })
}

// fail makes a scenario in which there is no answer but an error.
func fail(err error) maker { return reply(func(r *talksim.Reply) { r.Fail = err }) }

// date makes the answer's Date that of a clock.
func date(clock func(now time.Time) time.Time) talksim.Scenario {
	return talksim.Scenario{Send: func(q *talksim.Request, r *talksim.Reply) {
		r.Header.Set("Date", clock(q.Now).UTC().Format(http.TimeFormat))
	}}
}

// connectionEntries are the scenarios of the connection: what arrives of an answer, and when.
func connectionEntries() []entry {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	return []entry{
		{"latency", nil, duration(300*time.Millisecond, func(d time.Duration) talksim.Scenario {
			return talksim.Scenario{Arrive: func(q *talksim.Request) { q.Up += d / 2; q.Down += d - d/2 }}
		})},
		{"jitter", nil, duration(300*time.Millisecond, func(d time.Duration) talksim.Scenario {
			return talksim.Scenario{Arrive: func(q *talksim.Request) {
				q.Up += time.Duration(q.Rand.Int64N(int64(d) + 1))
				q.Down += time.Duration(q.Rand.Int64N(int64(d) + 1))
			}}
		})},
		{"hang", nil, reply(func(r *talksim.Reply) { r.Hang = true })},
		{"reset", nil, fail(talksim.ConnectionReset())},
		{"close", nil, fail(io.EOF)},
		{"refused", nil, fail(dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)))},
		{"no-host", nil, send(func(q *talksim.Request, r *talksim.Reply) {
			r.Fail = dial(&net.DNSError{Err: "no such host", Name: bare(q.Host), IsNotFound: true})
		})},
		{"certificate", nil, fail(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}})},
		{"no-date", nil, reply(func(r *talksim.Reply) { r.Header.Del("Date") })},
		{"bad-date", nil, reply(func(r *talksim.Reply) { r.Header.Set("Date", "yesterday") })},
		{"date-1970", nil, plain(date(func(time.Time) time.Time { return time.Unix(0, 0) }))},
		{"date-skew", nil, duration(-26*time.Hour, func(d time.Duration) talksim.Scenario {
			return date(func(now time.Time) time.Time { return now.Add(d) })
		})},
		{"huge-header", nil, number(16<<20, func(n int) talksim.Scenario {
			return talksim.Scenario{Send: func(_ *talksim.Request, r *talksim.Reply) {
				r.Header.Set("X-Padding", strings.Repeat("x", n))
			}}
		})},
		redirect(),
	}
}

// bodyEntries are the scenarios of a body that does not arrive as it should.
func bodyEntries() []entry {
	return []entry{
		{"reset-body", nil, reply(func(r *talksim.Reply) { r.Cut, r.Reset = true, true })},
		{"cut-body", nil, reply(func(r *talksim.Reply) { r.Cut = true })},
		{"short-length", nil, reply(func(r *talksim.Reply) { r.Short = true })},
		{"truncated", nil, reply(func(r *talksim.Reply) { r.Body = r.Body[:len(r.Body)*2/3] })},
		{"two-documents", nil, reply(func(r *talksim.Reply) { r.Body = append(bytes.Clone(r.Body), r.Body...) })},
		{"gzip-lie", nil, reply(func(r *talksim.Reply) { r.GzipLie = true })},
		{"gzip-cut", nil, reply(func(r *talksim.Reply) { r.GzipCut = true })},
		{"endless", nil, reply(func(r *talksim.Reply) { r.Body, r.Repeat = blanks(), -1 })},
		{"huge", nil, number(1<<30, func(n int) talksim.Scenario {
			return talksim.Scenario{Send: func(_ *talksim.Request, r *talksim.Reply) {
				r.Body, r.Repeat = blanks(), n/len(blanks())
			}}
		})},
		{"slow", nil, func(v string) (talksim.Scenario, error) {
			text, size, _ := strings.Cut(v, ":")
			d, err := span(text, time.Second)
			if err != nil {
				return talksim.Scenario{}, err
			}
			n, err := count(size, 1024)
			return talksim.Scenario{Send: func(_ *talksim.Request, r *talksim.Reply) { r.Slow, r.Piece = d, n }}, err
		}},
	}
}

func blanks() []byte { return bytes.Repeat([]byte(" "), 64<<10) }

// redirect answers 302: to another path of the host, to another origin (other:http://host:port), to the other scheme,
// to a login page of the host or of a company's single sign-on, to itself, or with no Location.
func redirect() entry {
	type target func(q *talksim.Request, argument string) string
	return variants("redirect", map[string]target{
		"same": func(q *talksim.Request, _ string) string {
			return strings.Replace(q.Base+q.URL.RequestURI(), talksim.StatsPath, talksim.OlderPath, 1)
		},
		"other": func(q *talksim.Request, origin string) string { return cmp.Or(origin, attacker) + q.URL.RequestURI() },
		"scheme": func(q *talksim.Request, _ string) string {
			scheme, host, _ := strings.Cut(q.Base, "://")
			return otherScheme(scheme) + "://" + host + q.URL.RequestURI()
		},
		"login":   func(q *talksim.Request, _ string) string { return q.Base + "/access/unauthenticated?return_to=%2F" },
		"sso":     func(*talksim.Request, string) string { return "https://login.example/saml2?SAMLRequest=fZJ" },
		"loop":    func(q *talksim.Request, _ string) string { return q.URL.RequestURI() },
		"nowhere": func(*talksim.Request, string) string { return "" },
	}, func(target target, argument string) (talksim.Scenario, error) {
		return talksim.Scenario{Answer: func(q *talksim.Request) *talksim.Reply {
			r := talksim.NewReply(http.StatusFound, "text/html", "<html><body>You are being redirected.</body></html>")
			if to := target(q, argument); to != "" {
				r.Header.Set("Location", to)
			}
			return r
		}}, nil
	})
}

package talksim

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// wireEntries are the scenarios of the connection: what arrives of an answer, and when.
func wireEntries() []entry {
	return []entry{
		{"latency", nil, func(v string) (Scenario, error) {
			d, err := span(v, 300*time.Millisecond)
			return Scenario{meet: func(x *exchange) { x.up += d / 2; x.down += d - d/2 }}, err
		}},
		{"jitter", nil, func(v string) (Scenario, error) {
			d, err := span(v, 300*time.Millisecond)
			return Scenario{meet: func(x *exchange) {
				x.up += time.Duration(x.sim.rand.Int64N(int64(d) + 1))
				x.down += time.Duration(x.sim.rand.Int64N(int64(d) + 1))
			}}, err
		}},
		{"hang", nil, wire(func(_ *exchange, r *reply) { r.hang, r.status = true, 0 })},
		{"reset", nil, wire(func(_ *exchange, r *reply) {
			r.fail, r.status = connectionReset(), 0
		})},
		{"close", nil, wire(func(_ *exchange, r *reply) { r.fail, r.status = io.EOF, 0 })},
		{"refused", nil, wire(func(_ *exchange, r *reply) {
			r.fail, r.status = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, 0
		})},
		{"no-host", nil, wire(func(x *exchange, r *reply) {
			r.fail, r.status = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: bare(x.req.Host), IsNotFound: true}}, 0
		})},
		{"certificate", nil, wire(func(_ *exchange, r *reply) {
			r.fail, r.status = &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, 0
		})},
		{"no-date", nil, wire(func(_ *exchange, r *reply) { r.header.Del("Date") })},
		{"bad-date", nil, wire(func(_ *exchange, r *reply) { r.set("Date", "yesterday") })},
		{"date-skew", nil, func(v string) (Scenario, error) {
			d, err := span(v, -26*time.Hour)
			return Scenario{wire: func(x *exchange, r *reply) { r.set("Date", x.now.Add(d).UTC().Format(http.TimeFormat)) }}, err
		}},
		{"huge-header", nil, func(v string) (Scenario, error) {
			n, err := count(v, 16<<20)
			return Scenario{wire: func(_ *exchange, r *reply) { r.set("X-Padding", strings.Repeat("x", n)) }}, err
		}},
		{"redirect", []string{"same", "other", "scheme", "login", "loop", "nowhere"}, redirect},
	}
}

func wire(edit func(x *exchange, r *reply)) func(string) (Scenario, error) {
	return plain(Scenario{wire: edit})
}

// bodyEntries are the scenarios of a body that does not arrive as it should.
func bodyEntries() []entry {
	return []entry{
		{"reset-body", nil, wire(func(_ *exchange, r *reply) { r.cut, r.reset = true, true })},
		{"cut-body", nil, wire(func(_ *exchange, r *reply) { r.cut = true })},
		{"truncated", nil, wire(func(_ *exchange, r *reply) { r.body = r.body[:len(r.body)*2/3] })},
		{"two-documents", nil, wire(func(_ *exchange, r *reply) { r.body = append(bytes.Clone(r.body), r.body...) })},
		{"gzip-lie", nil, wire(func(_ *exchange, r *reply) { r.gzipped = gzipLie })},
		{"gzip-cut", nil, wire(func(_ *exchange, r *reply) { r.gzipped = gzipCut })},
		{"endless", nil, wire(func(_ *exchange, r *reply) { r.body, r.repeat = blanks(), -1 })},
		{"huge", nil, func(v string) (Scenario, error) {
			n, err := count(v, 1<<30)
			return Scenario{wire: func(_ *exchange, r *reply) { r.body, r.repeat = blanks(), n/len(blanks()) }}, err
		}},
		{"slow", nil, func(v string) (Scenario, error) {
			text, size, _ := strings.Cut(v, ":")
			d, err := span(text, time.Second)
			if err != nil {
				return Scenario{}, err
			}
			n, err := count(size, 1024)
			return Scenario{wire: func(_ *exchange, r *reply) { r.slow, r.piece = d, n }}, err
		}},
	}
}

func blanks() []byte { return bytes.Repeat([]byte(" "), 64<<10) }

// redirect answers 302: to another path of the host, to another origin
// (other:http://host:port), to the other scheme, to a login page, to itself, or with no
// Location.
func redirect(v string) (Scenario, error) {
	v, origin, _ := strings.Cut(v, ":")
	origin = cmp.Or(origin, "https://attacker.example")
	target := func(x *exchange) string {
		path := x.req.URL.RequestURI()
		scheme, host, _ := strings.Cut(x.base, "://")
		switch v {
		case "same":
			return strings.Replace(x.base+path, statsPath, olderPath, 1)
		case "other":
			return origin + path
		case "scheme":
			return otherScheme(scheme) + "://" + host + path
		case "login":
			return x.base + "/access/unauthenticated?return_to=%2F"
		case "loop":
			return path
		}
		return ""
	}
	return Scenario{answer: func(x *exchange) *reply {
		r := newReply(http.StatusFound, "text/html", "<html><body>You are being redirected.</body></html>")
		if to := target(x); to != "" {
			r.set("Location", to)
		}
		return r
	}}, known(v, slices.Contains([]string{"same", "other", "scheme", "login", "loop", "nowhere"}, v))
}

package faults

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
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

// connectionEntries are the scenarios of the connection: what arrives of an answer, and when.
func connectionEntries() []entry {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	return []entry{
		{"latency", duration(300*time.Millisecond, arriving(func(q *talksim.Request, d time.Duration) {
			q.Up += d / 2
			q.Down += d - d/2
		}))},
		{"jitter", duration(300*time.Millisecond, arriving(func(q *talksim.Request, d time.Duration) {
			q.Up += time.Duration(q.Rand.Int64N(int64(d) + 1))
			q.Down += time.Duration(q.Rand.Int64N(int64(d) + 1))
		}))},
		{"hang", send(func(q *talksim.Request, r *talksim.Reply) { q.Down, r.Fail = math.MaxInt64, io.EOF })},
		{"reset", fail(talksim.ConnectionReset())},
		{"close", fail(io.EOF)},
		{"refused", fail(dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)))},
		{"no-host", send(func(q *talksim.Request, r *talksim.Reply) {
			host := (&url.URL{Host: q.Host}).Hostname()
			r.Fail = dial(&net.DNSError{Err: "no such host", Name: host, IsNotFound: true})
		})},
		{"certificate", fail(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}})},
		{"no-date", reply(func(r *talksim.Reply) { r.Header.Del("Date") })},
		{"bad-date", reply(func(r *talksim.Reply) { r.Header.Set("Date", "yesterday") })},
		{"date-skew", duration(-26*time.Hour, func(d time.Duration) talksim.Scenario {
			return talksim.Scenario{Send: func(q *talksim.Request, r *talksim.Reply) {
				r.Header.Set("Date", q.Now.Add(d).UTC().Format(http.TimeFormat))
			}}
		})},
		{"huge-header", number(16<<20, func(n int) talksim.Scenario {
			return talksim.Scenario{Send: func(_ *talksim.Request, r *talksim.Reply) {
				r.Header.Set("X-Padding", strings.Repeat("x", n))
			}}
		})},
	}
}

// bodyEntries are the scenarios of a body that does not arrive as it should.
func bodyEntries() []entry {
	return []entry{
		{"reset-body", reply(func(r *talksim.Reply) { r.Cut = talksim.ConnectionReset() })},
		{"cut-body", reply(func(r *talksim.Reply) { r.Cut = io.ErrUnexpectedEOF })},
		{"short-length", reply(func(r *talksim.Reply) { r.Short = true })},
		{"truncated", reply(func(r *talksim.Reply) { r.Body = r.Body[:len(r.Body)*2/3] })},
		{"two-documents", reply(func(r *talksim.Reply) { r.Body = append(bytes.Clone(r.Body), r.Body...) })},
		{"gzip-lie", reply(func(r *talksim.Reply) { r.Header.Set("Content-Encoding", "gzip") })},
		{"gzip-cut", reply(func(r *talksim.Reply) { r.GzipCut = true })},
		{"endless", reply(func(r *talksim.Reply) { r.Body, r.Repeat = blanks(), -1 })},
		{"huge", number(1<<30, func(n int) talksim.Scenario {
			return talksim.Scenario{Send: func(_ *talksim.Request, r *talksim.Reply) {
				r.Body, r.Repeat = blanks(), n/len(blanks())
			}}
		})},
		{"slow", func(v string) (talksim.Scenario, error) {
			wait, size, _ := strings.Cut(cmp.Or(v, "1s:1024"), ":")
			d, err := time.ParseDuration(wait)
			n, wrong := strconv.Atoi(size)
			return talksim.Scenario{Send: func(_ *talksim.Request, r *talksim.Reply) {
				r.Slow, r.Piece = d, n
			}}, errors.Join(err, wrong)
		}},
	}
}

func blanks() []byte { return bytes.Repeat([]byte(" "), 64<<10) }

package talksim

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Reply is an answer and what the network does to it.
type Reply struct {
	Status int // 0: a status line without a status
	Header http.Header
	Body   []byte

	Fail    error         // instead of any answer: the connection ends before the header
	Cut     error         // the connection ends with it within the body
	Repeat  int           // how often the body is sent again; < 0: for ever
	Short   bool          // Content-Length names a third of the body; all of it is sent
	GzipCut bool          // the body is zipped and ends before the gzip stream does
	Slow    time.Duration // the wait before each piece of the body
	Piece   int           // bytes in a piece of a slow body
}

// JSON returns an answer whose body is JSON.
func JSON(status int, body string) *Reply {
	return NewReply(status, "application/json; charset=utf-8", body)
}

// Text returns an answer whose body is plain text.
func Text(status int, body string) *Reply { return NewReply(status, "text/plain", body) }

// NewReply returns an answer with the headers that the voice servers send.
func NewReply(status int, contentType, body string) *Reply {
	return &Reply{Status: status, Body: []byte(body), Header: http.Header{
		"Content-Type":            {contentType},
		"Cache-Control":           {"max-age=0, private, must-revalidate"},
		"Server":                  {"cloudflare"},
		"X-Rate-Limit":            {"700"},
		"X-Rate-Limit-Remaining":  {"699"},
		"X-Zendesk-Api-Version":   {"v2"},
		"X-Zendesk-Origin-Server": {"voice-app-server-sim"},
	}}
}

// ConnectionReset is what a client sees of a connection that the server drops.
func ConnectionReset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// encode applies gzip as asked, unless the answer says that it has it already, and returns
// the bytes to send; it sets the headers that describe them.
func (s *Sim) encode(r *Reply, accept string) []byte {
	body := r.Body
	if r.GzipCut || strings.Contains(accept, "gzip") && len(body) > 0 && r.Header.Get("Content-Encoding") == "" {
		var b bytes.Buffer
		z := s.zippers.Get().(*gzip.Writer)
		defer s.zippers.Put(z)
		z.Reset(&b)
		_, _ = z.Write(body) // memory takes all
		_ = z.Close()
		if r.GzipCut {
			b.Truncate(b.Len() * 2 / 3)
		}
		body = b.Bytes()
		r.Header.Set("Content-Encoding", "gzip")
	}
	if n := r.length(body); n >= 0 {
		r.Header.Set("Content-Length", strconv.Itoa(n))
	}
	return body
}

// newZipper makes a gzip writer. It costs more than most of the pages it zips, so it is used again.
func newZipper() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // a level that exists
	return z
}

// length is the Content-Length that the answer announces, or -1 for a chunked one.
func (r *Reply) length(encoded []byte) int {
	switch {
	case r.Repeat < 0:
		return -1
	case r.Short:
		return len(encoded) / 3
	}
	return len(encoded) * (1 + r.Repeat)
}

// read returns the bytes of the body as they come over the network: in pieces, repeated, or cut off by a reset or
// io.ErrUnexpectedEOF.
func (r *Reply) read(ctx context.Context, encoded []byte) io.ReadCloser {
	b := &bodyReader{ctx: ctx, reply: r, encoded: encoded, length: r.length(encoded), end: io.EOF}
	switch {
	case b.length < 0:
		b.length = math.MaxInt
	case r.Cut != nil:
		b.length, b.end = min(len(encoded), len(encoded)/3+1), r.Cut
	}
	return b
}

type bodyReader struct {
	//nolint:containedctx // a response's body ends with its request's context, as net/http's does
	ctx     context.Context
	reply   *Reply
	encoded []byte // what comes, again and again up to the length
	length  int
	sent    int
	end     error
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if b.sent >= b.length {
		return 0, b.end
	}
	if b.reply.Slow > 0 {
		if err := pause(b.ctx, b.reply.Slow); err != nil {
			return 0, err
		}
		p = p[:min(len(p), b.reply.Piece)]
	}
	n := copy(p[:min(len(p), b.length-b.sent)], b.encoded[b.sent%len(b.encoded):])
	b.sent += n
	return n, nil
}

func (b *bodyReader) Close() error { return nil }

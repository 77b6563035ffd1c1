package talksim

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A reply is an answer and what the wire does to it.
type reply struct {
	status int
	header http.Header
	body   []byte

	fail    error         // instead of any answer: the connection ends before the header
	hang    bool          // no answer at all until the client gives up
	repeat  int           // send the body that often again; < 0: for ever
	cut     bool          // the connection ends within the body
	reset   bool          // it ends by a reset, rather than by a close
	slow    time.Duration // wait before each piece of the body
	piece   int           // bytes in a piece of a slow body
	gzipped wireGzip
}

type wireGzip int

const (
	gzipIfAsked wireGzip = iota
	gzipLie              // says gzip, is not
	gzipCut              // ends before the gzip stream does
)

func jsonReply(status int, body string) *reply {
	return newReply(status, "application/json; charset=utf-8", body)
}

func textReply(status int, body string) *reply { return newReply(status, "text/plain", body) }

// newReply has the headers that the voice servers send (samples/10 and 12).
func newReply(status int, contentType, body string) *reply {
	r := &reply{status: status, header: make(http.Header), body: []byte(body)}
	r.set("Content-Type", contentType)
	r.set("Cache-Control", "max-age=0, private, must-revalidate")
	r.set("Server", "cloudflare")
	r.set("X-Rate-Limit", "700")
	r.set("X-Rate-Limit-Remaining", "699")
	r.set("X-Zendesk-Api-Version", "v2")
	r.set("X-Zendesk-Origin-Server", "voice-app-server-sim")
	return r
}

func (r *reply) set(name, value string) { r.header.Set(name, value) }

// connectionReset is what a client sees of a connection that the server drops.
func connectionReset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// encode applies gzip as asked and returns the bytes for the wire, setting the headers
// that describe them.
func (s *Sim) encode(r *reply, acceptGzip bool) ([]byte, error) {
	body := r.body
	switch {
	case r.gzipped == gzipLie:
		r.set("Content-Encoding", "gzip")
	case acceptGzip && len(body) > 0 || r.gzipped == gzipCut:
		var b bytes.Buffer
		z, err := s.zipper(&b)
		if err != nil {
			return nil, err
		}
		defer s.zippers.Put(z)
		if _, err := z.Write(body); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
		body = b.Bytes()
		if r.gzipped == gzipCut {
			body = body[:len(body)*2/3]
		}
		r.set("Content-Encoding", "gzip")
	}
	return body, nil
}

// zipper is a gzip writer onto w. A new one costs more than most of the pages it zips.
func (s *Sim) zipper(w io.Writer) (*gzip.Writer, error) {
	if z, ok := s.zippers.Get().(*gzip.Writer); ok {
		z.Reset(w)
		return z, nil
	}
	return gzip.NewWriterLevel(w, gzip.BestSpeed)
}

// length is the Content-Length that the answer announces, or -1 for a chunked one.
func (r *reply) length(encoded []byte) int {
	if r.repeat < 0 {
		return -1
	}
	return len(encoded) * (1 + r.repeat)
}

// read returns the bytes of the body as they come over the wire: in pieces, repeated,
// or cut off by a reset or io.ErrUnexpectedEOF.
func (r *reply) read(ctx context.Context, encoded []byte) *wireReader {
	w := &wireReader{ctx: ctx, reply: r, encoded: encoded, left: encoded, repeat: r.repeat}
	if r.cut {
		w.cut = len(encoded)/3 + 1
	}
	return w
}

type wireReader struct {
	ctx     context.Context //nolint:containedctx // the body of a response ends with its request's context, as net/http's does
	reply   *reply
	encoded []byte
	left    []byte
	repeat  int
	sent    int
	cut     int // the bytes that arrive of a body that is cut
}

func (w *wireReader) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if len(w.left) == 0 && w.repeat != 0 && len(w.encoded) > 0 {
		w.left = w.encoded
		w.repeat--
	}
	if w.reply.cut {
		if w.sent >= w.cut {
			if w.reply.reset {
				return 0, connectionReset()
			}
			return 0, io.ErrUnexpectedEOF
		}
		p = p[:min(len(p), w.cut-w.sent)]
	}
	if len(w.left) == 0 {
		return 0, io.EOF
	}
	if w.reply.slow > 0 {
		if err := pause(w.ctx, w.reply.slow); err != nil {
			return 0, err
		}
		p = p[:min(len(p), w.reply.piece)]
	}
	n := copy(p, w.left)
	w.left = w.left[n:]
	w.sent += n
	return n, nil
}

func (w *wireReader) Close() error { return nil }

func acceptsGzip(h http.Header) bool {
	return strings.Contains(h.Get("Accept-Encoding"), "gzip")
}

// ServeHTTP answers over a real connection.
func (s *Sim) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	scheme := "http"
	if req.TLS != nil {
		scheme = "https"
	}
	r, err := s.exchange(req, scheme)
	if err != nil {
		return // the client is gone
	}
	if r.hang {
		<-req.Context().Done()
		return
	}
	if r.fail != nil {
		drop(w, !errors.Is(r.fail, io.EOF))
		return
	}
	encoded, err := s.encode(r, acceptsGzip(req.Header))
	if err != nil {
		drop(w, true)
		return
	}
	maps.Copy(w.Header(), r.header)
	if r.header.Get("Date") == "" {
		w.Header()["Date"] = nil // or net/http sets its own
	}
	if n := r.length(encoded); n >= 0 {
		w.Header().Set("Content-Length", strconv.Itoa(n))
	}
	w.WriteHeader(r.status)
	r.send(w, r.read(req.Context(), encoded))
}

// send copies the body to the connection, and ends the connection where the body ends early.
func (r *reply) send(w http.ResponseWriter, body *wireReader) {
	flush := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return
			}
			if r.slow > 0 || r.repeat < 0 {
				_ = flush.Flush() // a client that is gone shows at the next write
			}
		}
		if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF) {
			_ = flush.Flush()
			drop(w, r.reset)
			return
		}
		if err != nil {
			return
		}
	}
}

// drop ends the connection under the answer: by a reset, or by a close.
func drop(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // HTTP/2 has no hijacking; a short body says enough there
	}
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

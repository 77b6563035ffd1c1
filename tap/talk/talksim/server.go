package talksim

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// ServeHTTP answers over a real connection.
func (s *Sim) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	scheme := "http"
	if req.TLS != nil {
		scheme = "https"
	}
	r, err := s.serve(req, scheme)
	if err != nil {
		return // the client is gone
	}
	if r.Hang {
		<-req.Context().Done()
		return
	}
	if r.Fail != nil {
		drop(w, !errors.Is(r.Fail, io.EOF))
		return
	}
	encoded, err := s.encode(r, req.Header.Get("Accept-Encoding"))
	if err != nil {
		drop(w, true)
		return
	}
	n := r.length(encoded)
	if n >= 0 {
		r.Header.Set("Content-Length", strconv.Itoa(n))
	}
	if r.Status == 0 || r.Short {
		r.sendRaw(w, encoded)
		return
	}
	maps.Copy(w.Header(), r.Header)
	if r.Header.Get("Date") == "" {
		w.Header()["Date"] = nil // or net/http sets its own
	}
	w.WriteHeader(r.Status)
	r.send(w, r.read(req.Context(), encoded))
}

// send copies the body to the connection, and ends the connection where the body ends early.
func (r *Reply) send(w http.ResponseWriter, body *bodyReader) {
	flush := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return
			}
			if r.Slow > 0 || r.Repeat < 0 {
				_ = flush.Flush() // a client that is gone shows at the next write
			}
		}
		if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF) {
			_ = flush.Flush()
			drop(w, r.Reset)
			return
		}
		if err != nil {
			return
		}
	}
}

// sendRaw writes an answer that net/http does not let pass, and ends the connection.
func (r *Reply) sendRaw(w http.ResponseWriter, encoded []byte) {
	conn := hijack(w)
	if conn == nil {
		return
	}
	defer conn.Close()
	text := http.StatusText(r.Status)
	if r.Status == 0 {
		text = "Nothing"
	}
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %03d %s\r\n", r.Status, text) // a client that is gone needs no answer
	_ = r.Header.Write(conn)
	_, _ = conn.Write(append([]byte("\r\n"), encoded...))
}

// drop ends the connection under the answer: by a reset, or by a close.
func drop(w http.ResponseWriter, reset bool) {
	conn := hijack(w)
	if conn == nil {
		return
	}
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hijack returns the connection under an answer; nil over HTTP/2, which has no hijacking: an answer that ends early
// says enough there.
func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	return conn
}

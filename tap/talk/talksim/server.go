package talksim

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
)

// ServeHTTP answers over a real connection.
func (s *Sim) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	scheme := "http"
	if req.TLS != nil {
		scheme = "https"
	}
	r, encoded, err := s.serve(req, scheme)
	if err != nil {
		drop(w, err)
		return
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
	if _, err = io.Copy(flushing{w}, r.read(req.Context(), encoded)); r.Cut != nil && err != nil {
		drop(w, err)
	}
}

// flushing sends each piece at once, so that a slow body is slow and the half of one arrives.
type flushing struct{ to http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.to.Write(p)
	if err == nil {
		err = http.NewResponseController(f.to).Flush()
	}
	return n, err
}

// sendRaw writes an answer that net/http does not let pass, and ends the connection.
func (r *Reply) sendRaw(w http.ResponseWriter, encoded []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	text := cmp.Or(http.StatusText(r.Status), "Nothing")
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %03d %s\r\n", r.Status, text) // a client that is gone needs no answer
	_ = r.Header.Write(conn)
	_, _ = conn.Write(append([]byte("\r\n"), encoded...))
}

// drop ends the connection under the answer: by a close if err is of an end of the file, else by a reset. HTTP/2 has no
// hijacking: an answer that ends early says enough there.
func drop(w http.ResponseWriter, err error) {
	conn, _, failed := http.NewResponseController(w).Hijack()
	if failed != nil {
		return
	}
	reset := !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF)
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

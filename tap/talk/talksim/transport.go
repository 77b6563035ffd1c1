package talksim

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
)

// Transport returns a way to reach the simulator without a network: no port, no real
// waiting, no goroutine left behind, so that it works inside a testing/synctest bubble
// and in --demo. It presents answers as [http.Transport] does: unless the request names
// its own Accept-Encoding, bodies arrive decoded, without Content-Encoding and with
// Uncompressed set. Whatever host is asked for, this simulator answers.
func (s *Sim) Transport() http.RoundTripper { return roundTripper{s} }

type roundTripper struct{ sim *Sim }

func (t roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	served := req.WithContext(req.Context())
	if served.Host == "" {
		served.Host = req.URL.Host
	}
	r, err := t.sim.exchange(served, req.URL.Scheme)
	switch {
	case err != nil:
		return nil, err
	case r.hang:
		<-req.Context().Done()
		return nil, req.Context().Err()
	case r.fail != nil:
		return nil, r.fail
	}
	own := req.Header.Get("Accept-Encoding") != ""
	// Only a fault needs real gzip where the caller sees the decoded bytes anyway.
	encoded, err := r.encode(own && acceptsGzip(req.Header))
	if err != nil {
		return nil, fmt.Errorf("encoding the answer: %w", err)
	}
	resp := &http.Response{
		Status: strconv.Itoa(r.status) + " " + http.StatusText(r.status), StatusCode: r.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header, Request: req, ContentLength: int64(r.length(encoded)),
	}
	wire := r.read(req.Context(), encoded)
	resp.Body = wire
	if own {
		if resp.ContentLength >= 0 {
			resp.Header.Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
		}
		return resp, nil
	}
	if r.header.Get("Content-Encoding") == "gzip" {
		resp.Body = &gunzip{wire: wire}
	}
	resp.Header.Del("Content-Encoding")
	if len(r.body) > 0 {
		resp.ContentLength, resp.Uncompressed = -1, true
	}
	return resp, nil
}

// gunzip decodes as it is read, so that a broken stream fails in the body, not before.
type gunzip struct {
	wire *wireReader
	z    *gzip.Reader
	err  error
}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.z == nil && g.err == nil {
		g.z, g.err = gzip.NewReader(g.wire)
	}
	if g.err != nil {
		return 0, g.err
	}
	return g.z.Read(p)
}

func (g *gunzip) Close() error { return g.wire.Close() }

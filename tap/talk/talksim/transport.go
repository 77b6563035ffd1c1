package talksim

import (
	"fmt"
	"net/http"
	"strconv"
)

// Transport returns a way to reach the simulator without a network: no port, no real
// waiting, no goroutine left behind, so that it works inside a testing/synctest bubble
// and in --demo. Bodies arrive as they were sent, as with an [http.Transport] that has
// DisableCompression set. Whatever host is asked for, this simulator answers.
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
	encoded, err := t.sim.encode(r, acceptsGzip(req.Header))
	if err != nil {
		return nil, fmt.Errorf("encoding the answer: %w", err)
	}
	resp := &http.Response{
		Status: strconv.Itoa(r.status) + " " + http.StatusText(r.status), StatusCode: r.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header, Body: r.read(req.Context(), encoded), Request: req, ContentLength: int64(r.length(encoded)),
	}
	if resp.ContentLength >= 0 {
		resp.Header.Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	}
	return resp, nil
}

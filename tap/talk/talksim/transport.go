package talksim

import (
	"fmt"
	"net/http"
)

// Transport returns a way to reach the simulator without a network: no port, no real waiting, no goroutine left behind,
// so that it works inside a testing/synctest bubble and in --demo. Bodies arrive as they were sent, as with an
// [http.Transport] that has DisableCompression set. Whatever host is asked for, this simulator answers.
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
	r, encoded, err := t.sim.serve(served, req.URL.Scheme)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: fmt.Sprintf("%03d %s", r.Status, http.StatusText(r.Status)), StatusCode: r.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.Header, Body: r.read(req.Context(), encoded), Request: req, ContentLength: int64(r.length(encoded)),
	}, nil
}

package tap

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// A panickingTransport passes requests on until the one that meets a mistake of the program.
type panickingTransport struct {
	http.RoundTripper
	left int
}

func (p *panickingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.left--; p.left < 0 {
		_ = r.URL.Path[len(r.URL.Path)]
	}
	return p.RoundTripper.RoundTrip(r)
}

// A panic in the middle of a run ends like any other failure: with the last safe STATE, exit code 1 and one line for
// people. Only the level DEBUG shows its trace.
func TestPanicEndsTheRunWithItsState(t *testing.T) {
	t.Parallel()
	args := failure{settings: map[string]any{"requests_per_minute": 1000}}.files(t, t.TempDir())
	failure := failure{scenarios: []string{"page-size=1"}}
	transport := &panickingTransport{failure.simulator(t).Transport(), 3} // a token and the first pages
	for _, level := range []string{"DEBUG", "INFO"} {
		transport.left = 3
		var stdout, stderr strings.Builder
		p := &program{env: environment{"LOGLEVEL=" + level}, stdout: &stdout, stderr: &stderr, transport: transport}
		code := p.main(context.Background(), args)
		last := stderr.String()[strings.LastIndex(strings.TrimSuffix(stderr.String(), "\n"), "\n")+1:]
		const want = "CRITICAL internal error: runtime error: index out of range "
		if code != 1 || !strings.HasPrefix(last, want) || strings.Count(stderr.String(), "CRITICAL") != 1 {
			t.Errorf("exit code %d, last line %q; want 1 and %s", code, last, want)
		}
		out := strings.TrimSuffix(stdout.String(), "\n")
		state, records := out[strings.LastIndex(out, "\n")+1:], strings.Count(out, "RECORD")
		if !strings.HasPrefix(state, `{"type":"STATE"`) || records != 1 {
			t.Errorf("%d records, and the last line is %.100s; want 1 and a STATE", records, state)
		}
		if traced := strings.Contains(stderr.String(), "panic_test.go:"); traced != (level == "DEBUG") {
			t.Errorf("at %s the log shows the trace: %t", level, traced)
		}
	}
}

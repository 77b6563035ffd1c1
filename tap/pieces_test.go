package tap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// tinyRows answers the first request with a page of n rows that hold as little as a row can, and the others with none;
// the row at bad has no id.
func tinyRows(n, bad int) http.RoundTripper {
	var page bytes.Buffer
	page.WriteString(`{"calls":[`)
	for i := range n {
		if i > 0 {
			page.WriteByte(',')
		}
		id := "id"
		if i == bad {
			id = "no"
		}
		fmt.Fprintf(&page, `{%q:%d,"updated_at":"2026-01-01T%02d:%02d:%02dZ"}`, id, i+1, i/3600%24, i/60%60, i%60)
	}
	page.WriteString(`]}`)
	served := false
	return roundTrip(func(*http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
		if served {
			_, _ = io.WriteString(w, `{"calls":[],"legs":[]}`)
		} else {
			_, _ = w.Write(page.Bytes())
		}
		served = true
		return w.Result(), nil
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A page goes out in pieces, so that its messages take little memory even if they are far larger than the page.
func TestHugePageGoesOutInPieces(t *testing.T) {
	t.Parallel()
	const rows = 20_000 // 28 MB of messages
	var stdout bytes.Buffer
	j := pieceJob(t, &stdout, tinyRows(rows, -1))
	if err := j.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(stdout.String(), `"type":"RECORD"`); got != rows {
		t.Errorf("got %d records, want %d", got, rows)
	}
	const most = 8 << 20
	if got := cap(j.out.Lines()); got > most {
		t.Errorf("%d bytes of messages were held back, want at most %d", got, most)
	}
}

// A row that no target can store keeps its page back, however large the page is, and whichever row it is.
func TestHugePageWithABadRowEmitsNothing(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	for _, bad := range []int{0, 1, rows / 2, rows - 1} {
		var stdout bytes.Buffer
		err := pieceJob(t, &stdout, tinyRows(rows, bad)).run(context.Background())
		want := fmt.Sprintf("calls: row %d of the page from 1970-01-01T00:00:00Z has no usable id", bad+1)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if strings.Contains(stdout.String(), "RECORD") {
			t.Errorf("row %d is bad, and records of its page are out", bad+1)
		}
	}
}

// pieceJob returns a run against transport that writes to stdout.
func pieceJob(t *testing.T, stdout io.Writer, transport http.RoundTripper) *job {
	t.Helper()
	p := &program{env: environment{}, stdout: stdout, stderr: io.Discard, transport: transport}
	p.openLog()
	j, err := p.prepare(arguments{configs: []string{writeConfig(t)}})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func writeConfig(t *testing.T) string {
	t.Helper()
	return failure{login: "bearer"}.files(t, t.TempDir())[1]
}

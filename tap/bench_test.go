package tap

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// BenchmarkPage measures all that happens to pages between their last byte and stdout, in a run of 20 pages of 1,000
// rows: check, types, fingerprints, cursor, RECORD and STATE lines. The metric x_check is its fastest run in units of
// the fastest gjson.ValidBytes over the same pages:
//
//	go test -run - -bench Page -count 6 ./tap
//
// .ci/bench measures whole processes.
func BenchmarkPage(b *testing.B) {
	for _, page := range []struct{ stream, file string }{
		{"calls", "../testdata/api/calls_estuary_2026-08.json"},
		{"legs", "../testdata/api/legs_airbyte_2023-01.json"},
	} {
		b.Run(page.stream, func(b *testing.B) {
			benchmarkPages(b, page.stream, recordedPages(b, page.stream, page.file))
		})
	}
}

const (
	benchPages = 20
	benchRows  = 1000
	benchStart = 1_600_000_000
)

func benchmarkPages(b *testing.B, name string, pages [][]byte) {
	j := benchJob(b, name)
	s := j.streams[0]
	bytes := 0
	for _, page := range pages {
		bytes += len(page)
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	check, whole := time.Hour, time.Hour // the fastest run of each, since other programs can only slow it down
	for b.Loop() {
		began := time.Now()
		for _, page := range pages {
			if !gjson.ValidBytes(page) {
				b.Fatal("a page is not JSON: mend the benchmark")
			}
		}
		check = min(check, time.Since(began))
		// A client that is used again would wait for the rate limit.
		j.client = talk.NewClient(j.clientConfig(recording(pages)))
		s.bookmark = bookmark{}
		j.begin(s)
		began = time.Now()
		if err := j.readPages(b.Context(), s, talk.NewCursor(j.cursorConfig(s))); err != nil {
			b.Fatal(err)
		}
		whole = min(whole, time.Since(began))
		if s.records != benchPages*benchRows {
			b.Fatalf("%d records: mend the benchmark", s.records)
		}
	}
	b.ReportMetric(float64(whole)/float64(check), "x_check")
	b.ReportMetric(float64(benchPages*benchRows*b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkStart measures a whole run of the commands that send no request.
func BenchmarkStart(b *testing.B) {
	for _, command := range []string{"--version", "--discover"} {
		b.Run(command, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if code := Main(b.Context(), []string{command}, nil, io.Discard, io.Discard); code != 0 {
					b.Fatalf("exit code %d", code)
				}
			}
		})
	}
}

// benchJob returns a run over one stream whose messages are thrown away.
func benchJob(b *testing.B, name string) *job {
	b.Helper()
	own := streams()
	own = slices.DeleteFunc(own, func(s singer.Stream) bool { return s.Name != name })
	selected, _, err := singer.Select(nil, own)
	if err != nil {
		b.Fatal(err)
	}
	state, err := singer.ParseState(nil)
	if err != nil {
		b.Fatal(err)
	}
	settings, err := demoSettings()
	if err != nil {
		b.Fatal(err)
	}
	j := &job{
		program:  &program{log: slog.New(slog.DiscardHandler)},
		settings: settings,
		out:      singer.NewWriter(io.Discard),
		state:    state,
		streams:  []*stream{{Selected: &selected[0], projection: singer.NewProjection(&selected[0], 0)}},
	}
	return j
}

// recording answers with the page that follows the start_time asked for.
type recording [][]byte

func (r recording) RoundTrip(req *http.Request) (*http.Response, error) {
	start, err := strconv.Atoi(req.URL.Query().Get("start_time"))
	if err != nil {
		return nil, err
	}
	body := []byte(`{"calls":[],"legs":[]}`)
	if n := max(0, start+1-benchStart) / benchRows; n < len(r) {
		body = r[n]
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Date": {"Wed, 07 Oct 2026 10:00:00 GMT"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// recordedPages makes pages, without white space as the API sends them, out of the rows of a recorded one, each row
// with an id and a second of its own.
func recordedPages(b *testing.B, name, file string) (pages [][]byte) {
	b.Helper()
	recorded, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	rows := gjson.GetBytes(recorded, name).Array()
	for first := 0; first < benchPages*benchRows; first += benchRows {
		body := fmt.Appendf(nil, `{"count":%d,"end_time":%d,"%s":[`, benchRows, benchStart+first+benchRows-1, name)
		for n := first; n < first+benchRows; n++ {
			row := rows[n%len(rows)]
			text := strings.NewReplacer(
				`"id":`+row.Get("id").Raw, fmt.Sprintf(`"id":%d`, 32274699328148+int64(n)),
				`"updated_at":`+row.Get("updated_at").Raw, `"updated_at":"`+talk.UTC(int64(benchStart+n))+`"`,
			).Replace(row.Get("@ugly").Raw)
			body = append(append(body, text...), ',')
		}
		pages = append(pages, append(body[:len(body)-1], "]}"...))
	}
	return pages
}

package tap

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// BenchmarkPage is all that happens to a page between its last byte and stdout: check, types, fingerprints, cursor, RECORD
// lines, STATE. The metric x_check is its fastest pass in units of the fastest gjson.ValidBytes on the same page; its bar is
// 2 for calls:
//
//	go test -run - -bench Page -count 6 ./tap
//
// The check that also splits the page into rows (talk/scan.go) takes 0.75 of gjson's time, the projection (singer/scan.go)
// about as long as gjson; their benchmarks tell what paid in each.
func BenchmarkPage(b *testing.B) {
	for _, page := range []struct{ stream, file string }{
		{"calls", "../testdata/api/calls_estuary_2026-08.json"},
		{"legs", "../testdata/api/legs_airbyte_2023-01.json"},
	} {
		b.Run(page.stream, func(b *testing.B) { benchmarkPage(b, page.stream, benchPage(b, page.stream, page.file)) })
	}
}

func benchmarkPage(b *testing.B, name string, body []byte) {
	j := benchJob(b, name, body)
	s := j.streams[0]
	j.begin(s)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	check, whole := time.Hour, time.Hour // the fastest of each: other programs on the machine only slow things down
	for b.Loop() {
		began := time.Now()
		if !gjson.ValidBytes(body) {
			b.Fatal("the page is not JSON: mend the benchmark")
		}
		check = min(check, time.Since(began))
		cursor := talk.NewCursor(j.cursorConfig(s))
		j.client = talk.NewClient(j.clientConfig(canned(body))) // or its limit would be reached
		began = time.Now()
		page, err := j.client.Page(b.Context(), endpoint(name), cursor.Request())
		if err == nil {
			err = j.emitPage(b.Context(), s, cursor, page)
		}
		if err != nil {
			b.Fatal(err)
		}
		whole = min(whole, time.Since(began))
	}
	if s.records != b.N*1000 {
		b.Fatalf("%d records of %d pages: mend the benchmark", s.records, b.N)
	}
	b.ReportMetric(float64(whole)/float64(check), "x_check")
	b.ReportMetric(float64(s.records)/b.Elapsed().Seconds(), "records/s")
}

// benchJob is a run over one stream, with nobody to read it.
func benchJob(b *testing.B, name string, body []byte) *job {
	b.Helper()
	var own []singer.Stream
	for _, s := range streams() {
		if s.Name == name {
			own = append(own, s)
		}
	}
	selected, _, err := singer.Select(nil, own)
	if err != nil {
		b.Fatal(err)
	}
	state, err := singer.ParseState(nil)
	if err != nil {
		b.Fatal(err)
	}
	j := &job{
		program:  &program{log: slog.New(slog.DiscardHandler), transport: canned(body)},
		settings: demoSettings(),
		out:      singer.NewWriter(io.Discard),
		state:    state,
		streams:  []*stream{{Selected: &selected[0], projection: singer.NewProjection(&selected[0])}},
	}
	if err := j.settings.check(); err != nil {
		b.Fatal(err)
	}
	return j
}

// canned answers every request with the same page.
type canned []byte

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Date": {"Wed, 07 Oct 2026 10:00:00 GMT"}},
		Body: io.NopCloser(bytes.NewReader(c)), ContentLength: int64(len(c)),
	}, nil
}

// benchPage makes a page of 1,000 rows, without white space as the API sends it, out of the rows of a recorded one.
func benchPage(b *testing.B, stream, file string) []byte {
	b.Helper()
	recorded, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	rows := gjson.GetBytes(recorded, stream).Array()
	body := fmt.Appendf(nil, `{"count":1000,"end_time":1635000000,"next_page":null,"%s":[`, stream)
	for i := range 1000 {
		if i > 0 {
			body = append(body, ',')
		}
		row := rows[i%len(rows)]
		old := row.Get("id").Raw
		body = append(body, bytes.Replace([]byte(row.Get("@ugly").Raw), []byte(`"id":`+old), fmt.Appendf(nil, `"id":%d`, 32274699328148+i), 1)...)
	}
	return append(body, "]}"...)
}

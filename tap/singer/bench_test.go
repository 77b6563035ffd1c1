package singer_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

// BenchmarkRecord writes the rows of a checked page of 1,000 as RECORD lines. BenchmarkValid is gjson's check of the
// page; the metric x_check is the fastest pass in units of the fastest check (package tap's BenchmarkPage is the whole
// way of a page, and has the bar):
//
//	go test -run - -bench 'Valid|Record' -count 6 ./tap/singer
func BenchmarkRecord(b *testing.B) {
	five := []string{"id", "created_at", "updated_at", "duration", "completion_status"}
	b.Run("calls", func(b *testing.B) { benchmarkRecord(b, "calls", nil, callsPage(b, nil)) })
	b.Run("calls_5_fields", func(b *testing.B) { benchmarkRecord(b, "calls", five, callsPage(b, nil)) })
	b.Run("calls_rescued", func(b *testing.B) {
		benchmarkRecord(b, "calls", nil, callsPage(b, func(row []byte) []byte {
			row = bytes.Replace(row, []byte(`"post_call_summary":null`),
				[]byte(`"post_call_summary":"Asked about \"orders\""`), 1)
			return bytes.Replace(row, []byte(`"talk_time":0`), []byte(`"talk_time":0.5`), 1)
		}))
	})
	b.Run("legs", func(b *testing.B) { benchmarkRecord(b, "legs", nil, legsPage(b)) })
}

// BenchmarkValid is what BenchmarkRecord is measured against.
func BenchmarkValid(b *testing.B) {
	for _, page := range []struct {
		name string
		body []byte
	}{{"calls", callsPage(b, nil)}, {"legs", legsPage(b)}} {
		b.Run(page.name, func(b *testing.B) {
			b.SetBytes(int64(len(page.body)))
			for b.Loop() {
				if !gjson.ValidBytes(page.body) {
					b.Fatal("the page is not JSON: mend the benchmark")
				}
			}
		})
	}
}

func benchmarkRecord(b *testing.B, stream string, fields []string, page []byte) {
	selected := selectFields(b, stream, fields)
	projection := singer.NewProjection(selected, 0)
	writer := singer.NewWriter(io.Discard)
	received := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	var rows [][]byte
	for _, row := range gjson.GetBytes(page, "rows").Array() {
		rows = append(rows, page[row.Index:row.Index+len(row.Raw)])
	}
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	check, whole := time.Hour, time.Hour // the fastest of each: other programs on the machine only slow things down
	for b.Loop() {
		began := time.Now()
		if !gjson.ValidBytes(page) {
			b.Fatal("the page is not JSON: mend the benchmark")
		}
		check = min(check, time.Since(began))
		began = time.Now()
		lines := writer.Lines()
		for _, row := range rows {
			var r singer.Row
			if lines, r = projection.Append(lines, row, received); !r.IDOK || !r.UpdatedOK {
				b.Fatal("a row without id or updated_at: mend the benchmark")
			}
		}
		writer.Keep(lines, len(rows))
		if err := writer.Flush(context.Background()); err != nil {
			b.Fatal(err)
		}
		whole = min(whole, time.Since(began))
	}
	b.ReportMetric(float64(whole)/float64(check), "x_check")
	b.ReportMetric(float64(len(rows)*b.N)/b.Elapsed().Seconds(), "records/s")
}

// selectFields selects some fields of a stream of this repository, all if fields is nil.
func selectFields(tb testing.TB, stream string, fields []string) *singer.Selected {
	tb.Helper()
	schema, err := os.ReadFile("../../schemas/" + stream + ".json")
	if err != nil {
		tb.Fatal(err)
	}
	streams := []singer.Stream{{
		Name:           stream,
		KeyProperties:  []string{"id"},
		ReplicationKey: "updated_at",
		Schema:         schema,
	}}
	var catalog []byte
	if fields != nil {
		catalog = fmt.Appendf(nil, `{"streams":[{"tap_stream_id":%q,"schema":%s,"metadata":[{"breadcrumb":[],`+
			`"metadata":{"selected":true}}`, stream, schema)
		gjson.GetBytes(schema, "properties").ForEach(func(name, _ gjson.Result) bool {
			catalog = fmt.Appendf(catalog, `,{"breadcrumb":["properties",%q],"metadata":{"selected":%t}}`, name.Str,
				slices.Contains(fields, name.Str))
			return true
		})
		catalog = append(catalog, `]}]}`...)
	}
	selected, _, err := singer.Select(catalog, streams)
	if err != nil {
		tb.Fatal(err)
	}
	return &selected[0]
}

// callsPage is a page of 1,000 calls as the API has them since 2026, undocumented fields included.
func callsPage(tb testing.TB, edit func([]byte) []byte) []byte {
	tb.Helper()
	return page(tb, "../../testdata/api/calls_estuary_2026-08.json", "calls", edit)
}

func legsPage(tb testing.TB) []byte {
	tb.Helper()
	return page(tb, "../../testdata/api/legs_airbyte_2023-01.json", "legs", nil)
}

// page makes a page of 1,000 rows, without white space as the API sends it, out of the rows of a recorded one.
func page(tb testing.TB, file, key string, edit func([]byte) []byte) []byte {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	recorded := gjson.GetBytes(data, key).Array()
	body := []byte(`{"rows":[`)
	for i := range 1000 {
		row := []byte(recorded[i%len(recorded)].Get("@ugly").Raw)
		if edit != nil {
			row = edit(row)
		}
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, row...)
	}
	return fmt.Appendf(body, `],"count":1000,"end_time":1790208758}`)
}

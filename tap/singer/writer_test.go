package singer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

func state(t testing.TB, text string) *singer.State {
	t.Helper()
	s, err := singer.ParseState([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// script runs steps on a new Writer and returns the letters of the messages that went out, with a or b for a STATE.
//
//	S SCHEMA · R RECORD · r RECORD that is not kept · V ACTIVATE_VERSION · a, b State · A, B EndState
//	F Flush · X Flush with a context that is done · C Flush that is cut after its first chunk
func script(t *testing.T, steps string) string {
	t.Helper()
	out := &recorder{}
	w := singer.NewWriter(out)
	selected := sel(t, "")
	p := singer.NewProjection(selected, 0)
	states := map[rune]*singer.State{'a': state(t, `{"at":"a"}`), 'b': state(t, `{"at":"b"}`)}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, step := range steps {
		switch step {
		case 'S':
			w.Schema(selected)
		case 'R':
			collect(w, p, `{"id":1,"bare":"`+strings.Repeat("x", 1000)+`"}`)
		case 'r':
			p.Append(w.Lines(), []byte(`{"id":2}`), received())
		case 'V':
			w.ActivateVersion("notes", 7)
		case 'a', 'b':
			w.State(states[step])
		case 'A', 'B':
			w.EndState(states[step-'A'+'a'])
		case 'F':
			if err := w.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		case 'X':
			if err := w.Flush(done); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		case 'C':
			ctx, cancel := context.WithCancel(t.Context())
			out.written = cancel
			if err := w.Flush(ctx); !errors.Is(err, context.Canceled) {
				t.Fatalf("Flush cut after a chunk: got %v, want context canceled", err)
			}
		}
	}
	var got strings.Builder
	for line := range bytes.Lines(out.Bytes()) {
		switch gjson.GetBytes(line, "type").Str {
		case "SCHEMA":
			got.WriteByte('S')
		case "RECORD":
			got.WriteByte('R')
		case "ACTIVATE_VERSION":
			got.WriteByte('V')
		case "STATE":
			got.WriteString(gjson.GetBytes(line, "value.at").Str)
		}
	}
	return got.String()
}

// collect makes the RECORD of a row part of the output.
func collect(w *singer.Writer, p *singer.Projection, row string) {
	lines, _ := p.Append(w.Lines(), []byte(row), received())
	w.Keep(lines, 1)
}

// A recorder keeps what is written.
type recorder struct {
	bytes.Buffer
	written func() // called after a write, once
}

func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.Buffer.Write(b)
	if r.written != nil {
		r.written()
		r.written = nil
	}
	return n, err
}

// Messages go out in order, less the STATEs that say nothing new.
func TestWriterScripts(t *testing.T) {
	t.Parallel()
	chunk := strings.Repeat("R", 52) // as many as there are in one chunk, with place for a STATE
	for _, test := range []struct{ name, steps, want string }{
		{"plain run", "aSRRaRbBF", "aSRRaRb"},
		{"equal STATE without RECORD between", "aaSaF", "aS"},
		{"equal STATE with RECORD between", "aSRaF", "aSRa"},
		{"another STATE", "aSbF", "aSb"},
		{"last line is the STATE already", "aSRaAF", "aSRa"},
		{"last line is a SCHEMA", "aSAF", "aSa"},
		{"last line is another STATE", "abAF", "aba"},
		{"end of a run that did nothing", "aAF", "a"},
		{"across a flush", "aSFaAF", "aSa"},
		{"equal across a flush", "aFaFAF", "a"},
		{"RECORD not kept", "SRrF", "SR"},
		{"RECORD not kept before one that is", "SRrRF", "SRR"},
		{"RECORD not kept before a SCHEMA", "RrSF", "RS"},
		{"a RECORD that is not kept does not lie between", "arraF", "a"},
		{"an earlier RECORD does", "aRraF", "aRa"},
		{"ACTIVATE_VERSION before its STATE", "aSRVbF", "aSRVb"},
		{"last line is an ACTIVATE_VERSION", "aSVAF", "aSVa"},
		{"interrupted before", "aSRbX", ""},
		{"interrupted, then the last STATE", "aFSRbXAF", "a"},
		{"interrupted, then another STATE", "aFSRXBF", "ab"},
		{"interrupted between chunks", chunk + "RRRbCBF", chunk + "b"},
		{"interrupted, and an equal STATE further back", "a" + chunk + "RCAF", "a" + chunk + "a"},
		{"interrupted right behind a STATE", chunk + "bRCBF", chunk + "b"},
		{"interrupted right behind another STATE", chunk + "bRCAF", chunk + "ba"},
		{"nothing to interrupt", "aFX", "a"},
		{"more after an interruption", chunk + "RCaRrSRF", chunk + "aRSR"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := script(t, test.steps); got != test.want {
				t.Errorf("messages of %s: got %s, want %s", test.steps, got, test.want)
			}
		})
	}
}

// STATE, SCHEMA and ACTIVATE_VERSION are written exactly like this.
func TestMessages(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := singer.NewWriter(&out)
	catalog := `{"streams":[{"tap_stream_id":"shelves","key_properties":["id","updated_at"],` +
		`"replication_method":"FULL_TABLE"}]}`
	selected, _, err := singer.Select([]byte(catalog), books())
	if err != nil {
		t.Fatal(err)
	}
	w.State(state(t, `{"bookmarks": {"films": {"x": 1.50}}}`))
	w.Schema(&selected[0])
	w.ActivateVersion("shelves", 1795341600123)
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"STATE","value":{"bookmarks":{"films":{"x":1.50}}}}
{"type":"SCHEMA","stream":"shelves","schema":{"properties":{"id":{"type":["integer"]},` +
		`"updated_at":{"type":["string","null"],"format":"date-time"}}},` +
		`"key_properties":["id","updated_at"],"bookmark_properties":["updated_at"]}
{"type":"ACTIVATE_VERSION","stream":"shelves","version":1795341600123}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// Unsaved counts what is behind the last STATE, kept and written alike; what an interrupted Flush has dropped does not
// count.
func TestUnsaved(t *testing.T) {
	t.Parallel()
	out := &recorder{}
	w := singer.NewWriter(out)
	p := singer.NewProjection(sel(t, ""), 0)
	check := func(when string, want int) {
		t.Helper()
		if got := w.Unsaved(); got != want {
			t.Errorf("unsaved %s: got %d, want %d", when, got, want)
		}
	}
	row := `{"id":1,"bare":"` + strings.Repeat("x", 1000) + `"}`
	w.State(state(t, `{}`))
	for range 3 {
		collect(w, p, row)
	}
	check("before a Flush", 3)
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		collect(w, p, row)
	}
	check("after more", 203)
	ctx, cancel := context.WithCancel(t.Context())
	out.written = cancel
	if err := w.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Flush cut after a chunk: got %v, want context canceled", err)
	}
	check("after an interruption", bytes.Count(out.Bytes(), []byte(`"RECORD"`)))
	collect(w, p, row)
	w.State(state(t, `{"a":1}`))
	check("behind a STATE", 0)
}

// A page may go out in pieces, so that memory stays at the size of a piece.
func TestPiecesOfAPage(t *testing.T) {
	t.Parallel()
	out := &recorder{}
	w := singer.NewWriter(out)
	p := singer.NewProjection(sel(t, ""), 0)
	const rows, piece = 2000, 100 << 10
	lines, records, largest := w.Lines(), 0, 0
	for i := range rows {
		lines, _ = p.Append(lines, fmt.Appendf(nil, `{"id":%d,"bare":"%01000d"}`, i, i), received())
		records++
		if len(lines) < piece && i < rows-1 {
			continue
		}
		w.Keep(lines, records)
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		lines, records = w.Lines(), 0
		largest = max(largest, cap(lines))
	}
	if got := w.Unsaved(); got != rows || bytes.Count(out.Bytes(), []byte("\n")) != rows {
		t.Errorf("%d unsaved, %d lines written; want %d of each", got, bytes.Count(out.Bytes(), []byte("\n")), rows)
	}
	if largest > 3*piece {
		t.Errorf("the lines took %d bytes, want about those of a piece, %d", largest, piece)
	}
}

// chunks is an output that checks what it is given: whole lines, about 64 KiB.
type chunks struct {
	t     *testing.T
	sizes []int
}

func (c *chunks) Write(b []byte) (int, error) {
	if b[len(b)-1] != '\n' {
		c.t.Errorf("a chunk of %d bytes ends within a line", len(b))
	}
	c.sizes = append(c.sizes, len(b))
	return len(b), nil
}

func TestChunks(t *testing.T) {
	t.Parallel()
	out := &chunks{t: t}
	w := singer.NewWriter(out)
	p := singer.NewProjection(sel(t, ""), 0)
	for range 500 {
		collect(w, p, `{"id":1,"bare":"`+strings.Repeat("x", 1000)+`"}`)
	}
	collect(w, p, `{"id":1,"bare":"`+strings.Repeat("x", 200_000)+`"}`)
	collect(w, p, `{"id":1}`)
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	long := 0
	for i, n := range out.sizes {
		if n > 64<<10 {
			long++
		} else if n < 50<<10 && i < len(out.sizes)-3 {
			t.Errorf("chunk %d has %d bytes, want about 64 KiB", i, n)
		}
	}
	if long != 1 {
		t.Errorf("chunks %d: %d are longer than 64 KiB, want only that with the one long line", out.sizes, long)
	}
}

// A failing output takes n bytes and then fails once, or, if silent, takes less than it is given without an error.
// After that it would take everything.
type failing struct {
	n      int
	silent bool
	took   bytes.Buffer
}

func (f *failing) Write(b []byte) (int, error) {
	if len(b) <= f.n {
		f.n -= len(b)
		return f.took.Write(b)
	}
	n, _ := f.took.Write(b[:f.n])
	f.n = 1 << 20
	if f.silent {
		return n, nil
	}
	return n, io.ErrClosedPipe
}

// An error of the output comes out of that Flush and of each later one, wherever it happens, and nothing more is
// written.
func TestFailingOutput(t *testing.T) {
	t.Parallel()
	selected := sel(t, "")
	run := func(out *failing) (errs []error) {
		w := singer.NewWriter(out)
		p := singer.NewProjection(selected, 0)
		w.State(state(t, `{}`))
		w.Schema(selected)
		for range 3 {
			collect(w, p, `{"id":1}`)
			w.State(state(t, `{"a":1}`))
			errs = append(errs, w.Flush(t.Context()))
		}
		return append(errs, w.Flush(context.Background()))
	}
	whole := &failing{n: 1 << 20}
	for _, err := range run(whole) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range whole.took.Len() {
		for _, silent := range []bool{false, true} {
			out := &failing{n: n, silent: silent}
			want := io.ErrClosedPipe
			if silent {
				want = io.ErrShortWrite
			}
			errs, broken := run(out), false
			for _, err := range errs {
				broken = broken || err != nil
				if broken && !errors.Is(err, want) {
					t.Fatalf("output broken after %d bytes: got errors %v, want %v from one on", n, errs, want)
				}
			}
			if !broken || !bytes.Equal(out.took.Bytes(), whole.took.Bytes()[:n]) {
				t.Fatalf("output broken after %d bytes: errors %v, written %q", n, errs, out.took.String())
			}
		}
	}
}

// A page of rows becomes RECORDs, and a STATE says how far all is safe.
func ExampleWriter() {
	schema := `{"type":"object","properties":{"id":{"type":"integer"},"updated_at":{"type":"string",` +
		`"format":"date-time"}}}`
	streams := []singer.Stream{
		{Name: "pets", KeyProperties: []string{"id"}, ReplicationKey: "updated_at", Schema: []byte(schema)},
	}
	selected, _, err := singer.Select(nil, streams)
	if err != nil {
		fmt.Println(err)
		return
	}
	page := []string{
		`{"updated_at":"2026-11-22T12:00:00+02:00","id":"7"}`,
		`{"updated_at":"2026-11-22T12:00:10+02:00","id":"8"}`,
	}
	seen := map[int64]bool{8: true}

	var out bytes.Buffer
	var state singer.State
	w, p := singer.NewWriter(&out), singer.NewProjection(&selected[0], 0)
	w.Schema(&selected[0])
	lines, records := w.Lines(), 0
	for _, raw := range page {
		longer, row := p.Append(lines, []byte(raw), received())
		if !seen[row.ID] { // else longer is forgotten, and the row was never there
			lines = longer
			records++
		}
		state.SetBookmark("pets", fmt.Appendf(nil, `{"end_time":%d}`, row.Updated))
	}
	w.Keep(lines, records)
	w.State(&state)
	if err := w.Flush(context.Background()); err != nil {
		fmt.Println(err)
	}
	for line := range strings.Lines(out.String()) {
		fmt.Printf("%.110s\n", strings.TrimSpace(line))
	}
	// Output:
	// {"type":"SCHEMA","stream":"pets","schema":{"type":"object","properties":{"id":{"type":"integer"},"updated_at":
	// {"type":"RECORD","stream":"pets","record":{"id":7,"updated_at":"2026-11-22T10:00:00Z"},"time_extracted":"2026-
	// {"type":"STATE","value":{"bookmarks":{"pets":{"end_time":1795341610}}}}
}

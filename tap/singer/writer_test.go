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

// script runs steps on a new Writer and returns the types of the messages that went out, STATEs with what they say.
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

// Which messages go out, in what order, and which STATEs are left out.
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

// The bytes of the other two messages (points 23, 24 of singer.md §6).
func TestMessages(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := singer.NewWriter(&out)
	selected, _, err := singer.Select([]byte(`{"streams":[{"tap_stream_id":"shelves","key_properties":["id","updated_at"],"replication_method":"FULL_TABLE"}]}`), books())
	if err != nil {
		t.Fatal(err)
	}
	w.State(state(t, `{"bookmarks": {"films": {"x": 1.50}}}`))
	w.Schema(&selected[0])
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"STATE","value":{"bookmarks":{"films":{"x":1.50}}}}` + "\n" +
		`{"type":"SCHEMA","stream":"shelves","schema":{"properties":{"id":{"type":["integer"]},"updated_at":{"type":["string","null"],"format":"date-time"}}},` +
		`"key_properties":["id","updated_at"],"bookmark_properties":["updated_at"]}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
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

// failing takes n bytes and then fails once, or takes less than it is given and says nothing. Then it would take all.
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

// Wherever the output breaks: the error comes out of that Flush and of each later one, and nothing more is written.
func TestFailingOutput(t *testing.T) {
	t.Parallel()
	run := func(out *failing) (errs []error) {
		w := singer.NewWriter(out)
		selected := sel(t, "")
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

func ExampleWriter() {
	var out bytes.Buffer
	streams := []singer.Stream{{Name: "pets", KeyProperties: []string{"id"}, ReplicationKey: "updated_at",
		Schema: []byte(`{"type":"object","properties":{"id":{"type":["integer"]},"updated_at":{"type":["string","null"],"format":"date-time"}}}`)}}
	selected, _, _ := singer.Select(nil, streams)
	state, _ := singer.ParseState(nil)
	w := singer.NewWriter(&out)
	w.Schema(&selected[0])
	p := singer.NewProjection(&selected[0], 0)
	lines, row := p.Append(w.Lines(), []byte(`{"updated_at":"2026-11-22T12:00:00+02:00","id":"7"}`), received())
	w.Keep(lines, 1)
	state.SetBookmark("pets", fmt.Appendf(nil, `{"end_time":%d}`, row.Updated))
	w.State(state)
	if err := w.Flush(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Print(out.String())
	// Output:
	// {"type":"SCHEMA","stream":"pets","schema":{"type":"object","properties":{"id":{"type":["integer"]},"updated_at":{"type":["string","null"],"format":"date-time"}}},"key_properties":["id"],"bookmark_properties":["updated_at"]}
	// {"type":"RECORD","stream":"pets","record":{"id":7,"updated_at":"2026-11-22T10:00:00Z"},"time_extracted":"2026-11-22T10:00:00.123456Z"}
	// {"type":"STATE","value":{"bookmarks":{"pets":{"end_time":1795341600}}}}
}

package singer

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// A Writer is the only one that writes to its output, a tap's stdout. It collects whole lines in memory and writes them
// when [Writer.Flush] says so, in chunks that end at line ends. A Writer serves one goroutine.
type Writer struct {
	out     io.Writer
	lines   []byte // whole lines, not yet written
	end     tail   // what everything up to the end of lines ends in
	written tail   // what everything before lines ends in
	err     error  // of out; sticky
}

// A tail is what the output ends in, as far as it decides whether another STATE says something new.
type tail struct {
	state   string // the last STATE line
	records int    // number of RECORDs behind it
	other   bool   // some line lies behind it
}

const (
	chunk      = 64 << 10 // what is written at once: a pipe's buffer
	recordHead = `{"type":"RECORD","stream":`
	stateHead  = `{"type":"STATE","value":`
)

// NewWriter returns a Writer on out.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Schema collects the SCHEMA message of s.
func (w *Writer) Schema(s *Selected) {
	b := appendQuoted(append(w.lines, `{"type":"SCHEMA","stream":`...), s.Name)
	b = append(append(b, `,"schema":`...), s.Schema...)
	b = appendList(append(b, `,"key_properties":`...), s.KeyProperties)
	if s.ReplicationKey != "" {
		b = appendList(append(b, `,"bookmark_properties":`...), []string{s.ReplicationKey})
	}
	w.Keep(append(b, "}\n"...), 0)
}

// ActivateVersion collects an ACTIVATE_VERSION message: a target that knows it deletes all rows of the stream whose
// RECORDs bore another version, or none.
func (w *Writer) ActivateVersion(stream string, version int64) {
	b := appendQuoted(append(w.lines, `{"type":"ACTIVATE_VERSION","stream":`...), stream)
	w.Keep(fmt.Appendf(b, `,"version":%d}`+"\n", version), 0)
}

// Lines returns the collected lines, for [Projection.Append] to append RECORDs to. What was appended is no part of the
// output until it is given to [Writer.Keep].
func (w *Writer) Lines() []byte { return w.lines }

// Keep makes lines the collected ones. They must begin with those of [Writer.Lines]; records is the number of RECORDs
// behind these.
func (w *Writer) Keep(lines []byte, records int) {
	w.end.other = w.end.other || len(lines) > len(w.lines)
	w.end.records += records
	w.lines = lines
}

// State collects a STATE message, unless it equals the last one and no RECORD lies between them.
func (w *Writer) State(s *State) { w.state(s, w.end.records > 0) }

// EndState makes s the last line: it collects a STATE message unless the last line is that very message.
func (w *Writer) EndState(s *State) { w.state(s, w.end.other) }

func (w *Writer) state(s *State, again bool) {
	b := append(s.AppendJSON(append(w.lines, stateHead...)), "}\n"...)
	if line := string(b[len(w.lines):]); again || line != w.end.state {
		w.lines, w.end = b, tail{state: line}
	}
}

// Unsaved returns the number of RECORDs behind the last STATE, those written and those collected.
func (w *Writer) Unsaved() int { return w.end.records }

// Flush writes all collected lines, in chunks of about 64 KiB. If ctx is done before a chunk, the lines left are
// dropped, and the cause is returned: what was written then ends in a whole line, and the Writer can go on. An error of
// the output, a short write included, is returned as it is by this and every later Flush.
func (w *Writer) Flush(ctx context.Context) error {
	n := 0
	for n < len(w.lines) && w.err == nil {
		if ctx.Err() != nil {
			w.end = w.written.after(w.lines[:n])
			w.lines, w.written = w.lines[:0], w.end
			return context.Cause(ctx)
		}
		end := lineEnd(w.lines, n)
		if m, err := w.out.Write(w.lines[n:end]); err != nil {
			w.err = err
		} else if m < end-n {
			w.err = io.ErrShortWrite
		}
		n = end
	}
	w.lines, w.written = w.lines[:0], w.end
	return w.err
}

// lineEnd returns where the chunk that begins at b[from:], whole lines all, ends: at least one line, and no more than
// chunk if they fit.
func lineEnd(b []byte, from int) int {
	if len(b)-from <= chunk {
		return len(b)
	}
	if n := bytes.LastIndexByte(b[from:from+chunk], '\n'); n >= 0 {
		return from + n + 1
	}
	return from + chunk + bytes.IndexByte(b[from+chunk:], '\n') + 1
}

// after returns what the output ends in if lines follow what t is about.
func (t tail) after(lines []byte) tail {
	for line := range bytes.Lines(lines) {
		if bytes.HasPrefix(line, []byte(stateHead)) {
			t = tail{state: string(line)}
			continue
		}
		t.other = true
		if bytes.HasPrefix(line, []byte(recordHead)) {
			t.records++
		}
	}
	return t
}

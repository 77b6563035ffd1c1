package singer

import (
	"bytes"
	"context"
	"io"
	"time"
)

// A Writer is the one owner of stdout. It collects whole lines in memory and writes them when [Writer.Flush] says so, in chunks that
// end at line ends. A Writer serves one goroutine.
type Writer struct {
	out  io.Writer
	buf  []byte // whole lines, not yet written
	base int64  // how much went out, or was dropped, before buf
	last tail   // what the lines up to the end of buf end in
	sent tail   // what the lines before buf end in
	undo Mark   // before the last line, if that is a RECORD; else at is -1
	err  error  // of out; sticky
}

// A tail is what a run of lines ends in: all that decides whether another STATE says something new.
type tail struct {
	state   string // the last STATE line
	records int    // RECORDs behind it
	other   bool   // some line lies behind it
}

// A Mark is a place in the output that can be gone back to until the next Flush.
type Mark struct {
	at   int64
	last tail
}

const (
	chunk      = 64 << 10 // what is written at once: a pipe's buffer
	schemaHead = `{"type":"SCHEMA","stream":`
	recordHead = `{"type":"RECORD","stream":`
	stateHead  = `{"type":"STATE","value":`
)

// NewWriter returns a Writer on out.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out, undo: Mark{at: -1}} }

// Schema appends the SCHEMA message of s.
func (w *Writer) Schema(s *Selected) {
	b := appendQuoted(append(w.buf, schemaHead...), s.Name)
	b = append(append(b, `,"schema":`...), s.Schema...)
	b = appendList(append(b, `,"key_properties":`...), s.KeyProperties)
	if s.ReplicationKey != "" {
		b = appendList(append(b, `,"bookmark_properties":`...), []string{s.ReplicationKey})
	}
	w.buf = append(b, "}\n"...)
	w.last.other = true
	w.undo.at = -1
}

// appendList appends a JSON array of strings.
func appendList(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendQuoted(dst, s)
	}
	return append(dst, ']')
}

// Grow makes room for n more bytes at once, and an eighth. It only saves time and memory: a buffer that grows by itself leaves its
// smaller predecessors behind.
func (w *Writer) Grow(n int) {
	if cap(w.buf)-len(w.buf) < n {
		w.buf = append(make([]byte, 0, len(w.buf)+n+n/8), w.buf...) // slices.Grow would copy what lies behind len, too
	}
}

// Record appends the RECORD message of row, any valid JSON value, received at extracted. [Writer.Unrecord] takes it back.
func (w *Writer) Record(p *Projection, row []byte, extracted time.Time) Row {
	w.undo = w.Mark()
	var r Row
	w.buf, r = p.append(w.buf, row, extracted)
	w.last.records++
	w.last.other = true
	return r
}

// Unrecord takes back the RECORD appended last, if it is the last line and not yet written.
func (w *Writer) Unrecord() { w.Rewind(w.undo) }

// State appends a STATE message, unless it equals the last one and no RECORD lies between them.
func (w *Writer) State(s *State) { w.state(s, w.last.records > 0) }

// EndState makes s the last line: it appends a STATE message unless the last line is that very message.
func (w *Writer) EndState(s *State) { w.state(s, w.last.other) }

func (w *Writer) state(s *State, again bool) {
	b := append(s.AppendJSON(append(w.buf, stateHead...)), "}\n"...)
	if line := b[len(w.buf):]; again || string(line) != w.last.state {
		w.last = tail{state: string(line)}
		w.buf = b
		w.undo.at = -1
	}
}

// Unsaved returns the number of RECORDs behind the last STATE.
func (w *Writer) Unsaved() int { return w.last.records }

// Mark returns the present end of the output.
func (w *Writer) Mark() Mark { return Mark{w.base + int64(len(w.buf)), w.last} }

// Rewind takes back all lines since m. Lines before the last Flush are gone: then it does nothing.
func (w *Writer) Rewind(m Mark) {
	if n := m.at - w.base; n >= 0 && n < int64(len(w.buf)) {
		w.buf, w.last = w.buf[:n], m.last
	}
	w.undo.at = -1
}

// Flush writes all collected lines, in chunks of about 64 KiB. If ctx is done before a chunk, the lines left are dropped, and the cause
// is returned: what was written then ends in a whole line, and the Writer can go on. An error of the output, a short write
// included, is returned as it is by this and every later Flush.
func (w *Writer) Flush(ctx context.Context) error {
	n := 0
	for n < len(w.buf) && w.err == nil {
		if ctx.Err() != nil {
			w.last = w.sent.after(w.buf[:n])
			w.done()
			return context.Cause(ctx)
		}
		end := lineEnd(w.buf, n)
		if m, err := w.out.Write(w.buf[n:end]); err != nil {
			w.err = err
		} else if m < end-n {
			w.err = io.ErrShortWrite
		}
		n = end
	}
	w.done()
	return w.err
}

// done forgets the collected lines.
func (w *Writer) done() {
	w.base += int64(len(w.buf))
	w.buf, w.sent = w.buf[:0], w.last
}

// lineEnd returns where the chunk that begins at b[from:], whole lines all, ends: one line at least, and no more than chunk if they fit.
func lineEnd(b []byte, from int) int {
	if len(b)-from <= chunk {
		return len(b)
	}
	if n := bytes.LastIndexByte(b[from:from+chunk], '\n'); n >= 0 {
		return from + n + 1
	}
	return from + chunk + bytes.IndexByte(b[from+chunk:], '\n') + 1
}

// after returns what lines end in if they follow what t is about.
func (t tail) after(lines []byte) tail {
	for line := range bytes.Lines(lines) {
		switch {
		case bytes.HasPrefix(line, []byte(stateHead)):
			t = tail{state: string(line)}
		case bytes.HasPrefix(line, []byte(recordHead)):
			t.records++
			t.other = true
		default:
			t.other = true
		}
	}
	return t
}

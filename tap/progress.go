package tap

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// progress is the live line that a person sees on a terminal. A nil progress shows nothing, as in a pipeline.
type progress struct {
	out   io.Writer
	width func() int // columns of the terminal

	mu   sync.Mutex // the watch over a stuck pipe logs while the run goes on
	line string     // what the terminal shows; "" for no live line
}

// newProgress returns the progress line for a log on stderr; nil if that is no terminal, or if stdout is one too: there
// the messages would run through the line.
func newProgress(stdout, stderr io.Writer) *progress {
	if terminal(stdout) != nil {
		return nil
	}
	f := terminal(stderr)
	if f == nil {
		return nil
	}
	return &progress{out: f, width: func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil || width == 0 {
			return 80
		}
		return width
	}}
}

// terminal returns w as a file if it is a terminal, else nil.
func terminal(w io.Writer) *os.File {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// Write writes a line of the log to the terminal, above the live line.
func (p *progress) Write(logLine []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := p.line
	p.draw("")
	n, err := p.out.Write(logLine)
	p.draw(line)
	return n, err
}

// show brings the live line up to date.
func (p *progress) show(line string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.draw(line)
}

// draw replaces the live line; "" takes it away. A terminal that can't be written to is no reason to fail.
func (p *progress) draw(line string) {
	if most := max(p.width()-1, 0); len(line) > most {
		line = line[:most] // of ASCII characters; a longer line would be broken, and could not be taken away
	}
	if line == p.line {
		return
	}
	blank := strings.Repeat(" ", max(len(p.line)-len(line), 0))
	_, _ = io.WriteString(p.out, "\r"+line+blank)
	if line == "" {
		_, _ = io.WriteString(p.out, "\r")
	}
	p.line = line
}

// An estimate tells how many requests are left, from how much of the time range each of the last ones covered. History
// is uneven: what the first requests covered says nothing of the busy months behind them.
type estimate struct {
	shares []float64 // of the time range, behind each of the last pages; the oldest first
}

const (
	estimatePages = 10              // that an estimate looks back
	longestLeft   = 100 * time.Hour // 60 million rows at the usual limit: more is a sign of a quiet spell ahead
)

// add takes note of the share of the time range that is covered behind one more page.
func (e *estimate) add(share float64) {
	e.shares = append(e.shares, share)
	e.shares = e.shares[max(0, len(e.shares)-estimatePages-1):]
}

// left returns the time that the rate limit needs for the requests that are left; 0 if nothing can be said.
func (e *estimate) left(requestsPerMinute int) time.Duration {
	pages := len(e.shares) - 1
	if pages < 1 {
		return 0
	}
	first, last := e.shares[0], e.shares[pages]
	if last <= first {
		return 0
	}
	requests := (1 - last) / (last - first) * float64(pages)
	left := time.Duration(requests * float64(time.Minute) / float64(requestsPerMinute)).Round(time.Second)
	if left > longestLeft {
		return 0
	}
	return left
}

// progressText describes how far the reading of a stream is. What people wait for comes first: a narrow terminal cuts
// the line.
func (j *job) progressText(s *stream, c *talk.Cursor) string {
	reached, share := c.Progress()
	text := fmt.Sprintf("%.0f %% of the time range, ", share*100)
	if left := s.estimate.left(j.settings.requestsPerMinute); left > 0 {
		text += fmt.Sprintf("about %s left, ", left)
	}
	return text + fmt.Sprintf("%d records, %d requests, at %s", s.records, s.requests, talk.UTC(reached))
}

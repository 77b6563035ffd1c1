package tap

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// progressSteps is the resolution of the bar.
const progressSteps = 1000

// progress is the live line that a person sees on a terminal. A nil progress shows nothing, as in a pipeline.
type progress struct {
	out  io.Writer
	bar  *progressbar.ProgressBar // of the stream in work
	last string                   // whose stream it is
}

// newProgress returns the progress line for out, nil if out is no terminal.
func newProgress(out io.Writer) *progress {
	if f, ok := out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &progress{out: out}
}

// Write writes a line of the log to the terminal, in place of the progress line.
func (p *progress) Write(line []byte) (int, error) {
	p.clear()
	return p.out.Write(line)
}

// show brings the line up to date. The share of the stream is that of the time between its start and now which is covered.
func (p *progress) show(s *stream, c *talk.Cursor, now time.Time) {
	if p == nil {
		return
	}
	if p.bar == nil || p.last != s.Name {
		p.last = s.Name
		p.bar = progressbar.NewOptions(progressSteps,
			progressbar.OptionSetWriter(p.out),
			progressbar.OptionSetWidth(20),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(0),
			progressbar.OptionClearOnFinish(),
		)
	}
	p.bar.Describe(fmt.Sprintf("%s: %d records, %d requests, at %s", s.Name, s.records, s.requests, timeText(c.Reached())))
	done := 0
	if span := now.Unix() - c.Start(); span > 0 {
		done = int((c.Reached() - c.Start()) * progressSteps / span)
	}
	// A terminal that can't be written to is no reason to fail.
	_ = p.bar.Set(min(max(done, 0), progressSteps-1))
}

// clear takes the line away.
func (p *progress) clear() {
	if p != nil && p.bar != nil {
		_ = p.bar.Clear()
	}
}

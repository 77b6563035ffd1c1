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
	out io.Writer
	bar *progressbar.ProgressBar // of the stream in work, nil between streams
}

// newProgress returns the progress line for out, nil if out is no terminal.
func newProgress(out io.Writer) *progress {
	if f, ok := out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &progress{out: out}
}

// Write writes a line of the log to the terminal, above the progress line.
func (p *progress) Write(line []byte) (int, error) {
	if p.bar == nil {
		return p.out.Write(line)
	}
	_ = p.bar.Clear()
	n, err := p.out.Write(line)
	_ = p.bar.RenderBlank()
	return n, err
}

// show brings the line up to date. The time left is what the rate limit alone makes of the requests that are left, if
// they cover as much time each as those before.
func (p *progress) show(s *stream, c *talk.Cursor, requestsPerMinute int) {
	if p == nil {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(progressSteps,
			progressbar.OptionSetWriter(p.out),
			progressbar.OptionSetWidth(20),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionClearOnFinish(),
		)
	}
	reached, share := c.Progress()
	text := fmt.Sprintf("%s: %d records, %d requests, at %s", s.Name, s.records, s.requests, talk.UTC(reached))
	if share > 0 {
		left := float64(s.requests) * (1 - share) / share * float64(time.Minute) / float64(requestsPerMinute)
		text += fmt.Sprintf(", about %s left", time.Duration(left).Round(time.Second))
	}
	p.bar.Describe(text)
	// A terminal that can't be written to is no reason to fail; and a full bar would be taken for the end.
	_ = p.bar.Set(min(int(share*progressSteps), progressSteps-1))
}

// end takes the line away.
func (p *progress) end() {
	if p != nil && p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

package tap

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// screen shows what a terminal of one line's memory shows of text: "\r" goes back, "\n" keeps the line.
func screen(text string) (lines []string) {
	line, column := []byte{}, 0
	for _, c := range []byte(text) {
		switch c {
		case '\r':
			column = 0
		case '\n':
			lines = append(lines, strings.TrimRight(string(line), " "))
			line, column = line[:0], 0
		default:
			if column == len(line) {
				line = append(line, ' ')
			}
			line[column] = c
			column++
		}
	}
	return append(lines, strings.TrimRight(string(line), " "))
}

func TestLiveLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &progress{out: &out, width: func() int { return 30 }}
	p.show("calls: 10 records, a long way to go")
	p.show("calls: 20 records")
	if _, err := p.Write([]byte("INFO a line of the log\n")); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(screen(out.String())), "[INFO a line of the log calls: 20 records]"; got != want {
		t.Errorf("the terminal shows %s, want %s", got, want)
	}
	p.show("")
	if got, want := fmt.Sprint(screen(out.String())), "[INFO a line of the log ]"; got != want {
		t.Errorf("at the end the terminal shows %s, want %s", got, want)
	}
	out.Reset()
	p.show("a line that is wider than the terminal")
	if got, want := fmt.Sprint(screen(out.String())), "[a line that is wider than the]"; got != want {
		t.Errorf("the terminal of 30 columns shows %s, want %s: the last column stays free", got, want)
	}
}

// The log and the progress line may be written by two goroutines at once: after a signal the watch over a stuck pipe
// logs while the run still shows its progress. Run it with -race.
func TestLiveLineIsWrittenByOne(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &progress{out: &out, width: func() int { return 80 }}
	var both sync.WaitGroup
	both.Go(func() {
		for n := range 100 {
			p.show(fmt.Sprintf("calls: %d records", n))
		}
	})
	both.Go(func() {
		for range 100 {
			if _, err := p.Write([]byte("INFO line\n")); err != nil {
				t.Error(err)
			}
		}
	})
	both.Wait()
	p.show("")
	if got := screen(out.String()); strings.Join(got, "\n") != strings.Repeat("INFO line\n", 100) {
		t.Errorf("the terminal shows %q", got)
	}
}

func TestTimeLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shares []float64
		want   time.Duration
	}{
		"nothing read":     {nil, 0},
		"one page":         {[]float64{0, 0.1}, 54 * time.Second},
		"steady":           {[]float64{0, 0.1, 0.2, 0.3}, 42 * time.Second},
		"no way made":      {[]float64{0, 0, 0}, 0},
		"old, dense pages": {[]float64{0, 1e-9, 2e-9}, 0}, // thousands of years
		"behind a quiet spell": {
			append(make([]float64, 20), 0.9, 0.901, 0.902, 0.903, 0.904, 0.905, 0.906, 0.907, 0.908, 0.909, 0.91),
			9 * time.Minute,
		},
		"everything":            {[]float64{0, 0.5, 1}, 0},
		"clock that moves back": {[]float64{0.5, 0.4}, 0},
	} {
		var e estimate
		for _, share := range c.shares {
			e.add(share)
		}
		if got := e.left(10); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

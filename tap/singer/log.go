package singer

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A line, escapes of at most six bytes a byte included, stays below 64 KiB.
const (
	maxMessage = 6 << 10
	maxStream  = 1 << 10
)

// logHandler is a slog.Handler for the log of a tap.
type logHandler struct {
	cfg    LogConfig
	out    io.Writer
	mu     *sync.Mutex // one line is one Write
	stream string      // of WithAttrs
}

// NewLogHandler returns a handler for a tap's log on stderr. Each log record is one line and one Write, of less than 64
// KiB (Meltano reads no longer ones), line ends within it escaped. Levels have Python's names; [LevelCritical] is
// CRITICAL.
//
// It is made for what a tap logs, and drops all else: of the attributes it writes "stream", the name of the stream that
// a line is about, and a [Metric]. The stream stands before the message, "calls: 200 records", unless the message
// begins with it already, since Meltano's console shows nothing else of a line.
func NewLogHandler(out io.Writer, cfg LogConfig) slog.Handler {
	return &logHandler{cfg: cfg, out: out, mu: &sync.Mutex{}}
}

func (h *logHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.cfg.Level }

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	for _, a := range attrs {
		if a.Key == "stream" {
			c.stream = a.Value.String()
		}
	}
	return &c
}

// WithGroup returns h: an attribute in a group is none of the two that are written.
func (h *logHandler) WithGroup(string) slog.Handler { return h }

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	stream := h.stream
	var metric *Metric
	r.Attrs(func(a slog.Attr) bool {
		if m, ok := a.Value.Any().(Metric); ok {
			metric, stream = &m, m.Tags.Stream
		} else if a.Key == "stream" {
			stream = a.Value.String()
		}
		return true
	})
	stream = clip(strings.ToValidUTF8(stream, "\uFFFD"), maxStream)
	message := clip(strings.ToValidUTF8(r.Message, "\uFFFD"), maxMessage)
	if stream != "" && metric == nil && !strings.HasPrefix(message, stream+":") {
		message = stream + ": " + message
	}
	var line []byte
	if h.cfg.Format == LogStructured {
		line = h.structured(r, stream, message, metric)
	} else {
		line = h.plain(r, message, metric)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.out.Write(append(line, '\n'))
	return err
}

// plain renders LEVEL message, or LEVEL METRIC: {…}, where the format has levels.
func (h *logHandler) plain(r slog.Record, message string, metric *Metric) []byte {
	var line []byte
	if h.cfg.Format == LogPlain {
		line = append(append(line, levelName(r.Level)...), ' ')
	}
	if metric == nil {
		return append(line, printable(message)...)
	}
	text, _ := json.Marshal(metric)
	return append(append(line, "METRIC: "...), text...)
}

// A structuredLine is a line that satisfies the SDK's logs.schema.json.
type structuredLine struct {
	Level      string         `json:"level"`
	PID        int            `json:"pid"`
	LoggerName string         `json:"logger_name"`
	Time       jsontext.Value `json:"ts"` // Unix seconds
	ThreadName string         `json:"thread_name"`
	AppName    string         `json:"app_name"`
	StreamName *string        `json:"stream_name"`
	Message    string         `json:"message"`
	Extra      struct{}       `json:"extra"`
	Metric     *Metric        `json:"metric_info,omitzero"`
}

func (h *logHandler) structured(r slog.Record, stream, message string, metric *Metric) []byte {
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	line := structuredLine{
		Level: strings.ToLower(levelName(r.Level)), PID: h.cfg.PID, LoggerName: h.cfg.App,
		Time:       fmt.Appendf(nil, "%d.%06d", at.Unix(), at.Nanosecond()/1000),
		ThreadName: "main", AppName: h.cfg.App, Message: message, Metric: metric,
	}
	if metric != nil {
		line.LoggerName += ".metrics"
	}
	if stream != "" {
		line.StreamName = &stream
	}
	text, _ := json.Marshal(line)
	return text
}

// printable escapes what would end a line or steer a terminal.
func printable(s string) string {
	if !strings.ContainsFunc(s, control) {
		return s
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

func control(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' }

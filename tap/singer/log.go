package singer

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// logHandler is a slog.Handler for the log of a tap.
type logHandler struct {
	cfg    LogConfig
	out    io.Writer
	mu     *sync.Mutex // one line is one Write
	attrs  []slog.Attr // of WithAttrs, names complete
	prefix string      // of WithGroup
}

// streamAttr is the attribute that names the stream a line is about.
const streamAttr = "stream"

// NewLogHandler returns a handler for a tap's log on stderr. Each record is one line and one Write, of less than 64 KiB (Meltano reads no
// longer ones), line ends within it escaped. Levels have Python's names; [LevelCritical] is CRITICAL. The attribute "stream"
// names the stream that a line is about; a [Metric] is written in its own form.
func NewLogHandler(out io.Writer, cfg LogConfig) slog.Handler {
	return &logHandler{cfg: cfg, out: out, mu: &sync.Mutex{}}
}

func (h *logHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.cfg.Level }

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = slices.Clip(c.attrs)
	for _, a := range attrs {
		c.attrs = flatten(c.attrs, h.prefix, a)
	}
	return &c
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	c := *h
	if name != "" {
		c.prefix += name + "."
	}
	return &c
}

// flatten appends a with its value resolved and its name in full; a group becomes its members, their names joined by dots.
func flatten(list []slog.Attr, prefix string, a slog.Attr) []slog.Attr {
	a.Value = a.Value.Resolve()
	if a.Value.Kind() != slog.KindGroup {
		if a.Key != "" {
			list = append(list, slog.Attr{Key: prefix + a.Key, Value: a.Value})
		}
		return list
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	for _, b := range a.Value.Group() {
		list = flatten(list, prefix, b)
	}
	return list
}

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	attrs := slices.Clip(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		attrs = flatten(attrs, h.prefix, a)
		return true
	})
	var line []byte
	if h.cfg.Format == LogStructured {
		line = h.structured(r, attrs)
	} else {
		line = h.plain(r, attrs)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.out.Write(append(line, '\n'))
	return err
}

// plain renders LEVEL message key=value…, or METRIC: {…} for a metric.
func (h *logHandler) plain(r slog.Record, attrs []slog.Attr) []byte {
	var line []byte
	if h.cfg.Format == LogPlain {
		line = append(append(line, levelName(r.Level)...), ' ')
	}
	if m, ok := metricOf(attrs); ok {
		return m.appendJSON(append(line, "METRIC: "...))
	}
	line = append(line, printable(clip(r.Message, maxMessage))...)
	for _, a := range attrs {
		if len(line) > 2*maxMessage {
			break
		}
		value := clip(valueText(a.Value), maxValue)
		line = append(append(append(line, ' '), printable(a.Key)...), '=')
		if value == "" || strings.ContainsAny(value, " =\"'") || printable(value) != value {
			value = strconv.Quote(value)
		}
		line = append(line, value...)
	}
	return line
}

// A line, escapes of at most six bytes a byte included, stays below 64 KiB.
const (
	maxMessage = 6 << 10
	maxValue   = 1 << 10
)

// structured renders a line that satisfies the SDK's logs.schema.json.
func (h *logHandler) structured(r slog.Record, attrs []slog.Attr) []byte {
	metric, isMetric := metricOf(attrs)
	name, stream := h.cfg.App, []byte("null")
	if isMetric {
		name += ".metrics"
		if metric.stream != "" {
			stream = appendQuoted(nil, metric.stream)
		}
	}
	extra := []byte{'{'}
	for _, a := range attrs {
		if a.Key == streamAttr {
			stream = appendQuoted(nil, clip(strings.ToValidUTF8(valueText(a.Value), replacement), maxValue))
			continue
		}
		if _, ok := a.Value.Any().(Metric); ok || len(extra) > 2*maxMessage {
			continue
		}
		if len(extra) > 1 {
			extra = append(extra, ',')
		}
		extra = append(appendQuoted(extra, extraName(a.Key)), ':')
		extra = appendAttrValue(extra, a.Value)
	}
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	line := fmt.Appendf(nil, `{"level":"%s","pid":%d,"logger_name":`, strings.ToLower(levelName(r.Level)), h.cfg.PID)
	line = appendQuoted(line, name)
	line = fmt.Appendf(line, `,"ts":%d.%06d,"thread_name":"main","app_name":`, at.Unix(), at.Nanosecond()/1000)
	line = appendQuoted(line, h.cfg.App)
	line = append(append(line, `,"stream_name":`...), stream...)
	line = appendQuoted(append(line, `,"message":`...), clip(strings.ToValidUTF8(r.Message, replacement), maxMessage))
	line = append(append(append(line, `,"extra":`...), extra...), '}')
	if isMetric {
		line = metric.appendJSON(append(line, `,"metric_info":`...))
	}
	return append(line, '}')
}

// extraName keeps an attribute's name clear of those that make Meltano's log parser fail (structlog#509) or that it takes for its own.
func extraName(name string) string {
	switch name {
	case "event", "level", "message", "name", "exc_info", "stack_info", "plugin_exception", "metric_info", "extra",
		"pid", "logger_name", "ts", "thread_name", "app_name", "stream_name", "exception":
		return name + "_"
	}
	return name
}

func metricOf(attrs []slog.Attr) (Metric, bool) {
	for _, a := range attrs {
		if m, ok := a.Value.Any().(Metric); ok {
			return m, true
		}
	}
	return Metric{}, false
}

// valueText is an attribute's value for people.
func valueText(v slog.Value) string {
	switch v.Kind() {
	case slog.KindTime:
		return v.Time().UTC().Format(time.RFC3339)
	case slog.KindDuration:
		return v.Duration().String()
	}
	return v.String()
}

// appendAttrValue appends an attribute's value as JSON: numbers and booleans as such, durations in seconds, all else as text.
func appendAttrValue(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindInt64, slog.KindUint64, slog.KindBool:
		return append(dst, v.String()...)
	case slog.KindDuration:
		return strconv.AppendFloat(dst, v.Duration().Seconds(), 'f', -1, 64)
	}
	return appendQuoted(dst, clip(strings.ToValidUTF8(valueText(v), replacement), maxValue))
}

// printable escapes what would end a line or steer a terminal.
func printable(s string) string {
	if !strings.ContainsFunc(s, control) && strings.ToValidUTF8(s, "") == s {
		return s
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

func control(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' }

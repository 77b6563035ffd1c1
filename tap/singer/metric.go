package singer

import (
	"context"
	"log/slog"
	"strconv"
	"time"
)

// A Metric is one measurement in the log, in the form of singer-python and of Meltano's SDK: INFO METRIC: {"type":…}.
type Metric struct {
	kind, name string
	value      string // a JSON number
	stream     string
	tags       []tag
}

type tag struct {
	name string
	raw  []byte // JSON
}

// RecordCount counts the records of a stream since the last such metric: all of a run's add up.
func RecordCount(stream string, n int64) Metric {
	return Metric{kind: "counter", name: "record_count", value: strconv.FormatInt(n, 10), stream: stream,
		tags: []tag{textTag("stream", stream), textTag("endpoint", stream)}}
}

// RequestDuration is how long a request to endpoint took that was made for stream; status is its HTTP status, 0 if there was no
// response.
func RequestDuration(stream, endpoint string, d time.Duration, status int, ok bool) Metric {
	m := timer("http_request_duration", stream, d, ok)
	m.tags = append(m.tags, textTag("endpoint", endpoint))
	if status != 0 {
		m.tags = append(m.tags, tag{"http_status_code", strconv.AppendInt(nil, int64(status), 10)})
	}
	return m
}

// SyncDuration is how long the reading of one stream took.
func SyncDuration(stream string, d time.Duration, ok bool) Metric {
	return timer("sync_duration", stream, d, ok)
}

// JobDuration is how long the whole run took.
func JobDuration(d time.Duration, ok bool) Metric {
	m := timer("job_duration", "", d, ok)
	m.tags = append(m.tags, textTag("job_type", "sync"))
	return m
}

func timer(name, stream string, d time.Duration, ok bool) Metric {
	m := Metric{kind: "timer", name: name, value: strconv.FormatFloat(d.Seconds(), 'f', -1, 64), stream: stream}
	if stream != "" {
		m.tags = append(m.tags, textTag("stream", stream))
	}
	status := "failed"
	if ok {
		status = "succeeded"
	}
	m.tags = append(m.tags, textTag("status", status))
	return m
}

func textTag(name, value string) tag { return tag{name, appendQuoted(nil, value)} }

// Log writes the metric to a log whose handler is [NewLogHandler]'s.
func (m Metric) Log(ctx context.Context, log *slog.Logger) {
	log.LogAttrs(ctx, slog.LevelInfo, "METRIC", slog.Any("metric_info", m))
}

// appendJSON appends the metric as a JSON object.
func (m Metric) appendJSON(dst []byte) []byte {
	dst = appendQuoted(append(dst, `{"type":`...), m.kind)
	dst = appendQuoted(append(dst, `,"metric":`...), m.name)
	dst = append(append(append(dst, `,"value":`...), m.value...), `,"tags":{`...)
	for i, t := range m.tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(appendQuoted(dst, t.name), ':'), t.raw...)
	}
	return append(dst, '}', '}')
}

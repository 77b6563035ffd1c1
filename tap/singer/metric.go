package singer

import (
	"context"
	"log/slog"
	"time"
)

// A Metric is one measurement in the log, in the form of singer-python and of Meltano's SDK: INFO METRIC: {"type":…}.
type Metric struct {
	Type  string     `json:"type"` // counter or timer
	Name  string     `json:"metric"`
	Value float64    `json:"value"` // a count, or seconds
	Tags  MetricTags `json:"tags"`
}

// MetricTags say what a Metric is about, and how it ended.
type MetricTags struct {
	Stream         string `json:"stream,omitzero"`
	Status         string `json:"status,omitzero"` // succeeded or failed
	Endpoint       string `json:"endpoint,omitzero"`
	HTTPStatusCode int    `json:"http_status_code,omitzero"`
	JobType        string `json:"job_type,omitzero"`
}

// RecordCount returns the counter record_count: records of a stream since the last such metric; all of a run add up.
func RecordCount(stream string, n int64) Metric {
	return Metric{"counter", "record_count", float64(n), MetricTags{Stream: stream, Endpoint: stream}}
}

// RescuedCount returns the counter rescued_record_count: records of a stream in a run that have _rescued_data.
func RescuedCount(stream string, n int64) Metric {
	return Metric{"counter", "rescued_record_count", float64(n), MetricTags{Stream: stream}}
}

// BookmarkLag returns the timer bookmark_lag: how far the bookmark of a stream lies behind the server's clock when its
// reading ends.
func BookmarkLag(stream string, d time.Duration) Metric {
	return Metric{"timer", "bookmark_lag", d.Seconds(), MetricTags{Stream: stream}}
}

// RequestDuration returns the timer http_request_duration of a request to endpoint that was made for stream. status is
// that of the answer, 0 if there was none.
func RequestDuration(stream, endpoint string, d time.Duration, status int, ok bool) Metric {
	return timer("http_request_duration", d, ok, MetricTags{Stream: stream, Endpoint: endpoint, HTTPStatusCode: status})
}

// SyncDuration returns the timer sync_duration: how long the reading of a stream took.
func SyncDuration(stream string, d time.Duration, ok bool) Metric {
	return timer("sync_duration", d, ok, MetricTags{Stream: stream})
}

// JobDuration returns the timer job_duration: how long the whole run took.
func JobDuration(d time.Duration, ok bool) Metric {
	return timer("job_duration", d, ok, MetricTags{JobType: "sync"})
}

func timer(name string, d time.Duration, ok bool, tags MetricTags) Metric {
	tags.Status = "failed"
	if ok {
		tags.Status = "succeeded"
	}
	return Metric{"timer", name, d.Seconds(), tags}
}

// Log writes the metric to a log whose handler is [NewLogHandler]'s.
func (m Metric) Log(ctx context.Context, log *slog.Logger) {
	log.LogAttrs(ctx, slog.LevelInfo, "METRIC", slog.Any("metric_info", m))
}

package tap

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// metricInterval is how often the record count is reported while a stream is read; Singer's own libraries do the same.
const metricInterval = time.Minute

// tally is what a stream's report counts.
type tally struct {
	began    time.Time
	records  int // emitted
	requests int
	waited   time.Duration // for the pace, and after failures

	counted   int // records already in a metric
	countedAt time.Time
	estimate  estimate
}

// countRequest takes note of a finished request; the client calls it.
func (j *job) countRequest(r talk.RequestStats) {
	j.metric(singer.RequestDuration(j.current.Name, r.Endpoint, r.Duration, r.Status, r.Status == http.StatusOK))
	j.current.requests++
	j.current.waited += r.Waited
}

// metric logs m, except to a person, who has the progress line instead.
func (j *job) metric(m singer.Metric) {
	if j.progress == nil {
		m.Log(context.Background(), j.log)
	}
}

// begin starts a stream's tally.
func (j *job) begin(s *stream) {
	now := time.Now()
	s.tally = tally{began: now, countedAt: now}
	j.current = s
}

// countRecords reports how far a stream is, if the last report is a while ago.
func (j *job) countRecords(s *stream, c *talk.Cursor) {
	if time.Since(s.countedAt) < metricInterval {
		return
	}
	j.recordMetric(s)
	if j.progress == nil {
		j.log.Info(j.progressText(s, c), streamKey, s.Name)
	}
}

// recordMetric reports the records since the last such report.
func (j *job) recordMetric(s *stream) {
	j.metric(singer.RecordCount(s.Name, int64(s.records-s.counted)))
	s.counted, s.countedAt = s.records, time.Now()
}

// end reports a stream that was read, completely or not.
func (j *job) end(s *stream, c *talk.Cursor, err error) {
	took := time.Since(s.began)
	j.recordMetric(s)
	j.metric(singer.SyncDuration(s.Name, took, err == nil))
	j.progress.show("")
	if n := c.Superseded(); n > 0 {
		j.log.Info(fmt.Sprintf("%d rows were older than what was emitted of them before, as a lagging server sends them; they were left out", n), streamKey, s.Name)
	}
	outcome := "complete"
	if err != nil {
		outcome = "not complete"
	}
	j.log.Info(fmt.Sprintf("%s: %d records in %d requests, %s of which %s waiting", outcome, s.records, s.requests,
		took.Round(time.Millisecond), s.waited.Round(time.Millisecond)), streamKey, s.Name)
}

package tap

import (
	"context"
	"fmt"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// metricInterval is how often the record count is reported while a stream is read; Singer's own libraries do the same.
const metricInterval = time.Minute

// tally is what is known of a stream's reading, for its report and for ACTIVATE_VERSION.
type tally struct {
	began    time.Time
	records  int // emitted
	requests int
	waited   time.Duration // for the pace, and after failures

	counted   int // records already in a metric
	countedAt time.Time
	estimate  estimate
	rescued   int       // records whose _rescued_data holds something
	server    time.Time // server's clock at its last answer; zero before
	refused   bool      // whether reading ended since Zendesk refused to show the newest rows
}

// countRequest takes note of a finished request; the client calls it.
func (j *job) countRequest(r talk.RequestStats) {
	j.metric(singer.RequestDuration(j.current.Name, r.Endpoint, r.Duration, r.Status, r.Status/100 == 2))
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
	s.tally = tally{began: now, countedAt: now, estimate: estimate{shares: []float64{0}}}
	j.current = s
}

// showProgress shows a person how far a stream is; in a pipeline once a minute.
func (j *job) showProgress(s *stream, c *talk.Cursor) {
	_, share := c.Progress()
	s.estimate.add(share)
	if j.progress != nil {
		j.progress.show(s.Name + ": " + j.progressText(s, c))
		return
	}
	if time.Since(s.countedAt) >= metricInterval {
		j.recordMetric(s)
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
	j.metric(singer.RescuedCount(s.Name, int64(s.rescued)))
	j.metric(singer.SyncDuration(s.Name, took, err == nil))
	j.progress.show("")
	if n := c.Superseded(); n > 0 {
		j.log.Info(fmt.Sprintf("%d outdated rows, as a lagging server sends them, were left out: a newer version "+
			"of each was emitted before", n), streamKey, s.Name)
	}
	summary := "complete"
	if err != nil {
		summary = "not complete"
	}
	summary += fmt.Sprintf(": %d records in %d requests, %s of which %s waiting", s.records, s.requests,
		took.Round(time.Millisecond), s.waited.Round(time.Millisecond))
	if s.bookmark.ok && !s.server.IsZero() {
		lag := s.server.Sub(time.Unix(s.bookmark.endTime, 0)).Round(time.Second)
		j.metric(singer.BookmarkLag(s.Name, lag))
		where := "behind"
		if lag < 0 {
			where = "ahead of"
		}
		summary += fmt.Sprintf("; the bookmark is %s %s Zendesk's clock", lag.Abs(), where)
	}
	if s.rescued > 0 {
		summary += fmt.Sprintf("; %d records have _rescued_data", s.rescued)
	}
	j.log.Info(summary, streamKey, s.Name)
}

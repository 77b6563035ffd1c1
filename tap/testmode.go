package tap

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// longestTestRetry is how long --test tries again for each stream: somebody waits for its answer.
const longestTestRetry = 30 * time.Second

// The kinds of --test, as arguments.test has them.
const (
	testAll    = "all"
	testSchema = "schema"
)

// testStream tries to read a stream: it says what works, and writes a RECORD of the newest row that it finds.
func (j *job) testStream(ctx context.Context, s *stream) error {
	var newest []byte
	var at int64
	var page *talk.Page
	var received time.Time
	for _, back := range []time.Duration{0, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour} {
		start := j.settings.start
		if back > 0 { // the first page has told the server's clock
			start = max(start, s.server.Add(-back).Unix())
		}
		var err error
		if page, err = j.client.Page(ctx, endpoint(s.Name), talk.Request{Start: start}); err != nil && !tooRecent(err) {
			return err
		}
		s.server = serverTime(page, err)
		if back == 0 {
			if err := talk.NewCursor(j.cursorConfig(s)).CheckStart(s.server); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
			j.log.Info("the login works, and the stream can be read", streamKey, s.Name)
		}
		if page == nil {
			continue
		}
		for _, raw := range page.Rows {
			row := s.projection.Read(raw)
			if row.UpdatedOK && row.Updated >= j.settings.end {
				break
			}
			if row.IDOK && (newest == nil || row.UpdatedOK && row.Updated >= at) {
				newest, at, received = slices.Clone(raw), row.Updated, page.Received
			}
		}
		if back > 0 && len(page.Rows) > 0 || back == 0 && len(page.Rows) == 0 {
			break
		}
	}
	switch {
	case newest == nil:
		j.log.Info("it has no rows to show from "+talk.UTC(j.settings.start)+" on", streamKey, s.Name)
		return nil
	case at == 0:
		j.log.Warn("it has rows, but none that tells when it was modified", streamKey, s.Name)
	default:
		age := max(s.server.Sub(time.Unix(at, 0)), 0).Round(time.Second)
		j.log.Info(fmt.Sprintf("its newest row was modified %s ago, at %s", age, talk.UTC(at)), streamKey, s.Name)
	}
	lines, _ := s.projection.Append(j.out.Lines(), newest, received)
	j.out.Keep(lines, 1)
	for _, w := range s.projection.Warnings() {
		j.log.Warn(w, streamKey, s.Name)
	}
	return j.flush(ctx)
}

package tap

import (
	"context"
	"fmt"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// Zendesk reports no deletions. At ACTIVATE_VERSION a target deletes every row that bears another version than the
// RECORDs of this run, or none (docs/guarantees.md, "Messages"). So the message is written only where this run's
// RECORDs are all that Zendesk has.

// activate writes ACTIVATE_VERSION for a stream that c has read to its end, if it may.
func (j *job) activate(ctx context.Context, s *stream, c *talk.Cursor) error {
	if s.version == 0 || j.settings.windowed() {
		return nil
	}
	skipped := c.Skipped()
	settle := time.Duration(j.settings.settleSeconds) * time.Second
	if newest, _ := c.Progress(); s.refused || newest > s.server.Add(-settle).Unix() {
		c = talk.NewCursor(j.continuedConfig(c))
		if err := j.readUnsettled(ctx, s, c, settle); err != nil {
			return err
		}
	}
	if why := whyNot(s, skipped || c.Skipped()); why != "" {
		j.log.Warn("no ACTIVATE_VERSION is written, since "+why, streamKey, s.Name)
		return nil
	}
	j.out.ActivateVersion(s.Name, s.version)
	j.out.State(j.state)
	return j.flush(ctx)
}

// readUnsettled waits until all that was modified before the run began has settled, and reads what has become visible
// meanwhile. An incremental run may have emitted a row of the last minutes that this one was not shown yet: it must not
// be deleted, since no other run would bring it again.
func (j *job) readUnsettled(ctx context.Context, s *stream, c *talk.Cursor, settle time.Duration) error {
	if left := j.began.Add(settle).Sub(s.server); left > 0 {
		j.log.Info(fmt.Sprintf("waiting %s, since rows can become visible late, and ACTIVATE_VERSION must delete none",
			left.Round(time.Second)), streamKey, s.Name)
		s.waited += left
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	s.refused = false
	return j.readPages(ctx, s, c)
}

// continuedConfig returns the configuration of a cursor that goes on where c has ended, as the next run would.
func (j *job) continuedConfig(c *talk.Cursor) talk.CursorConfig {
	config := j.cursorConfig(&stream{})
	config.Bookmark, _ = c.Bookmark()
	config.Seen = c.Seen()
	return config
}

// whyNot says why the RECORDs of a stream that was read to its end may not be all that Zendesk has; "" if they are.
func whyNot(s *stream, skipped bool) string {
	switch {
	case skipped:
		return "a full second was skipped, of which rows may be missing"
	case s.refused:
		return "Zendesk did not show its newest rows"
	case s.records == 0:
		return "Zendesk showed no row at all, and all that a target has would be deleted"
	}
	return ""
}

package tap

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// readRound reads page after page until the cursor is done.
func (j *job) readRound(ctx context.Context, s *stream, c *talk.Cursor) error {
	for first := true; !c.Done(); first = false {
		page, err := j.client.Page(ctx, endpoint(s.Name), c.Request())
		if first {
			if err := judgeStart(c, page, err); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		}
		if err != nil {
			if tooRecent(c, err) {
				j.warn(s, c)
				j.log.Info("caught up: Zendesk has nothing to show yet for "+talk.UTC(c.Request().Start), streamKey, s.Name)
				return nil
			}
			return err
		}
		if err := j.emitPage(ctx, s, c, page); err != nil || j.test != "" {
			return err
		}
		_, share := c.Progress()
		s.estimate.add(share)
		j.progress.show(s.Name + ": " + j.progressText(s, c))
		j.countRecords(s, c)
	}
	return nil
}

// judgeStart checks the round's start against the clock of the first answer, even if that is a refusal.
func judgeStart(c *talk.Cursor, page *talk.Page, err error) error {
	var refusal *talk.Error
	switch {
	case page != nil:
		err = c.CheckStart(page.ServerTime)
	case errors.As(err, &refusal) && !refusal.ServerTime.IsZero():
		err = c.CheckStart(refusal.ServerTime)
	default:
		return nil
	}
	future, ok := errors.AsType[*talk.FutureStartError](err)
	switch {
	case !ok:
		return err
	case future.Bookmark:
		return fmt.Errorf("the bookmark's end_time %d lies ahead of Zendesk's clock (%s): it must be in Unix seconds; is it in milliseconds?", future.Second, talk.UTC(future.Server))
	default:
		return fmt.Errorf("\"start_date\" %s lies ahead of Zendesk's clock (%s): set an earlier one", talk.UTC(future.Second), talk.UTC(future.Server))
	}
}

// tooRecent reports whether err means that there is nothing new yet.
func tooRecent(c *talk.Cursor, err error) bool {
	refusal, ok := errors.AsType[*talk.Error](err)
	if !ok || refusal.Kind != talk.KindTooRecent {
		return false
	}
	return c.TooRecent(refusal.ServerTime)
}

// emitPage writes the page's new rows, and the STATE that covers them. The bookmark is set when the records are out.
func (j *job) emitPage(ctx context.Context, s *stream, c *talk.Cursor, page *talk.Page) error {
	c.Begin(page.ServerTime)
	if c.Probing() {
		for _, row := range page.Rows {
			c.Admit(talk.Row(s.projection.Read(row)))
		}
		return j.endPage(s, c, page)
	}
	before := j.out.Unsaved()
	if err := j.emitRows(s, c, page); err != nil {
		return err
	}
	err := j.flush(ctx)
	s.records += j.out.Unsaved() - before // what is out, if not all
	if err != nil {
		return err
	}
	if j.test != "" { // one row tells nothing of the page
		j.warn(s, c)
		return nil
	}
	err = j.endPage(s, c, page)
	if len(page.Rows) > 0 && !s.FullTable {
		j.saveBookmark(s, c)
	}
	j.out.State(j.state)
	return errors.Join(err, j.flush(ctx))
}

// emitRows collects a RECORD for each row that the cursor admits, in a test for the first one only; for none if one of them
// can't be stored.
func (j *job) emitRows(s *stream, c *talk.Cursor, page *talk.Page) error {
	lines, records := j.out.Lines(), 0
	for i, raw := range page.Rows {
		longer, row := s.projection.Append(lines, raw, page.Received)
		if !row.IDOK {
			return fmt.Errorf("%s: row %d of the page from %s has no usable id, so that no target can store it; nothing of that page was written and the bookmark stays before it; ask Zendesk's support about it", s.Name, i+1, talk.UTC(c.Request().Start))
		}
		if !c.Admit(talk.Row(row)) {
			continue
		}
		lines = longer
		records++
		if j.test != "" {
			break
		}
	}
	j.out.Keep(lines, records)
	return nil
}

// endPage moves the cursor on and passes on what there is to warn of.
func (j *job) endPage(s *stream, c *talk.Cursor, page *talk.Page) error {
	err := c.End(page)
	j.warn(s, c)
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*talk.FullSecondError)):
		return fmt.Errorf("%s: %w. Run again later: rows that Zendesk rewrites leave the second. Or set \"on_full_second\" to \"skip\" to go on without those rows", s.Name, err)
	case errors.As(err, new(*talk.NoTimesError)):
		return fmt.Errorf("%s: %w; ask Zendesk's support about it", s.Name, err)
	}
	return fmt.Errorf("%s: %w", s.Name, err)
}

// warn logs what projection and cursor have to warn of since the last time.
func (j *job) warn(s *stream, c *talk.Cursor) {
	for _, w := range slices.Concat(s.projection.Warnings(), c.Warnings(), s.warnings.Take()) {
		j.log.Warn(w, streamKey, s.Name)
	}
	for _, n := range s.projection.Notices() {
		j.log.Info(n, streamKey, s.Name)
	}
}

// saveBookmark puts into the state what the cursor says is safe.
func (j *job) saveBookmark(s *stream, c *talk.Cursor) {
	j.state.SetBookmark(s.Name, s.bookmark.after(c, &s.warnings).json())
	j.warn(s, c)
}

package tap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/warn"
)

const (
	// streamKey is the log attribute that names a stream.
	streamKey = "stream"

	// pieceSize is how many bytes of a page's messages are held back at most. An ordinary page stays below it and goes
	// out as a whole; a huge one must not be in memory twice.
	pieceSize = 4 << 20

	// aheadOfClock is how far a bookmark may lie ahead of the server's clock without a warning: clocks differ a little.
	aheadOfClock = 5 * time.Minute
)

// A job is one run over the selected streams.
type job struct {
	*program
	settings *settings
	test     string // as arguments.test
	client   *talk.Client
	out      *singer.Writer
	state    *singer.State
	streams  []*stream
	current  *stream   // in work: requests are made for it
	began    time.Time // server's clock at the first answer of the run; zero before
}

// A stream is a selected stream in work.
type stream struct {
	*singer.Selected
	projection *singer.Projection
	bookmark   bookmark  // as the state has it
	version    int64     // of the RECORDs, for ACTIVATE_VERSION; 0: none
	warnings   warn.Once // about the bookmark that is saved
	tally
}

// run reads every selected stream and ends stdout with a STATE, whatever happens. A stream that fails on its own lets
// the others go on; the error tells of all that failed.
func (j *job) run(ctx context.Context) error {
	began := time.Now()
	if len(j.streams) == 0 {
		j.log.Warn("no stream is selected: nothing to do")
	}
	j.firstState()
	var failed []error
	ended := false
	for _, s := range j.inOrder() {
		err := j.advise(j.guard(func() error { return j.readStream(ctx, s) }))
		if err != nil {
			failed = append(failed, err)
		}
		if ended = err != nil && endsRun(err); ended {
			break
		}
		if err != nil {
			j.log.Error(oneLine(err), streamKey, s.Name)
		}
	}
	if !ended {
		j.state.SetCurrentlySyncing("")
	}
	if j.test == "" {
		j.out.EndState(j.state)
	}
	// The last STATE is worth writing even after a signal; Main watches over a pipe that nobody reads.
	err := j.out.Flush(context.WithoutCancel(ctx))
	j.metric(singer.JobDuration(time.Since(began), err == nil && failed == nil))
	switch {
	case ended:
		return joined(failed)
	case err != nil:
		return outputError{err}
	case failed != nil:
		return fmt.Errorf("%d of %d streams failed: %w", len(failed), len(j.streams), joined(failed))
	}
	return nil
}

// inOrder returns the streams in the order to read them: first the one in which an earlier run was interrupted.
func (j *job) inOrder() []*stream {
	first := slices.IndexFunc(j.streams, func(s *stream) bool { return s.Name == j.state.CurrentlySyncing() })
	return slices.Concat(j.streams[max(first, 0):], j.streams[:max(first, 0)])
}

// firstState writes the input state, with an empty bookmark for each stream to be read that has none. A bookmark with a
// seen list and no end_time stays: rows without a readable time leave one (docs/guarantees.md, "Bad rows").
func (j *job) firstState() {
	if j.test != "" {
		return
	}
	for _, s := range j.streams {
		if !s.FullTable && !s.bookmark.ok && len(s.bookmark.seen) == 0 {
			j.state.SetBookmark(s.Name, []byte(noBookmark))
		}
	}
	j.out.State(j.state)
}

// readStream writes a stream's SCHEMA and reads the stream from its bookmark to its newest row; with --test it only
// tries.
func (j *job) readStream(ctx context.Context, s *stream) error {
	j.begin(s)
	j.state.SetCurrentlySyncing(s.Name)
	j.out.Schema(s.Selected)
	if err := j.flush(ctx); err != nil || j.test == testSchema {
		return err
	}
	if j.test != "" {
		return j.testStream(ctx, s)
	}
	c := talk.NewCursor(j.cursorConfig(s))
	if c.Done() {
		j.log.Info("nothing to do: the start, "+talk.UTC(c.Start())+", is not before the end date", streamKey, s.Name)
		return nil
	}
	j.log.Info("reading from "+talk.UTC(c.Start()), streamKey, s.Name)
	err := j.readPages(ctx, s, c)
	if err == nil {
		err = j.activate(ctx, s, c)
	}
	j.end(s, c, err)
	return err
}

// cursorConfig says where the reading of a stream begins and ends.
func (j *job) cursorConfig(s *stream) talk.CursorConfig {
	return talk.CursorConfig{
		Bookmark: s.bookmark.endTime, Seen: s.bookmark.seen,
		Start: j.settings.start, End: j.settings.end,
		Settle:   int64(j.settings.settleSeconds),
		SkipFull: j.settings.onFullSecond == "skip",
	}
}

// readPages reads page after page until the cursor is done.
func (j *job) readPages(ctx context.Context, s *stream, c *talk.Cursor) error {
	for first := true; !c.Done(); first = false {
		page, err := j.client.Page(ctx, endpoint(s.Name), c.Request())
		server := serverTime(page, err)
		if !server.IsZero() {
			s.server = server
		}
		if first && !server.IsZero() {
			if err := c.CheckStart(server); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
			j.firstAnswer(s)
		}
		if err != nil && tooRecent(err) && c.TooRecent(server) {
			j.warn(s, c)
			s.refused = true
			j.log.Info("caught up: Zendesk has nothing to show yet for "+talk.UTC(c.Request().Start), streamKey, s.Name)
			return nil
		}
		if err != nil {
			return err
		}
		if err := j.readPage(ctx, s, c, page); err != nil {
			return err
		}
		j.showProgress(s, c)
	}
	return nil
}

// firstAnswer takes note of the server's clock at the beginning of the run, and warns of a bookmark that lies ahead of
// it.
func (j *job) firstAnswer(s *stream) {
	if j.began.IsZero() {
		j.began = s.server
	}
	if ahead := time.Unix(s.bookmark.endTime, 0).Sub(s.server); s.bookmark.ok && ahead > aheadOfClock {
		j.log.Warn(fmt.Sprintf("the bookmark lies %s ahead of Zendesk's clock: what changes until then will never be "+
			"read. Is it a local time without its offset? Set it back", ahead.Round(time.Second)), streamKey, s.Name)
	}
}

// serverTime returns the server's clock when it answered, a refusal included; zero if there was no answer.
func serverTime(page *talk.Page, err error) time.Time {
	if page != nil {
		return page.ServerTime
	}
	if refusal, ok := errors.AsType[*talk.Error](err); ok {
		return refusal.ServerTime
	}
	return time.Time{}
}

// tooRecent reports whether err may mean that there is nothing new yet.
func tooRecent(err error) bool {
	refusal, ok := errors.AsType[*talk.Error](err)
	return ok && refusal.Kind == talk.KindTooRecent
}

// readPage writes the page's new rows, and the STATE that covers them. The bookmark is set when the records are out.
func (j *job) readPage(ctx context.Context, s *stream, c *talk.Cursor, page *talk.Page) error {
	c.BeginPage(page.ServerTime)
	before := j.out.Unsaved()
	err := j.writeRecords(ctx, s, c, page)
	if err == nil {
		err = j.flush(ctx)
	}
	s.records += j.out.Unsaved() - before // fewer than were collected, if a signal came
	if err != nil {
		return err
	}
	if err = c.EndPage(page); err != nil {
		err = fmt.Errorf("%s: %w", s.Name, err)
	}
	if len(page.Rows) > 0 && !s.FullTable {
		s.bookmark = s.bookmark.after(c, &s.warnings)
		j.state.SetBookmark(s.Name, s.bookmark.json())
	}
	j.warn(s, c)
	j.out.State(j.state)
	return errors.Join(err, j.flush(ctx))
}

// writeRecords collects a RECORD for each row that the cursor admits; none if one of the page's rows can't be stored.
func (j *job) writeRecords(ctx context.Context, s *stream, c *talk.Cursor, page *talk.Page) error {
	lines, records, checked := j.out.Lines(), 0, false
	for i, raw := range page.Rows {
		longer, row := s.projection.Append(lines, raw, page.Received)
		if !row.IDOK && !c.Probing() {
			return noID(s, c, i)
		}
		if !c.Admit(talk.Row(row)) {
			continue
		}
		lines, records = longer, records+1
		if s.projection.Rescued() {
			s.rescued++
		}
		if len(lines) < pieceSize {
			continue
		}
		if !checked {
			if err := checkIDs(s, c, page.Rows, i+1); err != nil {
				return err
			}
			checked = true
		}
		j.out.Keep(lines, records)
		if err := j.flush(ctx); err != nil {
			return err
		}
		lines, records = j.out.Lines(), 0
	}
	j.out.Keep(lines, records)
	return nil
}

// checkIDs refuses a page if one of its rows from an index on can't be stored, before the rows ahead of it go out.
func checkIDs(s *stream, c *talk.Cursor, rows [][]byte, from int) error {
	for i, raw := range rows[from:] {
		if !s.projection.Read(raw).IDOK {
			return noID(s, c, from+i)
		}
	}
	return nil
}

// noID is the error for a row that no target can store, by its index in the page.
func noID(s *stream, c *talk.Cursor, index int) error {
	return fmt.Errorf("%s: row %d of the page from %s has no usable id, so that no target can store it; nothing of "+
		"that page was written and the bookmark stays before it; ask Zendesk's support about it",
		s.Name, index+1, talk.UTC(c.Request().Start))
}

// warn logs what projection, cursor and bookmark have to warn of since the last time.
func (j *job) warn(s *stream, c *talk.Cursor) {
	for _, w := range slices.Concat(s.projection.Warnings(), c.Warnings(), s.warnings.Take()) {
		j.log.Warn(w, streamKey, s.Name)
	}
	for _, notice := range s.projection.Notices() {
		j.log.Info(notice, streamKey, s.Name)
	}
}

// flush writes what is collected. It fails if stdout does, or if a signal came.
func (j *job) flush(ctx context.Context) error {
	err := j.out.Flush(ctx)
	if err == nil || errors.As(err, new(Interrupt)) {
		return err
	}
	return outputError{err}
}

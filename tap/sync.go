package tap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// streamKey is the log attribute that names a stream.
const streamKey = "stream"

// job is one run over the selected streams.
type job struct {
	*program
	settings *Settings
	test     string // as arguments.test
	client   *talk.Client
	out      *singer.Writer
	state    *singer.State
	streams  []*stream
	current  *stream // in work: requests are made for it
}

// stream is a selected stream in work.
type stream struct {
	*singer.Selected
	projection *singer.Projection
	bookmark   bookmark // as the state had it
	tally
}

// run reads every selected stream and ends stdout with a STATE, whatever happens. A stream that fails on its own lets the
// others go on; the error tells of all that failed.
func (j *job) run(ctx context.Context) error {
	began := time.Now()
	if len(j.streams) == 0 {
		j.log.Warn("no stream is selected: nothing to do")
	}
	j.firstState()
	var failed []error
	err := j.eachStream(func(s *stream) error {
		err := j.readStreamToEnd(ctx, s)
		if err != nil && endsRun(err) {
			return err
		}
		if err != nil {
			failed = append(failed, err)
			j.log.Error(oneLine(err), streamKey, s.Name)
		}
		return nil
	})
	if err == nil {
		j.state.SetCurrentlySyncing("")
	}
	if j.test == "" {
		j.out.EndState(j.state)
	}
	// The last STATE is worth writing even after a signal; Main watches over a pipe that nobody reads.
	flushErr := j.out.Flush(context.WithoutCancel(ctx))
	j.metric(singer.JobDuration(time.Since(began), err == nil && flushErr == nil && failed == nil))
	switch {
	case err != nil:
		return joined(append(failed, err))
	case flushErr != nil:
		return stdoutError(flushErr)
	case len(failed) > 0:
		return fmt.Errorf("%d of %d streams failed: %w", len(failed), len(j.streams), joined(failed))
	}
	return nil
}

// joined is errors.Join, but advice that applies to several refusals in a row is given once, behind the last of them.
func joined(errs []error) error {
	for i := range len(errs) - 1 {
		var e, next *talk.Error
		if errors.As(errs[i], &e) && errors.As(errs[i+1], &next) && e.Hint == next.Hint {
			short := *e
			short.Hint = ""
			errs[i] = &short
		}
	}
	return errors.Join(errs...)
}

// eachStream calls f for each stream, first the one in which an earlier run was interrupted.
func (j *job) eachStream(f func(*stream) error) error {
	first := slices.IndexFunc(j.streams, func(s *stream) bool { return s.Name == j.state.CurrentlySyncing() })
	if first > 0 {
		j.streams = slices.Concat(j.streams[first:], j.streams[:first])
	}
	for _, s := range j.streams {
		if err := f(s); err != nil {
			return err
		}
	}
	return nil
}

// firstState writes the input state, with an empty bookmark for each stream to be read that has none.
func (j *job) firstState() {
	if j.test != "" {
		return
	}
	for _, s := range j.streams {
		if !s.FullTable && !s.bookmark.ok {
			j.state.SetBookmark(s.Name, []byte(noBookmark))
		}
	}
	j.out.State(j.state)
}

// readStreamToEnd writes a stream's SCHEMA and reads it from its bookmark to its newest row.
func (j *job) readStreamToEnd(ctx context.Context, s *stream) error {
	j.begin(s)
	j.state.SetCurrentlySyncing(s.Name)
	j.out.Schema(s.Selected)
	if err := j.flush(ctx); err != nil || j.test == "schema" {
		return err
	}
	c := talk.NewCursor(j.cursorConfig(s))
	if c.Done() {
		j.log.Info(fmt.Sprintf("nothing to do: the start, %s, is not before the end date", timeText(c.Start())), streamKey, s.Name)
		return nil
	}
	j.log.Info("reading from "+timeText(c.Start()), streamKey, s.Name)
	err := j.readRound(ctx, s, c)
	j.end(s, c, err)
	return err
}

// cursorConfig says where a stream's round begins and ends.
func (j *job) cursorConfig(s *stream) talk.CursorConfig {
	return talk.CursorConfig{
		Bookmark: s.bookmark.endTime, HasBookmark: s.bookmark.ok, Seen: s.bookmark.seen,
		StartDate: j.settings.start, EndDate: j.settings.end,
		Settle:   int64(j.settings.SettleSeconds),
		SkipFull: j.settings.OnFullSecond == "skip",
	}
}

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
				j.log.Info("caught up: Zendesk has nothing to show yet for "+timeText(c.Request().Start), streamKey, s.Name)
				return nil
			}
			return err
		}
		if err := j.emitPage(ctx, s, c, page); err != nil || j.test != "" {
			return err
		}
		j.countRecords(s, false)
		j.progress.show(s, c, j.settings.RequestsPerMinute)
	}
	return nil
}

// judgeStart checks the round's start against the clock of the first answer, even if that is a refusal.
func judgeStart(c *talk.Cursor, page *talk.Page, err error) error {
	var refusal *talk.Error
	switch {
	case page != nil:
		return c.JudgeStart(page.ServerTime)
	case errors.As(err, &refusal) && !refusal.ServerTime.IsZero():
		return c.JudgeStart(refusal.ServerTime)
	}
	return nil
}

// tooRecent reports whether err means that there is nothing new yet.
func tooRecent(c *talk.Cursor, err error) bool {
	var refusal *talk.Error
	if !errors.As(err, &refusal) || refusal.Kind != talk.KindTooRecent {
		return false
	}
	server := refusal.ServerTime
	if server.IsZero() {
		server = time.Now()
	}
	return c.TooRecent(server)
}

// emitPage writes the page's new rows, and the STATE that covers them. The bookmark is set when the records are out.
func (j *job) emitPage(ctx context.Context, s *stream, c *talk.Cursor, page *talk.Page) error {
	c.Begin(page.ServerTime)
	if c.Probing() {
		for _, row := range page.Rows {
			seen := s.projection.Read(row)
			c.Admit(talk.RowVersion{ID: seen.ID, Updated: seen.Updated, UpdatedOK: seen.UpdatedOK})
		}
		return j.endPage(s, c, page)
	}
	j.out.Grow(size(page))
	mark, before := j.out.Mark(), s.records
	for i, row := range page.Rows {
		if j.test != "" && s.records > before {
			break
		}
		record := j.out.Record(s.projection, row, page.Received)
		if !record.IDOK {
			j.out.Rewind(mark)
			s.records = before
			return fmt.Errorf("%s: row %d of the page from %s has no usable id, so that no target can store it; nothing of that page was written and the bookmark stays before it; ask Zendesk's support about it", s.Name, i+1, timeText(c.Request().Start))
		}
		if c.Admit(talk.RowVersion{ID: record.ID, Updated: record.Updated, UpdatedOK: record.UpdatedOK, Fingerprint: record.Fingerprint}) {
			s.records++
		} else {
			j.out.Unrecord()
		}
	}
	if err := j.flush(ctx); err != nil {
		return err
	}
	err := j.endPage(s, c, page)
	if j.test != "" {
		return err
	}
	if len(page.Rows) > 0 && !s.FullTable {
		j.saveBookmark(s, c)
	}
	j.out.State(j.state)
	return errors.Join(err, j.flush(ctx))
}

// size estimates how long the page's messages are: each row and what a RECORD line has around it.
func size(page *talk.Page) (n int) {
	const around = 256
	for _, row := range page.Rows {
		n += len(row) + around
	}
	return n
}

// endPage moves the cursor on and passes on what there is to warn of.
func (j *job) endPage(s *stream, c *talk.Cursor, page *talk.Page) error {
	err := c.End(page)
	for _, w := range slices.Concat(s.projection.Warnings(), c.Warnings()) {
		j.log.Warn(w, streamKey, s.Name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return nil
}

// saveBookmark puts into the state what the cursor says is safe.
func (j *job) saveBookmark(s *stream, c *talk.Cursor) {
	b := bookmark{endTime: s.bookmark.endTime, ok: s.bookmark.ok, seen: c.Seen()}
	if end, ok := c.Bookmark(); ok {
		b.endTime, b.ok = end, true
	}
	j.state.SetBookmark(s.Name, b.json())
}

// flush writes what is collected. It fails if stdout does, or if a signal came.
func (j *job) flush(ctx context.Context) error {
	err := j.out.Flush(ctx)
	if err == nil || errors.As(err, new(Interrupt)) {
		return err
	}
	return stdoutError(err)
}

// A stdoutError is a failure to write messages, after which no other stream has a chance.
type outputError struct{ err error }

func stdoutError(err error) error { return outputError{err} }

func (e outputError) Error() string {
	return "writing to stdout: " + strings.TrimPrefix(e.err.Error(), "write /dev/stdout: ") + "; look at the program that reads it, or at the disk behind it"
}

func (e outputError) Unwrap() error { return e.err }

// endsRun reports whether no other stream can be read after err.
func endsRun(err error) bool {
	if refusal, ok := errors.AsType[*talk.Error](err); ok {
		return refusal.Fatal()
	}
	return errors.As(err, new(outputError)) || errors.As(err, new(Interrupt))
}

// timeText shows a second as a person reads it.
func timeText(second int64) string { return time.Unix(second, 0).UTC().Format(time.RFC3339) }

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

// streamKey is the log attribute that names a stream.
const streamKey = "stream"

// job is one run over the selected streams.
type job struct {
	*program
	settings *settings
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
	bookmark   bookmark  // as the state had it
	warnings   warn.Once // about the bookmark that is saved
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
		err := j.guard(func() error { return j.readStreamToEnd(ctx, s) })
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

// firstState writes the input state, with an empty bookmark for each stream to be read that has none. One that has only seen is
// left by rows without a readable time (rule 8 of package talk), and stays.
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

// readStreamToEnd writes a stream's SCHEMA and reads it from its bookmark to its newest row.
func (j *job) readStreamToEnd(ctx context.Context, s *stream) error {
	j.begin(s)
	j.state.SetCurrentlySyncing(s.Name)
	j.out.Schema(s.Selected)
	if err := j.flush(ctx); err != nil || j.test == "schema" {
		return err
	}
	c := talk.NewCursor(j.cursorConfig(s))
	s.estimate.add(0)
	if c.Done() {
		j.log.Info(fmt.Sprintf("nothing to do: the start, %s, is not before the end date", talk.UTC(c.Start())), streamKey, s.Name)
		return nil
	}
	if c.SeenVoid() {
		j.log.Info("the bookmark was moved since its seen list was written: the list counts for nothing, and all rows from there on are emitted", streamKey, s.Name)
	}
	j.log.Info("reading from "+talk.UTC(c.Start()), streamKey, s.Name)
	err := j.readRound(ctx, s, c)
	j.end(s, c, err)
	return err
}

// cursorConfig says where a stream's round begins and ends.
func (j *job) cursorConfig(s *stream) talk.CursorConfig {
	return talk.CursorConfig{
		Bookmark: s.bookmark.endTime, Seen: s.bookmark.seen, SeenFrom: s.bookmark.seenFrom,
		Start: j.settings.start, End: j.settings.end,
		Settle:   int64(j.settings.settleSeconds),
		SkipFull: j.settings.onFullSecond == "skip",
	}
}

// flush writes what is collected. It fails if stdout does, or if a signal came.
func (j *job) flush(ctx context.Context) error {
	err := j.out.Flush(ctx)
	if err == nil || errors.As(err, new(Interrupt)) {
		return err
	}
	return stdoutError(err)
}

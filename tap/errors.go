package tap

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// An outputError is a failure to write messages, after which no other stream has a chance.
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
	return errors.As(err, new(outputError)) || errors.As(err, new(panicError)) || errors.As(err, new(Interrupt))
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

// advised adds to an error of the cursor which stream it is about, and what a person can do.
func advised(stream string, err error) error {
	var future *talk.FutureStartError
	advice := ""
	switch {
	case errors.As(err, &future) && future.Bookmark:
		return fmt.Errorf("%s: the bookmark's end_time %d lies ahead of Zendesk's clock (%s): it must be in Unix seconds; is it in "+
			"milliseconds?", stream, future.Second, talk.UTC(future.Server))
	case errors.As(err, &future):
		return fmt.Errorf("%s: \"start_date\" %s lies ahead of Zendesk's clock (%s): set an earlier one", stream,
			talk.UTC(future.Second), talk.UTC(future.Server))
	case errors.As(err, new(*talk.FullSecondError)):
		advice = ". Run again later: rows that Zendesk rewrites leave the second. Or set \"on_full_second\" to \"skip\" to go on " +
			"without those rows"
	case errors.As(err, new(*talk.NoTimesError)):
		advice = "; ask Zendesk's support about it"
	}
	return fmt.Errorf("%s: %w%s", stream, err, advice)
}

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

// longAgo is a Unix second, of the year 2020, that no clock that is right can show any more.
const longAgo = 1_577_836_800

// advised adds to an error of the cursor which stream it is about, and what a person can do.
func advised(stream string, err error) error {
	var future *talk.FutureStartError
	advice := ""
	switch {
	case errors.As(err, &future) && future.Server < longAgo:
		return fmt.Errorf("%s: reading would start at %s, which lies ahead of Zendesk's clock (%s): "+
			"that clock is wrong, or something in between changes the Date of the answers", stream,
			talk.UTC(future.Second), talk.UTC(future.Server))
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

package tap

import (
	"errors"
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

// Package tap is the program: it reads arguments, settings, catalog and state, runs the sync, and shows people what it
// does. The protocol is package singer's, the API package talk's; here the two meet.
//
// Its rules are few. [Main] is the whole program as a function of its environment, and the only way out of it. Only a
// singer.Writer writes to stdout while a sync runs; what people read goes to stderr. A record is written only after its
// page was received and checked whole; a bookmark only after its records.
//
// [Main] and [Interrupt] are for package main. All else that it exports is for package main of schemas/gen, which makes
// schemas, tables and Meltano's files of the program's own definitions.
//
// This package serves the program tap-zendesk-talk and is no stable Go API: it may change with any release.
package tap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

const (
	programName = "tap-zendesk-talk"

	// release is the version that the source is, or will be, released as.
	release = "0.2.0"

	// grace is how long a run may take to end after a signal. If the reader of stdout takes nothing, even the last
	// STATE can't be written, and then nothing is left to wait for. lastWords is how long stderr may take to say so.
	grace     = 3 * time.Second
	lastWords = time.Second
)

// Interrupt is the cause with which package main ends a context when a signal comes: SIGINT or SIGTERM.
type Interrupt struct{ Signal os.Signal }

// Error names the signal.
func (i Interrupt) Error() string {
	return "stopped by a signal (" + i.Signal.String() + "): run again with the last STATE to go on"
}

// Exit codes, beside 0 for success. A signal's is what a shell reports for a program that the signal ended.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
	exitTerminated  = 143
)

// Main runs the program with the command line args (without the program's name) and returns its exit code: 0 if what
// args ask for is done, 1 if a stream, an input or stdout failed, 2 for a wrong command line, 130 and 143 after SIGINT
// and SIGTERM. environ has the form of os.Environ. The caller ends ctx with an Interrupt as its cause when a signal
// comes; Main then returns within 5 seconds, even if nobody reads stdout or stderr.
func Main(ctx context.Context, args []string, environ []string, stdout, stderr io.Writer) int {
	p := &program{env: environ, stdout: stdout, stderr: stderr}
	return p.main(ctx, args)
}

// main is Main for a program that may have a transport of its own.
func (p *program) main(ctx context.Context, args []string) int {
	warnings := p.openLog()
	code := make(chan int, 1)
	go func() { code <- p.run(ctx, args, warnings) }()
	select {
	case c := <-code:
		return c
	case <-ctx.Done():
	}
	select {
	case c := <-code:
		return c
	case <-time.After(grace):
	}
	err := fmt.Errorf("the run did not end within %s of the signal, perhaps since nobody reads stdout: %w",
		grace, context.Cause(ctx))
	written := make(chan struct{})
	go func() { p.critical(err); close(written) }()
	select {
	case <-written:
	case <-time.After(lastWords):
	}
	return exitCode(err)
}

// openLog makes the log, and returns warnings about how it was to be.
func (p *program) openLog() (warnings []string) {
	logging, warnings := singer.ReadLogConfig(programName, os.Getpid(), p.env.get, os.ReadFile)
	if logging.Format == singer.LogPlain {
		p.progress = newProgress(p.stdout, p.stderr)
	}
	if p.progress != nil {
		p.stderr = p.progress
	}
	p.log = slog.New(singer.NewLogHandler(p.stderr, logging))
	return warnings
}

// critical writes the last line of a run that failed.
func (p *program) critical(err error) {
	p.log.Log(context.Background(), singer.LevelCritical, oneLine(err))
}

// run is main without the watch over a stuck pipe.
func (p *program) run(ctx context.Context, args, warnings []string) int {
	for _, w := range warnings {
		p.log.Warn(w)
	}
	a, err := parseArguments(args)
	if err == nil {
		err = p.guard(func() error { return p.dispatch(ctx, a) })
	}
	code := exitCode(err)
	if code == exitUsage {
		_, _ = io.WriteString(p.stderr, usage) // there is no other place to complain
	}
	if code != 0 {
		p.critical(err)
	}
	return code
}

// guard calls f and makes an error of a panic. A mistake of this program in the middle of a run must not cost the STATE
// of what was read; nor may its trace, which a person can't read, be the last thing in the log. Nothing goes on behind
// it as if nothing had happened: it ends the run.
func (p *program) guard(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil { //nolint:forbidigo // the one place
			for line := range strings.Lines(string(debug.Stack())) {
				p.log.Debug(strings.TrimSpace(line))
			}
			err = fmt.Errorf("%w: %v; this is a mistake of the tap: report it with the lines that LOGLEVEL=DEBUG "+
				"adds, and run again with the last STATE", errInternal, cause)
		}
	}()
	return f()
}

// errInternal is the error of a panic that was caught.
var errInternal = errors.New("internal error")

// An outputError is a failure to write messages, after which no other stream has a chance.
type outputError struct{ err error }

func (e outputError) Error() string {
	return "writing to stdout: " + strings.TrimPrefix(e.err.Error(), "write /dev/stdout: ") +
		"; look at the program that reads it, or at the disk behind it"
}

func (e outputError) Unwrap() error { return e.err }

// endsRun reports whether no other stream can be read after err.
func endsRun(err error) bool {
	if refusal, ok := errors.AsType[*talk.Error](err); ok {
		return refusal.Fatal()
	}
	return errors.As(err, new(outputError)) || errors.Is(err, errInternal) || errors.As(err, new(Interrupt))
}

// exitCode is the one place that turns an error into an exit code.
func exitCode(err error) int {
	var u usageError
	var i Interrupt
	switch {
	case err == nil:
		return 0
	case errors.As(err, &u):
		return exitUsage
	case errors.As(err, &i) && i.Signal == syscall.SIGTERM:
		return exitTerminated
	case errors.As(err, &i):
		return exitInterrupted
	}
	return exitFailed
}

// oneLine joins the lines of joined errors.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// program is what every mode of the command line needs.
type program struct {
	env       environment
	stdout    io.Writer
	stderr    io.Writer // what people read
	log       *slog.Logger
	progress  *progress         // nil unless a person looks on
	transport http.RoundTripper // nil: the network
}

// dispatch does what the arguments ask for.
func (p *program) dispatch(ctx context.Context, a arguments) error {
	switch {
	case a.help:
		return p.print([]byte(usage))
	case a.version:
		return p.print([]byte(programName + " v" + version() + "\n"))
	case a.about:
		return p.print(about(a.format))
	case a.discover:
		for _, file := range a.configs {
			if file == fromEnvironment {
				continue
			}
			if _, err := readConfigFile(file); err != nil {
				return err
			}
		}
		return p.print(singer.Catalog(streams()))
	}
	j, err := p.prepare(a)
	if err != nil {
		return err
	}
	return j.run(ctx)
}

// print writes a requested document to stdout.
func (p *program) print(document []byte) error {
	if _, err := p.stdout.Write(document); err != nil {
		return outputError{err}
	}
	return nil
}

// version returns the released version that was built, as the build knows it, or else the one the source says.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if ok && strings.HasPrefix(info.Main.Version, "v") && !strings.ContainsAny(info.Main.Version, "-+") {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return release
}

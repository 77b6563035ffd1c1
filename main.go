// Tap-zendesk-talk is a Singer tap: it copies the calls and call legs of a Zendesk Talk account to a Singer target.
// Run it with --help, or with --demo to see it work on a simulated account.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

func main() {
	if os.Getenv("GOGC") == "" {
		// It costs nothing that can be measured, and the peak after millions of rows stays that after the first ones.
		debug.SetGCPercent(50)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1) // one thing is done at a time: other threads would be woken for nothing
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // net/http's own lines quote bodies, and stderr holds our log alone
	signal.Ignore(syscall.SIGPIPE)                 // a reader that went away is an error of a write, which is reported
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1) // never closed, so that a second signal changes nothing
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { cancel(tap.Interrupt{Signal: <-signals}) }()
	os.Exit(tap.Main(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

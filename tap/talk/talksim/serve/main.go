// Command serve offers a simulated Zendesk Talk account on a loopback port, for end-to-end runs of the tap against a
// real socket:
//
//	go run ./tap/talk/talksim/serve -account desk -now real -limit 10 -scenario 503@2
//
// It prints one line, "listening on http://127.0.0.1:PORT", and serves until it is interrupted. The logins are the
// constants of package talksim. Its clock stands still at the demo's moment, unless -now says otherwise; -help lists
// the flags. Beside the API it has a few endpoints for the test that drives it:
//
//	POST /_sim/advance?d=3h               moves the server's clock on
//	POST /_sim/erase?stream=calls&n=10    erases the ten rows with the lowest ids from now on; answers with their ids
//	GET  /_sim/truth/calls                the final version of every call, a JSON array sorted by id
//	GET  /_sim/truth/legs                 the same of the legs
//	GET  /_sim/requests                   what arrived, a JSON array
//
// With -accounts 20 there are twenty of them behind one address, each with everything above under a path of its own,
// from /1 to /20, its own clock, its own limit, its own chance and, with -account desk, rows of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := serve(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// serve runs the server until ctx is done.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	handler, addr, err := build(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	if _, err := fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr()); err != nil {
		return fmt.Errorf("saying the address: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	unwatch := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer unwatch()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// build makes the server that the arguments describe, and the address to serve it on.
func build(args []string, stderr io.Writer) (http.Handler, string, error) {
	var cfg talksim.Config
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:0", "address to listen on; loopback only")
	account := flags.String("account", "demo", "demo, desk or empty")
	accounts := flags.Int("accounts", 1, "how many, each under a path and with a seed of its own")
	calls := flags.Int("calls", 5000, "calls of a desk")
	now := flags.String("now", "", "clock: RFC 3339, where it stands still, or real (default: the demo's moment)")
	until := flags.Duration("until", 0, "how far beyond the clock the history of a desk goes on")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "of the desk and of chance")
	flags.IntVar(&cfg.PageSize, "page-size", talksim.DefaultPageSize, "rows a page")
	flags.IntVar(&cfg.Limit, "limit", 0, "requests a minute, by a clock that goes (-now real); 0: no limit")
	flags.Func("scenario", "quirk or fault by name, repeatable: see package faults", func(spec string) error {
		sc, err := faults.Lookup(spec)
		cfg.Scenarios = append(cfg.Scenarios, sc)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return nil, "", err
	}
	if err := loopback(*addr); err != nil {
		return nil, "", fmt.Errorf("-addr: %w", err)
	}
	start := time.Unix(desk.DemoNow, 0)
	switch *now {
	case "":
	case "real":
		start, cfg.Now = time.Now(), time.Now
	default:
		var err error
		if start, err = time.Parse(time.RFC3339, *now); err != nil {
			return nil, "", fmt.Errorf("-now: %w", err)
		}
	}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return start }
	}
	mux := http.NewServeMux()
	for i := range *accounts {
		cfg, under := cfg, ""
		if *accounts > 1 {
			under = fmt.Sprintf("/%d", i+1)
		}
		cfg.Prefix = under
		cfg.Seed += uint64(i)
		switch *account {
		case "demo":
			cfg.Account = desk.Demo()
		case "desk":
			cfg.Account = desk.Account(cfg.Seed, start.Add(*until), *calls)
		case "empty":
		default:
			return nil, "", fmt.Errorf("-account: no such account: %s", *account)
		}
		sim := talksim.New(cfg)
		mux.Handle(under+"/", sim)
		control(mux, under, sim)
	}
	return mux, *addr, nil
}

// loopback refuses an address that others could reach: the logins are public.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (ip == nil || !ip.IsLoopback()) {
		err = fmt.Errorf("%s is not a loopback address", addr)
	}
	return err
}

package tap

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// arguments are what the command line asks for.
type arguments struct {
	configs []string // files, or the word ENV
	state   string
	catalog string

	discover, about, demo, version, help bool

	format string // of about
	test   string // "", "all" or "schema"
}

// A usageError is a mistake in the command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

const usage = `Usage:
  tap-zendesk-talk --config CONFIG [--config MORE | --config ENV] [--catalog CATALOG] [--state STATE]   sync
  tap-zendesk-talk [--config CONFIG] --discover           print the catalog
  tap-zendesk-talk --config CONFIG --test[=all|schema]    try the credentials
  tap-zendesk-talk --about [--format text|json|markdown]  describe the tap and its settings
  tap-zendesk-talk --demo [--state STATE] [--catalog CATALOG]
                                                          sync a simulated account; needs no config and no network
  tap-zendesk-talk --version | --help

  -c, --config FILE    settings as JSON; may be repeated, later files override earlier ones;
                       the word ENV adds the environment variables TAP_ZENDESK_TALK_<SETTING>
  -s, --state FILE     where the last run stopped: the value of its last STATE message
      --catalog FILE   which streams and fields to read (-p, --properties: older names of it)
  -d, --discover       print the catalog on stdout and end
      --test[=all]     try login and streams, say what works, write at most one record a stream and no state;
                       =schema: only SCHEMA messages

Exit codes: 0 all selected streams complete, 1 failed, 2 usage, 130 SIGINT, 143 SIGTERM.
`

// parseArguments reads the command line. Its error is a usageError.
func parseArguments(args []string) (a arguments, err error) {
	flags := flag.NewFlagSet(programName, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	file := func(set func(file string), names ...string) {
		for _, name := range names {
			flags.Func(name, "", func(file string) error {
				if strings.TrimSpace(file) == "" { // an unset shell variable, whose run would be another one
					return errors.New("it needs the name of a file")
				}
				set(file)
				return nil
			})
		}
	}
	file(func(file string) { a.configs = append(a.configs, file) }, "config", "c")
	file(func(file string) { a.state = file }, "state", "s")
	file(func(file string) { a.catalog = file }, "catalog", "properties", "p")
	for _, name := range []string{"discover", "d"} {
		flags.BoolVar(&a.discover, name, false, "")
	}
	flags.BoolVar(&a.about, "about", false, "")
	flags.BoolVar(&a.demo, "demo", false, "")
	flags.BoolVar(&a.version, "version", false, "")
	flags.StringVar(&a.format, "format", "text", "")
	flags.BoolFunc("test", "", func(kind string) error {
		switch a.test = kind; kind {
		case "true": // what package flag passes for a bare --test
			a.test = "all"
		case "": // of --test="$KIND", which must not become a sync
			return errors.New("all or schema")
		}
		return nil
	})
	switch err := flags.Parse(joinTest(args)); {
	case errors.Is(err, flag.ErrHelp):
		a.help = true
		return a, nil
	case err != nil:
		return a, usageError{err.Error()}
	case flags.NArg() > 0:
		return a, usageError{fmt.Sprintf("unexpected argument %q", flags.Arg(0))}
	}
	return a, a.check()
}

// joinTest makes "--test=schema" of "--test schema": package flag takes no value that stands apart for a flag that may
// go without one.
func joinTest(args []string) []string {
	for i := range len(args) - 1 {
		if kind := args[i+1]; strings.TrimLeft(args[i], "-") == "test" && (kind == "all" || kind == "schema") {
			return slices.Concat(args[:i], []string{args[i] + "=" + kind}, args[i+2:])
		}
	}
	return args
}

// check refuses what can't be meant.
func (a arguments) check() error {
	switch {
	case !slices.Contains([]string{"text", "json", "markdown"}, a.format):
		return usageError{fmt.Sprintf("--format is text, json or markdown, not %q", a.format)}
	case !slices.Contains([]string{"", "all", "schema"}, a.test):
		return usageError{fmt.Sprintf("--test is all or schema, not %q", a.test)}
	case a.version || a.about || a.discover:
		return nil
	case a.demo && len(a.configs) > 0:
		return usageError{"--demo takes no --config: it runs on a simulated account"}
	case !a.demo && len(a.configs) == 0:
		return usageError{"--config is missing: a file, or the word ENV"}
	}
	return nil
}

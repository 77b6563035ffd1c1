package tap_test

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
)

// structuredLog is the file of a logging configuration that asks for JSON.
const structuredLog = `{"formatters":{"structured":{"()":"singer_sdk.logging.StructuredFormatter"}}}`

// structured reports whether a line is one of a structured log.
func structured(line string) bool {
	return gjson.Valid(line) && gjson.Get(line, "message").String() != ""
}

// Nothing but the log writes to stderr: when a server sends more than it announced, net/http by itself would log what
// there is too much, which is rows with names and phone numbers. That is silenced in main.go, so that it takes the
// program as it is built to see it.
func TestStderrHoldsOnlyTheLog(t *testing.T) {
	t.Parallel()
	plain := regexp.MustCompile(`^(DEBUG|INFO|WARNING|ERROR|CRITICAL) \S`)
	for _, format := range []struct {
		name, logging string
		valid         func(line string) bool
	}{
		{"plain", `{}`, plain.MatchString},
		{"structured", structuredLog, structured},
	} {
		t.Run(format.name, func(t *testing.T) {
			t.Parallel()
			_, url := simulate(t, smallAccount(), "short-length")
			cmd := exec.CommandContext(t.Context(), tap.Program(t), "--config", config(t, url))
			cmd.Env = append(os.Environ(), "LOGLEVEL=DEBUG",
				"SINGER_SDK_LOG_CONFIG="+write(t, "log.json", format.logging))
			var stderr strings.Builder
			cmd.Stderr = &stderr
			if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
				t.Fatal(err)
			}
			for line := range strings.Lines(stderr.String()) {
				if !format.valid(line) {
					t.Errorf("stderr holds a line that is not the log's: %s", line)
				}
			}
			if stderr.Len() == 0 {
				t.Error("stderr is empty")
			}
		})
	}
}

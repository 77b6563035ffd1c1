package tap_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

// Nothing but the log writes to stderr, whatever happens on the wire, and each line is whole in its format: when a
// server sends more than it announced, net/http by itself would log what there is too much, which is rows with names
// and phone numbers. That is silenced in main.go, so that it takes the program as it is built to see it.
func TestStderrHoldsOnlyTheLog(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "tap-zendesk-talk.exe") // Windows wants the ending, nobody else minds
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	account := desk.Account(7, time.Unix(now, 0), 4)
	plain := regexp.MustCompile(`^(DEBUG|INFO|WARNING|ERROR|CRITICAL) \S`)
	formats := []struct {
		name, logging string
		valid         func(line string) bool
	}{
		{"plain", `{}`, plain.MatchString},
		{"structured", `{"formatters":{"structured":{"()":"singer_sdk.logging.StructuredFormatter"}}}`,
			func(line string) bool { return gjson.Valid(line) && gjson.Get(line, "message").String() != "" }},
	}
	for _, scenario := range faults.Names() {
		if !ofTheWire(scenario) {
			continue
		}
		for _, format := range formats {
			t.Run(scenario+" "+format.name, func(t *testing.T) {
				t.Parallel()
				_, url := simulate(t, account, scenario)
				cmd := exec.CommandContext(t.Context(), program,
					"--config", config(t, url, `"request_timeout_seconds":1`))
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
				if stderr.Len() == 0 || strings.Contains(stderr.String(), talksim.AccessToken) {
					t.Errorf("stderr is empty, or shows the access token:\n%s", &stderr)
				}
			})
		}
	}
}

// ofTheWire tells what comes over the wire from how the account, its pages and its rows are.
func ofTheWire(scenario string) bool {
	name, _, _ := strings.Cut(scenario, "=")
	return !strings.HasPrefix(name, "row-") && !slices.Contains([]string{
		"page-size", "short-pages", "complete-second", "lag", "hide-minute", "tick", "empty", "late", "erased", "aba",
		"churn", "filter-after-count", "unsorted", "twice", "older-rows", "early-row", "tiny-rows", "end-time",
		"empty-end-time", "count", "rows", "next-page", "limit", "stranger",
	}, name)
}

package tap

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

const fullTable = `{"streams":[{"tap_stream_id":"calls","metadata":[
	{"breadcrumb":[],"metadata":{"selected":true,"replication-method":"FULL_TABLE"}}]}]}`

// callsAt returns an account with calls that were modified so many seconds before night.
func callsAt(ages ...int64) *talksim.Account {
	a := &talksim.Account{}
	for i, age := range ages {
		a.Calls = append(a.Calls, talksim.SimpleRow(talksim.Calls, int64(i+1), night-age))
	}
	return a
}

// activations returns how many RECORDs bear a version, how many stand behind the ACTIVATE_VERSION, and how many of
// those messages there are.
func activations(stdout string) string {
	versioned, behind, messages := 0, 0, 0
	for line := range strings.Lines(stdout) {
		switch {
		case strings.HasPrefix(line, `{"type":"ACTIVATE_VERSION","stream":"calls","version":17737608`):
			messages++
		case strings.HasPrefix(line, `{"type":"RECORD"`):
			if strings.Contains(line, `,"version":17737608`) {
				versioned++
			}
			if messages > 0 {
				behind++
			}
		}
	}
	return fmt.Sprintf("%d records with a version, %d behind %d messages", versioned, behind, messages)
}

func TestActivateVersion(t *testing.T) {
	t.Parallel()
	emit := func(more ...any) map[string]any {
		settings := map[string]any{"emit_activate_version_messages": true, "requests_per_minute": 1000}
		for i := 0; i < len(more); i += 2 {
			settings[more[i].(string)] = more[i+1]
		}
		return settings
	}
	for name, c := range map[string]struct {
		failure
		want string
		logs string // part of stderr
	}{
		"whole": {
			failure{settings: emit(), account: callsAt(9000, 8000, 7000)},
			"3 records with a version, 0 behind 1 messages", "",
		},
		"not asked": {
			failure{account: callsAt(9000)},
			"0 records with a version, 0 behind 0 messages", "",
		},
		"incremental": {
			failure{settings: emit(), account: callsAt(9000), catalog: `{"streams":[{"tap_stream_id":"calls"}]}`},
			"0 records with a version, 0 behind 0 messages", "",
		},
		"window": {
			failure{settings: emit("end_date", "2026-03-17"), account: callsAt(90_000)},
			"1 records with a version, 0 behind 0 messages", `"start_date" or "end_date" leaves rows out`,
		},
		"start date": {
			failure{settings: emit("start_date", "2026-03-01"), account: callsAt(9000)},
			"1 records with a version, 0 behind 0 messages", `"start_date" or "end_date" leaves rows out`,
		},
		"failed": {
			failure{settings: emit(), account: callsAt(9000, 8000), scenarios: []string{"page-size=1", "403-role@2"}},
			"1 records with a version, 0 behind 0 messages", "",
		},
		"no row": {
			failure{settings: emit(), account: callsAt()},
			"0 records with a version, 0 behind 0 messages", "Zendesk showed no row at all",
		},
		"skipped": {
			failure{
				settings: emit("on_full_second", "skip"), account: callsAt(9000, 9000, 9000, 8000, 7000),
				scenarios: []string{"page-size=2"},
			},
			"4 records with a version, 0 behind 0 messages", "a full second was skipped",
		},
		"settling": {
			failure{settings: emit(), account: callsAt(9000, 200)},
			"2 records with a version, 0 behind 1 messages", "waiting 5m0s",
		},
		"hidden": {
			failure{settings: emit(), account: callsAt(9000, 200, 30), scenarios: []string{"hide-minute"}},
			"3 records with a version, 0 behind 1 messages", "waiting 5m0s",
		},
		"lagging": {
			failure{settings: emit(), account: callsAt(9000, 200, 30), scenarios: []string{"lag=90s"}},
			"3 records with a version, 0 behind 1 messages", "waiting 5m0s",
		},
		"too recent": {
			failure{settings: emit(), account: callsAt(9000, 200, 30), scenarios: []string{"too-recent=422-json:5m"}},
			"3 records with a version, 0 behind 1 messages", "waiting 5m0s",
		},
		"settled": {
			failure{settings: emit("settle_seconds", 0), account: callsAt(9000, 200)},
			"2 records with a version, 0 behind 1 messages", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.catalog == "" {
				c.catalog = fullTable
			}
			e := c.run(t)
			if got := activations(e.stdout); got != c.want || !strings.Contains(e.stderr, c.logs) {
				t.Errorf("got %s, want %s; stderr should hold %q\n%s", got, c.want, c.logs, e.stderr)
			}
			if waits := strings.Contains(e.stderr, "waiting 5m"); waits != strings.HasPrefix(c.logs, "waiting") {
				t.Errorf("it waited: %t\n%s", waits, e.stderr)
			}
		})
	}
}

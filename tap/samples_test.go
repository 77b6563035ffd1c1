package tap_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

// recorded is an API that has one recorded answer, and sends its rows from start_time on and its envelope as it was.
type recorded struct {
	stream string
	page   gjson.Result
}

func (a recorded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start, err := strconv.ParseInt(r.URL.Query().Get("start_time"), 10, 64)
	if err != nil || r.URL.Path != "/api/v2/channels/voice/stats/incremental/"+a.stream {
		http.NotFound(w, r)
		return
	}
	var rows []string
	for _, row := range a.page.Get(a.stream).Array() {
		if at, err := time.Parse(time.RFC3339, row.Get("updated_at").Str); err != nil || at.Unix() >= start {
			rows = append(rows, row.Raw)
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	fmt.Fprintf(w, `{%q:[%s],"count":%s,"end_time":%s,"next_page":%s}`, a.stream, strings.Join(rows, ","),
		a.page.Get("count").Raw, a.page.Get("end_time").Raw, a.page.Get("next_page").Raw)
}

// Rows that Zendesk has really sent come out as they went in: every value of every field is there, none is converted,
// and _rescued_data holds only undocumented fields. Each run also checks every RECORD against its SCHEMA.
func TestRealRecordsComeOutUnchanged(t *testing.T) {
	t.Parallel()
	total := 0
	for _, stream := range []string{talksim.Calls, talksim.Legs} {
		files, err := filepath.Glob(filepath.Join("..", "testdata", "api", stream+"_*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no recorded answers of %s in testdata/api: %v", stream, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			page := gjson.ParseBytes(data)
			rows := distinct(page.Get(stream).Array())
			total += len(rows)
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				url := serve(t, recorded{stream, page})
				catalog := write(t, "catalog.json", fmt.Sprintf(`{"streams":[{"tap_stream_id":%q}]}`, stream))
				got := run(t, 0, "--config", config(t, url), "--catalog", catalog)
				compareRecords(t, got.records(stream), rows)
				if strings.Contains(got.stderr, "does not fit") || strings.Contains(got.stderr, "do not fit") {
					t.Errorf("a real value does not fit the schema; correct the field in package talk:\n%s", got.stderr)
				}
			})
		}
	}
	if total < 33 {
		t.Errorf("got %d real records, want 33 or more: are files missing in testdata/api?", total)
	}
}

// distinct leaves out rows that equal an earlier one: one of the recorded pages lists a call twice.
func distinct(rows []gjson.Result) []gjson.Result {
	var kept []gjson.Result
	for _, row := range rows {
		if !slices.ContainsFunc(kept, func(k gjson.Result) bool { return k.Raw == row.Raw }) {
			kept = append(kept, row)
		}
	}
	return kept
}

// compareRecords compares records with the rows they were made of, in order.
func compareRecords(t *testing.T, records, rows []gjson.Result) {
	t.Helper()
	if len(records) != len(rows) {
		t.Fatalf("got %d records of %d rows", len(records), len(rows))
	}
	for i, row := range rows {
		want, rescued := map[string]string{}, map[string]string{}
		row.ForEach(func(field, v gjson.Result) bool {
			if records[i].Get(gjson.Escape(field.Str)).Exists() {
				want[field.Str] = compact(t, v)
			} else if v.Type != gjson.Null {
				rescued[field.Str] = compact(t, v)
			}
			return true
		})
		got := map[string]string{}
		records[i].ForEach(func(field, v gjson.Result) bool {
			if _, sent := want[field.Str]; sent {
				got[field.Str] = compact(t, v)
			} else if field.Str != "_rescued_data" && v.Type != gjson.Null {
				t.Errorf("row %d: %s is %s, but Zendesk sent none", i, field.Str, v.Raw)
			}
			return true
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("row %d (-sent +record):\n%s", i, diff)
		}
		kept := map[string]string{}
		gjson.Parse(records[i].Get("_rescued_data").Str).ForEach(func(field, v gjson.Result) bool {
			kept[field.Str] = compact(t, v)
			return true
		})
		if diff := cmp.Diff(rescued, kept); diff != "" {
			t.Errorf("row %d, _rescued_data (-sent +record):\n%s", i, diff)
		}
	}
}

// compact is the JSON text of v without white space, digits and escapes as they are.
func compact(t *testing.T, v gjson.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(v.Raw)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The output keeps to the protocol, which runWith checks, and ends in a STATE, whatever the server does to its rows and
// its envelope. It holds no secret, and each line of the log is whole, down to the level DEBUG. The exit code is not
// checked: a row without an id must fail its stream, a wrong count must not.
func TestEveryScenarioConforms(t *testing.T) {
	t.Parallel()
	account := desk.Account(7, time.Unix(now, 0), 8)
	logging := write(t, "log.json", structuredLog)
	for _, name := range faults.Names() {
		if slow(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, url := simulate(t, account, name, "page-size=8")
			environ := []string{"LOGLEVEL=DEBUG", "SINGER_SDK_LOG_CONFIG=" + logging}
			got := runWith(t, environ, "--config", config(t, url))
			got.lastState(t)
			for line := range strings.Lines(got.stderr) {
				if !structured(line) {
					t.Errorf("stderr holds a line that is not the log's: %s", line)
				}
			}
			if strings.Contains(got.stdout+got.stderr, talksim.AccessToken) {
				t.Errorf("the access token is in the output:\n%s", got.stderr)
			}
			if strings.Contains(got.stderr, "internal error") {
				t.Errorf("something panicked:\n%s", got.stderr)
			}
		})
	}
}

// slow reports whether a scenario is about time, size or the connection. The tests of package talk have those.
func slow(name string) bool {
	name, _, _ = strings.Cut(name, "=")
	return slices.Contains([]string{
		"hang", "slow", "endless", "huge", "huge-header", "latency", "jitter", "churn", "tick", "tiny-rows",
	}, name)
}

package singer_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

// structuredConfig is the file that Meltano writes for a plugin with structured logs.
const structuredConfig = `{"version":1,"disable_existing_loggers":false,
			"formatters":{"singer_formatter":{"()":"singer_sdk.logging.StructuredFormatter"}},
	"handlers":{"console":{"class":"logging.StreamHandler","formatter":"singer_formatter",
	"stream":"ext://sys.stderr"}},"root":{"handlers":["console"],"level":"WARNING"}}`

func TestReadLogConfig(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file string
		env        map[string]string
		format     singer.LogFormat
		level      slog.Level
		warning    string
	}{
		{"nothing set", "", nil, singer.LogPlain, slog.LevelInfo, ""},
		{"level", "", map[string]string{"LOGLEVEL": "debug"}, singer.LogPlain, slog.LevelDebug, ""},
		{"own level first", "", map[string]string{"LOGLEVEL": "debug", "TAP_X_Y_LOGLEVEL": "ERROR"}, singer.LogPlain,
			slog.LevelError, ""},
		{"level as a number", "", map[string]string{"LOGLEVEL": "50"}, singer.LogPlain, singer.LevelCritical, ""},
		{"no level", "", map[string]string{"TAP_X_Y_LOGLEVEL": "loud", "LOGLEVEL": "warn"}, singer.LogPlain,
			slog.LevelWarn, `TAP_X_Y_LOGLEVEL="loud" is no log level`},
		{"structured", structuredConfig, nil, singer.LogStructured, slog.LevelWarn, ""},
		{"variable before file", structuredConfig, map[string]string{"LOGLEVEL": "DEBUG"}, singer.LogStructured,
			slog.LevelDebug, ""},
		{"level in the file as a number", `{"root":{"level":10}}`, nil, singer.LogPlain, slog.LevelDebug, ""},
		{"bare message", `{"formatters":{"f":{"format":"%(message)s"}}}`, nil, singer.LogMessage, slog.LevelInfo, ""},
		{"another format", `{"formatters":{"f":{"format":"%(asctime)s %(message)s"}}}`, nil, singer.LogPlain,
			slog.LevelInfo, ""},
		{"class instead of a factory", `{"formatters":{"f":{"class":"singer_sdk.logging.StructuredFormatter"}}}`, nil,
			singer.LogStructured, slog.LevelInfo, ""},
		{"broken", `{"formatters":`, nil, singer.LogPlain, slog.LevelInfo,
			`SINGER_SDK_LOG_CONFIG=log.json is not used: not JSON`},
		{"YAML", "version: 1\n", nil, singer.LogPlain, slog.LevelInfo, `not JSON`},
		{"missing", "missing", nil, singer.LogPlain, slog.LevelInfo, `no such file`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			getenv := func(name string) string {
				if name == "SINGER_SDK_LOG_CONFIG" && test.file != "" {
					return "log.json"
				}
				return test.env[name]
			}
			read := func(string) ([]byte, error) {
				if test.file == "missing" {
					return nil, errors.New("no such file")
				}
				return []byte(test.file), nil
			}
			cfg, warnings := singer.ReadLogConfig("tap-x-y", 7, getenv, read)
			if want := (singer.LogConfig{App: "tap-x-y", PID: 7, Level: test.level, Format: test.format}); cfg != want {
				t.Errorf("got %+v, want %+v", cfg, want)
			}
			if (test.warning == "") != (len(warnings) == 0) || len(warnings) > 1 ||
				!strings.Contains(strings.Join(warnings, ""), test.warning) {
				t.Errorf("warnings: got %q, want one with %q", warnings, test.warning)
			}
		})
	}
}

// writes keeps what is written, with one element for each Write.
type writes []string

func (w *writes) Write(b []byte) (int, error) {
	*w = append(*w, string(b))
	return len(b), nil
}

// logAll writes a line of each sort.
func logAll(format singer.LogFormat) []string {
	var out writes
	config := singer.LogConfig{App: "tap-x", PID: 7, Level: slog.LevelInfo, Format: format}
	log := slog.New(singer.NewLogHandler(&out, config))
	ctx := context.Background()
	log.Debug("not to be seen")
	log.Info("page read", "stream", "calls")
	log.Info("calls: GET /calls", "stream", "calls")
	log.Warn("first\nsecond\x1b[31m")
	log.With("stream", "legs").Error("callsign refused")
	log.Log(ctx, singer.LevelCritical, `stop: "<b>"`)
	singer.RecordCount("calls", 100).Log(ctx, log)
	singer.RequestDuration("calls", "calls", 1234*time.Millisecond, 200, true).Log(ctx, log)
	singer.SyncDuration("legs", time.Second, false).Log(ctx, log)
	singer.JobDuration(time.Minute, true).Log(ctx, log)
	return out
}

// Plain lines are for people and for singer-python's parser.
func TestPlainLog(t *testing.T) {
	t.Parallel()
	want := []string{
		`INFO calls: page read`,
		`INFO calls: GET /calls`,
		`WARNING first\nsecond\x1b[31m`,
		`ERROR legs: callsign refused`,
		`CRITICAL stop: "<b>"`,
		`INFO METRIC: {"type":"counter","metric":"record_count","value":100,"tags":{"stream":"calls",` +
			`"endpoint":"calls"}}`,
		`INFO METRIC: {"type":"timer","metric":"http_request_duration","value":1.234,"tags":{"stream":"calls",` +
			`"status":"succeeded","endpoint":"calls","http_status_code":200}}`,
		`INFO METRIC: {"type":"timer","metric":"sync_duration","value":1,"tags":{"stream":"legs","status":"failed"}}`,
		`INFO METRIC: {"type":"timer","metric":"job_duration","value":60,"tags":{"status":"succeeded",` +
			`"job_type":"sync"}}`,
	}
	if diff := cmp.Diff(strings.Join(want, "\n")+"\n", strings.Join(logAll(singer.LogPlain), "")); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	bare := logAll(singer.LogMessage)
	for i, line := range bare {
		if _, message, _ := strings.Cut(want[i], " "); line != message+"\n" {
			t.Errorf("bare line: got %s, want %s", line, message)
		}
	}
}

// Structured lines hold all that Meltano's parser asks for.
func TestStructuredLog(t *testing.T) {
	t.Parallel()
	lines := logAll(singer.LogStructured)
	if len(lines) != 9 {
		t.Fatalf("%d lines, want 9, one Write each", len(lines))
	}
	var got []string
	for _, line := range lines {
		if !json.Valid([]byte(line)) || strings.Count(line, "\n") != 1 {
			t.Errorf("no JSON on one line: %s", line)
		}
		for _, key := range []string{
			"level", "pid", "logger_name", "ts", "thread_name", "app_name", "stream_name", "message", "extra",
		} {
			if !gjson.Get(line, key).Exists() {
				t.Errorf("no %s in %s", key, line)
			}
		}
		if ts := gjson.Get(line, "ts"); ts.Type != gjson.Number || ts.Num < 1.5e9 {
			t.Errorf("ts: got %s, want Unix seconds", ts.Raw)
		}
		summary := gjson.Get(line, "[level,logger_name,stream_name,message,extra,metric_info.metric]")
		got = append(got, summary.Raw)
	}
	want := []string{
		`["info","tap-x","calls","calls: page read",{}]`,
		`["info","tap-x","calls","calls: GET /calls",{}]`,
		`["warning","tap-x",null,"first\nsecond\u001b[31m",{}]`,
		`["error","tap-x","legs","legs: callsign refused",{}]`,
		`["critical","tap-x",null,"stop: \"<b>\"",{}]`,
		`["info","tap-x.metrics","calls","METRIC",{},"record_count"]`,
		`["info","tap-x.metrics","calls","METRIC",{},"http_request_duration"]`,
		`["info","tap-x.metrics","legs","METRIC",{},"sync_duration"]`,
		`["info","tap-x.metrics",null,"METRIC",{},"job_duration"]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// No line reaches the 64 KiB at which Meltano gives up on one, whatever is logged.
func TestLogLinesAreShort(t *testing.T) {
	t.Parallel()
	for _, format := range []singer.LogFormat{singer.LogPlain, singer.LogStructured} {
		var out writes
		log := slog.New(singer.NewLogHandler(&out, singer.LogConfig{Format: format}))
		evil := strings.Repeat("\x01\"\xff", 100_000)
		for _, message := range []string{evil, "short"} {
			out = nil
			log.Info(message, "stream", evil)
			if len(out) != 1 || len(out[0]) >= 64<<10 || strings.Count(out[0], "\n") != 1 {
				t.Errorf("format %d: %d lines, the first of %d bytes; want one below 64 KiB",
					format, len(out), len(out[0]))
			}
		}
	}
}

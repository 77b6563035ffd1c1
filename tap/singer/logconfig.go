package singer

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// LevelCritical is the level of the last line of a failed run. Singer wants that to begin with CRITICAL, and so does a
// line of LogPlain.
const LevelCritical = slog.Level(12)

// A LogFormat is one of the three ways in which a log line can look.
type LogFormat int

// These are the formats of a log line.
const (
	LogPlain      LogFormat = iota // LEVEL message
	LogMessage                     // message, where another program adds the level
	LogStructured                  // a JSON object as Meltano's SDK writes it (singer_sdk/schemas/logs.schema.json)
)

// LogConfig says how log lines look and which are written. The zero LogConfig is plain lines from INFO up.
type LogConfig struct {
	App    string     // name of the tap, in structured lines
	PID    int        // process id, in structured lines
	Level  slog.Level // lowest level that is written
	Format LogFormat  // form of a line
}

// ReadLogConfig reads the variables that Singer users set: <APP>_LOGLEVEL (TAP_X_LOGLEVEL for tap-x), then LOGLEVEL,
// name a level as Python does; SINGER_SDK_LOG_CONFIG names a file, Python's logging.config.dictConfig in JSON, as
// Meltano writes it. Two things in it count: a formatter that is StructuredFormatter or whose format is %(message)s,
// and the level of root, which the variables overrule. What can't be read is a warning, never an error: no run shall
// fail for its log.
func ReadLogConfig(
	app string, pid int, getenv func(string) string, readFile func(string) ([]byte, error),
) (cfg LogConfig, warnings []string) {
	cfg = LogConfig{App: app, PID: pid}
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	if path := getenv("SINGER_SDK_LOG_CONFIG"); path != "" {
		config, err := readDictConfig(path, readFile)
		if err != nil {
			warn("log configuration SINGER_SDK_LOG_CONFIG=%s is not used: %v", path, err)
		}
		cfg.Format = config.format()
		if level, ok := parseLevel(strings.Trim(string(config.Root.Level), `"`)); ok {
			cfg.Level = level
		}
	}
	own := strings.ToUpper(strings.ReplaceAll(app, "-", "_")) + "_LOGLEVEL"
	for _, name := range []string{own, "LOGLEVEL"} {
		text := strings.TrimSpace(getenv(name))
		if text == "" {
			continue
		}
		l, ok := parseLevel(text)
		if ok {
			cfg.Level = l
			break
		}
		warn("%s=%q is no log level: use DEBUG, INFO, WARNING, ERROR or CRITICAL", name, clip(text, 40))
	}
	return cfg, warnings
}

// A dictConfig is the part of a logging.config.dictConfig that counts here.
type dictConfig struct {
	Formatters map[string]struct {
		Factory string `json:"()"`
		Class   string `json:"class"`
		Format  string `json:"format"`
	} `json:"formatters"`
	Root struct {
		Level jsontext.Value `json:"level"` // a string or a number
	} `json:"root"`
}

func readDictConfig(path string, readFile func(string) ([]byte, error)) (config dictConfig, err error) {
	data, err := readFile(path)
	if err != nil {
		return config, err
	}
	document, err := ReadDocument(data)
	if err != nil {
		return config, err
	}
	return config, decode(document, &config)
}

// format returns the format that the formatters, of which Meltano writes one, ask for.
func (c dictConfig) format() LogFormat {
	format := LogPlain
	for _, f := range c.Formatters {
		if strings.HasSuffix(f.Factory, "StructuredFormatter") || strings.HasSuffix(f.Class, "StructuredFormatter") {
			return LogStructured
		}
		if f.Format == "%(message)s" {
			format = LogMessage
		}
	}
	return format
}

// levelNames returns Python's names of slog's levels, from that of slog.LevelDebug on, which lie four apart.
func levelNames() []string { return []string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"} }

// parseLevel reads a level as Python's logging writes it: a name in any case, or a number (10 is DEBUG, 50 CRITICAL).
func parseLevel(s string) (slog.Level, bool) {
	name := strings.ToUpper(s)
	name = cmp.Or(map[string]string{"WARN": "WARNING", "FATAL": "CRITICAL"}[name], name)
	if i := slices.Index(levelNames(), name); i >= 0 {
		return slog.LevelDebug + slog.Level(4*i), true
	}
	n, err := strconv.Atoi(s)
	return slog.Level((n - 20) * 4 / 10), err == nil && n >= 0 && n <= 100
}

// levelName returns Python's name of a level.
func levelName(l slog.Level) string {
	names := levelNames()
	return names[min(max(int(l-slog.LevelDebug)/4, 0), len(names)-1)]
}

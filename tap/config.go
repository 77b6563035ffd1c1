package tap

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

const (
	// fromEnvironment is the word that, in place of a config file, stands for environment variables.
	fromEnvironment = "ENV"

	environmentPrefix = "TAP_ZENDESK_TALK_"

	logLevelVariable = environmentPrefix + "LOGLEVEL" // no setting, and read without the word ENV
)

// mapperKeys are settings of Meltano's SDK that change records. Who sets them may rely on them to hide personal data.
func mapperKeys() []string {
	return []string{"stream_maps", "stream_map_config", "flattening_enabled", "flattening_max_depth"}
}

const mapperAdvice = "this tap changes no records, put meltano-map-transformer behind it"

// environment is a list of variables in the form of os.Environ.
type environment []string

// get returns the value of a variable, "" if it is not set.
func (e environment) get(name string) string {
	for _, variable := range slices.Backward(e) {
		key, value, _ := strings.Cut(variable, "=")
		if key == name || runtime.GOOS == "windows" && strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// readConfig reads and merges config files, later ones over earlier ones, and the environment over all of them if the
// word ENV is among the names. The form is read leniently: numbers and booleans may be strings, null and "" are absent.
// The error tells of every mistake, each with its key; warnings tell of keys that mean nothing here.
func readConfig(names []string, env environment) (s *settings, warnings []string, err error) {
	found := make(map[string]json.RawMessage)
	for _, name := range names {
		if name == fromEnvironment {
			continue
		}
		object, err := readConfigFile(name)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(found, object)
	}
	if slices.Contains(names, fromEnvironment) {
		maps.Copy(found, env.settings())
	}
	s, err = newSettings(found)
	if err != nil && !slices.Contains(names, fromEnvironment) {
		err = errors.Join(err, env.overlooked(found))
	}
	return s, unknownKeys(found), err
}

// newSettings makes settings of the values that were found for their keys, and of the defaults of the others.
func newSettings(found map[string]json.RawMessage) (*settings, error) {
	s := &settings{}
	var errs []error
	for _, d := range s.table() {
		if err := d.store(found[d.Name]); err != nil {
			errs = append(errs, fmt.Errorf(`"%s" %w`, d.Name, err))
		}
	}
	errs = append(errs, s.check())
	streamMaps := strings.Join(strings.Fields(string(found["stream_maps"])), "")
	if !slices.Contains([]string{"", "null", `""`, "{}", `"{}"`}, streamMaps) {
		errs = append(errs, errors.New(`"stream_maps" has no effect here: `+mapperAdvice))
	}
	return s, errors.Join(errs...)
}

// settings returns the variables that are meant as settings, with their values as JSON strings. Those with a second
// underscore are Meltano's own.
func (e environment) settings() map[string]json.RawMessage {
	found := make(map[string]json.RawMessage)
	for _, variable := range e {
		name, value, _ := strings.Cut(variable, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		key, ok := strings.CutPrefix(name, environmentPrefix)
		if ok && key != "" && value != "" && name != logLevelVariable && !strings.HasPrefix(key, "_") {
			found[strings.ToLower(key)] = quoted(value)
		}
	}
	return found
}

// overlooked returns an error that names the variables of settings that no file has, nil if there are none: without the
// word ENV they are not read, which somebody who set them may not know.
func (e environment) overlooked(found map[string]json.RawMessage) error {
	var names []string
	for _, d := range AllSettings() {
		if name := d.EnvironmentVariable(); found[d.Name] == nil && e.get(name) != "" {
			names = append(names, name)
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("%s in the environment counts only with --config ENV beside the config file",
		strings.Join(names, ", "))
}

// readConfigFile reads one config file: a JSON object, by its keys.
func readConfigFile(name string) (map[string]json.RawMessage, error) {
	data, err := readFile("config", name)
	if err != nil {
		return nil, err
	}
	document, err := singer.ReadDocument(data)
	if err != nil {
		return nil, fmt.Errorf("the config %s: %w", name, err)
	}
	var object map[string]json.RawMessage
	err = json.Unmarshal(document, &object)
	return object, err
}

// store puts raw, the JSON value found for the setting, into its place; its default for null, "" and nil. Errors don't
// quote the value of a secret, nor one of extra_headers.
func (d Setting) store(raw json.RawMessage) error {
	text, scalar := textOf(raw)
	if text = strings.TrimSpace(text); scalar && text == "" {
		text = d.Default
	}
	shown := fmt.Sprintf("%.40q", cmp.Or(text, string(raw)))
	if d.Secret {
		shown = "what it holds"
	}
	switch field := d.into.(type) {
	case *int:
		n, err := strconv.ParseFloat(text, 64)
		whole := scalar && err == nil && !strings.ContainsAny(text, "xX_") && n == math.Trunc(n)
		if !whole || n < float64(d.Minimum) || n > float64(d.Maximum) {
			return fmt.Errorf("must be a whole number from %d to %d, not %s", d.Minimum, d.Maximum, shown)
		}
		*field = int(n)
	case *bool:
		yes, err := strconv.ParseBool(strings.ToLower(text))
		if !scalar || err != nil {
			return fmt.Errorf("must be true or false, not %s", shown)
		}
		*field = yes
	case *string:
		if !scalar {
			return errors.New("must be a string")
		}
		if d.Options != nil && !slices.Contains(d.Options, text) {
			return fmt.Errorf("must be %s, not %s", strings.Join(d.Options, " or "), shown)
		}
		*field = text
	case *map[string]string:
		if scalar {
			raw = json.RawMessage(text) // as the environment has it
		}
		return readStrings(field, raw)
	}
	return nil
}

// textOf returns the text of a JSON string, the digits of a number, or the name of a boolean; "" for null and nothing.
// It returns false for an array and an object.
func textOf(raw json.RawMessage) (text string, scalar bool) {
	switch {
	case len(raw) == 0, string(raw) == "null":
		return "", true
	case raw[0] == '[', raw[0] == '{':
		return "", false
	case raw[0] == '"' && json.Unmarshal(raw, &text) == nil:
		return text, true
	}
	return string(raw), true
}

// readStrings reads an object of strings. Its errors show none of them, since they may be somebody's keys.
func readStrings(field *map[string]string, raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return errors.New(`must be an object of strings, such as {"X-Name": "value"}`)
	}
	*field = make(map[string]string, len(object))
	for key, member := range object {
		text, scalar := textOf(member)
		switch {
		case !scalar:
			return fmt.Errorf("must hold strings only, but %.40q is none", key)
		case string(member) != "null":
			(*field)[key] = text
		}
	}
	return nil
}

// quoted returns text as a JSON string.
func quoted(text string) json.RawMessage {
	raw, _ := json.Marshal(text) // a string always has a form
	return raw
}

// unknownKeys returns a warning for each key that is no setting, with the nearest one that is.
func unknownKeys(found map[string]json.RawMessage) (warnings []string) {
	for _, key := range slices.Sorted(maps.Keys(found)) {
		nearest, distance := "", 1+len(key)/2
		known := false
		for _, d := range AllSettings() {
			known = known || d.Name == key
			if n := editDistance(strings.ToLower(key), d.Name); n < distance {
				nearest, distance = d.Name, n
			}
		}
		switch {
		case known, key == "stream_maps": // refused, or empty
		case slices.Contains(mapperKeys(), key):
			warnings = append(warnings, fmt.Sprintf("the config key %q has no effect here: %s", key, mapperAdvice))
		case nearest != "":
			warnings = append(warnings,
				fmt.Sprintf("the config key %.60q is unknown and ignored: is %q meant?", key, nearest))
		default:
			warnings = append(warnings, fmt.Sprintf("the config key %.60q is unknown and ignored", key))
		}
	}
	return warnings
}

// editDistance returns the number of bytes to insert, drop or replace to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

package tap

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/schemas"
)

const (
	// fromEnvironment is the word that, in place of a config file, stands for environment variables.
	fromEnvironment = "ENV"

	environmentPrefix = "TAP_ZENDESK_TALK_"
)

// value is one setting as it was found: its key and a JSON value that fits the key's type.
type value struct {
	key string
	raw string
}

// readConfig reads and merges config files, later ones over earlier ones, and the environment over all of them if the
// word ENV is among the names. The form is read leniently: numbers and booleans may be strings, null and "" are absent.
// The error tells of every mistake, each with its key; warnings tell of keys that mean nothing here.
func readConfig(names []string, getenv func(string) string) (s *Settings, warnings []string, err error) {
	found := make(map[string]gjson.Result)
	for _, name := range names {
		if name == fromEnvironment {
			continue
		}
		object, err := readObject("config", name)
		if err != nil {
			return nil, nil, err
		}
		object.ForEach(func(key, v gjson.Result) bool {
			found[key.String()] = v
			return true
		})
	}
	properties := gjson.GetBytes(schemas.Config(), "properties")
	if slices.Contains(names, fromEnvironment) {
		properties.ForEach(func(key, _ gjson.Result) bool {
			if text := getenv(environmentPrefix + strings.ToUpper(key.String())); text != "" {
				found[key.String()] = gjson.Result{Type: gjson.String, Str: text}
			}
			return true
		})
	}
	s = &Settings{}
	values, err := normalize(properties, found)
	warnings = unknownKeys(properties, found)
	if decodeErr := s.decode(values); decodeErr != nil {
		return nil, warnings, errors.Join(err, decodeErr)
	}
	return s, warnings, errors.Join(err, s.check())
}

// readObject reads a file that must hold one JSON object; kind names its role in errors.
func readObject(kind, name string) (gjson.Result, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return gjson.Result{}, fmt.Errorf("reading the %s: %w", kind, err)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !gjson.ValidBytes(data) {
		return gjson.Result{}, fmt.Errorf("the %s %s is not JSON", kind, name)
	}
	object := gjson.ParseBytes(data)
	if !object.IsObject() {
		return gjson.Result{}, fmt.Errorf("the %s %s must be a JSON object, such as {\"subdomain\": \"acme\"}", kind, name)
	}
	return object, nil
}

// normalize gives each setting its value, or its default, in the type that its schema asks for.
func normalize(properties gjson.Result, found map[string]gjson.Result) (values []value, err error) {
	var errs []error
	properties.ForEach(func(key, schema gjson.Result) bool {
		raw, err := coerce(schema, found[key.String()])
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf(`"%s" %w`, key.String(), err))
		case raw != "":
			values = append(values, value{key.String(), raw})
		}
		return true
	})
	return values, errors.Join(errs...)
}

// coerce returns v as JSON that fits schema; the default for null, "" and a value that isn't there; "" if there is none.
// Errors don't quote the value of a secret.
func coerce(schema, v gjson.Result) (raw string, err error) {
	if !v.Exists() || v.Type == gjson.Null || v.Type == gjson.String && strings.TrimSpace(v.Str) == "" {
		return schema.Get("default").Raw, nil
	}
	shown := fmt.Sprintf("%.40q", v.String())
	if schema.Get("secret").Bool() {
		shown = "what it holds"
	}
	switch schema.Get("type.0").String() {
	case "integer":
		return coerceInteger(schema, v, shown)
	case "object":
		return coerceStrings(v)
	}
	if v.Type == gjson.JSON {
		return "", errors.New("must be a string")
	}
	text := strings.TrimSpace(v.String())
	if v.Type == gjson.Number {
		text = v.Raw
	}
	if allowed := options(schema); allowed != nil && !slices.Contains(allowed, text) {
		return "", fmt.Errorf("must be %s, not %s", strings.Join(allowed, " or "), shown)
	}
	return quote(text), nil
}

func coerceInteger(schema, v gjson.Result, shown string) (string, error) {
	least, most := schema.Get("minimum"), schema.Get("maximum")
	n, err := strconv.ParseFloat(strings.TrimSpace(v.String()), 64)
	if err != nil || v.Type == gjson.JSON || n != math.Trunc(n) || n < least.Num || n > most.Num {
		return "", fmt.Errorf("must be a whole number from %s to %s, not %s", least.Raw, most.Raw, shown)
	}
	return strconv.FormatInt(int64(n), 10), nil
}

// coerceStrings takes an object of strings, or a string that holds one as JSON, as the environment does. Its errors show
// none of the strings, which may be somebody's keys.
func coerceStrings(v gjson.Result) (string, error) {
	if v.Type == gjson.String && gjson.Valid(v.Str) {
		v = gjson.Parse(v.Str)
	}
	if !v.IsObject() {
		return "", errors.New(`must be an object of strings, such as {"X-Name": "value"}`)
	}
	var members []string
	var err error
	v.ForEach(func(key, member gjson.Result) bool {
		switch member.Type {
		case gjson.Null:
		case gjson.JSON:
			err = fmt.Errorf("must hold strings only, but %.40q is none", key.String())
		default:
			members = append(members, quote(key.String())+":"+quote(member.String()))
		}
		return err == nil
	})
	return "{" + strings.Join(members, ",") + "}", err
}

func quote(text string) string { return string(gjson.AppendJSONString(nil, text)) }

// unknownKeys returns a warning for each key that is no setting, with the nearest one that is.
func unknownKeys(properties gjson.Result, found map[string]gjson.Result) (warnings []string) {
	for key := range found {
		nearest, distance := "", 1+len(key)/2
		known := false
		properties.ForEach(func(name, _ gjson.Result) bool {
			known = name.String() == key
			if d := editDistance(strings.ToLower(key), name.String()); d < distance {
				nearest, distance = name.String(), d
			}
			return !known
		})
		switch {
		case known:
		case nearest != "":
			warnings = append(warnings, fmt.Sprintf("the config key %.60q is unknown and ignored: is %q meant?", key, nearest))
		default:
			warnings = append(warnings, fmt.Sprintf("the config key %.60q is unknown and ignored", key))
		}
	}
	slices.Sort(warnings)
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

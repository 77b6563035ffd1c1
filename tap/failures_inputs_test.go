package tap

import (
	"os"
	"testing"
)

// Mistakes in the command line: the usage, and behind it what is wrong.
func TestWrongArguments(t *testing.T) {
	t.Parallel()
	var table []failure
	for _, row := range []struct {
		name string
		args []string
		last string
	}{
		{"none", nil, `--config is missing: a file, or the word ENV`},
		{"unknown-flag", []string{"--conf", "x.json"}, `flag provided but not defined: -conf`},
		{"no-value", []string{"--config"}, `flag needs an argument: -config`},
		{"empty-value", []string{"--config="}, `invalid value "" for flag -config: it needs the name of a file`},
		{"stray", []string{"--config", "ENV", "sync"}, `unexpected argument "sync"`},
		{"state-only", []string{"--state", "state.json"}, `--config is missing: a file, or the word ENV`},
		{"test-what", []string{"--config", "ENV", "--test=everything"}, `--test is all or schema, not "everything"`},
		{"about-how", []string{"--about", "--format", "yaml"}, `--format is text, json or markdown, not "yaml"`},
		{"demo-with-config", []string{"--demo", "--config", "ENV"}, `--demo takes no --config: it runs on a ` +
			`simulated account`},
		{"discover-what", []string{"--discover=maybe"}, `invalid boolean value "maybe" for -discover: parse error`},
	} {
		table = append(table, failure{name: row.name, args: row.args, bare: true, code: exitUsage, early: true,
			last: row.last})
	}
	fails(t, table)
}

// Mistakes in the config. All are reported at once, and nothing is asked for or written.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	var table []failure
	for _, row := range []struct {
		name     string
		login    string
		settings map[string]any
		last     string
	}{
		{"subdomain-missing", "", map[string]any{"subdomain": nil}, `"subdomain" is missing: the acme of ` +
			`acme.zendesk.com`},
		{"subdomain-of-another-host", "", map[string]any{"subdomain": "https://acme.example.com/x"}, `"subdomain" ` +
			`is not a Zendesk subdomain: the acme of acme.zendesk.com is wanted, not ` +
			`"https://acme.example.com/x"`},
		{"subdomain-object", "", map[string]any{"subdomain": map[string]any{}}, `"subdomain" must be a string; ` +
			`"subdomain" is missing: the acme of acme.zendesk.com`},
		{"api-url-without-scheme", "", map[string]any{"api_url": "acme"}, `"api_url" is not an http(s) URL, such ` +
			`as https://acme.zendesk.com`},
		{"api-url-not-https", "", map[string]any{"api_url": "http://acme.zendesk.com"}, `"api_url" must begin ` +
			`with https:// since credentials go there (http only to this machine, not to acme.zendesk.com)`},
		{"api-url-with-password", "", map[string]any{"api_url": "https://me:" + secretProxy + "@acme.zendesk.com"},
			`"api_url" is not an http(s) URL, such as https://acme.zendesk.com`},
		{"login-missing", "none", nil, `no login: it needs "client_id" with "client_secret", or "access_token", ` +
			`or "email" with "api_token"`},
		{"login-half", "none", map[string]any{"client_secret": secretClient}, `one half of a login is missing: ` +
			`it needs "client_id" with "client_secret"`},
		{"login-half-api", "none", map[string]any{"api_token": secretAPI}, `one half of a login is missing: it ` +
			`needs "email" with "api_token"`},
		{"login-twice", "api", map[string]any{"access_token": secretBearer}, `more than one login: leave only ` +
			`one of "access_token", "email" with "api_token"`},
		{"token-with-line-end", "none", map[string]any{"access_token": secretBearer + "\n" + secretBearer},
			`"access_token" holds characters that no header can hold, such as a line end`},
		{"secret-object", "bearer", map[string]any{"access_token": []string{secretBearer}}, `"access_token" must ` +
			`be a string; no login: it needs "client_id" with "client_secret", or "access_token", or ` +
			`"email" with "api_token"`},
		{"start-date-form", "", map[string]any{"start_date": "31.1.2026"}, `"start_date" is not a date such as ` +
			`2026-01-31 or a time such as 2026-01-31T08:00:00Z: "31.1.2026"`},
		{"end-date-impossible", "", map[string]any{"end_date": "2026-02-30"}, `"end_date" is not a date such as ` +
			`2026-01-31 or a time such as 2026-01-31T08:00:00Z: "2026-02-30"`},
		{"requests-zero", "", map[string]any{"requests_per_minute": 0}, `"requests_per_minute" must be a whole ` +
			`number from 1 to 1000, not "0"`},
		{"requests-word", "", map[string]any{"requests_per_minute": "ten"}, `"requests_per_minute" must be a ` +
			`whole number from 1 to 1000, not "ten"`},
		{"settle-too-long", "", map[string]any{"settle_seconds": 90000}, `"settle_seconds" must be a whole ` +
			`number from 0 to 86400, not "90000"`},
		{"timeout-fraction", "", map[string]any{"request_timeout_seconds": 0.5}, `"request_timeout_seconds" must ` +
			`be a whole number from 1 to 86400, not "0.5"`},
		{"retry-unit", "", map[string]any{"max_retry_seconds": "15m"}, `"max_retry_seconds" must be a whole ` +
			`number from 0 to 604800, not "15m"`},
		{"full-second-word", "", map[string]any{"on_full_second": "ignore"}, `"on_full_second" must be fail or ` +
			`skip, not "ignore"`},
		{"headers-list", "", map[string]any{"extra_headers": []string{secretProxy}}, `"extra_headers" must be an ` +
			`object of strings, such as {"X-Name": "value"}`},
		{"headers-authorization", "", map[string]any{"extra_headers": map[string]any{"authorization": "Bearer " +
			secretBearer}}, `"extra_headers" can't hold Authorization`},
		{"headers-line-end", "", map[string]any{"extra_headers": map[string]any{"X-Key": secretProxy + "\r\n"}},
			`"extra_headers": the value of X-Key holds characters that no header can hold`},
		{"headers-name", "", map[string]any{"extra_headers": map[string]any{"X Key": secretProxy}},
			`"extra_headers": "X Key" is not a header name`},
		{"user-agent-line-end", "", map[string]any{"user_agent": "a\nb"}, `"user_agent" holds characters that no ` +
			`header can hold`},
		{"several", "none", map[string]any{"subdomain": "", "requests_per_minute": "many", "start_date": "x"},
			`"requests_per_minute" must be a whole number from 1 to 1000, not "many"; no login: it needs ` +
				`"client_id" with "client_secret", or "access_token", or "email" with "api_token"; "subdomain" ` +
				`is missing: the acme of acme.zendesk.com; "start_date" is not a date such as 2026-01-31 or a ` +
				`time such as 2026-01-31T08:00:00Z: "x"`},
	} {
		table = append(table, failure{name: row.name, login: row.login, settings: row.settings, early: true,
			last: row.last})
	}
	table = append(table,
		failure{name: "environment", args: []string{"--config", "ENV"}, bare: true, early: true, env: map[string]string{
			"TAP_ZENDESK_TALK_SUBDOMAIN": "acme", "TAP_ZENDESK_TALK_ACCESS_TOKEN": secretBearer,
			"TAP_ZENDESK_TALK_SETTLE_SECONDS": "5m",
		}, last: `"settle_seconds" must be a whole number from 0 to 86400, not "5m"`},
		failure{name: "no-file", args: []string{"--config", "no/such/config.json"}, bare: true, early: true,
			last: "reading the config: " + unreadable(t, "no/such/config.json")},
		failure{name: "directory", args: []string{"--config", "."}, bare: true, early: true,
			last: "reading the config: " + unreadable(t, ".")},
		failure{name: "no-json", args: []string{"--config", "../README.md"}, bare: true, early: true,
			last: `the config ../README.md: not JSON at line 1, column 1: invalid character '#' at start of value`},
	)
	fails(t, table)
}

// Mistakes in the catalog and in the state. The message names the place.
func TestWrongFiles(t *testing.T) {
	t.Parallel()
	var table []failure
	catalogs := []struct{ content, last string }{
		{`x`, `not JSON at line 1, column 1: invalid character 'x' at start of value`},
		{`[]`, `an array where a JSON object is expected`},
		{`{}`, `streams: nothing where an array is expected`},
		{`{"streams":[{}]}`, `streams[0]: no tap_stream_id`},
		{`{"streams":[{"tap_stream_id":"calls"},{"tap_stream_id":"calls"}]}`,
			`streams[1] (calls): the stream is there twice`},
		{`{"streams":[{"tap_stream_id":"calls","schema":[]}]}`,
			`streams[0] (calls).schema: an array where an object is expected`},
		{`{"streams":[{"tap_stream_id":"calls","replication_method":"LOG_BASED"}]}`,
			`streams[0] (calls): replication method "LOG_BASED" is not offered: choose INCREMENTAL or FULL_TABLE`},
		{`{"streams":[{"tap_stream_id":"calls","key_properties":["nope"]}]}`,
			`streams[0] (calls): key property "nope" is not in the schema`},
		{`{"streams":[{"tap_stream_id":"calls","metadata":[{"breadcrumb":"x","metadata":{}}]}]}`,
			`streams[0] (calls).metadata[0].breadcrumb: a string where an array is expected`},
		{`{"streams":[{"tap_stream_id":"calls","metadata":[{"breadcrumb":[],"metadata":{"selected":"perhaps"}}]}]}`,
			`streams[0] (calls).metadata[0].metadata.selected: "perhaps" where true or false is expected`},
		{`{"streams":[{"tap_stream_id":"calls","schema":{"properties":{"id":{"type":"int"}}}}]}`,
			`streams[0] (calls).schema.properties.id.type: "int" is no type of JSON Schema`},
	}
	for _, row := range catalogs {
		table = append(table, failure{name: "catalog" + row.content, catalog: row.content, early: true,
			last: "the catalog DIR/catalog.json: " + row.last})
	}
	states := []struct{ content, last string }{
		{`x`, `not JSON at line 1, column 1: invalid character 'x' at start of value`},
		{`[]`, `an array where a JSON object is expected`},
		{`{"bookmarks":[]}`, `bookmarks: an array where an object is expected`},
		{`{"bookmarks":{"calls":7}}`, `bookmarks.calls: a number where an object is expected`},
		{`{"bookmarks":{"calls":{"end_time":"yesterday"}}}`,
			`bookmarks.calls.end_time is neither a time in Unix seconds nor an ISO 8601 time: "yesterday"`},
		{`{"bookmarks":{"calls":{"end_time":-5}}}`,
			`bookmarks.calls.end_time is neither a time in Unix seconds nor an ISO 8601 time: -5`},
		{`{"bookmarks":{"calls":{"end_time":true}}}`,
			`bookmarks.calls.end_time is neither a time in Unix seconds nor an ISO 8601 time: true`},
		{`{"bookmarks":{"legs":{"updated_at":"x"}}}`,
			`bookmarks.legs.updated_at is neither a time in Unix seconds nor an ISO 8601 time: "x"`},
		{`{"currently_syncing":7}`, `currently_syncing: a number where a string is expected`},
		{`{"type":"STATE","value":[]}`, `value: an array where an object is expected`},
		{"{\"bookmarks\":{}}\n{\"bookmarks\":{}}",
			`not JSON at line 2, column 1: invalid character '{' after top-level value`},
	}
	for _, row := range states {
		table = append(table, failure{name: "state" + row.content, state: row.content, early: true,
			last: "the state DIR/state.json: " + row.last})
	}
	table = append(table,
		failure{name: "no-catalog", args: []string{"--catalog", "no/such/catalog.json"}, early: true,
			last: "reading the catalog: " + unreadable(t, "no/such/catalog.json")},
		failure{name: "no-state", args: []string{"--state", "no/such/state.json"}, early: true,
			last: "reading the state: " + unreadable(t, "no/such/state.json")},
	)
	fails(t, table)
}

// unreadable returns what this machine's operating system says when a file can't be read; each has words of its own.
func unreadable(t *testing.T, file string) string {
	t.Helper()
	_, err := os.ReadFile(file)
	if err == nil {
		t.Fatalf("%s can be read", file)
	}
	return err.Error()
}

package tap_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/schemas"
)

// The files that are committed beside the code agree with it. The generator has a test of its own for what it writes
// (schemas/gen); here the files are compared with the program.

// The catalog is under test: whoever changes it sees here that targets will see it too.
func TestCatalogIsCommitted(t *testing.T) {
	t.Parallel()
	if got := run(t, 0, "--discover").stdout; got != readRoot(t, "catalog.json") {
		t.Error(`catalog.json is not what --discover prints: run "go generate ./..." and commit it; ` +
			`a field less, or a narrower type, is a new major version`)
	}
}

// The sample is a config that the program takes, without a warning, and that its own schema takes.
func TestSampleConfig(t *testing.T) {
	t.Parallel()
	got := run(t, 0, "--config", filepath.Join("..", "sample_config.json"), "--test=schema")
	if strings.Contains(got.stderr, "WARNING") {
		t.Errorf("sample_config.json: %s", got.stderr)
	}
	if err := settingsSchema(t).Validate(decode(t, readRoot(t, "sample_config.json"))); err != nil {
		t.Errorf("sample_config.json does not fit schemas/config.json: %v", err)
	}
}

// settingsSchema is what --about shows of the settings.
func settingsSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	about := run(t, 0, "--about", "--format=json").stdout
	schema, err := compile(jsonschema.Draft2020, gjson.Get(about, "settings").Raw)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func decode(t *testing.T, document string) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// The program takes every config that the schema of the settings takes. The schema refuses what the program refuses, as
// far as a schema can say it.
func TestSettingsSchemaAgrees(t *testing.T) {
	t.Parallel()
	schema := settingsSchema(t)
	const account = `"subdomain":"acme",`
	for document, good := range map[string]bool{
		`{` + account + `"access_token":"a"}`:                                            true,
		`{` + account + `"client_id":"a","client_secret":"b"}`:                           true,
		`{` + account + `"email":"a@example.com","api_token":"b"}`:                       true,
		`{"api_url":"https://proxy.example.com","access_token":"a"}`:                     true,
		`{` + account + `"access_token":"a","start_date":"2026-01-31T08:00:00+02:00"}`:   true,
		`{` + account + `"access_token":"a","start_date":null,"end_date":null}`:          true,
		`{` + account + `"access_token":"a","on_full_second":"skip","settle_seconds":0}`: true,
		`{` + account + `"access_token":"a","on_full_second":null,"user_agent":"me/1"}`:  true,
		`{` + account + `"access_token":"a","extra_headers":{"X-A":"b"}}`:                true,
		`{` + account + `"access_token":"a","requests_per_minute":1000}`:                 true,
		`{` + account + `"access_token":"a","unknown":7}`:                                true,
		`{}`:                                   false,
		`{"access_token":"a"}`:                 false,
		`{` + account + `"client_id":"a"}`:     false,
		`{` + account + `"api_token":"a"}`:     false,
		`{` + account + `"start_date":"soon"}`: false,
		`{` + account + `"client_id":"a","client_secret":"b","access_token":"c"}`: false,
		`{` + account + `"access_token":"a","start_date":"soon"}`:                 false,
		`{` + account + `"access_token":"a","requests_per_minute":0}`:             false,
		`{` + account + `"access_token":"a","requests_per_minute":1001}`:          false,
		`{` + account + `"access_token":"a","requests_per_minute":1.5}`:           false,
		`{` + account + `"access_token":"a","settle_seconds":86401}`:              false,
		`{` + account + `"access_token":"a","on_full_second":"stop"}`:             false,
		`{` + account + `"access_token":"a","extra_headers":["X-A"]}`:             false,
		`{` + account + `"access_token":["a"]}`:                                   false,
	} {
		if err := schema.Validate(decode(t, document)); (err == nil) != good {
			t.Errorf("%s: the schema says %v, want good: %t", document, err, good)
		}
		got := runAny(t, "--config", write(t, "config.json", document), "--test=schema")
		if (got.code == 0) != good {
			t.Errorf("%s: the program exits %d (%s), want good: %t", document, got.code, got.lastLogLine(), good)
		}
	}
}

// Every default that the documents promise is one that the schema of its own setting takes.
func TestDefaultsFitTheirSchema(t *testing.T) {
	t.Parallel()
	gjson.GetBytes(schemas.Config(), "properties").ForEach(func(name, p gjson.Result) bool {
		if !p.Get("default").Exists() {
			return true
		}
		schema, err := compile(jsonschema.Draft2020, p.Raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decode(t, p.Get("default").Raw)); err != nil {
			t.Errorf("%s: %v", name.Str, err)
		}
		return true
	})
	if !bytes.HasSuffix(schemas.Config(), []byte("}\n")) {
		t.Error("schemas/config.json must end in a line end")
	}
}

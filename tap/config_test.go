package tap

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// read reads a config that holds the members (JSON without braces), as the program does.
func read(t *testing.T, members string) (*settings, []string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte("{"+members+"}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return readConfig([]string{file}, nil)
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s, warnings, err := read(t, `"subdomain":"acme","access_token":"a"`)
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	got := fmt.Sprintf("%s %d %d %s %d %d %q %d %s %d %t",
		s.oauthScope, s.requestsPerMinute, s.settleSeconds, s.onFullSecond, s.requestTimeoutSeconds, s.maxRetrySeconds,
		s.userAgent, len(s.extraHeaders), s.baseURL, s.start, s.end == talk.NoEnd)
	if want := `read 10 300 fail 300 900 "" 0 https://acme.zendesk.com 0 true`; got != want {
		t.Errorf("defaults: got %q, want %q: they are promises of the README", got, want)
	}
}

func TestSubdomain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"acme":                                  "https://acme.zendesk.com",
		" Acme ":                                "https://acme.zendesk.com",
		"acme.zendesk.com":                      "https://acme.zendesk.com",
		"https://acme.zendesk.com":              "https://acme.zendesk.com",
		"https://acme.zendesk.com/":             "https://acme.zendesk.com",
		"http://acme.zendesk.com":               "https://acme.zendesk.com",
		"https://acme.zendesk.com/agent/home?x": "https://acme.zendesk.com",
		"acme-2.zendesk.com/admin":              "https://acme-2.zendesk.com",
		"a1":                                    "https://a1.zendesk.com",

		"acme.zendesk.com:443":               "https://acme.zendesk.com",
		"https://acme.zendesk.com?x=1":       "https://acme.zendesk.com",
		"https://acme.zendesk.com:443/agent": "https://acme.zendesk.com",
		"acme.zendesk.com.":                  "https://acme.zendesk.com",

		"acme.example.com":                 "",
		"https://zendesk.com":              "",
		"acme.zendesk.com.attack.er":       "",
		"acme@attack.er":                   "",
		"acme.zendesk.com@attack.er":       "",
		"-acme":                            "",
		"a b":                              "",
		"acmé":                             "",
		".zendesk.com":                     "",
		"acme\u2024zendesk.com":            "",
		"https://user:pw@acme.zendesk.com": "",
	} {
		s, _, err := read(t, fmt.Sprintf(`"subdomain":%q,"access_token":"a"`, text))
		switch {
		case want == "" && err == nil:
			t.Errorf("subdomain %q leads to %s, want a mistake", text, s.baseURL)
		case want == "" && strings.Contains(text, "@") && strings.Contains(err.Error(), "pw"):
			t.Errorf("subdomain %q: the error holds the password: %v", text, err)
		case want == "" && !strings.Contains(err.Error(), `"subdomain"`):
			t.Errorf("subdomain %q: the error does not name the key: %v", text, err)
		case want != "" && err != nil:
			t.Errorf("subdomain %q: %v", text, err)
		case want != "" && s.baseURL.String() != want:
			t.Errorf("subdomain %q: got %s, want %s", text, s.baseURL, want)
		}
	}
}

func TestAPIURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://proxy.example.com":             "https://proxy.example.com",
		"https://proxy.example.com:8443/talk/":  "https://proxy.example.com:8443/talk",
		"http://127.0.0.1:8080":                 "http://127.0.0.1:8080",
		"http://127.8.9.1":                      "http://127.8.9.1",
		"http://[::1]:8080/base":                "http://[::1]:8080/base",
		"http://localhost":                      "http://localhost",
		"http://localhost.attack.er":            "",
		"http://127.0.0.1.attack.er":            "",
		"http://10.0.0.1":                       "",
		"http://0.0.0.0:8080":                   "",
		"http://proxy.example.com":              "",
		"ftp://proxy.example.com":               "",
		"proxy.example.com":                     "",
		"https://":                              "",
		"https:///path":                         "",
		"https://proxy.example.com/?a=b":        "",
		"https://proxy.example.com/#a":          "",
		"https://me:pw@proxy.example.com":       "",
		"https://me@proxy.example.com":          "",
		"https://proxy.example.com\u0000/":      "",
		"https://proxy.example.com/%zz":         "",
		"//proxy.example.com":                   "",
		"javascript:alert(1)":                   "",
		"https://proxy.example.com:port":        "",
		"https://proxy example.com":             "",
		"HTTPS://Proxy.example.com":             "https://Proxy.example.com",
		" https://proxy.example.com ":           "https://proxy.example.com",
		"https://proxy.example.com/a/b/../c///": "https://proxy.example.com/a/b/../c",
	} {
		s, _, err := read(t, fmt.Sprintf(`"api_url":%s,"access_token":"a"`, quoted(text)))
		switch {
		case want == "" && err == nil:
			t.Errorf("api_url %q leads to %s, want a mistake", text, s.baseURL)
		case want == "" && !strings.Contains(err.Error(), `"api_url"`):
			t.Errorf("api_url %q: the error does not name the key: %v", text, err)
		case want != "" && err != nil:
			t.Errorf("api_url %q: %v", text, err)
		case want != "" && s.baseURL.String() != want:
			t.Errorf("api_url %q: got %s, want %s", text, s.baseURL, want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"2026-01-31":                1769817600,
		"2026-01-31T08:00:00Z":      1769846400,
		"2026-01-31T08:00:00.999Z":  1769846400,
		"2026-01-31T10:00:00+02:00": 1769846400,
		"2026-01-31T00:00:00-08:00": 1769846400,
		"2026-01-31T08:00:00":       1769846400,
		"2026-01-31 08:00:00":       1769846400,
		"2026-01-31 08:00:00Z":      1769846400,
		"2026-01-31T08:00:00+0000":  1769846400,
		"2026-01-31T10:00:00+0200":  1769846400,
		"2026-01-31 10:00:00+02":    1769846400,
		" 2026-01-31 ":              1769817600,
		"1970-01-01":                0,
		"1900-01-01":                0, // the API counts from 1970

		"2026-01-32":           -1,
		"2026-02-29":           -1,
		"2026-1-31":            -1,
		"31.01.2026":           -1,
		"01/31/2026":           -1,
		"yesterday":            -1,
		"now":                  -1,
		"2026-01-31T25:00:00Z": -1,
		"2026-01-31T08:00Z":    -1,
		"20260131":             -1,
		"1769846400":           -1,
		"2026":                 -1,
	} {
		s, _, err := read(t, fmt.Sprintf(`"subdomain":"acme","access_token":"a","start_date":%q`, text))
		switch {
		case want < 0 && err == nil:
			t.Errorf("start_date %q is read as %d, want a mistake", text, s.start)
		case want < 0 && !strings.Contains(err.Error(), `"start_date"`):
			t.Errorf("start_date %q: the error does not name the key: %v", text, err)
		case want >= 0 && err != nil:
			t.Errorf("start_date %q: %v", text, err)
		case want >= 0 && s.start != want:
			t.Errorf("start_date %q: got %d, want %d", text, s.start, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int{
		`10`:     10,
		`"10"`:   10,
		`" 10 "`: 10,
		`1e1`:    10,
		`"10.0"`: 10,
		`10.0`:   10,
		`1000`:   1000,
		`1`:      1,
		`null`:   10,
		`""`:     10,
		`"  "`:   10,

		`0`:       -1,
		`-1`:      -1,
		`1001`:    -1,
		`1.5`:     -1,
		`"ten"`:   -1,
		`true`:    -1,
		`[]`:      -1,
		`[10]`:    -1,
		`{}`:      -1,
		`"1e999"`: -1,
		`"NaN"`:   -1,
		`"0x10"`:  -1,
		`"Inf"`:   -1,
	} {
		s, _, err := read(t, `"subdomain":"acme","access_token":"a","requests_per_minute":`+raw)
		switch {
		case want < 0 && err == nil:
			t.Errorf("requests_per_minute %s is read as %d, want a mistake", raw, s.requestsPerMinute)
		case want >= 0 && err != nil:
			t.Errorf("requests_per_minute %s: %v", raw, err)
		case want >= 0 && s.requestsPerMinute != want:
			t.Errorf("requests_per_minute %s: got %d, want %d", raw, s.requestsPerMinute, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	const account = `"subdomain":"acme","access_token":"a","extra_headers":`
	s, _, err := read(t, account+
		`{"X-Zendesk-Marketplace-Name":"tap","X-N":7,"X-B":true,"X-Null":null,"X-Text":"<b>"}`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"X-Zendesk-Marketplace-Name": "tap", "X-N": "7", "X-B": "true", "X-Text": "<b>"}
	if !maps.Equal(s.extraHeaders, want) {
		t.Errorf("got %v, want %v", s.extraHeaders, want)
	}
	for _, headers := range []string{
		`{"x-key":"one","X-Key":"two"}`,
		`{"Authorization":"x"}`,
		`{"authorization":"x"}`,
		`{"Host":"x"}`,
		`{"Content-Length":"1"}`,
		`{"":"x"}`,
		`{"a b":"x"}`,
		`{"X\r\nY":"x"}`,
		`{"X":"a\nb"}`,
		`{"X":["a"]}`,
		`["X"]`,
		`"X: y"`,
		`7`,
		`true`,
	} {
		_, _, err := read(t, account+headers)
		if err == nil || !strings.Contains(err.Error(), `"extra_headers"`) {
			t.Errorf("extra_headers %s: got %v, want a mistake that names the key", headers, err)
		}
	}
}

// No error or warning quotes a secret, whatever is wrong with it or beside it.
func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	const secret = "tell-no-one"
	values := []string{
		`"tell-no-one"`,
		`["tell-no-one"]`,
		`{"a":"tell-no-one"}`,
		`"tell-no-one\n"`,
		`"tell-no-one\u0000"`,
	}
	for _, key := range []string{"client_secret", "access_token", "api_token"} {
		for _, v := range values {
			for _, more := range []string{"", `,"start_date":"soon"`, `,"email":"a@example.com","client_id":"b"`} {
				_, warnings, err := read(t, `"subdomain":"acme","`+key+`":`+v+more)
				if text := fmt.Sprint(warnings, err); strings.Contains(text, secret) {
					t.Errorf("%s %s%s: %s", key, v, more, text)
				}
			}
		}
	}
}

func TestNearestKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"subdomian":          "subdomain",
		"sub_domain":         "subdomain",
		"Subdomain":          "subdomain",
		"clientid":           "client_id",
		"startdate":          "start_date",
		"start-date":         "start_date",
		"request_per_minute": "requests_per_minute",

		"x":               "",
		"token":           "",
		"url":             "",
		"page_size":       "",
		"lookback_window": "",
	} {
		_, warnings, err := read(t, fmt.Sprintf(`"subdomain":"acme","access_token":"a",%q:"v"`, key))
		if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], `"`+key+`"`) {
			t.Fatalf("%s: got %q, %v; want one warning that names the key", key, warnings, err)
		}
		hint := fmt.Sprintf("is %q meant?", want)
		switch {
		case want == "" && strings.Contains(warnings[0], "meant"):
			t.Errorf("got %q, want no hint", warnings[0])
		case want != "" && !strings.HasSuffix(warnings[0], hint):
			t.Errorf("got %q, want the hint %q", warnings[0], hint)
		}
	}
}

// Each setting is read from its variable, and from no other. What else bears the prefix is warned of like an unknown
// key in a file, but for the level of the log and Meltano's own variables.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	samples := map[string]string{"integer": "7", "boolean": "true", "object": `{"X-A":"b"}`, "string": "acme"}
	for _, d := range AllSettings() {
		sample := samples[d.Type()]
		if d.Options != nil {
			sample = d.Options[len(d.Options)-1]
		}
		variables := environment{
			d.EnvironmentVariable() + "=" + sample,
			strings.TrimSuffix(environmentPrefix, "_") + "=x",
		}
		if err := d.store(variables.settings()[d.Name]); err != nil {
			t.Errorf("%s: %v", d.Name, err)
		}
		want := strings.NewReplacer(`{"`, "map[", `":"`, ":", `"}`, "]").Replace(sample) // as fmt prints a map
		if got := fmt.Sprint(reflect.ValueOf(d.into).Elem()); got != want {
			t.Errorf("%s=%s: got %s", d.EnvironmentVariable(), sample, got)
		}
	}
	_, warnings, err := readConfig([]string{fromEnvironment}, environment{
		"TAP_ZENDESK_TALK_SUBDOMAIN=acme",
		"TAP_ZENDESK_TALK_ACCESS_TOKEN=a",
		"TAP_ZENDESK_TALK_LOGLEVEL=DEBUG",
		"TAP_ZENDESK_TALK__SELECT=[]",
		"TAP_ZENDESK_TALK_STARTDATE=2026-01-01",
		"TAP_ZENDESK_TALK_EMPTY=",
		"OTHER=1",
	})
	want := []string{`the config key "startdate" is unknown and ignored: is "start_date" meant?`}
	if err != nil || !slices.Equal(warnings, want) {
		t.Errorf("got %q (%v), want %q", warnings, err, want)
	}
}

// Without the word ENV the environment is not read, and an error says so where that may be the reason.
func TestOverlookedEnvironment(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte(`{"subdomain":"acme","client_id":"a"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	env := environment{"TAP_ZENDESK_TALK_CLIENT_SECRET=tell-no-one", "TAP_ZENDESK_TALK_SUBDOMAIN=other"}
	_, _, err := readConfig([]string{file}, env)
	const want = "one half of a login is missing: it needs \"client_id\" with \"client_secret\"\n" +
		"TAP_ZENDESK_TALK_CLIENT_SECRET in the environment counts only with --config ENV beside the config file"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, _, err := readConfig([]string{file, fromEnvironment}, env); err != nil {
		t.Errorf("with ENV: %v", err)
	}
}

// Settings of Meltano's SDK that change records must not seem to work: people hide personal data with them.
func TestStreamMapsAreRefused(t *testing.T) {
	t.Parallel()
	const account = `"subdomain":"acme","access_token":"a",`
	for _, maps := range []string{`{"calls":{"phone_number":null}}`, `"{\"calls\":{}}"`, `[1]`, `true`} {
		_, _, err := read(t, account+`"stream_maps":`+maps)
		if err == nil || !strings.Contains(err.Error(), "meltano-map-transformer") {
			t.Errorf("stream_maps %s: got %v, want a mistake that names the mapper", maps, err)
		}
	}
	for _, maps := range []string{`{}`, `{ }`, `null`, `""`, `"{}"`} {
		if _, warnings, err := read(t, account+`"stream_maps":`+maps); err != nil || warnings != nil {
			t.Errorf("stream_maps %s: got %v, %q, want neither mistake nor warning", maps, err, warnings)
		}
	}
	_, warnings, err := read(t, account+`"flattening_enabled":true,"flattening_max_depth":2`)
	if err != nil || len(warnings) != 2 || !strings.Contains(warnings[0]+warnings[1], "meltano-map-transformer") {
		t.Errorf("flattening: got %v, %q, want two warnings that name the mapper", err, warnings)
	}
}

// A value that was copied from elsewhere in another form is taken as it was meant.
func TestMeantForms(t *testing.T) {
	t.Parallel()
	s, _, err := read(t,
		`"subdomain":"https://acme.zendesk.com:443/agent?x=1","email":"a@example.com/token","api_token":"b"`)
	if err != nil || s.email != "a@example.com" || s.baseURL.String() != "https://acme.zendesk.com" {
		t.Errorf("got %q at %v (%v)", s.email, s.baseURL, err)
	}
	for _, token := range []string{"Bearer abc", "bearer  abc", "BEARER abc ", "abc"} {
		s, _, err := read(t, fmt.Sprintf(`"subdomain":"acme","access_token":%q`, token))
		if err != nil || s.accessToken != "abc" {
			t.Errorf("access_token %q: got %q (%v), want abc", token, s.accessToken, err)
		}
	}
}

// RFC 3339 allows small letters in a time, and people write keys in capitals.
func TestSmallAndCapitalLetters(t *testing.T) {
	t.Parallel()
	if got, err := readDate("start_date", "2023-11-14t22:13:20z", 0); err != nil || got != 1700000000 {
		t.Errorf("got %d (%v), want 1700000000", got, err)
	}
	got := unknownKeys(map[string]json.RawMessage{"SETTLE_SECONDS": nil})
	if len(got) != 1 || !strings.Contains(got[0], `is "settle_seconds" meant?`) {
		t.Errorf("got warnings %q, want one that names settle_seconds", got)
	}
}

package tap

import (
	"slices"
	"strings"
	"testing"
)

func TestReadBookmark(t *testing.T) {
	t.Parallel()
	const none = int64(-1)
	tests := map[string]struct {
		raw     string
		endTime int64
		seen    string // entries joined by blanks
		warning string
	}{
		"absent":                {``, none, "", ""},
		"null":                  {`null`, none, "", ""},
		"empty":                 {`{}`, none, "", ""},
		"own":                   {`{"end_time":1769846410,"seen":["a","b"]}`, 1769846410, "a b", ""},
		"never read":            {noBookmark, none, "", ""},
		"digits":                {`{"end_time":"1769846410"}`, 1769846410, "", ""},
		"fraction":              {`{"end_time":1769846410.75}`, 1769846410, "", ""},
		"ISO":                   {`{"end_time":"2026-01-31T08:00:10Z"}`, 1769846410, "", ""},
		"ISO with offset":       {`{"end_time":"2026-01-31T10:00:10+02:00"}`, 1769846410, "", ""},
		"ISO without colon":     {`{"end_time":"2026-01-31T10:00:10.5+0200"}`, 1769846410, "", ""},
		"date":                  {`{"end_time":"2026-01-31"}`, 1769817600, "", ""},
		"1970":                  {`{"end_time":0}`, 0, "", ""},
		"SDK":                   {`{"replication_key":"updated_at","replication_key_value":"2026-01-31T08:00:10Z"}`, 1769846410, "", ""},
		"SDK with microseconds": {`{"replication_key":"updated_at","replication_key_value":"2026-01-31T08:00:10.123456+00:00"}`, 1769846410, "", ""},
		"SDK without key":       {`{"replication_key_value":1769846410}`, 1769846410, "", ""},
		"SDK, another key":      {`{"replication_key":"created_at","replication_key_value":"2026-01-31T08:00:10Z"}`, none, "", "created_at"},
		"SDK, another key, own": {`{"replication_key":"created_at","replication_key_value":"x","end_time":1769846410}`, 1769846410, "", ""},
		"SDK, partitions":       {`{"partitions":[{"context":{"a":1},"replication_key":"updated_at","replication_key_value":"2026-01-31T08:00:10Z"}]}`, none, "", ""},
		"singer-io":             {`{"updated_at":"2026-01-31T08:00:10Z"}`, 1769846410, "", ""},
		"own wins":              {`{"updated_at":"2026-01-01T00:00:00Z","replication_key_value":"2026-01-02T00:00:00Z","end_time":1769846410}`, 1769846410, "", ""},
		"null does not win":     {`{"updated_at":"2026-01-31T08:00:10Z","end_time":null}`, 1769846410, "", ""},
		"seen is null":          {`{"end_time":1,"seen":null}`, 1, "", ""},
		"seen is none":          {`{"end_time":1,"seen":{"a":"b"}}`, 1, "", "seen is not a list"},
		"seen without time":     {`{"seen":["a"]}`, none, "a", ""},
	}
	for name, tt := range tests {
		b, warnings, err := readBookmark([]byte(tt.raw), "updated_at")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if b.ok != (tt.endTime != none) || b.ok && b.endTime != tt.endTime {
			t.Errorf("%s: got %d, %t; want %d", name, b.endTime, b.ok, tt.endTime)
		}
		if got := strings.Join(b.seen, " "); got != tt.seen {
			t.Errorf("%s: seen is %q, want %q", name, got, tt.seen)
		}
		if got := strings.Join(warnings, "; "); tt.warning == "" && got != "" || !strings.Contains(got, tt.warning) {
			t.Errorf("%s: warnings %q, want %q", name, got, tt.warning)
		}
	}
}

func TestReadBookmarkRefuses(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{"end_time":"yesterday"}`, `{"end_time":true}`, `{"end_time":[1]}`, `{"end_time":{}}`, `{"end_time":-1}`, `{"end_time":1e9}`,
		`{"end_time":99999999999999999999}`, `{"end_time":"2026-13-01"}`, `{"end_time":"-5"}`, `{"end_time":"12a"}`, `{"end_time":"0001-01-01T00:00:00Z"}`,
		`{"replication_key_value":"soon"}`, `{"updated_at":["2026-01-31"]}`,
	} {
		b, _, err := readBookmark([]byte(raw), "updated_at")
		if err == nil {
			t.Errorf("%s is read as %d, want an error", raw, b.endTime)
			continue
		}
		if key := raw[2:strings.Index(raw, `":`)]; !strings.HasPrefix(err.Error(), key+" ") {
			t.Errorf("%s: the error must begin with the place: %v", raw, err)
		}
	}
}

func TestBookmarkComesBack(t *testing.T) {
	t.Parallel()
	for _, b := range []bookmark{
		{},
		{seen: []string{"0:1:0000000000000000"}},
		{endTime: 0, ok: true},
		{endTime: 1769846410, ok: true, seen: []string{"1769846410:9223372036854775807:9f3c000000000000", "1769846411:-1:0000000000000001"}},
	} {
		got, warnings, err := readBookmark(b.json(), "updated_at")
		if err != nil || len(warnings) > 0 || got.endTime != b.endTime || got.ok != b.ok || !slices.Equal(got.seen, b.seen) {
			t.Errorf("%s comes back as %+v (%v, %v)", b.json(), got, warnings, err)
		}
	}
	if got := string(bookmark{}.json()); got != noBookmark {
		t.Errorf("got %s, want %s", got, noBookmark)
	}
}

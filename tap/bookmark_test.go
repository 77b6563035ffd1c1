package tap

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/warn"
)

func TestReadBookmark(t *testing.T) {
	t.Parallel()
	const (
		none    = int64(-1)
		at      = int64(1769846410)
		iso     = `"2026-01-31T08:00:10Z"`
		created = `"replication_key":"created_at"`
		entry   = `"1769846411:7:00000000000000ff"`
	)
	for name, test := range map[string]struct {
		raw     string
		endTime int64
		warning string
	}{
		"absent":                {``, none, ""},
		"null":                  {`null`, none, ""},
		"empty":                 {`{}`, none, ""},
		"own":                   {`{"end_time":1769846410}`, at, ""},
		"never read":            {noBookmark, none, ""},
		"digits":                {`{"end_time":"1769846410"}`, at, ""},
		"fraction":              {`{"end_time":1769846410.75}`, at, ""},
		"exponent":              {`{"end_time":1.76984641e9}`, at, ""},
		"exponent in a string":  {`{"end_time":" 1.76984641E+9 "}`, at, ""},
		"ISO":                   {`{"end_time":` + iso + `}`, at, ""},
		"ISO with offset":       {`{"end_time":"2026-01-31T10:00:10+02:00"}`, at, ""},
		"ISO without colon":     {`{"end_time":"2026-01-31T10:00:10.5+0200"}`, at, ""},
		"date":                  {`{"end_time":"2026-01-31"}`, 1769817600, ""},
		"1970":                  {`{"end_time":0}`, 0, ""},
		"SDK":                   {`{"replication_key":"updated_at","replication_key_value":` + iso + `}`, at, ""},
		"SDK with microseconds": {`{"replication_key_value":"2026-01-31T08:00:10.123456+00:00"}`, at, ""},
		"SDK without key":       {`{"replication_key_value":1769846410}`, at, ""},
		"SDK, another key":      {`{` + created + `,"replication_key_value":` + iso + `}`, none, "created_at"},
		"SDK, another key, own": {`{` + created + `,"replication_key_value":"x","end_time":1769846410}`, at, ""},
		"SDK, partitions": {
			`{"partitions":[{"context":{"a":1},"replication_key_value":` + iso + `}]}`, none,
			"nothing that this tap understands",
		},
		"singer-io":         {`{"updated_at":` + iso + `}`, at, ""},
		"own wins":          {`{"updated_at":"2026","replication_key_value":1,"end_time":1769846410}`, at, ""},
		"null does not win": {`{"updated_at":` + iso + `,"end_time":null}`, at, ""},
		"seen is null":      {`{"end_time":1769846410,"seen":null}`, at, ""},
		"seen is none":      {`{"end_time":1769846410,"seen":{"a":"b"}}`, at, "seen is not a list"},
		"seen without time": {`{"seen":[` + entry + `],"seen_from":null}`, none, ""},
	} {
		b, warnings, err := readBookmark([]byte(test.raw), "updated_at")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if b.ok != (test.endTime != none) || b.ok && b.endTime != test.endTime {
			t.Errorf("%s: got %d, %t; want %d", name, b.endTime, b.ok, test.endTime)
		}
		if (len(b.seen) == 1) != strings.Contains(test.raw, entry) {
			t.Errorf("%s: seen is %v", name, b.seen)
		}
		wantWarning(t, name, warnings, test.warning)
	}
}

func wantWarning(t *testing.T, name string, warnings []string, want string) {
	t.Helper()
	got := strings.Join(warnings, "; ")
	if want == "" && got != "" || !strings.Contains(got, want) || len(warnings) > 1 {
		t.Errorf("%s: warnings %q, want one with %q", name, warnings, want)
	}
}

// The list counts only beside the end_time that it was written with.
func TestSeenFrom(t *testing.T) {
	t.Parallel()
	const list = `,"seen":["1769846411:7:00000000000000ff"]`
	for raw, moved := range map[string]bool{
		`{"end_time":1769846410` + list + `,"seen_from":1769846410}`:             false,
		`{"end_time":1769846410` + list + `,"seen_from":"1769846410"}`:           false,
		`{"end_time":1769846410` + list + `,"seen_from":1.76984641e9}`:           false,
		`{"end_time":1769846410` + list + `,"seen_from":"2026-01-31T08:00:10Z"}`: false,
		`{"end_time":null` + list + `,"seen_from":null}`:                         false,
		`{"end_time":1769846409` + list + `,"seen_from":1769846410}`:             true,
		`{"end_time":1769846411` + list + `,"seen_from":1769846410}`:             true,
		`{"end_time":0` + list + `,"seen_from":null}`:                            true,
		`{"end_time":null` + list + `,"seen_from":1769846410}`:                   true,
		`{"end_time":null` + list + `,"seen_from":0}`:                            true,
		`{"end_time":1769846410` + list + `}`:                                    true, // as 0.1.0 wrote it
		`{` + list[1:] + `}`:                                                     true,
		`{"end_time":1769846410` + list + `,"seen_from":true}`:                   true,
		`{"end_time":1769846410` + list + `,"seen_from":"soon"}`:                 true,
		`{"end_time":1769846410` + list + `,"seen_from":{}}`:                     true,
		`{"end_time":1769846410,"seen":[],"seen_from":1769846400}`:               false, // of nothing, nothing counts
	} {
		b, warnings, err := readBookmark([]byte(raw), "updated_at")
		if want := strings.Contains(raw, "ff") && !moved; err != nil || b.moved != moved || (len(b.seen) == 1) != want {
			t.Errorf("%s is read as %+v (%v), want moved %t", raw, b, err, moved)
		}
		wantWarning(t, raw, warnings, "")
	}
}

func TestUnreadableSeenEntries(t *testing.T) {
	t.Parallel()
	const good = "110:2:ff"
	for _, entry := range []string{
		"", "x", "120", "120:1", "120:1:", "120:1:xyz", ":1:ff", "120::ff", "1.5:1:ff", "120:1:11112222333344445",
		"120:1:ff:ff",
	} {
		raw := fmt.Sprintf(`{"end_time":100,"seen":[%q,%q,%q],"seen_from":100}`, entry, good, entry)
		b, warnings, err := readBookmark([]byte(raw), "updated_at")
		if want := []talk.Version{{ID: 2, Updated: 110, Fingerprint: 0xff}}; err != nil || !slices.Equal(b.seen, want) {
			t.Errorf("%s: got %v (%v), want %v", raw, b.seen, err, want)
		}
		wantWarning(t, raw, warnings, "can't be read")
	}
}

func TestReadBookmarkRefuses(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{"end_time":"yesterday"}`, `{"end_time":true}`, `{"end_time":[1]}`, `{"end_time":{}}`, `{"end_time":-1}`,
		`{"end_time":-1e9}`, `{"end_time":1e400}`, `{"end_time":"0x10"}`, `{"end_time":"1e"}`, `{"end_time":""}`,
		`{"end_time":99999999999999999999}`, `{"end_time":"2026-13-01"}`, `{"end_time":"-5"}`, `{"end_time":"12a"}`,
		`{"end_time":"NaN"}`, `{"end_time":"0001-01-01T00:00:00Z"}`,
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
		{seen: []talk.Version{{ID: 1}}},
		{endTime: 0, ok: true},
		{endTime: 1769846410, ok: true, seen: []talk.Version{
			{ID: 1<<63 - 1, Updated: 1769846410, Fingerprint: 1}, {ID: -1, Updated: 1769846411, Fingerprint: 1<<64 - 1},
		}},
	} {
		got, warnings, err := readBookmark(b.json(), "updated_at")
		if err != nil || len(warnings) > 0 || !reflect.DeepEqual(got, b) {
			t.Errorf("%s comes back as %+v (%v, %v)", b.json(), got, warnings, err)
		}
	}
}

func TestBookmarkForm(t *testing.T) {
	t.Parallel()
	b := bookmark{endTime: 1547635159, ok: true, seen: []talk.Version{
		{ID: 360088814475, Updated: 1547635160, Fingerprint: 0x9f3c},
		{ID: -7, Updated: 1547635159, Fingerprint: 1<<64 - 1},
	}}
	want := `{"end_time":1547635159,"seen":["1547635159:-7:ffffffffffffffff",` +
		`"1547635160:360088814475:0000000000009f3c"],"seen_from":1547635159}`
	if got := string(b.json()); got != want {
		t.Errorf("got %s, want %s: saved states depend on this form", got, want)
	}
}

// full returns the bookmark behind a page of n rows that have not settled.
func full(n int, warnings *warn.Once) bookmark {
	const start = 1_700_000_000
	c := talk.NewCursor(talk.CursorConfig{Start: start, End: talk.NoEnd, Settle: 86_400})
	c.BeginPage(time.Unix(start+80_000, 0))
	for i := range int64(n) {
		id := 99_999_999_999_999 - i
		c.Admit(talk.Row{ID: id, IDOK: true, Updated: start + i, UpdatedOK: true, Fingerprint: ^uint64(i)})
	}
	return bookmark{}.after(c, warnings)
}

func TestSeenIsBounded(t *testing.T) {
	t.Parallel()
	var warnings warn.Once
	if got := len(full(seenLimit, &warnings).seen); got != seenLimit {
		t.Errorf("got %d entries, want %d", got, seenLimit)
	}
	wantWarning(t, "as many as it holds", warnings.Take(), "")
	seen := full(seenLimit+7, &warnings).seen
	if len(seen) != seenLimit || seen[0].Updated != 1_700_000_007 {
		t.Errorf("got %d entries from %v on, want the newest %d of %d", len(seen), seen[0], seenLimit, seenLimit+7)
	}
	full(seenLimit+7, &warnings)
	wantWarning(t, "more than it holds, twice", warnings.Take(), "all but the newest 5000")
}

// A line of STATE has to fit what targets read: both streams' lists full, with ids of 14 digits, as the tap writes it
// and as Python's json.dumps does, with a space behind each comma and colon.
func TestStateOfTwoFullListsStaysSmall(t *testing.T) {
	t.Parallel()
	raw := string(full(seenLimit+1000, &warn.Once{}).json())
	line := `{"type":"STATE","value":{"bookmarks":{"calls":` + raw + `,"legs":` + raw +
		`},"currently_syncing":"calls"}}`
	spaces := strings.Count(line, `",`) + strings.Count(line, `":`) + 100 // outside of strings, and a few more
	if got, limit := len(line)+spaces, 512<<10; got >= limit {
		t.Errorf("got a STATE of %d bytes, want less than %d: lower seenLimit", got, limit)
	}
}

// A bookmark in which nothing is understood would else look like none, and all would be read without a word.
func TestBookmarkOfAnotherForm(t *testing.T) {
	t.Parallel()
	for text, warned := range map[string]bool{
		`{"partitions":[{"context":{},"replication_key_value":"2026-01-31T08:00:00Z"}]}`: true,
		`{"End_Time":1769846400}`:     true,
		`{"cursor":"x"}`:              true,
		`{}`:                          false,
		`{"end_time":null,"seen":[]}`: false,
		`{"seen":["1769846400:1:00000000000000aa"]}`:            false,
		`{"replication_key_value":null}`:                        false,
		`{"updated_at":"2026-01-31T08:00:00Z","partitions":[]}`: false,
	} {
		_, warnings, err := readBookmark([]byte(text), "updated_at")
		if err != nil || (len(warnings) > 0) != warned {
			t.Errorf("%s: got warnings %q (%v), want some: %t", text, warnings, err, warned)
		}
	}
}

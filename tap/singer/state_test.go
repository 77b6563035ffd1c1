package singer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

// A state goes out as it came in, compact, but for what was set.
func TestState(t *testing.T) {
	t.Parallel()
	type set struct{ stream, bookmark string } // a bookmark, or without one currently_syncing
	for _, test := range []struct {
		name, in string
		sets     []set
		want     string
	}{
		{"nothing", ``, nil, `{}`},
		{"white space", " \n", nil, `{}`},
		{"byte order mark", "\uFEFF{ }\r\n", nil, `{}`},
		{"nothing but a byte order mark", "\uFEFF", nil, `{}`},
		{"untouched", `{"z":[1.50, "\u00e9<&>\u2028"],"bookmarks":{"films":{"x": 1e3},"calls":null},"a":null}`, nil,
			`{"z":[1.50,"\u00e9<&>\u2028"],"bookmarks":{"films":{"x":1e3},"calls":null},"a":null}`},
		{"set in place", `{"bookmarks":{"calls":{"x":1},"films":{}},"more":1}`,
			[]set{{"calls", `{"y": 2}`}, {"legs", `{}`}, {"legs", ""}},
			`{"bookmarks":{"calls":{"y":2},"films":{},"legs":{}},"more":1,"currently_syncing":"legs"}`},
		{"set in nothing", ``, []set{{"", ""}, {"calls", `{"y":2}`}},
			`{"currently_syncing":null,"bookmarks":{"calls":{"y":2}}}`},
		{"null bookmarks", `{"bookmarks":null}`, nil, `{"bookmarks":null}`},
		{"set in null bookmarks", `{"bookmarks":null,"a":1}`, []set{{"calls", `{}`}},
			`{"bookmarks":{"calls":{}},"a":1}`},
		{"currently syncing kept", `{"currently_syncing":"legs"}`, nil, `{"currently_syncing":"legs"}`},
		{"currently syncing cleared", `{"currently_syncing":"legs"}`, []set{{"", ""}}, `{"currently_syncing":null}`},
		{"whole message", `{"type":"STATE","value":{"bookmarks":{"calls":{}}}}`, nil, `{"bookmarks":{"calls":{}}}`},
		{"as meltano state get prints it", `{"singer_state": {"bookmarks":{"calls":{"x": 1}},"a":1}}`, nil,
			`{"bookmarks":{"calls":{"x":1}},"a":1}`},
		{"a message without its type", `{"value":{"bookmarks":{"calls":{}}}}`, nil, `{"bookmarks":{"calls":{}}}`},
		{"wrapped twice", `{"value":{"singer_state":{"bookmarks":{}}}}`, nil, `{"bookmarks":{}}`},
		{"a stranger called value", `{"value":{"bookmarks":{}},"bookmarks":{"calls":{}}}`, nil,
			`{"value":{"bookmarks":{}},"bookmarks":{"calls":{}}}`},
		{"equal keys", `{"a":1,"b":2,"a":3}`, nil, `{"a":3,"b":2}`},
		{"escaped keys", `{"\u0062ookmarks":{"c\u0061lls":{"x":1}}}`, []set{{"calls", `{}`}},
			`{"\u0062ookmarks":{"c\u0061lls":{}}}`},
		{"lone surrogate of a stranger", `{"\ud800":"\ud800"}`, nil, `{"\ud800":"\ud800"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := state(t, test.in)
			for _, c := range test.sets {
				if c.bookmark == "" {
					s.SetCurrentlySyncing(c.stream)
				} else {
					s.SetBookmark(c.stream, []byte(c.bookmark))
				}
			}
			if got := string(s.AppendJSON([]byte("> "))); got != "> "+test.want {
				t.Errorf("state:\n got %s\nwant > %s", got, test.want)
			}
		})
	}
}

func TestStateReads(t *testing.T) {
	t.Parallel()
	s := state(t, `{"bookmarks":{"calls":{"end_time": 1},"legs":null},"currently_syncing":"l\u0065gs"}`)
	if got := string(s.Bookmark("calls")); got != `{"end_time":1}` {
		t.Errorf("bookmark of calls: got %s", got)
	}
	if got := s.Bookmark("legs"); got != nil {
		t.Errorf("bookmark that is null: got %s, want nil", got)
	}
	if got := s.Bookmark("films"); got != nil {
		t.Errorf("bookmark that is missing: got %s, want nil", got)
	}
	if got := s.CurrentlySyncing(); got != "legs" {
		t.Errorf("currently syncing: got %q, want legs", got)
	}
	s.SetCurrentlySyncing("")
	if got := s.CurrentlySyncing(); got != "" {
		t.Errorf("currently syncing after null was set: got %q", got)
	}
	raw := []byte(`{"end_time":2}`)
	s.SetBookmark("calls", raw)
	copy(raw, bytes.Repeat([]byte("x"), len(raw)))
	if got := string(s.Bookmark("calls")); got != `{"end_time":2}` {
		t.Errorf("bookmark after its bytes were used again: got %s, want a copy", got)
	}
}

// ParseState refuses a state that it cannot understand, and the error names the place.
func TestStateErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, want string }{
		{"cut short", `{"bookmarks":{"calls":{"end_time":15`, `not JSON at line 1, column 37`},
		{"two lines", "{\"a\":1}\n{\"a\":2}\n", `not JSON at line 2, column 1`},
		{"array", `[]`, `an array where a JSON object`},
		{"null", `null`, `null where a JSON object`},
		{"no UTF-8", "{\"a\":\"\xff\"}", `not UTF-8`},
		{"bookmarks", `{"bookmarks":[]}`, `bookmarks: an array where an object`},
		{"bookmark", `{"bookmarks":{"calls":"2026-01-01"}}`, `bookmarks.calls: a string where an object`},
		{"currently syncing", `{"currently_syncing":3}`, `currently_syncing: a number where`},
		{"UTF-16", "\xff\xfe{\x00}\x00", `UTF-16`},
		{"wrapped", `{"singer_state":[]}`, `singer_state: an array where an object`},
		{"wrapped twice", `{"value":{"singer_state":{"bookmarks":3}}}`,
			`value.singer_state.bookmarks: a number where an object`},
		{"message", `{"type":"STATE","value":3}`, `value: a number where an object`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := singer.ParseState([]byte(test.in)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error: got %v, want one with %q", err, test.want)
			}
		})
	}
}

// A foreign state says something, but nothing that can be used for the streams in question.
func TestForeignState(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		``: false, `{}`: false, `{"bookmarks":{}}`: false, `{"bookmarks":null,"currently_syncing":"calls"}`: false,
		`{"bookmarks":{"calls":{"end_time":1}},"more":1}`:          false,
		`{"bookmarks":{"calls":null,"tickets":{}}}`:                false,
		`{"bookmarks":{"legs":{}}}`:                                false,
		`{"singer_state":{"bookmarks":{"calls":{"end_time":1}}}}`:  false,
		`{"singer_state":{}}`:                                      false,
		`{"payload":{"bookmarks":{"calls":{"end_time":1}}}}`:       true,
		`{"bookmarks":{"Calls":{"end_time":1}}}`:                   true,
		`{"bookmarks":{"tickets":{}}}`:                             true,
		`{"calls":{"end_time":1}}`:                                 true,
		`{"bookmarks":{"calls":{"partitions":[{"context":{}}]}}}`:  true,
		`{"bookmarks":{"calls":{"partitions":[],"end_time":1}}}`:   false,
		`{"bookmarks":{"calls":{"partitions":[]},"legs":{"a":1}}}`: false,
	} {
		if got := state(t, in).Foreign("calls", "legs"); got != want {
			t.Errorf("%s: foreign %t, want %t", in, got, want)
		}
	}
}

// Any state is refused, or comes out on one line that means the same and reads back to the same bytes.
//
//	go test -run - -fuzz FuzzState -fuzztime 60s ./tap/singer
func FuzzState(f *testing.F) {
	f.Add([]byte(`{"bookmarks":{"calls":{"end_time":1547635159,"seen":["1:2:3"]},"legs":null},` +
		`"currently_syncing":"legs","x":[{"y":1.0}]}`))
	f.Add([]byte(`{"type":"STATE","value":{"a":{},"a":[]}}`))
	f.Add([]byte(`{"singer_state":{"value":{"bookmarks":{"calls":{"partitions":[]}}}}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := singer.ParseState(in)
		if err != nil {
			return
		}
		out := s.AppendJSON(nil)
		if bytes.ContainsAny(out, "\n\r") || !json.Valid(out) {
			t.Fatalf("%q becomes %q: no JSON on one line", in, out)
		}
		s.Foreign("calls", "legs")
		again := state(t, string(out))
		if got := again.AppendJSON(nil); !bytes.Equal(got, out) {
			t.Fatalf("%q read back is %q", out, got)
		}
		again.SetBookmark("calls", []byte(`{"end_time":2}`))
		again.SetCurrentlySyncing("calls")
		set := state(t, string(again.AppendJSON(nil)))
		if got := string(set.Bookmark("calls")); got != `{"end_time":2}` || set.CurrentlySyncing() != "calls" {
			t.Fatalf("%q loses what is set: bookmark %q, currently syncing %q", out, got, set.CurrentlySyncing())
		}
	})
}

func ExampleParseState() {
	s, err := singer.ParseState([]byte(`{"bookmarks": {"legs": {"end_time": 15}}, "theirs": 1}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	s.SetBookmark("calls", []byte(`{"end_time":20}`))
	s.SetCurrentlySyncing("")
	fmt.Println(string(s.AppendJSON(nil)))
	// Output: {"bookmarks":{"legs":{"end_time":15},"calls":{"end_time":20}},"theirs":1,"currently_syncing":null}
}

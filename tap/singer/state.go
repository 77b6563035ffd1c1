package singer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tidwall/gjson"
)

// A State is the value of a STATE message: where each stream stands, which one is in work, and whatever else the state that the run was
// given holds. What a tap does not set goes out as it came in, in its place: a target keeps the last STATE only, so one that
// forgot an unselected stream's bookmark would make it start all over. The zero State is {}.
type State struct {
	top       []entry
	bookmarks []entry
}

// An entry is a member with its value as compact JSON.
type entry struct {
	name string
	key  string // as written
	raw  []byte
}

const (
	bookmarksKey = "bookmarks"
	syncingKey   = "currently_syncing"
)

// ParseState reads a state: an object, a whole STATE message (its value is taken), or nothing at all, which is {}. Bookmarks must be
// objects or null, and so must bookmarks itself; currently_syncing a string or null. An error names the place in the
// state, and leaves it to the caller to name the file.
func ParseState(data []byte) (*State, error) {
	if len(bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\uFEFF")))) == 0 {
		return &State{}, nil
	}
	root, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	if get(root, "type").Str == "STATE" && get(root, "value").Exists() {
		if root = get(root, "value"); !root.IsObject() {
			return nil, fmt.Errorf("value: %s where an object is expected", typeName(root))
		}
	}
	s := &State{}
	for _, m := range members(root) {
		switch m.name {
		case bookmarksKey:
			if !m.value.IsObject() && !absent(m.value) {
				return nil, fmt.Errorf("%s: %s where an object is expected", bookmarksKey, typeName(m.value))
			}
			for _, b := range members(m.value) {
				if !b.value.IsObject() && !absent(b.value) {
					return nil, fmt.Errorf("%s.%s: %s where an object is expected", bookmarksKey, b.name, typeName(b.value))
				}
				s.bookmarks = append(s.bookmarks, newEntry(b))
			}
		case syncingKey:
			if m.value.Type != gjson.String && !absent(m.value) {
				return nil, fmt.Errorf("%s: %s where the name of a stream is expected", syncingKey, typeName(m.value))
			}
		}
		s.top = append(s.top, newEntry(m))
	}
	return s, nil
}

func newEntry(m member) entry {
	return entry{m.name, m.key, compact([]byte(m.value.Raw))}
}

// set gives the entry called name a new value, at its place or at the end.
func set(list []entry, name string, raw []byte) []entry {
	i := slices.IndexFunc(list, func(e entry) bool { return e.name == name })
	if i < 0 {
		return append(list, entry{name, string(appendQuoted(nil, name)), raw})
	}
	list[i].raw = raw
	return list
}

func find(list []entry, name string) []byte {
	for _, e := range list {
		if e.name == name && string(e.raw) != "null" {
			return e.raw
		}
	}
	return nil
}

// Bookmark returns the bookmark of stream, an object as compact JSON, or nil if it has none, or null.
func (s *State) Bookmark(stream string) []byte { return find(s.bookmarks, stream) }

// SetBookmark makes raw, a JSON object or null, the bookmark of stream. The State keeps a copy.
func (s *State) SetBookmark(stream string, raw []byte) {
	s.bookmarks = set(s.bookmarks, stream, compact(raw))
	s.top = set(s.top, bookmarksKey, nil)
}

// CurrentlySyncing returns the stream that an interrupted run was at, or "".
func (s *State) CurrentlySyncing() string { return gjson.ParseBytes(find(s.top, syncingKey)).Str }

// SetCurrentlySyncing notes the stream in work. "" is written as an explicit null: where states are merged, as Meltano can, a key that is
// only left out stays as it was.
func (s *State) SetCurrentlySyncing(stream string) {
	raw := []byte("null")
	if stream != "" {
		raw = appendQuoted(nil, stream)
	}
	s.top = set(s.top, syncingKey, raw)
}

// AppendJSON appends the state as one compact object. Keys that were not in the input and never set do not appear.
func (s *State) AppendJSON(dst []byte) []byte {
	return appendEntries(dst, s.top, func(dst []byte, e entry) []byte {
		if e.name == bookmarksKey && string(e.raw) != "null" {
			return appendEntries(dst, s.bookmarks, func(dst []byte, b entry) []byte { return append(dst, b.raw...) })
		}
		return append(dst, e.raw...)
	})
}

func appendEntries(dst []byte, list []entry, value func([]byte, entry) []byte) []byte {
	dst = append(dst, '{')
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = value(append(append(dst, e.key...), ':'), e)
	}
	return append(dst, '}')
}

// compact returns a copy of raw, valid JSON, without white space between its tokens.
func compact(raw []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}

package singer

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A State is the value of a STATE message: where each stream stands, which one is in work, and whatever else the state
// that the run was given holds. What a tap does not set goes out as it came in, in its place: a target keeps the last
// STATE only, so that one without an unselected stream's bookmark would make that stream start all over. The zero State
// is {}.
type State struct {
	top       []member
	bookmarks []member
}

const (
	bookmarksKey = "bookmarks"
	syncingKey   = "currently_syncing"
)

// ParseState reads a state: an object, nothing at all, which is {}, or one of the forms that a state is handed around
// in, of which the state within is taken: a whole STATE message, {"value":…}, and {"singer_state":…} as `meltano state
// get` prints it. Bookmarks must be objects or null, and so must bookmarks itself; currently_syncing a string or null.
// An error names the place in the state, and leaves it to the caller to name the file.
func ParseState(data []byte) (*State, error) {
	if len(bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\uFEFF")))) == 0 {
		return &State{}, nil
	}
	root, err := ReadDocument(data)
	if err != nil {
		return nil, err
	}
	s := &State{}
	var steps []string
	for s.top = members(root); ; s.top = members(root) {
		name := wrapper(s.top)
		if name == "" {
			break
		}
		steps = append(steps, "."+name)
		if root = find(s.top, name); root.Kind() != '{' {
			return nil, at(strings.Join(steps, ""), expected("an object", root))
		}
	}
	s.bookmarks = members(find(s.top, bookmarksKey))
	var form struct {
		Bookmarks        map[string]*struct{} `json:"bookmarks"`
		CurrentlySyncing *string              `json:"currently_syncing"`
	}
	return s, at(strings.Join(steps, ""), decode(root, &form))
}

// wrapper names the member that holds the state, if top is not the state itself.
func wrapper(top []member) string {
	has := func(name string) bool { return find(top, name) != nil }
	switch {
	case has("value") && (len(top) == 1 || unquote(find(top, "type")) == "STATE"):
		return "value"
	case has("singer_state") && !has(bookmarksKey):
		return "singer_state"
	}
	return ""
}

// set gives the member called name a new value, at its place or at the end.
func set(list []member, name string, value jsontext.Value) []member {
	i := slices.IndexFunc(list, func(m member) bool { return m.name == name })
	if i < 0 {
		return append(list, member{name, appendQuoted(nil, name), value})
	}
	list[i].value = value
	return list
}

// Bookmark returns the bookmark of stream, an object as compact JSON, or nil if it has none, or null.
func (s *State) Bookmark(stream string) []byte {
	if b := find(s.bookmarks, stream); b.Kind() == '{' {
		return b
	}
	return nil
}

// SetBookmark makes raw, a JSON object or null, the bookmark of stream. The State keeps a copy.
func (s *State) SetBookmark(stream string, raw []byte) {
	value := jsontext.Value(bytes.Clone(raw))
	if value.Compact() != nil {
		return // not JSON, which no caller has
	}
	s.bookmarks = set(s.bookmarks, stream, value)
	s.top = set(s.top, bookmarksKey, appendMembers(nil, s.bookmarks))
}

// Foreign reports whether the state says something, but nothing about any of these streams, not even null: it may be
// wrapped in a way that ParseState does not know, be split into partitions, or be another tap's. Everything will be
// read then.
func (s *State) Foreign(streams ...string) bool {
	for _, stream := range streams {
		bookmark := members(find(s.bookmarks, stream))
		partitioned := len(bookmark) == 1 && bookmark[0].name == "partitions"
		if find(s.bookmarks, stream) != nil && !partitioned {
			return false
		}
	}
	return len(s.bookmarks) > 0 || slices.ContainsFunc(s.top, func(m member) bool {
		return m.name != bookmarksKey && m.name != syncingKey
	})
}

// CurrentlySyncing returns the stream that an interrupted run was at, or "".
func (s *State) CurrentlySyncing() string { return unquote(find(s.top, syncingKey)) }

// SetCurrentlySyncing notes the stream in work. "" is written as an explicit null: where states are merged, as Meltano
// can, a key that is only left out stays as it was.
func (s *State) SetCurrentlySyncing(stream string) {
	value := jsontext.Value("null")
	if stream != "" {
		value = appendQuoted(nil, stream)
	}
	s.top = set(s.top, syncingKey, value)
}

// AppendJSON appends the state as one compact object. Keys that were not in the input and never set do not appear.
func (s *State) AppendJSON(dst []byte) []byte { return appendMembers(dst, s.top) }

package tap

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/warn"
)

// A bookmark is what the state holds of one stream: where to read next, and what was emitted last from there on. This
// file alone knows its form:
//
//	{"end_time":1547635159,"seen":["1547635159:360088814475:9f3c…"],"seen_from":1547635159}
//
// An entry of seen is <updated_at in Unix seconds>:<id>:<fingerprint, 16 hexadecimal digits>. seen_from repeats the
// end_time that the list was written with: people move end_time, and Meltano merges states, and both leave the list as
// it is.
type bookmark struct {
	endTime int64 // Unix seconds; 0 if not ok
	ok      bool
	seen    []talk.Version
	moved   bool // whether end_time was changed since seen was written, so that the list counts for nothing
}

const (
	// noBookmark is the bookmark of a stream that was never read. It is written all the same, since some targets take
	// the first STATE they see for what is already stored.
	noBookmark = `{"end_time":null,"seen":[]}`

	// seenLimit bounds the list: two streams of it, with ids of 14 digits, stay under 512 KiB in a STATE line.
	seenLimit = 5000
)

// readBookmark reads a stream's bookmark in any of the forms that a tap of these streams may have left: our own, the
// Meltano SDK's (replication_key_value) or singer-io's (updated_at), of which our own wins. warnings tell of what is
// ignored.
func readBookmark(raw []byte, replicationKey string) (b bookmark, warnings []string, err error) {
	object := gjson.ParseBytes(raw)
	for _, name := range []string{"end_time", "replication_key_value", replicationKey} {
		v := object.Get(name)
		if v.Type == gjson.Null { // or absent
			continue
		}
		key := object.Get("replication_key")
		if name == "replication_key_value" && key.Exists() && key.String() != replicationKey {
			warnings = append(warnings,
				fmt.Sprintf("the bookmark is one of %.40q, not of %s: it is ignored", key.String(), replicationKey))
			continue
		}
		if b.endTime, err = readTime(v); err != nil {
			return bookmark{}, nil, fmt.Errorf("%s %w", name, err)
		}
		b.ok = true
		break
	}
	keys := object.Get("@keys")
	if object.IsObject() && len(keys.Array()) > 0 && warnings == nil && !understood(keys, replicationKey) {
		warnings = append(warnings, fmt.Sprintf("the bookmark holds nothing that this tap understands, only %.100s: "+
			"everything from the start date on will be read", keys.Raw))
	}
	if warning := b.readSeen(object.Get("seen")); warning != "" {
		warnings = append(warnings, warning)
	}
	if len(b.seen) > 0 && !b.isFrom(object.Get("seen_from")) {
		b.seen, b.moved = nil, true
	}
	return b, warnings, nil
}

// understood reports whether a key of a bookmark is one that a tap of these streams writes, whatever its value.
func understood(keys gjson.Result, replicationKey string) bool {
	return slices.ContainsFunc(keys.Array(), func(key gjson.Result) bool {
		return slices.Contains([]string{"end_time", "seen", "replication_key_value", replicationKey}, key.Str)
	})
}

// readSeen reads the list. What can't be read is left out, with a warning: the worst that follows is a repeat.
func (b *bookmark) readSeen(list gjson.Result) (warning string) {
	if !list.IsArray() {
		if list.Type != gjson.Null {
			warning = "the bookmark's seen is not a list: rows may be emitted once more"
		}
		return warning
	}
	for _, entry := range list.Array() {
		v, err := parseEntry(entry.String())
		if err == nil {
			b.seen = append(b.seen, v)
		} else if warning == "" {
			warning = fmt.Sprintf("the bookmark's seen holds an entry that can't be read, %.60q: its row may be"+
				" emitted once more", entry.String())
		}
	}
	return warning
}

// isFrom reports whether seenFrom is the bookmark's end_time.
func (b *bookmark) isFrom(seenFrom gjson.Result) bool {
	if seenFrom.Type == gjson.Null {
		return seenFrom.Exists() && !b.ok
	}
	at, err := readTime(seenFrom)
	return err == nil && b.ok && at == b.endTime
}

// parseEntry reads an entry of the list.
func parseEntry(entry string) (v talk.Version, err error) {
	updated, rest, _ := strings.Cut(entry, ":")
	id, fingerprint, _ := strings.Cut(rest, ":")
	if v.Updated, err = strconv.ParseInt(updated, 10, 64); err != nil {
		return v, err
	}
	if v.ID, err = strconv.ParseInt(id, 10, 64); err != nil {
		return v, err
	}
	v.Fingerprint, err = strconv.ParseUint(fingerprint, 16, 64)
	return v, err
}

// readTime reads Unix seconds, as a number or as one in a string, or an ISO 8601 time. Fractions are dropped.
func readTime(v gjson.Result) (int64, error) {
	text := strings.TrimSpace(v.String())
	if v.Type == gjson.Number {
		text = v.Raw
	}
	if v.Type == gjson.Number || v.Type == gjson.String && strings.Trim(text, "0123456789.eE+-") == "" {
		if f, err := strconv.ParseFloat(text, 64); err == nil && 0 <= f && f < 1<<62 {
			return int64(f), nil
		}
	}
	if v.Type == gjson.String {
		if n, err := readDate("", text, -1); err == nil && n >= 0 {
			return n, nil
		}
	}
	return 0, fmt.Errorf("is neither a time in Unix seconds nor an ISO 8601 time: %.40s", v.Raw)
}

// after returns the bookmark to save behind a page. Beyond seenLimit entries the oldest are left out, with a warning.
func (b bookmark) after(c *talk.Cursor, warnings *warn.Once) bookmark {
	b.seen = c.Seen()
	if end, ok := c.Bookmark(); ok {
		b.endTime, b.ok = end, true
	}
	if more := len(b.seen) - seenLimit; more > 0 {
		warnings.Add("seen", "more than %d rows were modified since the bookmark: all but the newest %d may be emitted"+
			" once more in the next run", seenLimit, seenLimit)
		b.seen = b.seen[more:]
	}
	return b
}

// json returns the bookmark as it is saved.
func (b bookmark) json() []byte {
	end := "null"
	if b.ok {
		end = strconv.FormatInt(b.endTime, 10)
	}
	entries := make([]string, len(b.seen))
	for i, v := range b.seen {
		entries[i] = fmt.Sprintf(`"%d:%d:%016x"`, v.Updated, v.ID, v.Fingerprint)
	}
	slices.Sort(entries)
	return fmt.Appendf(nil, `{"end_time":%s,"seen":[%s],"seen_from":%s}`, end, strings.Join(entries, ","), end)
}

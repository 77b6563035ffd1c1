package tap

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// bookmark is what the state holds of one stream: where to read next, and what was emitted last from there on.
type bookmark struct {
	endTime int64 // Unix seconds, if ok
	ok      bool
	seen    []string
}

// noBookmark is the bookmark of a stream that was never read. It is written all the same, since some targets take the
// first STATE they see for what is already stored.
const noBookmark = `{"end_time":null,"seen":[]}`

// readBookmark reads a stream's bookmark in any of the forms that a tap of these streams may have left: our own, the
// Meltano SDK's (replication_key_value) or singer-io's (updated_at), of which our own wins. Times may be Unix seconds or
// ISO 8601. warnings tell of what is ignored.
func readBookmark(raw []byte, replicationKey string) (b bookmark, warnings []string, err error) {
	object := gjson.ParseBytes(raw)
	for _, name := range []string{"end_time", "replication_key_value", replicationKey} {
		v := object.Get(name)
		if !v.Exists() || v.Type == gjson.Null {
			continue
		}
		if key := object.Get("replication_key"); name == "replication_key_value" && key.Exists() && key.String() != replicationKey {
			warnings = append(warnings, fmt.Sprintf("the bookmark is one of %.40q, not of %s: it is ignored", key.String(), replicationKey))
			continue
		}
		if b.endTime, err = readTime(v); err != nil {
			return bookmark{}, nil, fmt.Errorf("%s %w", name, err)
		}
		b.ok = true
		break
	}
	seen := object.Get("seen")
	if !seen.IsArray() {
		if seen.Exists() && seen.Type != gjson.Null {
			warnings = append(warnings, "the bookmark's seen is not a list: rows may be emitted once more")
		}
		return b, warnings, nil
	}
	for _, entry := range seen.Array() {
		b.seen = append(b.seen, entry.String())
	}
	return b, warnings, nil
}

// readTime reads Unix seconds, as a number or as digits in a string, or an ISO 8601 time.
func readTime(v gjson.Result) (int64, error) {
	text := strings.TrimSpace(v.String())
	if v.Type == gjson.Number {
		text = v.Raw
	}
	if v.Type == gjson.Number || v.Type == gjson.String {
		whole, fraction, _ := strings.Cut(text, ".")
		if n, err := strconv.ParseInt(whole, 10, 64); err == nil && n >= 0 && strings.Trim(fraction, "0123456789") == "" {
			return n, nil
		}
	}
	if v.Type == gjson.String {
		if n, err := readDate("", text, -1); err == nil && n >= 0 {
			return n, nil
		}
		if t, err := time.Parse("2006-01-02T15:04:05.999999999-0700", text); err == nil && t.Unix() >= 0 {
			return t.Unix(), nil
		}
	}
	return 0, fmt.Errorf("is neither a time in Unix seconds nor an ISO 8601 time: %.40s", v.Raw)
}

// json returns the bookmark as it is saved.
func (b bookmark) json() []byte {
	dst := []byte(`{"end_time":`)
	if b.ok {
		dst = strconv.AppendInt(dst, b.endTime, 10)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"seen":[`...)
	for i, entry := range b.seen {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendQuote(dst, entry) // digits, colons and hexadecimal digits
	}
	return append(dst, "]}"...)
}

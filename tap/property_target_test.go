package tap

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// errDead is what a run's stdout says from the moment on at which the run is meant to be dead.
var errDead = errors.New("the reader is gone")

// A target is the reader of the tap's stdout over many runs: it stores the newest RECORD of each row and the last whole
// STATE, and notes what a tap must not send.
type target struct {
	held     map[rowKey]string // the record that came last
	state    []byte            // value of the last STATE
	problems []string          // what is wrong with what came
	records  int               // that came in this run
	repeats  int               // of those, repeats that are allowed
	again    int               // records that came again after a run had died

	repeatable func(k rowKey, updated int64) bool // whether a row may come again
	existed    func(k rowKey, record string) bool // whether a row ever was like that

	// What the tap may know: what came up to the last STATE, and in this run.
	known map[rowKey]string
	undo  map[rowKey]string // entries of known that came after the last STATE, as they were before
	ends  map[string]int64  // end_time by stream, of the last STATE
	left  int               // lines until the run is dead; no end if negative
}

type rowKey struct {
	stream string
	id     int64
}

func newTarget() *target {
	return &target{
		held: make(map[rowKey]string), known: make(map[rowKey]string), undo: make(map[rowKey]string),
		ends: make(map[string]int64), state: []byte("{}"),
		repeatable: func(rowKey, int64) bool { return false }, existed: func(rowKey, string) bool { return true },
	}
}

// begin makes ready for a run that dies after so many lines. Of what came after the last STATE the tap knows nothing.
func (g *target) begin(lines int) {
	maps.Copy(g.known, g.undo)
	clear(g.undo)
	g.left, g.records, g.repeats = lines, 0, 0
}

// lose forgets the records of a stream from a second on, when the bookmark is wound back to it, and all that the tap
// may know of the stream.
func (g *target) lose(stream string, from int64) {
	g.ends[stream] = from
	for k, record := range g.held {
		if k.stream == stream && updatedAt(record) >= from {
			delete(g.held, k)
		}
	}
	maps.DeleteFunc(g.known, func(k rowKey, _ string) bool { return k.stream == stream })
	maps.DeleteFunc(g.undo, func(k rowKey, _ string) bool { return k.stream == stream })
}

// Write takes whole lines until the run is dead.
func (g *target) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if g.left == 0 {
			return 0, errDead
		}
		g.left--
		g.take(line)
	}
	return len(p), nil
}

func (g *target) take(line []byte) {
	m := gjson.ParseBytes(line)
	switch m.Get("type").Str {
	case "RECORD":
		g.takeRecord(m.Get("stream").Str, m.Get("record"))
	case "STATE":
		g.takeState(m.Get("value"))
	}
}

func (g *target) takeRecord(stream string, record gjson.Result) {
	g.records++
	k := rowKey{stream, record.Get("id").Int()}
	before, updated := g.known[k], updatedAt(record.Raw)
	if !g.existed(k, record.Raw) {
		g.problem("no version of %v ever looked like this: %s", k, record.Raw)
	}
	switch {
	case before == record.Raw && g.repeatable(k, updated):
		g.repeats++
	case before == record.Raw:
		g.problem("%v came twice: %s", k, record.Raw)
	case before != "" && updated < updatedAt(before):
		g.problem("%v came in an older version, %s after %s", k, record.Raw, before)
	}
	if g.held[k] == record.Raw && before != record.Raw {
		g.again++
	}
	if _, ok := g.undo[k]; !ok {
		g.undo[k] = before
	}
	g.known[k] = strings.Clone(record.Raw)
	g.held[k] = g.known[k]
}

func (g *target) takeState(value gjson.Result) {
	clear(g.undo)
	g.state = []byte(value.Raw)
	value.Get("bookmarks").ForEach(func(stream, bookmark gjson.Result) bool {
		end := bookmark.Get("end_time").Int()
		if end < g.ends[stream.Str] {
			g.problem("the bookmark of %s went back from %d to %d", stream.Str, g.ends[stream.Str], end)
		}
		g.ends[stream.Str] = end
		last := ""
		for _, entry := range bookmark.Get("seen").Array() {
			if entry.Str <= last || entry.Str < fmt.Sprint(end) {
				g.problem("the seen list of %s has %q after %q beside end_time %d: it must be sorted and not older",
					stream.Str, entry.Str, last, end)
			}
			last = entry.Str
		}
		return true
	})
}

func (g *target) problem(format string, args ...any) {
	g.problems = append(g.problems, fmt.Sprintf(format, args...))
}

// updatedAt returns a record's updated_at in Unix seconds, 0 if it has none.
func updatedAt(record string) int64 {
	t, err := time.Parse(time.RFC3339, gjson.Get(record, "updated_at").Str)
	if err != nil {
		return 0
	}
	return t.Unix()
}

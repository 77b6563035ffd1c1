package tap

import (
	"github.com/tap-zendesk-talk/tap-zendesk-talk/schemas"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

const (
	primaryKey     = "id"
	replicationKey = "updated_at"
	exports        = "/api/v2/channels/voice/stats/incremental/"
)

// A Definition is one stream.
type Definition struct {
	Name string // name of the stream: also the key of its rows in an answer, the end of its path, its key in a state
	Row  any    // zero value of the struct of package talk that describes a row; schemas/gen makes the schema of it

	KnownExtras []string // fields that rows were seen to have beyond Row, all undocumented
}

// Definitions is the one table of streams, in the order in which they are read. A new stream of these exports is a row
// here and a struct in package talk.
func Definitions() []Definition {
	return []Definition{
		{Name: "calls", Row: talk.Call{}, KnownExtras: []string{
			"copilot_suggestions_generated_successful", "copilot_suggestions_generated_total", "post_call_summary",
			"post_call_transcription", "real_time_transcription", "transcription_language",
		}},
		{Name: "legs", Row: talk.Leg{}},
	}
}

// Streams returns the definitions as streams of the protocol; schema returns a stream's JSON Schema by its name.
func Streams(schema func(name string) []byte) []singer.Stream {
	var all []singer.Stream
	for _, d := range Definitions() {
		all = append(all, singer.Stream{
			Name:           d.Name,
			KeyProperties:  []string{primaryKey},
			ReplicationKey: replicationKey,
			Schema:         schema(d.Name),
			KnownExtras:    d.KnownExtras,
		})
	}
	return all
}

// streams returns the streams with the schemas that the tap was built with.
func streams() []singer.Stream { return Streams(schemas.Stream) }

// endpoint returns the export that a stream is read from.
func endpoint(stream string) talk.Endpoint {
	return talk.Endpoint{Key: stream, Path: exports + stream}
}

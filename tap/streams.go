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

// definitions is the one table of streams: a new stream of these exports is a row here and a struct in package talk.
// The name of a stream is also its key in the API's answers and its bookmark's in the state.
func definitions() []definition {
	return []definition{
		{name: "calls", schema: schemas.Calls()},
		{name: "legs", schema: schemas.Legs()},
	}
}

type definition struct {
	name   string
	schema []byte
}

// streams returns the streams as the protocol knows them.
func streams() []singer.Stream {
	var all []singer.Stream
	for _, d := range definitions() {
		all = append(all, singer.Stream{
			Name:           d.name,
			KeyProperties:  []string{primaryKey},
			ReplicationKey: replicationKey,
			Schema:         d.schema,
		})
	}
	return all
}

// endpoint returns the export that a stream is read from.
func endpoint(stream string) talk.Endpoint {
	return talk.Endpoint{Key: stream, Path: exports + stream}
}

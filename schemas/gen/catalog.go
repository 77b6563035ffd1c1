package main

import (
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// catalog returns what --discover prints. It takes the schemas from the structs rather than from
// package schemas, whose embedded files are those of the run before.
func catalog() ([]byte, error) {
	calls, err := streamSchema(talk.Call{})
	if err != nil {
		return nil, err
	}
	legs, err := streamSchema(talk.Leg{})
	if err != nil {
		return nil, err
	}
	stream := func(name string, schema []byte) singer.Stream {
		return singer.Stream{Name: name, KeyProperties: []string{"id"}, ReplicationKey: "updated_at", Schema: schema}
	}
	return singer.Catalog([]singer.Stream{stream("calls", calls), stream("legs", legs)}), nil
}

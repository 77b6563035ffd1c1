package main

import (
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
)

// catalog returns what --discover prints. It takes the schemas from the structs rather than from
// package schemas, whose embedded files are those of the run before.
func catalog() ([]byte, error) {
	fresh := make(map[string][]byte)
	for _, d := range tap.Definitions() {
		schema, err := streamSchema(d.Row)
		if err != nil {
			return nil, err
		}
		fresh[d.Name] = schema
	}
	return singer.Catalog(tap.Streams(func(name string) []byte { return fresh[name] })), nil
}

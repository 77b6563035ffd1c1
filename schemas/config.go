package schemas

import (
	_ "embed"
	"slices"
)

//go:embed config.json
var config []byte

// Config returns the JSON Schema of the tap's settings, as Calls does: it is generated from the struct tap.Settings.
func Config() []byte { return slices.Clone(config) }

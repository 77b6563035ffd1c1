package singer

import (
	"errors"
	"fmt"
	"strings"
)

// A selection is what a catalog says about selecting a stream or a property: in the metadata for it or, as before there
// was metadata, in its entry or its schema.
type selection struct {
	Inclusion string       `json:"inclusion,omitzero"` // available, automatic, unsupported, or nothing
	Selected  optionalBool `json:"selected,omitzero"`
	ByDefault optionalBool `json:"selected-by-default,omitzero"`
}

// An optionalBool is a boolean that may not be given.
type optionalBool int8

const (
	no  optionalBool = -1
	yes optionalBool = 1
)

// MarshalJSON implements [json.Marshaler].
func (a optionalBool) MarshalJSON() ([]byte, error) { return fmt.Append(nil, a == yes), nil }

// UnmarshalJSON implements [json.Unmarshaler]. A boolean in a string is one as well: SYNC_MODE.md of the Singer
// specification writes it so.
func (a *optionalBool) UnmarshalJSON(v []byte) error {
	switch text := strings.Trim(string(v), `"`); {
	case absent(v):
		*a = 0
	case strings.EqualFold(text, "true"):
		*a = yes
	case strings.EqualFold(text, "false"):
		*a = no
	default:
		return fmt.Errorf("%s where true or false is expected", clip(string(v), 40))
	}
	return nil
}

// or returns s, completed by t where s says nothing.
func (s selection) or(t selection) selection {
	if s.Inclusion == "" {
		s.Inclusion = t.Inclusion
	}
	if s.Selected == 0 {
		s.Selected = t.Selected
	}
	if s.ByDefault == 0 {
		s.ByDefault = t.ByDefault
	}
	return s
}

// decide reports whether a stream, or a property of something selected, is selected; inherit is the answer if the
// catalog gives none. The order is that of Meltano's SDK: Meltano itself marks automatic fields that its user excluded
// selected:false.
func (s selection) decide(inherit bool) bool {
	switch {
	case s.Inclusion == "unsupported":
		return false
	case s.Inclusion == "automatic":
		return true
	case s.Selected != 0:
		return s.Selected == yes
	case s.ByDefault != 0:
		return s.ByDefault == yes
	}
	return inherit
}

// breadcrumbKey makes one string of a breadcrumb.
func breadcrumbKey(breadcrumb []string) string { return strings.Join(breadcrumb, "\x00") }

// splitMetadata returns what the metadata of a stream says by breadcrumb, as breadcrumbKey makes it, and about the
// stream itself.
func splitMetadata(elements []metadataElement) (selections map[string]selection, root metadata, err error) {
	selections = map[string]selection{}
	for i, e := range elements {
		if e.Breadcrumb == nil {
			return nil, root, at(fmt.Sprintf("[%d].breadcrumb", i), errors.New("nothing where an array is expected"))
		}
		selections[breadcrumbKey(e.Breadcrumb)] = e.Metadata.selection
		if len(e.Breadcrumb) == 0 {
			root = e.Metadata
		}
	}
	return selections, root, nil
}

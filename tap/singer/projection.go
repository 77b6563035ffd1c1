package singer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/warn"
)

// rescuedField is the property that keeps what the schema has no place for.
const rescuedField = "_rescued_data"

// A Projection is one stream's way from API rows to RECORD lines, compiled once from a [Selected] stream. It remembers
// the order of the rows' keys and the warnings given, so one Projection serves one goroutine, and one run.
type Projection struct {
	head    []byte         // a RECORD line up to its record
	fields  []field        // what is emitted, in schema order
	index   map[string]int // known names: index in fields, or skipped
	id      int            // index of the declared key, or skipped
	updated int            // index of the declared replication key, or skipped
	rescued int            // index of _rescued_data, or skipped
	version string         // `,"version":1`, or nothing

	expected []expectation // keys of the rows before, see scan.go
	values   []span        // values of the current row, by index in fields
	extra    []extra       // members of _rescued_data of the current row
	hasExtra bool          // the current row has something in _rescued_data
	scratch  []byte        // text of _rescued_data
	quoted   []byte        // the same as a JSON string

	closing     []byte    // a RECORD line from behind its record
	closingTime time.Time // in it

	knownExtras []string // as the stream declares them
	newExtras   []string // those seen since the last call of Notices
	warnings    warn.Once
}

// A field is one selected property.
type field struct {
	name   string
	null   []byte   // the field as it stands in a record that lacks it: comma, name, colon, null
	lead   []byte   // the same without null
	shape  *shape   // nil: the schema does not know the field
	warned oddities // those warned of already, which saves looking them up for every row
}

// An extra is a member of _rescued_data: a field that the schema does not know, or a value that does not fit.
type extra struct {
	field *field
	value []byte
	kind  kind
}

// A Row is what the reading of a stream needs to know of one row.
type Row struct {
	ID          int64  // the declared key; read from 10011, "10011" and 12.0 alike
	Updated     int64  // the declared replication key in Unix seconds, fractions dropped
	Fingerprint uint64 // xxhash64 of the `record` object as emitted: equal for rows that look the same to a target
	IDOK        bool   // whether the key is an integer within 64 bits
	UpdatedOK   bool   // whether the replication key is a readable date-time; if not, it is for the caller to warn
}

// NewProjection compiles s. If version is not 0, each RECORD bears it, for [Writer.ActivateVersion] to make it the
// current one.
func NewProjection(s *Selected, version int64) *Projection {
	p := &Projection{
		head:        append(appendQuoted([]byte(recordHead), s.Name), `,"record":`...),
		fields:      slices.Clone(s.fields),
		index:       make(map[string]int, len(s.known)),
		rescued:     skipped,
		values:      make([]span, len(s.fields)),
		knownExtras: s.KnownExtras,
	}
	if version != 0 {
		p.version = fmt.Sprintf(`,"version":%d`, version)
	}
	for _, name := range s.known {
		p.index[name] = skipped
	}
	for i := range p.fields {
		f := &p.fields[i]
		if i > 0 {
			f.null = []byte{','}
		}
		f.null = append(appendQuoted(f.null, f.name), ":null"...)
		f.lead = f.null[:len(f.null)-len("null")]
		p.index[f.name] = i
		if f.name == rescuedField {
			p.rescued = i
		}
	}
	delete(p.index, rescuedField) // ours to fill: one that the API sends is a field like any unknown one
	indexOf := func(name string) int {
		if i, ok := p.index[name]; ok {
			return i
		}
		return skipped
	}
	p.id, p.updated = skipped, indexOf(s.ReplicationKey)
	if len(s.Stream.KeyProperties) > 0 {
		p.id = indexOf(s.Stream.KeyProperties[0])
	}
	return p
}

// Read returns the ID and Updated of row, any valid JSON value, and does nothing else: no record, no warnings, no
// fingerprint.
func (p *Projection) Read(row []byte) Row {
	p.scan(row)
	r, _ := p.row(row)
	return r
}

// row returns ID and Updated of the row that was scanned last, and Updated with its fraction.
func (p *Projection) row(row []byte) (r Row, updated time.Time) {
	if p.id >= 0 {
		v := p.values[p.id]
		switch text := row[v.from:v.to]; {
		case v.kind&(integer|number) != 0:
			r.ID, r.IDOK = parseInteger(text)
		case v.kind&anyString != 0:
			if text = stringText(text); isNumber(text) {
				r.ID, r.IDOK = parseInteger(text)
			}
		}
	}
	if p.updated >= 0 {
		if v := p.values[p.updated]; v.kind&anyString != 0 {
			if updated, r.UpdatedOK = parseMoment(stringText(row[v.from:v.to])); r.UpdatedOK {
				r.Updated = updated.Unix()
			}
		}
	}
	return r, updated
}

// Append appends a RECORD line to lines, which are whole lines, and returns what there is to know of the row. raw is
// the row, any valid JSON value, and extracted the time at which it was received. Lines before it are not touched, so
// that a row that turns out to be unwanted is left out like this:
//
//	longer, row := p.Append(lines, raw, received)
//	if wanted(row) {
//		lines = longer
//	}
func (p *Projection) Append(lines, raw []byte, extracted time.Time) ([]byte, Row) {
	p.scan(raw)
	r, updated := p.row(raw)
	lines = append(lines, p.head...)
	start, rescued := len(lines), 0
	lines = append(lines, '{')
	values := p.values[:len(p.fields)]
	for i := range p.fields {
		f, v := &p.fields[i], &values[i]
		if i == p.rescued {
			rescued = len(lines) + len(f.lead)
		}
		switch {
		case i == p.rescued || v.kind <= null:
			lines = append(lines, f.null...)
		case v.afterLead && f.shape.asIs&v.kind != 0:
			lines = append(lines, raw[v.from-len(f.lead):v.to]...)
		case i == p.updated && r.UpdatedOK && f.shape.dateTime: // it is parsed already, which takes its time
			lines = appendMoment(append(lines, f.lead...), stringText(raw[v.from:v.to]), updated)
		default:
			lines = append(lines, f.lead...)
			lines = p.appendChecked(lines, f, raw[v.from:v.to], v.kind, i == p.updated && !r.UpdatedOK)
		}
	}
	lines = append(lines, '}')
	if p.hasExtra = false; len(p.extra) > 0 {
		lines = p.rescue(lines, rescued)
	}
	r.Fingerprint = xxhash.Sum64(lines[start:])
	if len(p.closing) == 0 || !extracted.Equal(p.closingTime) {
		p.closingTime = extracted
		p.closing = append(append(p.closing[:0], p.version...), `,"time_extracted":"`...)
		p.closing = append(extracted.UTC().AppendFormat(p.closing, "2006-01-02T15:04:05.000000Z"), "\"}\n"...)
	}
	return append(lines, p.closing...), r
}

// Rescued reports whether the RECORD that was appended last, wanted or not, has something in _rescued_data.
func (p *Projection) Rescued() bool { return p.hasExtra }

// appendChecked appends a value that is not just copied; one that does not fit becomes null and is rescued. That is
// warned of, unless it is left to the caller.
func (p *Projection) appendChecked(dst []byte, f *field, v []byte, k kind, callerWarns bool) []byte {
	dst, found, ok := f.shape.append(dst, v, k)
	if ok {
		p.warn(f, found, k)
		return dst
	}
	p.extra = append(p.extra, extra{f, v, k})
	if !callerWarns {
		p.warn(f, misfit, k)
	}
	return append(dst, "null"...)
}

// rescue puts _rescued_data in place of the null at lines[at:]: the JSON text of one object, its keys sorted, so that
// equal rows have equal fingerprints in whatever order the API lists their fields. Without a place for it, where at is
// 0, it only warns.
func (p *Projection) rescue(lines []byte, at int) []byte {
	slices.SortStableFunc(p.extra, func(a, b extra) int { return strings.Compare(a.field.name, b.field.name) })
	out := append(p.scratch[:0], '{')
	for i, e := range p.extra {
		overruled := i+1 < len(p.extra) && p.extra[i+1].field.name == e.field.name // by an equal key behind it
		if overruled || e.kind == null {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(appendQuoted(out, e.field.name), ':')
		var found oddities
		out, found = appendValue(out, e.value)
		if e.field.shape == nil {
			found |= unlisted
		}
		p.warn(e.field, found, e.kind)
	}
	p.scratch = append(out, '}')
	if at == 0 || len(out) == 1 {
		return lines
	}
	p.hasExtra = true
	p.quoted = appendQuoted(p.quoted[:0], p.scratch)
	return slices.Replace(lines, at, at+len("null"), p.quoted...)
}

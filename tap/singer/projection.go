package singer

import (
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
)

// rescuedField is the property that keeps what the schema has no place for.
const rescuedField = "_rescued_data"

// A Projection is one stream's way from API rows to RECORD lines, compiled once from a [Selected] stream. It remembers the order of
// the rows' keys and the warnings given, so one Projection serves one goroutine, and one run.
type Projection struct {
	head    []byte         // a RECORD line up to its record
	fields  []field        // what is emitted, in schema order
	names   map[string]int // known names: index in fields, or skipped
	id      int            // index of the declared key, or skipped
	updated int            // index of the declared replication key, or skipped
	rescued int            // index of _rescued_data, or skipped

	values  []span  // of the current row, by index in fields
	extra   []extra // of the current row: what goes to _rescued_data
	order   []slot  // of the rows before
	scratch []byte  // the text of _rescued_data
	quoted  []byte  // the same as a JSON string

	tail     []byte // a RECORD line from behind its record
	tailTime time.Time
	warned   map[warning]bool
	news     []string
}

// A field is one selected property.
type field struct {
	name  string
	long  string         // of `,"name":null`, without the comma for the first field, what is more than lead holds; mostly nothing
	lead  [leadSize]byte // the rest of that, padded
	size  int            // of lead without null and padding
	plain kind           // as in shape
	shape *shape
}

// leadSize is constant, so that the lead of a field is copied by three moves instead of a call; together they save a tenth of the time.
const leadSize = 48

// An extra is a member of _rescued_data: a field that the schema does not know, or a value that does not fit.
type extra struct {
	name  string
	value []byte
	kind  kind
}

// A Row is what the reading of a stream needs to know of one row.
type Row struct {
	ID          int64  // the declared key; read from 10011, "10011" and 12.0 alike
	Updated     int64  // the declared replication key in Unix seconds, fractions dropped
	Fingerprint uint64 // xxhash64 of the `record` object as emitted; rows that look the same to a target have the same
	IDOK        bool   // false: the key is missing, null, no integer, or beyond 64 bits
	UpdatedOK   bool   // false: the replication key is missing or no date-time, which [Projection.Warnings] leaves to whom it concerns
}

// NewProjection compiles s.
func NewProjection(s *Selected) *Projection {
	p := &Projection{
		head:    append(appendQuoted([]byte(`{"type":"RECORD","stream":`), s.Name), `,"record":`...),
		fields:  slices.Clone(s.fields),
		names:   make(map[string]int, len(s.known)),
		rescued: skipped,
		values:  make([]span, len(s.fields)),
		warned:  map[warning]bool{},
	}
	for _, name := range s.known {
		p.names[name] = skipped
	}
	for i := range p.fields {
		f := &p.fields[i]
		f.setLead(i == 0)
		f.plain = f.shape.plain
		p.names[f.name] = i
		if f.name == rescuedField {
			p.rescued = i
		}
	}
	delete(p.names, rescuedField) // ours to fill: one that the API sends is a field like any unknown one
	p.id, p.updated = p.index(firstOf(s.Stream.KeyProperties)), p.index(s.ReplicationKey)
	return p
}

// setLead prepares what stands before a field's value, and null after it.
func (f *field) setLead(first bool) {
	lead := append(appendQuoted([]byte(","), f.name), `:null`...)
	if first {
		lead = lead[1:]
	}
	fit := max(0, len(lead)-leadSize)
	f.long = string(lead[:fit])
	f.size = copy(f.lead[:], lead[fit:]) - len("null")
}

func firstOf(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func (p *Projection) index(name string) int {
	if i, ok := p.names[name]; ok {
		return i
	}
	return skipped
}

// Read returns the ID and Updated of row, any valid JSON value, and does nothing else: no record, no warnings, no fingerprint.
func (p *Projection) Read(row []byte) Row {
	p.scan(row)
	return p.row(row)
}

// row reads ID and Updated of the row scanned last.
func (p *Projection) row(row []byte) Row {
	var r Row
	if p.id >= 0 {
		switch v := p.values[p.id]; v.kind {
		case integer, number:
			r.ID, r.IDOK = parseInteger(row[v.from:v.to])
		case text, rough:
			if c := content(row[v.from:v.to], v.kind); isNumber(c) {
				r.ID, r.IDOK = parseInteger(c)
			}
		}
	}
	if p.updated >= 0 {
		if v := p.values[p.updated]; v.kind == text || v.kind == rough {
			m, ok := parseMoment(content(row[v.from:v.to], v.kind))
			r.Updated, r.UpdatedOK = m.unix, ok
		}
	}
	return r
}

// append appends the RECORD line of row, any valid JSON value, to dst.
func (p *Projection) append(dst, row []byte, extracted time.Time) ([]byte, Row) {
	p.scan(row)
	r := p.row(row)
	dst = append(dst, p.head...)
	start, rescued := len(dst), 0
	dst = append(dst, '{')
	values := p.values[:len(p.fields)]
	for i := range p.fields {
		f, v := &p.fields[i], &values[i]
		if f.long != "" {
			dst = append(dst, f.long...)
		}
		n := len(dst)
		if cap(dst)-n < leadSize {
			dst = slices.Grow(dst, leadSize)
		}
		*(*[leadSize]byte)(dst[n : n+leadSize]) = f.lead
		n += f.size
		switch {
		case i == p.rescued:
			dst = dst[:n]
			rescued = n
		case v.kind <= null:
			dst = dst[:n+len("null")]
		case f.plain&v.kind != 0:
			dst = append(dst[:n], row[v.from:v.to]...)
		default:
			dst = p.appendChecked(dst[:n], f, row[v.from:v.to], v.kind, i == p.updated && !r.UpdatedOK)
		}
	}
	dst = append(dst, '}')
	switch {
	case len(p.extra) > 0:
		dst = p.rescue(dst, rescued)
	case rescued > 0:
		dst = slices.Insert(dst, rescued, 'n', 'u', 'l', 'l')
	}
	r.Fingerprint = xxhash.Sum64(dst[start:])
	if len(p.tail) == 0 || !extracted.Equal(p.tailTime) {
		p.tailTime = extracted
		p.tail = extracted.UTC().AppendFormat(p.tail[:0], `,"time_extracted":"2006-01-02T15:04:05.000000Z"}`+"\n")
	}
	return append(dst, p.tail...), r
}

// appendChecked appends a value that is not just copied; one that does not fit becomes null and is rescued. That is warned of here
// unless the row's reader is told.
func (p *Projection) appendChecked(dst []byte, f *field, v []byte, k kind, told bool) []byte {
	dst, found, ok := f.shape.append(dst, v, k)
	if !ok {
		p.extra = append(p.extra, extra{f.name, v, k})
		if !told {
			p.warn(f.name, misfit, k, f.shape.takes)
		}
		return append(dst, "null"...)
	}
	if found != 0 {
		p.warnFlaws(f.name, found)
	}
	return dst
}

// rescue inserts _rescued_data at dst[at:], where append has left its place empty: the JSON text of one object, its keys sorted, so that equal
// rows have equal fingerprints in whatever order the API lists their fields. Without a place for it (at is 0) it only warns.
func (p *Projection) rescue(dst []byte, at int) []byte {
	slices.SortStableFunc(p.extra, func(a, b extra) int { return strings.Compare(a.name, b.name) })
	out := append(p.scratch[:0], '{')
	for i, e := range p.extra {
		if e.kind == null || i+1 < len(p.extra) && p.extra[i+1].name == e.name { // of equal keys the last wins
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(appendQuoted(out, e.name), ':')
		var found flaw
		out, found = appendValue(out, e.value)
		p.warnFlaws(e.name, found)
		if _, known := p.names[e.name]; !known {
			p.warn(e.name, unlisted, e.kind, 0)
		}
	}
	out = append(out, '}')
	p.scratch = out
	if at == 0 {
		return dst
	}
	if len(out) == len(`{}`) {
		return slices.Insert(dst, at, 'n', 'u', 'l', 'l')
	}
	p.quoted = append(appendEscaped(append(p.quoted[:0], '"'), out), '"')
	return slices.Insert(dst, at, p.quoted...)
}

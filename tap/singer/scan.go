package singer

import (
	"bytes"
	"slices"
	"strings"
)

// This file finds the values of a row. It is the only place of the program that reads JSON by hand: a row is already
// known to be valid, so that finding needs no checking, and a library that decodes, or looks fields up one by one,
// costs more than twice the whole program's time. FuzzScan holds it to what encoding/json and package jsontext find.
//
// One observation makes it fast: the rows of one endpoint list their keys in one order. So the keys of the rows before,
// with the commas, colons and white space around them, are kept as a list, and where the next one of the list stands in
// the row as well, one comparison replaces reading the key and looking it up. Otherwise the key is read, and takes its
// place in the list.

// A kind is what a JSON value is, as far as copying it is concerned. Kinds are bits, so that a set of them is one test.
type kind uint16

const (
	null        kind = 1 << iota
	boolean          // true, false
	integer          // a number of digits only, maybe with a minus, short enough to be an int64 whatever the digits
	number           // any other number
	asciiString      // a string without escapes and without bytes beyond ASCII: its bytes can be copied as they are
	otherString      // any other string: to be looked at before it is copied
	array
	object

	anyString = asciiString | otherString
)

// A span is where a value lies in a row. The zero span is a value that is not there.
type span struct {
	from, to  int
	kind      kind
	afterLead bool // whether its field's lead stands before it
}

// An expectation is a key of the rows before.
type expectation struct {
	text     []byte // as it was sent: from the end of the value before, or from the brace, to the value
	field    int    // index in the projection's fields, or one of the two below
	isLead   bool   // whether text is the field's lead, as in rows without white space
	unlisted *field // the field if it is unknown
}

const (
	skipped         = -1  // known, but not selected
	unknown         = -2  // not in the schema
	maxExpectations = 512 // when rows have had more keys than this, or many orders, the keys are learnt anew
)

// scan finds the values of row, which is valid JSON, in one pass. Known fields land in p.values, the others in p.extra.
// Of equal keys the last one counts. A row that is not an object has no values.
func (p *Projection) scan(row []byte) {
	values := p.values
	clear(values)
	p.extra = p.extra[:0]
	i := skipSpace(row, 0)
	if i == len(row) || row[i] != '{' {
		return
	}
	for n := 0; ; n++ {
		if n < len(p.expected) && bytes.HasPrefix(row[i:], p.expected[n].text) {
			i += len(p.expected[n].text)
		} else if n, i = p.readKey(row, i, n); n < 0 {
			return
		}
		e := &p.expected[n]
		i = skipSpace(row, i)
		end, k := i+len("null"), null // as most values are
		if row[i] != 'n' {
			end, k = skipValue(row, i)
		}
		if e.field >= 0 {
			values[e.field] = span{i, end, k, e.isLead}
		} else if e.field == unknown && (k != null || len(p.extra) > 0) { // null may overrule an equal key
			p.extra = append(p.extra, extra{e.unlisted, row[i:end], k})
		}
		i = end
	}
}

// readKey reads from the end of a value, or from the opening brace, to the next value, where that is not what
// expectation n says. It returns the index of the expectation for what lies between, which it learns if need be, and
// where the value begins. The index is -1 if there is no more value.
func (p *Projection) readKey(row []byte, i, n int) (index, value int) {
	if n+1 < len(p.expected) && bytes.HasPrefix(row[i:], p.expected[n+1].text) { // the row lacks a key
		return n + 1, i + len(p.expected[n+1].text)
	}
	from := i
	if i = skipSpace(row, i); row[i] == '}' {
		return -1, i
	}
	if i = skipSpace(row, i+1); row[i] == '}' { // {}
		return -1, i
	}
	end, _ := skipString(row, i)
	name := stringText(row[i:end])
	i = skipSpace(row, skipSpace(row, end)+1)
	return p.learn(n, row[from:i], name), i
}

// learn adds what stands before a value as expectation n, or as the first one if there are too many.
func (p *Projection) learn(n int, text, name []byte) int {
	if len(p.expected) == maxExpectations {
		p.expected, n = p.expected[:0], 0
	}
	e := expectation{text: bytes.Clone(text)}
	var known bool
	if e.field, known = p.index[string(name)]; !known {
		e.field = unknown
		e.unlisted = &field{name: strings.ReplaceAll(strings.ToValidUTF8(string(name), "\uFFFD"), "\x00", "")}
	}
	if e.field >= 0 {
		e.isLead = bytes.Equal(text, p.fields[e.field].lead)
	}
	p.expected = slices.Insert(p.expected, n, e)
	return n
}

// skipValue returns the end and the kind of the value that begins at b[i].
func skipValue(b []byte, i int) (end int, k kind) {
	switch b[i] {
	case 'n':
		return i + len("null"), null
	case '"':
		return skipString(b, i)
	case 't':
		return i + len("true"), boolean
	case 'f':
		return i + len("false"), boolean
	case '[':
		return skipNested(b, i), array
	case '{':
		return skipNested(b, i), object
	}
	return skipNumber(b, i)
}

// skipNumber returns the end and the kind of the number that begins at b[i].
func skipNumber(b []byte, i int) (end int, k kind) {
	k = integer
	end = i + 1
	for ; end < len(b) && b[end] > ' ' && b[end] != ',' && b[end] != '}' && b[end] != ']'; end++ {
		if !isDigit(b[end]) {
			k = number
		}
	}
	if end-i > 18 {
		k = number
	}
	return end, k
}

// skipString returns the end, behind the closing quote, and the kind of the string whose opening quote is b[i].
func skipString(b []byte, i int) (end int, k kind) {
	k = asciiString
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			k = otherString
			i++ // what is escaped, which may be a quote
		} else if b[i] >= 0x80 {
			k = otherString
		}
	}
	return i + 1, k
}

// skipNested returns the end of the array or object that begins at b[i].
func skipNested(b []byte, i int) (end int) {
	for depth := 0; ; i++ {
		switch b[i] {
		case '"':
			i, _ = skipString(b, i)
			i--
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// An element is an item of an array or a member of an object.
type element struct {
	key   []byte // as it was sent, quotes included; nil for an item
	value []byte
	kind  kind
}

// nextElement returns the element that follows i, where the one before it or the opening bracket ends, and its own end:
// 0 if there is none.
func nextElement(v []byte, i int) (e element, end int) {
	if i = skipSpace(v, i); v[i] == ',' {
		i = skipSpace(v, i+1)
	}
	if v[i] == ']' || v[i] == '}' {
		return e, 0
	}
	if v[0] == '{' {
		end, _ = skipString(v, i)
		e.key = v[i:end]
		i = skipSpace(v, skipSpace(v, end)+1)
	}
	end, e.kind = skipValue(v, i)
	e.value = v[i:end]
	return e, end
}

// skipSpace returns where white space that begins at b[i] ends.
func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' {
		i++
	}
	return i
}

package singer

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// A kind is what a JSON value is, as far as copying it is concerned. Kinds are bits, so that a set of them is one test.
type kind uint16

const (
	null    kind = 1 << iota
	boolean      // true, false
	integer      // a number of digits only, maybe with a minus, short enough to be an int64 whatever the digits
	number       // any other number
	text         // a string of plain ASCII: its bytes can be copied as they are
	rough        // a string with an escape or a byte beyond ASCII: to be looked at before it is copied
	array
	object
)

// A span is where a value lies in a row. The zero span is a value that is not there.
type span struct {
	from, to int
	kind     kind
}

// A slot is a key of the rows before: rows of one endpoint list their keys in one order, so the next row most likely has it at the
// same place, or lacks it, and one comparison replaces a scan of the key and a look-up.
type slot struct {
	key   []byte // from the end of the value before, or the brace, to the value, as it was sent
	name  string // unescaped
	field int
}

const (
	skipped  = -1  // a slot's field: known, but not selected
	unknown  = -2  // a slot's field: not in the schema
	maxSlots = 512 // when rows have had more keys than this, or many orders, the slots are learnt anew
)

// scan finds the values of row, which is valid JSON, in one pass. Known fields land in p.values, the others in p.extra.
// Of equal keys the last wins. A row that is not an object has no values.
func (p *Projection) scan(row []byte) {
	values := p.values
	clear(values)
	p.extra = p.extra[:0]
	i := space(row, 0)
	if i == len(row) || row[i] != '{' {
		return
	}
	for n := 0; ; n++ {
		if n < len(p.order) && bytes.HasPrefix(row[i:], p.order[n].key) {
			i += len(p.order[n].key)
		} else if n, i = p.find(row, i, n); n < 0 {
			return
		}
		s := &p.order[n]
		i = space(row, i)
		end, k := i+4, null // as most fields are
		if row[i] != 'n' {
			end, k = value(row, i)
		}
		if s.field >= 0 {
			values[s.field] = span{i, end, k}
		} else if s.field == unknown && (k != null || len(p.extra) > 0) { // a null may replace what an equal key had before
			p.extra = append(p.extra, extra{s.name, row[i:end], k})
		}
		i = end
	}
}

// find reads from the end of a value, or from the opening brace, to the next value, when that is not what slot n says. It returns the
// slot of what lies between, which it learns if need be, and where the value begins; or -1 if there is none.
func (p *Projection) find(row []byte, i, n int) (slot, value int) {
	if n+1 < len(p.order) && bytes.HasPrefix(row[i:], p.order[n+1].key) {
		return n + 1, i + len(p.order[n+1].key)
	}
	from := i
	if i = space(row, i); row[i] == '}' {
		return -1, i
	}
	if i = space(row, i+1); row[i] == '}' { // {}
		return -1, i
	}
	end, k := str(row, i+1)
	name := row[i+1 : end-1]
	if k == rough {
		name = unescape(row[i:end])
	}
	i = space(row, space(row, end)+1)
	return p.learn(n, row[from:i], name), i
}

// learn adds what stands before a value as slot n, or as the first one if there are too many.
func (p *Projection) learn(n int, key, name []byte) int {
	if len(p.order) == maxSlots {
		p.order, n = p.order[:0], 0
	}
	s := slot{key: bytes.Clone(key)}
	field, known := p.names[string(name)]
	if s.field = field; !known {
		s.field, s.name = unknown, cleanName(name)
	}
	p.order = slices.Insert(p.order, n, s)
	return n
}

// value returns the end and the kind of the value that begins at b[i].
func value(b []byte, i int) (int, kind) {
	switch b[i] {
	case '"':
		return str(b, i+1)
	case 'n':
		return i + 4, null
	case 't':
		return i + 4, boolean
	case 'f':
		return i + 5, boolean
	case '[':
		return nested(b, i+1), array
	case '{':
		return nested(b, i+1), object
	}
	k, start := integer, i
	for i++; i < len(b); i++ {
		if c := b[i]; c < '0' || c > '9' {
			if c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
				break
			}
			k = number
		}
	}
	if i-start > 18 {
		k = number
	}
	return i, k
}

// str returns the end (behind the closing quote) and the kind of the string whose text begins at b[i]. It reads eight
// bytes at a time: in w^quotes a quote is a zero byte, and of (x-ones)&^x&highs the lowest bit belongs to the first zero byte of x.
func str(b []byte, i int) (int, kind) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	k := text
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		found := ((quote-ones)&^quote | (slash-ones)&^slash) & highs
		if before := found&-found - 1; w&highs&before != 0 {
			k = rough
		}
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found) / 8
		if b[i] == '"' {
			return i + 1, k
		}
		k = rough
		i += 2 // the backslash and what it escapes
	}
	for ; b[i] != '"'; i++ { // in the last bytes of b
		if b[i] == '\\' {
			k = rough
			i++
		} else if b[i] >= 0x80 {
			k = rough
		}
	}
	return i + 1, k
}

// nested returns the end of the array or object whose inside begins at b[i].
func nested(b []byte, i int) int {
	for depth := 1; depth > 0; i++ {
		switch b[i] {
		case '"':
			i, _ = str(b, i+1)
			i--
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
	}
	return i
}

// space returns where white space that begins at b[i] ends.
func space(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' {
		i++
	}
	return i
}

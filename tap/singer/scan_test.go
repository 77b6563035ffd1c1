package singer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzScan compares the scan of a row with what package jsontext finds, for rows whose order of keys is new, as before,
// and changed.
//
//	go test -run - -fuzz FuzzScan -fuzztime 60s ./tap/singer
func FuzzScan(f *testing.F) {
	for _, pair := range [][2]string{
		{`{"a":1,"b":"x","c":[{"d":"]}"}],"e":null}`, `{"a" : 1, "c":"","b":-0.5e+3 ,"e":{}, "f":true,"g":false}`},
		{`{"a":1}`, "{\"a\":\t 1}"},
		{`{}`, `{"\u0061":"\"","é":"é\\"}`},
		{`[1]`, ` "x" `},
		{`{"a":1,"ab":2}`, `{"ab":1,"a":2}`},
		{`{"a":1}`, "{\"\xff\":1,\"\\ud800\":2,\"a\":\"\xff\"}"},
	} {
		f.Add([]byte(pair[0]), []byte(pair[1]))
	}
	f.Fuzz(func(t *testing.T, one, other []byte) {
		if !jsontext.Value(one).IsValid(lenient()) || !jsontext.Value(other).IsValid(lenient()) {
			return
		}
		p := scanning(map[string]int{"a": 0, "b": 1, "hidden": skipped})
		for _, row := range [][]byte{one, one, other, one} {
			p.scan(row)
			checkScan(t, p, row)
		}
	})
}

// scanning returns a projection for scans alone, of the fields with an index that is not negative.
func scanning(index map[string]int) *Projection {
	p := &Projection{index: index, fields: make([]field, len(index)), values: make([]span, len(index))}
	for name, i := range index {
		if i >= 0 {
			p.fields[i].lead = fmt.Appendf(nil, ",%q:", name)
		}
	}
	return p
}

// checkScan checks that p holds what package jsontext finds in row.
func checkScan(t *testing.T, p *Projection, row []byte) {
	t.Helper()
	known, others := map[string]string{}, []string{}
	dec := jsontext.NewDecoder(bytes.NewReader(row), lenient())
	if dec.PeekKind() == '{' {
		_, err := dec.ReadToken()
		for err == nil && dec.PeekKind() == '"' {
			var token jsontext.Token
			if token, err = dec.ReadToken(); err != nil {
				break
			}
			name := token.String()
			var v jsontext.Value
			v, err = dec.ReadValue()
			if _, ok := p.index[name]; ok {
				known[name] = string(v)
			} else if string(v) != "null" || len(others) > 0 {
				others = append(others, plain(name), string(v))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, i := range p.index {
		if i < 0 {
			continue
		}
		v := p.values[i]
		if got, want := string(row[v.from:v.to]), known[name]; got != want {
			t.Fatalf("%q of %q: got %q, want %q", name, row, got, want)
		}
		if lead := p.fields[i].lead; v.afterLead && !bytes.HasSuffix(row[:v.from], lead) {
			t.Fatalf("%q of %q does not follow %q", name, row, lead)
		}
		if got, want := v.kind, kindOf(known[name]); got != want {
			t.Fatalf("kind of %q: got %v, want %v", known[name], got, want)
		}
	}
	var got []string
	for _, e := range p.extra {
		got = append(got, plain(e.field.name), string(e.value))
	}
	if !slices.Equal(got, others) {
		t.Fatalf("unknown fields of %q: got %q, want %q", row, got, others)
	}
}

// plain returns a name without the characters that are replaced or removed in it.
func plain(name string) string { return strings.NewReplacer("\uFFFD", "", "\x00", "").Replace(name) }

// kindOf returns the kind of a value, found in another way than skipValue finds it.
func kindOf(raw string) kind {
	switch jsontext.Value(raw).Kind() {
	case 'n':
		return null
	case 't', 'f':
		return boolean
	case '[':
		return array
	case '{':
		return object
	case '0':
		if strings.ContainsAny(raw, ".eE") || len(raw) > 18 {
			return number
		}
		return integer
	case '"':
		if strings.ContainsFunc(raw, func(r rune) bool { return r == '\\' || r >= 0x80 }) {
			return otherString
		}
		return asciiString
	}
	return 0
}

// Rows of more keys than are remembered, and rows that each have another order, are read the same.
func TestScanManyKeys(t *testing.T) {
	t.Parallel()
	p := scanning(map[string]int{"a": 0})
	for start := range 3 {
		row := []byte(`{`)
		for i := range maxExpectations + 3 {
			row = fmt.Appendf(row, `"x%d":%d,`, (start+i*7)%(maxExpectations+3), i)
		}
		row = append(row, `"a":2}`...)
		p.scan(row)
		checkScan(t, p, row)
		if got := len(p.expected); got > maxExpectations {
			t.Errorf("%d keys are remembered, want at most %d", got, maxExpectations)
		}
	}
}

// A key that only some rows have is learnt once, and costs the others nothing.
func TestScanLearnsOnce(t *testing.T) {
	t.Parallel()
	p := scanning(map[string]int{"a": 0, "b": 1, "c": 2})
	for range 3 {
		for _, row := range []string{`{"a":1,"c":3,"e":5}`, `{"a":1,"b":2,"c":3,"d":4,"e":5}`, `{"a":1,"b":2,"c":3}`} {
			p.scan([]byte(row))
			checkScan(t, p, []byte(row))
		}
	}
	if got := len(p.expected); got != 5 {
		t.Errorf("%d keys are remembered, want each of the 5 once", got)
	}
}

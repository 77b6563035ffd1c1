package singer

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// FuzzScan compares the scan of a row with gjson's, for rows whose order of keys is new, as before, and changed.
//
//	go test -run - -fuzz FuzzScan -fuzztime 60s ./tap/singer
func FuzzScan(f *testing.F) {
	for _, pair := range [][2]string{
		{`{"a":1,"b":"x","c":[{"d":"]}"}],"e":null}`, `{"a" : 1, "c":"","b":-0.5e+3 ,"e":{}, "f":true,"g":false}`},
		{`{"a":1}`, "{\"a\":\t 1}"}, {`{}`, `{"\u0061":"\"","é":"é\\"}`}, {`[1]`, ` "x" `}, {`{"a":1,"ab":2}`, `{"ab":1,"a":2}`},
	} {
		f.Add([]byte(pair[0]), []byte(pair[1]))
	}
	f.Fuzz(func(t *testing.T, one, other []byte) {
		if !gjson.ValidBytes(one) || !gjson.ValidBytes(other) {
			return
		}
		p := &Projection{names: map[string]int{"a": 0, "b": 1, "hidden": skipped}, values: make([]span, 2)}
		for _, row := range [][]byte{one, one, other, one} {
			p.scan(row)
			checkScan(t, p, row)
		}
	})
}

// checkScan tells whether p holds what gjson finds in row.
func checkScan(t *testing.T, p *Projection, row []byte) {
	t.Helper()
	known, others := map[string]string{}, []string{}
	if root := gjson.ParseBytes(row); root.IsObject() {
		root.ForEach(func(k, v gjson.Result) bool {
			if _, ok := p.names[k.Str]; ok {
				known[k.Str] = v.Raw
			} else if v.Type != gjson.Null || len(others) > 0 {
				others = append(others, cleanName([]byte(k.Str)), v.Raw)
			}
			return true
		})
	}
	for name, i := range p.names {
		if i < 0 {
			continue
		}
		v := p.values[i]
		if got, want := string(row[v.from:v.to]), known[name]; got != want {
			t.Fatalf("%q of %q: got %q, want %q", name, row, got, want)
		}
		if got, want := v.kind, kindOf(known[name]); got != want {
			t.Fatalf("kind of %q: got %v, want %v", known[name], got, want)
		}
	}
	var got []string
	for _, e := range p.extra {
		got = append(got, e.name, string(e.value))
	}
	if !slices.Equal(got, others) {
		t.Fatalf("unknown fields of %q: got %q, want %q", row, got, others)
	}
}

// kindOf is the kind of a value, found in another way than value does.
func kindOf(raw string) kind {
	v := gjson.Parse(raw)
	switch {
	case raw == "":
		return 0
	case v.IsBool():
		return boolean
	case v.IsArray():
		return array
	case v.IsObject():
		return object
	case v.Type == gjson.Number:
		for _, c := range raw {
			if c == '.' || c == 'e' || c == 'E' {
				return number
			}
		}
		if len(raw) > 18 {
			return number
		}
		return integer
	case v.Type == gjson.String:
		for _, c := range []byte(raw) {
			if c == '\\' || c >= 0x80 {
				return rough
			}
		}
		return text
	}
	return null
}

// Rows of more keys than are remembered, and rows that each have another order, are read the same.
func TestScanManyKeys(t *testing.T) {
	t.Parallel()
	p := &Projection{names: map[string]int{"a": 0}, values: make([]span, 1)}
	for start := range 3 {
		row := []byte(`{`)
		for i := range maxSlots + 3 {
			row = fmt.Appendf(row, `"x%d":%d,`, (start+i*7)%(maxSlots+3), i)
		}
		row = append(row, `"a":2}`...)
		p.scan(row)
		checkScan(t, p, row)
		if got := len(p.order); got > maxSlots {
			t.Errorf("%d keys are remembered, want at most %d", got, maxSlots)
		}
	}
}

// A key that only some rows have is learnt once, and costs the others nothing.
func TestScanLearnsOnce(t *testing.T) {
	t.Parallel()
	p := &Projection{names: map[string]int{"a": 0, "b": 1, "c": 2}, values: make([]span, 3)}
	for range 3 {
		for _, row := range []string{`{"a":1,"c":3,"e":5}`, `{"a":1,"b":2,"c":3,"d":4,"e":5}`, `{"a":1,"b":2,"c":3}`} {
			p.scan([]byte(row))
			checkScan(t, p, []byte(row))
		}
	}
	if got := len(p.order); got != 5 {
		t.Errorf("%d keys are remembered, want each of the 5 once", got)
	}
}

// Each day of ten thousand years, against the standard library. (Before March of year 0 division rounds the wrong way, but no offset leads from there to year 1.)
func TestUnixDay(t *testing.T) {
	t.Parallel()
	for d := time.Date(0, 3, 1, 0, 0, 0, 0, time.UTC); d.Year() < 10000; d = d.AddDate(0, 0, 1) {
		if got, want := int64(unixDay(d.Year(), int(d.Month()), d.Day()))*86400, d.Unix(); got != want {
			t.Fatalf("%v: got %d, want %d", d, got, want)
		}
		if d.AddDate(0, 0, 1).Day() == 1 && daysIn(int(d.Month()), d.Year()) != d.Day() {
			t.Fatalf("%v is not the last day of its month", d)
		}
	}
}

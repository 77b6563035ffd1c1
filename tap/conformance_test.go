package tap_test

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/tidwall/gjson"
)

// maxState is how long a STATE line may be: what product.md promises, far below what Meltano reads.
const maxState = 512 << 10

// sample is how many records of a stream are validated under the older drafts too; the newest sees all.
const sample = 500

// nonconforming returns what is wrong with the stdout of a run as a Singer target sees it, in numbers of singer.md §6
// where they are about messages: 23 to 31. whole is false if the reader of stdout went away. A document or nothing at
// all is fine.
//
// Every run of every script and of every test of this package goes through here.
func nonconforming(stdout []byte, whole, test bool) []string {
	if !bytes.HasPrefix(stdout, []byte(`{"type":`)) {
		return nil
	}
	if !whole { // the last line may be torn
		stdout = stdout[:bytes.LastIndexByte(stdout, '\n')+1]
	}
	in := &inspector{streams: map[string]*inspected{}, test: test}
	for line := range bytes.Lines(stdout) {
		in.number++
		in.line(line)
	}
	if whole && !test && in.kind != "STATE" {
		in.fail("29: the last line of a run must be a STATE")
	}
	return in.problems
}

// inspector reads the lines of one run.
type inspector struct {
	test     bool
	number   int // of the line, from 1
	kind     string
	streams  map[string]*inspected
	problems []string

	state             string // the last STATE
	records, schemata bool   // lie behind it
	repeated          bool   // the line before is a STATE that only the end of a run excuses
}

// inspected is a stream whose SCHEMA was seen.
type inspected struct {
	fields  []string
	drafts  []*jsonschema.Schema // from old to new
	last    map[string]string    // the record emitted last, by id
	records int
}

func (in *inspector) fail(format string, args ...any) {
	const enough = 20
	if len(in.problems) < enough {
		in.problems = append(in.problems, fmt.Sprintf("line %d: ", in.number)+fmt.Sprintf(format, args...))
	}
}

func (in *inspector) line(line []byte) {
	if in.repeated {
		in.fail("31: the STATE before equals the one before it, no RECORD lies between, and it is not the last line")
		in.repeated = false
	}
	text, ended := bytes.CutSuffix(line, []byte("\n"))
	if !ended || !utf8.Valid(text) || !gjson.ValidBytes(text) || !gjson.ParseBytes(text).IsObject() {
		in.fail("23: not a JSON object in UTF-8 on a line of its own: %.300q", line)
		return
	}
	if bytes.Contains(text, []byte(`\u0000`)) {
		in.fail("26: U+0000: %.300s", text)
	}
	m := gjson.ParseBytes(text)
	in.kind = m.Get("type").Str
	switch in.kind {
	case "SCHEMA":
		in.schemata = true
		in.schema(m)
	case "RECORD":
		in.records = true
		in.record(m)
	case "STATE":
		in.stateLine(m, text)
	default:
		in.fail("23: unknown type: %.300s", text)
	}
}

func (in *inspector) schema(m gjson.Result) {
	name := m.Get("stream").Str
	if in.streams[name] != nil {
		in.fail("24: a second SCHEMA of %s", name)
	}
	s := &inspected{last: map[string]string{}}
	in.streams[name] = s
	schema := m.Get("schema")
	schema.Get("properties").ForEach(func(key, _ gjson.Result) bool {
		s.fields = append(s.fields, key.String())
		return true
	})
	keys := m.Get("key_properties").Array()
	for _, key := range slices.Concat(keys, m.Get("bookmark_properties").Array()) {
		if !slices.Contains(s.fields, key.String()) {
			in.fail("24: %s is a key or bookmark property of %s, but not in its schema", key, name)
		}
	}
	if len(keys) == 0 || m.Get("bookmark_properties").Raw != `["updated_at"]` {
		in.fail("24: key_properties or bookmark_properties of %s are missing: %.200s", name, m.Raw)
	}
	if regexp.MustCompile(`"(selected|inclusion|breadcrumb|metadata|table-key-properties)":`).MatchString(schema.Raw) {
		in.fail("24: the SCHEMA of %s holds metadata of the catalog", name)
	}
	for _, draft := range []*jsonschema.Draft{jsonschema.Draft4, jsonschema.Draft7, jsonschema.Draft2020} {
		compiled, err := compile(draft, schema.Raw)
		if err != nil {
			in.fail("14: the schema of %s is none: %v", name, err)
			continue
		}
		s.drafts = append(s.drafts, compiled)
	}
}

// compile reads a JSON Schema as one of the given draft, formats asserted.
func compile(draft *jsonschema.Draft, schema string) (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(draft)
	c.AssertFormat()
	if err := c.AddResource("stream.json", document); err != nil {
		return nil, err
	}
	return c.Compile("stream.json")
}

func (in *inspector) record(m gjson.Result) {
	name, record := m.Get("stream").Str, m.Get("record")
	s := in.streams[name]
	if s == nil {
		in.fail("24: a RECORD of %s before its SCHEMA", name)
		return
	}
	var fields []string
	record.ForEach(func(key, _ gjson.Result) bool {
		fields = append(fields, key.String())
		return true
	})
	if !slices.Equal(fields, s.fields) {
		in.fail("25: the fields of a RECORD of %s are not those of its schema, in order:\n got %q\nwant %q", name, fields, s.fields)
	}
	extracted := m.Get("time_extracted").Str
	if at, err := time.Parse(time.RFC3339, extracted); err != nil || !strings.HasSuffix(extracted, "Z") || time.Since(at).Abs() > time.Hour/2 {
		in.fail("25: time_extracted is not the present in UTC: %q", extracted)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(record.Raw))
	if err != nil {
		in.fail("23: %v", err)
	}
	drafts := s.drafts
	if s.records++; s.records > sample {
		drafts = drafts[max(0, len(drafts)-1):]
	}
	for _, schema := range drafts {
		if err := schema.Validate(value); err != nil {
			in.fail("25: a RECORD of %s does not fit its SCHEMA under draft %d: %v\n%.500s", name, schema.DraftVersion, err, record.Raw)
		}
	}
	in.identity(name, s, record)
	in.rescued(record.Get("_rescued_data"))
}

// identity checks the key: there, and never the same version of it twice in a row.
func (in *inspector) identity(name string, s *inspected, record gjson.Result) {
	id := record.Get("id")
	if id.Type != gjson.Number {
		in.fail("27: a RECORD of %s without an id: %.300s", name, record.Raw)
	}
	if s.last[id.Raw] == record.Raw {
		in.fail("27: the same version of %s %s twice", name, id.Raw)
	}
	s.last[id.Raw] = record.Raw
}

// rescued checks that _rescued_data is null or the text of one object that holds something.
func (in *inspector) rescued(v gjson.Result) {
	if v.Type != gjson.String {
		return
	}
	if object := gjson.Parse(v.Str); !gjson.Valid(v.Str) || !object.IsObject() || len(object.Map()) == 0 {
		in.fail("26: _rescued_data is not the text of an object: %.300s", v.Raw)
	}
}

func (in *inspector) stateLine(m gjson.Result, line []byte) {
	if in.test {
		in.fail("8: a STATE in a test")
	}
	if len(line) > maxState {
		in.fail("23: a STATE of %d bytes", len(line))
	}
	if !m.Get("value").IsObject() {
		in.fail("28: a STATE whose value is no object: %.300s", line)
	}
	if string(line) == in.state && !in.records {
		if !in.schemata {
			in.fail("31: a STATE that says nothing new")
		}
		in.repeated = true
	}
	in.state, in.records, in.schemata = string(line), false, false
}

// What is made of bad output by hand must not pass.
func TestNonconformingFindsFaults(t *testing.T) {
	t.Parallel()
	const (
		schema = `{"type":"SCHEMA","stream":"calls","schema":{"type":"object","properties":{"id":{"type":["integer"]},"updated_at":{"type":["string","null"],"format":"date-time"},"_rescued_data":{"type":["string","null"]}}},"key_properties":["id"],"bookmark_properties":["updated_at"]}` + "\n"
		state  = `{"type":"STATE","value":{}}` + "\n"
	)
	extracted := time.Now().UTC().Format(time.RFC3339)
	record := `{"type":"RECORD","stream":"calls","record":{"id":1,"updated_at":"2026-01-31T08:00:00Z","_rescued_data":null},"time_extracted":"` + extracted + `"}` + "\n"
	if problems := nonconforming([]byte(state+schema+record+state), true, false); len(problems) > 0 {
		t.Errorf("good output: got %q", problems)
	}
	bad := map[string]struct{ output, want string }{
		"no newline":         {schema + strings.TrimSpace(state), "23"},
		"a log line":         {schema + "INFO hello\n" + state, "23"},
		"lower case":         {schema + `{"type":"state","value":{}}` + "\n" + state, "23"},
		"no schema":          {state + record + state, "24"},
		"two schemas":        {schema + schema + state, "24"},
		"no key":             {strings.Replace(schema, `["id"]`, `[]`, 1) + state, "24"},
		"metadata":           {strings.Replace(schema, `"type":"object"`, `"type":"object","selected":true`, 1) + state, "24"},
		"no time":            {schema + strings.Replace(record, `,"time_extracted":"`+extracted+`"`, "", 1) + state, "25"},
		"time long ago":      {schema + strings.Replace(record, extracted, "2026-01-31T12:00:00Z", 1) + state, "25"},
		"time not in UTC":    {schema + strings.Replace(record, extracted, time.Now().In(time.FixedZone("", 3600)).Format(time.RFC3339), 1) + state, "25"},
		"other fields":       {schema + strings.Replace(record, `"_rescued_data":null`, `"x":null`, 1) + state, "25"},
		"no date-time":       {schema + strings.Replace(record, `2026-01-31T08`, `2026-01-32T08`, 1) + state, "25"},
		"fraction":           {schema + strings.Replace(record, `"id":1`, `"id":1.5`, 1) + state, "25"},
		"nul":                {schema + strings.Replace(record, `null}`, `"{\"a\":\"\u0000\"}"}`, 1) + state, "26"},
		"rescued array":      {schema + strings.Replace(record, `null}`, `"[]"}`, 1) + state, "26"},
		"null id":            {schema + strings.Replace(record, `"id":1`, `"id":null`, 1) + state, "27"},
		"twice":              {schema + record + record + state, "27"},
		"no last state":      {state + schema + record, "29"},
		"state twice":        {state + state + schema + record + state, "31"},
		"state over schema":  {state + schema + state + record + state, "31"},
		"state that is none": {schema + `{"type":"STATE","value":7}` + "\n", "28"},
	}
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		problems := nonconforming([]byte(bad[name].output), true, false)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, ": "+bad[name].want+": ") }) {
			t.Errorf("%s: got %q, want one of point %s", name, problems, bad[name].want)
		}
	}
	if problems := nonconforming([]byte(state+schema), true, true); len(problems) == 0 {
		t.Error("a STATE in a test passes")
	}
}

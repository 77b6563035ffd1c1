package tap_test

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/tidwall/gjson"
)

// maxState is the greatest length of a STATE line that docs/guarantees.md, "State", promises, in bytes. Meltano reads
// far longer ones.
const maxState = 512 << 10

// sample is how many records of a stream are validated under the older drafts too; all are under the newest.
const sample = 10

// nonconforming returns what is wrong with the stdout of a run with these arguments as a Singer target sees it. A
// document or nothing at all is fine.
//
// It checks every run of every script and of every test of this package.
func nonconforming(stdout []byte, args []string) []string {
	if !bytes.HasPrefix(stdout, []byte(`{"type":`)) {
		return nil
	}
	test := strings.Contains(strings.Join(args, " "), "-test")
	in := &inspector{streams: map[string]*inspected{}, test: test}
	for line := range bytes.Lines(stdout) {
		in.number++
		in.line(line)
	}
	if !test && in.kind != "STATE" {
		in.fail("state: the last line of a run must be a STATE")
	}
	return in.problems
}

// inspector reads the lines of one run.
type inspector struct {
	test     bool
	number   int // number of the line, from 1
	kind     string
	streams  map[string]*inspected
	problems []string

	state             string // the last STATE
	records, schemata bool   // whether a RECORD, a SCHEMA came after it
	repeated          bool   // whether the last line is a STATE that only the end of a run excuses
}

// inspected is a stream whose SCHEMA was seen.
type inspected struct {
	fields  []string
	drafts  []*jsonschema.Schema // from old to new
	last    map[string]string    // the record emitted last, by id
	records int
	version string // version that its RECORDs bear, "" for none
	active  bool   // whether ACTIVATE_VERSION was seen
}

func (in *inspector) fail(format string, args ...any) {
	const enough = 20
	if len(in.problems) < enough {
		in.problems = append(in.problems, fmt.Sprintf("line %d: ", in.number)+fmt.Sprintf(format, args...))
	}
}

func (in *inspector) line(line []byte) {
	if in.repeated {
		in.fail("state: the STATE before equals the one before it, no RECORD lies between, and it is not the last line")
		in.repeated = false
	}
	text, ended := bytes.CutSuffix(line, []byte("\n"))
	if !ended || !utf8.Valid(text) || !gjson.ValidBytes(text) || !gjson.ParseBytes(text).IsObject() {
		in.fail("line: not a JSON object in UTF-8 on a line of its own: %.300q", line)
		return
	}
	if bytes.Contains(text, []byte(`\u0000`)) {
		in.fail("rescued: U+0000: %.300s", text)
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
	case "ACTIVATE_VERSION":
		in.activate(m)
	default:
		in.fail("line: unknown type: %.300s", text)
	}
}

func (in *inspector) schema(m gjson.Result) {
	name := m.Get("stream").Str
	if in.streams[name] != nil {
		in.fail("schema: a second SCHEMA of %s", name)
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
			in.fail("schema: %s is a key or bookmark property of %s, but not in its schema", key, name)
		}
	}
	if len(keys) == 0 || m.Get("bookmark_properties").Raw != `["updated_at"]` {
		in.fail("schema: key_properties or bookmark_properties of %s are missing: %.200s", name, m.Raw)
	}
	if regexp.MustCompile(`"(selected|inclusion|breadcrumb|metadata|table-key-properties)":`).MatchString(schema.Raw) {
		in.fail("schema: the SCHEMA of %s holds metadata of the catalog", name)
	}
	for _, draft := range []*jsonschema.Draft{jsonschema.Draft4, jsonschema.Draft7, jsonschema.Draft2020} {
		compiled, err := compileOnce(draft, schema.Raw)
		if err != nil {
			in.fail("schema: the schema of %s is none: %v", name, err)
			continue
		}
		s.drafts = append(s.drafts, compiled)
	}
}

// compileOnce is compile for schemas of which many runs have the same.
func compileOnce(draft *jsonschema.Draft, schema string) (*jsonschema.Schema, error) {
	key := draft.String() + schema
	if known, ok := compiledSchemas.Load(key); ok {
		return known.(*jsonschema.Schema), nil
	}
	compiled, err := compile(draft, schema)
	if err == nil {
		compiledSchemas.Store(key, compiled)
	}
	return compiled, err
}

var compiledSchemas sync.Map //nolint:gochecknoglobals // to compile each schema in each run took a second in all

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
		in.fail("schema: a RECORD of %s before its SCHEMA", name)
		return
	}
	var fields []string
	record.ForEach(func(key, _ gjson.Result) bool {
		fields = append(fields, key.String())
		return true
	})
	if !slices.Equal(fields, s.fields) {
		in.fail("record: the fields of a RECORD of %s are not those of its schema, in order:\n got %q\nwant %q",
			name, fields, s.fields)
	}
	extracted := m.Get("time_extracted").Str
	if at, err := time.Parse(time.RFC3339, extracted); err != nil || !strings.HasSuffix(extracted, "Z") ||
		time.Since(at).Abs() > time.Hour/2 {
		in.fail("record: time_extracted is not the present in UTC: %q", extracted)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(record.Raw))
	if err != nil {
		in.fail("line: %v", err)
	}
	if version := m.Get("version").Raw; s.active || s.records > 0 && version != s.version {
		in.fail("version: a RECORD of %s bears %q behind one that bears %q, or behind its ACTIVATE_VERSION",
			name, version, s.version)
	} else {
		s.version = version
	}
	drafts := s.drafts
	if s.records++; s.records > sample {
		drafts = drafts[max(0, len(drafts)-1):]
	}
	for _, schema := range drafts {
		if err := schema.Validate(value); err != nil {
			in.fail("record: a RECORD of %s does not fit its SCHEMA under draft %d: %v\n%.500s", name,
				schema.DraftVersion, err, record.Raw)
		}
	}
	in.identity(name, s, record)
	in.rescued(record.Get("_rescued_data"))
}

// activate checks that a version is made the current one only once, and behind RECORDs that bear it.
func (in *inspector) activate(m gjson.Result) {
	name, version := m.Get("stream").Str, m.Get("version").Raw
	s := in.streams[name]
	if s == nil || s.active || version == "" || s.records > 0 && s.version != version {
		in.fail("version: %s is activated for %s", version, name)
		return
	}
	s.active = true
	in.schemata = true // a STATE behind it may repeat, as behind a SCHEMA
}

// identity checks that a record has a key, and that the same version of it never comes twice in a row.
func (in *inspector) identity(name string, s *inspected, record gjson.Result) {
	id := record.Get("id")
	if id.Type != gjson.Number {
		in.fail("identity: a RECORD of %s without an id: %.300s", name, record.Raw)
	}
	if s.last[id.Raw] == record.Raw {
		in.fail("identity: the same version of %s %s twice", name, id.Raw)
	}
	s.last[id.Raw] = record.Raw
}

// rescued checks that _rescued_data is null or the text of one object that holds something.
func (in *inspector) rescued(v gjson.Result) {
	if v.Type != gjson.String {
		return
	}
	if object := gjson.Parse(v.Str); !gjson.Valid(v.Str) || !object.IsObject() || len(object.Map()) == 0 {
		in.fail("rescued: _rescued_data is not the text of an object: %.300s", v.Raw)
	}
}

func (in *inspector) stateLine(m gjson.Result, line []byte) {
	if in.test {
		in.fail("test: a STATE in a test")
	}
	if len(line) > maxState {
		in.fail("line: a STATE of %d bytes", len(line))
	}
	if !m.Get("value").IsObject() {
		in.fail("state: a STATE whose value is no object: %.300s", line)
	}
	if string(line) == in.state && !in.records {
		if !in.schemata {
			in.fail("state: a STATE that says nothing new")
		}
		in.repeated = true
	}
	in.state, in.records, in.schemata = string(line), false, false
}

// Output with a fault that was put in by hand must not pass.
func TestNonconformingFindsFaults(t *testing.T) {
	t.Parallel()
	const (
		schema = `{"type":"SCHEMA","stream":"calls","schema":{"type":"object",` +
			`"properties":{"id":{"type":["integer"]},"updated_at":{"type":["string","null"],"format":"date-time"},` +
			`"_rescued_data":{"type":["string","null"]}}},"key_properties":["id"],` +
			`"bookmark_properties":["updated_at"]}` + "\n"
		state = `{"type":"STATE","value":{}}` + "\n"
	)
	replace := func(text, old, now string) string { return strings.Replace(text, old, now, 1) }
	extracted := time.Now().UTC().Format(time.RFC3339)
	local := time.Now().In(time.FixedZone("", 3600)).Format(time.RFC3339)
	record := `{"type":"RECORD","stream":"calls","record":{"id":1,"updated_at":"2026-01-31T08:00:00Z",` +
		`"_rescued_data":null},"time_extracted":"` + extracted + `"}` + "\n"
	versioned := replace(record, `,"time_`, `,"version":7,"time_`)
	later := replace(versioned, `"id":1`, `"id":2`)
	activate := `{"type":"ACTIVATE_VERSION","stream":"calls","version":7}` + "\n"
	for _, good := range []string{
		state + schema + record + state,
		state + schema + versioned + activate + state,
		schema + activate + state,
	} {
		if problems := nonconforming([]byte(good), nil); len(problems) > 0 {
			t.Errorf("good output: got %q", problems)
		}
	}
	bad := map[string]struct{ output, want string }{
		"no newline":         {schema + strings.TrimSpace(state), "line"},
		"a log line":         {schema + "INFO hello\n" + state, "line"},
		"lower case":         {schema + `{"type":"state","value":{}}` + "\n" + state, "line"},
		"no schema":          {state + record + state, "schema"},
		"two schemas":        {schema + schema + state, "schema"},
		"no key":             {replace(schema, `["id"]`, `[]`) + state, "schema"},
		"metadata":           {replace(schema, `"type":"object"`, `"type":"object","selected":true`) + state, "schema"},
		"no time":            {schema + replace(record, `,"time_extracted":"`+extracted+`"`, "") + state, "record"},
		"time long ago":      {schema + replace(record, extracted, "2026-01-31T12:00:00Z") + state, "record"},
		"time not in UTC":    {schema + replace(record, extracted, local) + state, "record"},
		"other fields":       {schema + replace(record, `"_rescued_data":null`, `"x":null`) + state, "record"},
		"no date-time":       {schema + replace(record, `2026-01-31T08`, `2026-01-32T08`) + state, "record"},
		"fraction":           {schema + replace(record, `"id":1`, `"id":1.5`) + state, "record"},
		"nul":                {schema + replace(record, `null}`, `"{\"a\":\"\u0000\"}"}`) + state, "rescued"},
		"rescued array":      {schema + replace(record, `null}`, `"[]"}`) + state, "rescued"},
		"null id":            {schema + replace(record, `"id":1`, `"id":null`) + state, "identity"},
		"twice":              {schema + record + record + state, "identity"},
		"another version":    {schema + versioned + replace(versioned, "7", "8") + activate + state, "version"},
		"no version":         {schema + versioned + replace(record, `"id":1`, `"id":2`) + state, "version"},
		"other active":       {schema + replace(versioned, "7", "8") + activate + state, "version"},
		"activated twice":    {schema + versioned + activate + activate + state, "version"},
		"record too late":    {schema + versioned + activate + later + state, "version"},
		"no stream active":   {activate + state, "version"},
		"no last state":      {state + schema + record, "state"},
		"state twice":        {state + state + schema + record + state, "state"},
		"state over schema":  {state + schema + state + record + state, "state"},
		"state that is none": {schema + `{"type":"STATE","value":7}` + "\n", "state"},
	}
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		problems := nonconforming([]byte(bad[name].output), nil)
		about := ": " + bad[name].want + ": "
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, about) }) {
			t.Errorf("%s: got %q, want one about the %s", name, problems, bad[name].want)
		}
	}
	if problems := nonconforming([]byte(state+schema), []string{"--test"}); len(problems) == 0 {
		t.Error("a STATE in a test passes")
	}
}

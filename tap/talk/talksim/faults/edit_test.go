package faults

import "testing"

func TestSetChangesOneMemberOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ object, name, value, want string }{
		{`{"a":1,"b":[2,{"a":3}]}`, "a", "9", `{"a":9,"b":[2,{"a":3}]}`},
		{`{"b":"x\"a\":1","a":null}`, "a", `{"c":""}`, `{"b":"x\"a\":1","a":{"c":""}}`},
		{`{"a":1,"b":2}`, "a", "", `{"b":2}`},
		{`{"a":1,"b":2}`, "b", "", `{"a":1}`},
		{`{"a":1}`, "a", "", `{}`},
		{`{"a":1}`, "c", "", `{"a":1}`},
		{`{"a":1}`, "c", "2", `{"a":1,"c":2}`},
		{`{}`, "c", "2", `{"c":2}`},
		{`{"a":1}`, `i\u0064`, "2", `{"a":1,"i\u0064":2}`},
		{"{\"a\":\"\xff\",\"a\":1.50}", "b", "2", "{\"a\":\"\xff\",\"a\":1.50,\"b\":2}"},
		{`[1]`, "a", "2", `[1]`},
		{`42`, "a", "2", `42`},
		{`{"a":`, "a", "2", `{"a":`},
	} {
		if got := string(set([]byte(test.object), test.name, test.value)); got != test.want {
			t.Errorf("%s, %s to %q: got %s, want %s", test.object, test.name, test.value, got, test.want)
		}
	}
}

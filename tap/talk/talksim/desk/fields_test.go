package desk_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// undocumented lists the fields that real calls have and no reference knows: docs/zendesk-api.md, "Fields".
func undocumented() []string {
	return []string{
		"copilot_suggestions_generated_successful", "copilot_suggestions_generated_total", "post_call_summary",
		"post_call_transcription", "real_time_transcription", "transcription_language",
	}
}

// The demo must fill every documented field somewhere, leave null what can be null, and
// know no field beyond the documented and the undocumented real ones.
func TestDemoFillsEveryField(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		stream string
		record reflect.Type
		extra  []string
	}{
		{talksim.Calls, reflect.TypeFor[talk.Call](), undocumented()},
		{talksim.Legs, reflect.TypeFor[talk.Leg](), nil},
	} {
		filled, null := make(map[string]int), make(map[string]int)
		for _, body := range desk.Demo().Final(test.stream, desk.DemoNow) {
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(body, &fields); err != nil {
				t.Fatal(err)
			}
			for name, value := range fields {
				if bytes.Equal(value, []byte("null")) {
					null[name]++
				} else {
					filled[name]++
				}
			}
		}
		want := test.extra
		for field := range test.record.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			want = append(want, name)
		}
		for _, name := range want {
			if filled[name] == 0 {
				t.Errorf("%s: no row fills %s: let some kind of call fill it in outcomes.go", test.stream, name)
			}
		}
		for name := range filled {
			if !slices.Contains(want, name) {
				t.Errorf("%s: field %s is unknown to talk.%s", test.stream, name, test.record.Name())
			}
		}
		for _, name := range test.extra {
			if null[name] < 10*filled[name] {
				t.Errorf("%s: %s is filled %d times and null %d times, want it null mostly",
					test.stream, name, filled[name], null[name])
			}
		}
	}
}

// The shapes that break readers must all be in the demo: undocumented statuses, texts
// that tempt to re-encode, both ways to escape them, nulls where the samples have them.
func TestDemoShapes(t *testing.T) {
	t.Parallel()
	a := desk.Demo()
	all := make(map[string][]byte)
	for _, stream := range []string{talksim.Calls, talksim.Legs} {
		var b bytes.Buffer
		for _, body := range a.Final(stream, desk.DemoNow) {
			b.Write(body)
		}
		all[stream] = b.Bytes()
	}
	for stream, shapes := range map[string][]string{
		talksim.Calls: {
			`"completion_status":"not_answered"`, `"completion_status":"abandoned_in_queue"`,
			`"completion_status":"pending_voicemail"`,
			`"overflowed":true`, `"callback_source":"web_widget"`, `"line_type":"sip"`, `"agent_id":null`,
			`"talk_time":null`,
			"\u2028", `\u2028`, "<b>", `\u003cb\u003e`, `\"night\" \\`, `two\nlines`, "👩‍💻", "サポート部", "خدمة",
			`"quality_issues":["high_pdd","high_jitter"]`,
		},
		talksim.Legs: {
			`"agent_id":0`, `"user_id":0`, `"user_id":null`, `"call_charge":"0.0"`, `"minutes_billed":null`,
			`"type":"supervisor"`,
			`"type":"external"`, `"completion_status":"agent_unreachable"`,
			`"quality_issues":["information_not_available"]`,
		},
	} {
		for _, shape := range shapes {
			if !bytes.Contains(all[stream], []byte(shape)) {
				t.Errorf("no row of %s has %s", stream, shape)
			}
		}
	}
}

// Only the reference has exceeded_queue_time: calls on telephone numbers leave it out, as real ones do, and the others
// have it, so that a reader meets both.
func TestPhoneCallsLeaveExceededQueueTimeOut(t *testing.T) {
	t.Parallel()
	for id, body := range desk.Demo().Final(talksim.Calls, desk.DemoNow) {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(body, &fields); err != nil {
			t.Fatal(err)
		}
		_, ok := fields["exceeded_queue_time"]
		if phone := string(fields["line_type"]) == `"phone"`; ok == phone {
			t.Errorf("call %d: has exceeded_queue_time: %t, on a telephone number: %t", id, ok, phone)
		}
	}
}

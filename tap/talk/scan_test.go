package talk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// samplePage is a page of n rows like those in testdata.
func samplePage(tb testing.TB, n int) []byte {
	tb.Helper()
	var b bytes.Buffer
	b.WriteString(`{"calls":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"created_at":"2021-10-20T15:16:31Z","updated_at":"2021-10-20T15:56:59Z","agent_id":null,"call_charge":"0.003",`+
			`"consultation_time":0,"direction":"inbound","customer_requested_voicemail":false,"default_group":false,"duration":38,"exceeded_queue_wait_time":null,`+
			`"hold_time":0,"minutes_billed":1,"outside_business_hours":false,"phone_number_id":360000121575,"phone_number":"+12059531462","ticket_id":32,`+
			`"time_to_answer":null,"voicemail":true,"wait_time":18,"customer_id":360786799676,"line":"+12059531462","quality_issues":["none"],"ivr_action":null,`+
			`"completion_status":"completed","call_recording_consent":"always","line_type":"phone","overflowed":false,"overflowed_to":null,"talk_time":0}`, 360088814475+i)
	}
	b.WriteString(`],"count":1000,"end_time":1634745419,"next_page":"https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls?start_time=1634745419"}`)
	return b.Bytes()
}

// BenchmarkPage compares the one pass that checks and splits a page with a check by gjson alone, which would need a second pass to split.
func BenchmarkPage(b *testing.B) {
	body := samplePage(b, 1000)
	b.Run("parsePage", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		var rows [][]byte
		for b.Loop() {
			env, err := parsePage(body, "calls", rows)
			if err != nil || len(env.rows) != 1000 {
				b.Fatal(err)
			}
			rows = env.rows
		}
	})
	b.Run("gjson.ValidBytes", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if !gjson.ValidBytes(body) {
				b.Fatal("invalid")
			}
		}
	})
}
var _ = json.Valid
var _ = os.Open
var _ = strings.Cut

package talksim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

// Each scenario must change something: against the same account, the answers or the
// final truth differ from those without it. It also must not bring the simulator down.
func TestEveryScenarioChangesSomething(t *testing.T) {
	t.Parallel()
	quiet := map[string]string{ // these do so only together with others
		"empty-end-time=null":    "is the default",
		"limit-retry-after=none": "needs limit",
		"latency":                "is tested in a bubble",
		"jitter":                 "is tested in a bubble",
		"hang":                   "is tested in a bubble",
		"slow":                   "is tested in a bubble",
		"endless":                "is tested by itself",
		"huge":                   "is as endless",
		"huge-header":            "is just long",
		"revoke-tokens":          "needs a token",
		"limit":                  "needs many requests",
		"complete-second":        "needs a full second",
		"tick":                   "is tested by itself",
		"next-page=upper-case":   "", "next-page=default-port": "",
	}
	account := desk.Account(5, demoClock(), 30)
	// A moment after a call's end and before its rewriting, with rows younger than a minute.
	now := desk.DemoNow + int64(10)
	run := func(specs ...string) string {
		return transcript(t, newSim(t, talksim.Config{Account: account, Now: at(now), PageSize: 20}, specs...), now)
	}
	plain := run()
	for _, spec := range faults.Names() {
		if _, ok := quiet[spec]; !ok && run(spec) == plain {
			t.Errorf("%s changes nothing", spec)
		}
	}
}

// transcript is all that can be seen of a simulator: answers, a token, the truth.
func transcript(t *testing.T, sim *talksim.Sim, now int64) string {
	t.Helper()
	var b strings.Builder
	for _, url := range []string{
		stats + "calls?start_time=0", stats + fmt.Sprintf("calls?start_time=%d", now-86400),
		stats + "legs?start_time=0",
		stats + fmt.Sprintf("legs?start_time=%d", now-30), stats + fmt.Sprintf("calls?start_time=%d", now+100),
	} {
		resp, body, err := get(t, sim, origin+url)
		if err != nil {
			fmt.Fprintln(&b, err)
			continue
		}
		fmt.Fprintf(&b, "%d %v %s\n", resp.StatusCode, resp.Header, body)
	}
	req, err := http.NewRequest(http.MethodPost, origin+"/oauth/tokens", strings.NewReader(
		`{"grant_type":"client_credentials","client_id":"sim-client",`+
			`"client_secret":"sim-client-secret","scope":"read"}`))
	if err != nil {
		t.Fatal(err)
	}
	_, body, err := do(t, sim, req)
	fmt.Fprintf(&b, "%s %v\n", body, err)
	for _, stream := range []string{talksim.Calls, talksim.Legs} {
		b.WriteString(fmt.Sprint(len(sim.Account().Final(stream, now+3600))))
		var versions int
		for _, row := range sim.Account().Rows(stream) {
			versions += len(row.Versions)
			if len(row.Versions) > 0 {
				versions += int(row.Versions[0].Visible % 1000)
			}
		}
		fmt.Fprintln(&b, versions)
	}
	return b.String()
}

// Scenarios of the page, by what they do to one.
func TestPageScenarios(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		specs, start          string
		ids, endTime, nextEnd string
	}{
		{"page-size=1", "1000", "1", "1000", "=1000"}, // cut within a second
		{"page-size=1 complete-second", "1000", "1 2", "1000", "=1000"},
		{"lag=8501s", "0", "3 1 2", "1000", "=1000"}, // before the rewrite of 3
		{"lag=8500s", "0", "1 2 3", "1500", "=1500"},
		{"older-rows", "2000", "1 2 3 4", "2000", "=2000"},
		{"early-row page-size=2", "1000", "1 2 4", "2000", "=1500"},
		{"twice", "0", "1 2 3 4 3", "2000", "=2000"},
		{"end-time=ahead", "0", "1 2 3 4", "5600", "=2000"},
		{"end-time=behind", "0", "1 2 3 4", "1999", "=2000"},
		{"end-time=behind:7 next-page=ahead:3", "0", "1 2 3 4", "1993", "=2003"},
		{"end-time=ahead:5 next-page=behind:4", "0", "1 2 3 4", "2005", "=1996"},
		{"end-time=ahead:5", "5000", "", "null", "=5000"},
		{"next-page=behind:4", "0", "1 2 3 4", "2000", "=1996"},
		{"tiny-rows=3", "0", "1 2 3", "2000", "=2000"},
		{"tiny-rows=3", "5000", "", "null", "=5000"},
		{"end-time=stuck next-page=stuck", "1000", "1 2 3 4", "1000", "=1000"},
		{"end-time=string", "0", "1 2 3 4", `"2000"`, "=2000"},
		{"empty-end-time=echo", "5000", "", "5000", "=5000"},
		{"empty-end-time=now", "5000", "", "10000", "=10000"},
		{"next-page=null", "0", "1 2 3 4", "2000", "null"},
		{"next-page=relative", "0", "1 2 3 4", "2000", stats + "calls?start_time=2000"},
		{"next-page=older", "0", "1 2 3 4", "2000", origin + older + "calls?start_time=2000"},
		{"next-page=json", "0", "1 2 3 4", "2000", origin + stats + "calls.json?start_time=2000"},
		{"next-page=foreign:http://127.0.0.1:9", "0", "1 2 3 4", "2000",
			"http://127.0.0.1:9" + stats + "calls?start_time=2000"},
		{"next-page=userinfo", "0", "1 2 3 4", "2000",
			"https://user:pass@acme.zendesk.com" + stats + "calls?start_time=2000"},
		{"next-page=default-port", "0", "1 2 3 4", "2000",
			"https://acme.zendesk.com:443" + stats + "calls?start_time=2000"},
		{"next-page=upper-case", "0", "1 2 3 4", "2000", "HTTPS://ACME.ZENDESK.COM" + stats + "calls?start_time=2000"},
		{"row-id=string:2", "0", `1 "2" 3 "4"`, "2000", "=2000"},
		{"row-id=absent:4", "0", "1 2 3 ", "2000", "=2000"},
		{"empty", "0", "", "null", "=0"},
	} {
		sim := newSim(t, talksim.Config{}, strings.Fields(test.specs)...)
		e := page(t, sim, origin+stats+"calls?start_time="+test.start)
		if e.ids() != test.ids || string(e.EndTime) != test.endTime || !strings.HasSuffix(e.next(), test.nextEnd) {
			t.Errorf("%s from %s:\n got %s, end_time %s, next_page %s\nwant %s, end_time %s, next_page …%s",
				test.specs, test.start, e.ids(), e.EndTime, e.next(), test.ids, test.endTime, test.nextEnd)
		}
	}
}

// Selections: by number, by range, by endpoint, every so many, by chance.
func TestSelection(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"":          "500 500 500 500 500 500",
		"2":         "200 500 200 200 200 200",
		"2-3":       "200 500 500 200 200 200",
		"5+":        "200 200 200 200 500 500",
		"every3":    "200 200 500 200 200 500",
		"legs":      "200 500 200 500 200 500",
		"calls,2":   "200 200 500 200 200 200",
		"token":     "200 200 200 200 200 200",
		"p1":        "500 500 500 500 500 500",
		"any,p0.01": "200 200 200 200 200 200",
	} {
		spec := "500"
		if at != "" {
			spec += "@" + at
		}
		sim := newSim(t, talksim.Config{}, spec)
		var got []string
		for _, stream := range []string{"calls", "legs", "calls", "legs", "calls", "legs"} {
			resp, _, err := get(t, sim, origin+stats+stream+"?start_time=0")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(resp.StatusCode))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %s, want %s", spec, strings.Join(got, " "), want)
		}
	}
}

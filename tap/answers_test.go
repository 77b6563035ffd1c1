package tap_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the questions are asked in a time zone that the machine need not know

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// The files in testdata/sql/expected hold what each question there has to answer for the demo account. They are
// computed here from the account itself, without the tap and without SQL, so that neither can be wrong unseen. Rewrite
// them, and the tables of testdata/sql/README.md, with
//
//	go test ./tap -run TestAnswers -update
func TestAnswersAreThoseOfTheAccount(t *testing.T) {
	t.Parallel()
	answers := readDesk(t).answers(t)
	for name, want := range answers {
		compareOrUpdate(t, "testdata/sql/expected/"+name+".json", want)
	}
	for pattern, suffix := range map[string]string{"*.sql": ".sql", "expected/*.json": ".json"} {
		files, err := filepath.Glob(filepath.Join("..", "testdata", "sql", filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, file := range files {
			names = append(names, strings.TrimSuffix(filepath.Base(file), suffix))
		}
		if diff := gocmp.Diff(slices.Sorted(maps.Keys(answers)), names); diff != "" {
			t.Errorf("testdata/sql/%s are not the questions that are answered here (-here +there):\n%s", pattern, diff)
		}
	}
}

// The page beside the SQL shows the first rows of each answer between two comments:
//
//	<!-- answer: NAME -->
//	<!-- end -->
func TestAnswersPageShowsThem(t *testing.T) {
	t.Parallel()
	const page = "testdata/sql/README.md"
	unseen := readDesk(t).answers(t)
	part := regexp.MustCompile(`(?s)(<!-- answer: (\w+) -->\n).*?(<!-- end -->)`)
	fresh := part.ReplaceAllStringFunc(readRoot(t, page), func(old string) string {
		groups := part.FindStringSubmatch(old)
		rows, ok := unseen[groups[2]]
		if !ok {
			t.Errorf("%s shows %s, which is no answer, or shows it twice", page, groups[2])
			return old
		}
		delete(unseen, groups[2])
		return groups[1] + "\n" + rowsTable(rows) + "\n" + groups[3]
	})
	for name := range unseen {
		t.Errorf("%s does not show %s: give it <!-- answer: %[2]s --> and <!-- end -->", page, name)
	}
	compareOrUpdate(t, page, fresh)
}

// compareOrUpdate compares a file of the repository with what it should hold, or writes that if the tests update files.
func compareOrUpdate(t *testing.T, name, want string) {
	t.Helper()
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(filepath.Join("..", filepath.FromSlash(name)), []byte(want), 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	if diff := gocmp.Diff(want, readRoot(t, name)); diff != "" {
		t.Errorf("%s is stale: run go test ./tap -run TestAnswers -update (-want +got):\n%s", name, diff)
	}
}

// rowsTable shows the first rows of an answer, a JSON array of flat objects, as a Markdown table.
func rowsTable(answer string) string {
	const shown = 8
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	rows := gjson.Parse(answer).Array()
	for i, row := range rows[:min(len(rows), shown)] {
		var names, cells []string
		row.ForEach(func(name, value gjson.Result) bool {
			names = append(names, strings.ReplaceAll(name.String(), "_", " "))
			cells = append(cells, value.String())
			return true
		})
		if i == 0 {
			line(names)
			line(slices.Repeat([]string{"---:"}, len(names)))
		}
		line(cells)
	}
	if more := len(rows) - shown; more > 0 {
		fmt.Fprintf(&b, "\nand %d more rows.\n", more)
	}
	return b.String()
}

// A phoneDesk is the demo account as it is at desk.DemoNow.
type phoneDesk struct {
	calls map[int64]callFacts
	legs  map[int64]legFacts
	zone  *time.Location // time zone in which the questions are asked
}

type callFacts struct {
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	Direction    string    `json:"direction"`
	Status       string    `json:"completion_status"`
	AgentID      *int64    `json:"agent_id"`
	TimeToAnswer *int64    `json:"time_to_answer"`
	Wait         int64     `json:"wait_time"`
	Charge       *string   `json:"call_charge"`
	handling
}

type legFacts struct {
	CallID           int64     `json:"call_id"`
	CreatedAt        time.Time `json:"created_at"`
	Type             string    `json:"type"`
	AgentID          int64     `json:"agent_id"`
	Status           string    `json:"completion_status"`
	TransferredFrom  *int64    `json:"transferred_from"`
	TransferredTo    *int64    `json:"transferred_to"`
	ConsultationFrom *int64    `json:"consultation_from"`
	ConsultationTo   *int64    `json:"consultation_to"`
	Consultation     int64     `json:"consultation_time"`
	handling
}

// handling is the time that an agent's work on a call takes, in seconds.
type handling struct {
	Talk   int64 `json:"talk_time"`
	Hold   int64 `json:"hold_time"`
	WrapUp int64 `json:"wrap_up_time"`
}

// total returns the sum of all parts.
func (h handling) total() int64 { return h.Talk + h.Hold + h.WrapUp }

func readDesk(t *testing.T) *phoneDesk {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	account := desk.Demo()
	return &phoneDesk{
		calls: decodeRows[callFacts](t, account.Final(talksim.Calls, desk.DemoNow)),
		legs:  decodeRows[legFacts](t, account.Final(talksim.Legs, desk.DemoNow)),
		zone:  zone,
	}
}

func decodeRows[T any](t *testing.T, rows map[int64][]byte) map[int64]T {
	t.Helper()
	decoded := make(map[int64]T, len(rows))
	for id, row := range rows {
		var facts T
		if err := json.Unmarshal(row, &facts); err != nil {
			t.Fatalf("row %d: %v", id, err)
		}
		decoded[id] = facts
	}
	return decoded
}

// day returns the day of a moment where the desk is.
func (d *phoneDesk) day(moment time.Time) string { return moment.In(d.zone).Format(time.DateOnly) }

// answers returns the answer to each question by its name, as JSON with one row a line.
func (d *phoneDesk) answers(t *testing.T) map[string]string {
	t.Helper()
	answers := make(map[string]string)
	for name, rows := range map[string]any{
		"cost_per_day":    d.costPerDay(),
		"handle_time":     d.handleTime(),
		"missed_by_agent": d.missedByAgent(),
		"outcome_by_hour": d.outcomeByHour(),
		"service_level":   d.serviceLevel(),
		"staffing":        d.staffing(),
		"time_to_answer":  d.timeToAnswer(),
		"transfers":       d.transfers(),
	} {
		text, err := json.Marshal(rows)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text = bytes.ReplaceAll(text, []byte("},{"), []byte("},\n  {"))
		answers[name] = fmt.Sprintf("[\n  %s\n]\n", text[1:len(text)-1])
	}
	return answers
}

// A tally counts what belongs to one row of an answer, by the row's key.
type tally[K comparable, T any] map[K]*T

// of returns the row of a key, and begins one with fresh if there is none yet.
func (rows tally[K, T]) of(key K, fresh T) *T {
	if rows[key] == nil {
		rows[key] = &fresh
	}
	return rows[key]
}

// sorted returns the rows in the given order.
func (rows tally[K, T]) sorted(order func(a, b *T) int) []*T {
	return slices.SortedFunc(maps.Values(rows), order)
}

// rounded returns sum / n to the nearest whole number, halves up; nil without n.
func rounded(sum int64, n int) *int64 {
	if n == 0 {
		return nil
	}
	r := int64(math.Round(float64(sum) / float64(n)))
	return &r
}

// tenths returns sum / n to one decimal.
func tenths(sum int64, n int) string {
	r := *rounded(10*sum, n)
	return fmt.Sprintf("%d.%d", r/10, r%10)
}

type hourOutcome struct {
	Hour          int `json:"hour"`
	Calls         int `json:"calls"`
	Answered      int `json:"answered"`
	LeftMenu      int `json:"gave_up_in_menu"`
	LeftQueue     int `json:"gave_up_in_queue"`
	LeftVoicemail int `json:"gave_up_in_voicemail"`
	LeftHold      int `json:"gave_up_on_hold"`
	Other         int `json:"other"`
}

func (d *phoneDesk) outcomeByHour() []*hourOutcome {
	hours := tally[int, hourOutcome]{}
	for _, c := range d.calls {
		if c.Direction != "inbound" {
			continue
		}
		hour := c.CreatedAt.In(d.zone).Hour()
		h := hours.of(hour, hourOutcome{Hour: hour})
		h.Calls++
		switch {
		case c.Status == "abandoned_in_ivr":
			h.LeftMenu++
		case c.Status == "abandoned_in_queue":
			h.LeftQueue++
		case c.Status == "abandoned_in_voicemail":
			h.LeftVoicemail++
		case c.Status == "abandoned_on_hold":
			h.LeftHold++
		case c.AgentID != nil:
			h.Answered++
		default:
			h.Other++
		}
	}
	return hours.sorted(func(a, b *hourOutcome) int { return cmp.Or(b.Calls-a.Calls, a.Hour-b.Hour) })
}

type dayAnswers struct {
	Day      string `json:"day"`
	Answered int    `json:"answered"`
	Median   int64  `json:"median_seconds"`
	P90      int64  `json:"p90_seconds"`
	all      []int64
}

func (d *phoneDesk) timeToAnswer() []*dayAnswers {
	days := tally[string, dayAnswers]{}
	for _, c := range d.calls {
		if c.Direction == "inbound" && c.TimeToAnswer != nil {
			a := days.of(d.day(c.CreatedAt), dayAnswers{Day: d.day(c.CreatedAt)})
			a.all = append(a.all, *c.TimeToAnswer)
		}
	}
	for _, a := range days {
		slices.Sort(a.all)
		a.Answered = len(a.all)
		a.Median, a.P90 = percentile(a.all, 50), percentile(a.all, 90)
	}
	return days.sorted(func(a, b *dayAnswers) int { return strings.Compare(a.Day, b.Day) })
}

// percentile returns the smallest value that at least percent of all values do not exceed: SQL's percentile_disc.
func percentile(sorted []int64, percent int) int64 {
	return sorted[(len(sorted)*percent+99)/100-1]
}

type halfHourLevel struct {
	HalfHour   string `json:"half_hour"`
	Offered    int    `json:"offered"`
	Answered   int    `json:"answered"`
	Within     int    `json:"within_20_seconds"`
	LeftWithin int    `json:"gave_up_within_20_seconds"`
	Percent    int64  `json:"service_level_percent"`
	FromPickup int64  `json:"percent_from_pickup"`

	withinOfPickup int
}

func (d *phoneDesk) serviceLevel() []*halfHourLevel {
	halfHours := tally[string, halfHourLevel]{}
	for _, c := range d.calls {
		if c.Direction != "inbound" || c.Status == "abandoned_in_ivr" {
			continue
		}
		began := c.CreatedAt.In(d.zone)
		name := fmt.Sprintf("%02d:%02d", began.Hour(), began.Minute()/30*30)
		h := halfHours.of(name, halfHourLevel{HalfHour: name})
		h.Offered++
		switch {
		case c.TimeToAnswer == nil && c.Wait <= 20:
			h.LeftWithin++
		case c.TimeToAnswer != nil:
			h.Answered++
			if c.Wait <= 20 {
				h.Within++
			}
			if *c.TimeToAnswer <= 20 {
				h.withinOfPickup++
			}
		}
	}
	for _, h := range halfHours {
		h.Percent = *rounded(int64(100*h.Within), h.Offered)
		h.FromPickup = *rounded(int64(100*h.withinOfPickup), h.Offered)
	}
	return halfHours.sorted(func(a, b *halfHourLevel) int {
		return cmp.Or(b.Offered-a.Offered, strings.Compare(a.HalfHour, b.HalfHour))
	})
}

// A weekHour is an hour of a weekday; Monday is 1, Sunday 7.
type weekHour struct {
	Weekday int `json:"weekday"`
	Hour    int `json:"hour"`
}

type hourStaff struct {
	weekHour
	Days         int    `json:"days"`
	CallsADay    string `json:"calls_a_day"`
	BusyAgents   string `json:"busy_agents"`
	AgentsNeeded int64  `json:"agents_needed"`

	calls, seconds int64
}

func (d *phoneDesk) staffing() []*hourStaff {
	first, newest := time.Unix(desk.DemoNow, 0), time.Time{}
	for _, c := range d.calls {
		if c.CreatedAt.Before(first) {
			first = c.CreatedAt
		}
		if c.UpdatedAt.After(newest) {
			newest = c.UpdatedAt
		}
	}
	weekdays := map[int]int{}
	for noon := first.In(d.zone); d.day(noon) < d.day(newest); noon = noon.AddDate(0, 0, 1) {
		weekdays[isoWeekday(noon)]++
	}
	hours := tally[weekHour, hourStaff]{}
	count := func(began time.Time, calls, seconds int64) {
		if began = began.In(d.zone); d.day(began) >= d.day(newest) {
			return
		}
		at := weekHour{isoWeekday(began), began.Hour()}
		h := hours.of(at, hourStaff{weekHour: at, Days: weekdays[at.Weekday]})
		h.calls += calls
		h.seconds += seconds
	}
	for _, c := range d.calls {
		if c.Direction == "inbound" {
			count(c.CreatedAt, 1, 0)
		}
	}
	for _, l := range d.legs {
		if l.Type == "agent" && l.Talk > 0 {
			count(l.CreatedAt, 0, l.total())
		}
	}
	for _, h := range hours {
		h.CallsADay, h.BusyAgents = tenths(h.calls, h.Days), tenths(h.seconds, 3600*h.Days)
		each := int64(2880 * h.Days) // the seconds that one agent is busy: four fifths of an hour
		h.AgentsNeeded = max(1, (h.seconds+each-1)/each)
	}
	return hours.sorted(func(a, b *hourStaff) int {
		return cmp.Or(cmp.Compare(b.AgentsNeeded, a.AgentsNeeded), a.Weekday-b.Weekday, a.Hour-b.Hour)
	})
}

func isoWeekday(moment time.Time) int { return (int(moment.Weekday())+6)%7 + 1 }

type agentRings struct {
	AgentID  int64 `json:"agent_id"`
	Rung     int   `json:"rung"`
	Taken    int   `json:"taken"`
	Missed   int   `json:"missed"`
	Declined int   `json:"declined"`
	Other    int   `json:"other"`
	Percent  int64 `json:"percent_not_taken"`
}

func (d *phoneDesk) missedByAgent() []*agentRings {
	agents := tally[int64, agentRings]{}
	for _, l := range d.legs {
		if call, ok := d.calls[l.CallID]; l.Type != "agent" || ok && call.Direction != "inbound" {
			continue
		}
		a := agents.of(l.AgentID, agentRings{AgentID: l.AgentID})
		a.Rung++
		switch l.Status {
		case "completed":
			a.Taken++
		case "agent_missed":
			a.Missed++
		case "agent_declined", "agent_transfer_declined":
			a.Declined++
		default:
			a.Other++
		}
		a.Percent = *rounded(int64(100*(a.Missed+a.Declined)), a.Rung)
	}
	return agents.sorted(func(a, b *agentRings) int {
		return cmp.Or(b.Missed+b.Declined-a.Missed-a.Declined, cmp.Compare(a.AgentID, b.AgentID))
	})
}

type agentHandling struct {
	AgentID        int64  `json:"agent_id"`
	Handled        int    `json:"handled"`
	Average        *int64 `json:"average_seconds"`
	HandledByCalls int    `json:"handled_by_calls"`
	AverageByCalls *int64 `json:"average_by_calls"`

	seconds, secondsByCalls int64
}

func (d *phoneDesk) handleTime() []*agentHandling {
	agents := tally[int64, agentHandling]{}
	for _, l := range d.legs {
		if l.Type == "agent" && l.Talk > 0 {
			a := agents.of(l.AgentID, agentHandling{AgentID: l.AgentID})
			a.Handled++
			a.seconds += l.total()
		}
	}
	for _, c := range d.calls {
		if c.AgentID != nil && c.Talk > 0 {
			a := agents.of(*c.AgentID, agentHandling{AgentID: *c.AgentID})
			a.HandledByCalls++
			a.secondsByCalls += c.total()
		}
	}
	for _, a := range agents {
		a.Average, a.AverageByCalls = rounded(a.seconds, a.Handled), rounded(a.secondsByCalls, a.HandledByCalls)
	}
	return agents.sorted(func(a, b *agentHandling) int {
		return cmp.Or(b.Handled-a.Handled, cmp.Compare(a.AgentID, b.AgentID))
	})
}

type agentTransfers struct {
	AgentID   int64  `json:"agent_id"`
	Handled   int    `json:"handled"`
	Transfers int    `json:"transfers"`
	Refused   int    `json:"refused"`
	TookOver  int    `json:"took_over"`
	Asked     int    `json:"asked_advice"`
	Gave      int    `json:"gave_advice"`
	Consulted int64  `json:"consultation_seconds"`
	Percent   *int64 `json:"percent_passed_on"`
}

func (d *phoneDesk) transfers() []*agentTransfers {
	agents := tally[int64, agentTransfers]{}
	of := func(id int64) *agentTransfers { return agents.of(id, agentTransfers{AgentID: id}) }
	for _, l := range d.legs {
		if l.Type != "agent" {
			continue
		}
		a := of(l.AgentID)
		a.Consulted += l.Consultation
		if l.Talk > 0 {
			a.Handled++
		}
		if l.TransferredTo != nil {
			a.Transfers++
		}
		switch {
		case l.TransferredFrom == nil:
		case l.Status == "agent_transfer_declined":
			of(*l.TransferredFrom).Refused++
		case l.Talk > 0:
			a.TookOver++
		}
		if l.ConsultationTo != nil {
			a.Asked++
		}
		if l.ConsultationFrom != nil {
			a.Gave++
		}
	}
	for _, a := range agents {
		a.Percent = rounded(int64(100*(a.Transfers-a.Refused)), a.Handled)
	}
	return agents.sorted(func(a, b *agentTransfers) int {
		return cmp.Or(b.Transfers-a.Transfers, cmp.Compare(a.AgentID, b.AgentID))
	})
}

type dayCost struct {
	Day           string `json:"day"`
	Calls         int    `json:"calls"`
	WithoutCharge int    `json:"without_charge"`
	Dollars       string `json:"us_dollars"`
	Final         bool   `json:"final"`
	sum           *big.Rat
}

func (d *phoneDesk) costPerDay() []*dayCost {
	days := tally[string, dayCost]{}
	var newest time.Time
	for _, c := range d.calls {
		if c.UpdatedAt.After(newest) {
			newest = c.UpdatedAt
		}
		day := days.of(d.day(c.CreatedAt), dayCost{Day: d.day(c.CreatedAt), sum: new(big.Rat)})
		day.Calls++
		if c.Charge == nil {
			day.WithoutCharge++
		} else if charge, ok := new(big.Rat).SetString(*c.Charge); ok {
			day.sum.Add(day.sum, charge)
		}
	}
	for _, day := range days {
		day.Dollars = day.sum.FloatString(6)
		midnight, err := time.ParseInLocation(time.DateOnly, day.Day, d.zone)
		day.Final = err == nil && !newest.Before(midnight.AddDate(0, 0, 1).Add(4*time.Hour))
	}
	return days.sorted(func(a, b *dayCost) int { return strings.Compare(a.Day, b.Day) })
}

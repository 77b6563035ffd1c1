package desk_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

func demoClock() time.Time { return time.Unix(desk.DemoNow, 0) }

func TestDemoAccount(t *testing.T) {
	t.Parallel()
	a := desk.Demo()
	calls, legs := a.Final(talksim.Calls, desk.DemoNow), a.Final(talksim.Legs, desk.DemoNow)
	if len(calls) < 1000 || len(legs) < 2500 {
		t.Errorf("demo shows %d calls and %d legs, want at least 1000 and 2500", len(calls), len(legs))
	}
	var newest int64
	for i := range a.Calls {
		if v, ok := a.Calls[i].At(desk.DemoNow); ok {
			newest = max(newest, v.Updated)
		}
	}
	if age := desk.DemoNow - newest; age < 0 || age >= 300 {
		t.Errorf("newest demo row is %d s old, want it inside settle_seconds (300), "+
			"so that a second run shows seen at work", age)
	}
	for _, stream := range []string{talksim.Calls, talksim.Legs} {
		second := make(map[int64]int)
		for _, row := range a.Rows(stream) {
			for _, v := range row.Versions {
				second[v.Updated]++
			}
		}
		if most := slices.Max(slices.Collect(maps.Values(second))); most < 2 || most >= talksim.DefaultPageSize {
			t.Errorf("%s: the fullest second has %d rows, want ties but no full second", stream, most)
		}
	}
}

func TestDeskIsDeterministic(t *testing.T) {
	t.Parallel()
	drawn := func(seed uint64) []byte {
		var b bytes.Buffer
		a := desk.Account(seed, demoClock(), 200)
		for _, row := range append(slices.Clone(a.Calls), a.Legs...) {
			for _, v := range row.Versions {
				b.Write(v.JSON())
			}
		}
		return b.Bytes()
	}
	if !bytes.Equal(drawn(7), drawn(7)) {
		t.Error("two desks of one seed differ")
	}
	if bytes.Equal(drawn(7), drawn(8)) {
		t.Error("desks of different seeds are the same")
	}
}

// Each row's versions must follow one another in time, be valid JSON and agree with
// their own updated_at: the truth that readers are compared with rests on it.
func TestDeskRowsAreSound(t *testing.T) {
	t.Parallel()
	const calls = 150
	for _, end := range []time.Time{demoClock(), time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		a := desk.Account(3, end, calls)
		if len(a.Calls) != calls {
			t.Errorf("got %d calls, want %d", len(a.Calls), calls)
		}
		rewritten := 0
		for _, row := range append(slices.Clone(a.Calls), a.Legs...) {
			if len(row.Versions) > 1 {
				rewritten++
			}
			visible := int64(0)
			for _, v := range row.Versions {
				var got struct {
					ID                   int64
					CreatedAt, UpdatedAt time.Time
				}
				var fields map[string]json.RawMessage
				body := v.JSON()
				if err := json.Unmarshal(body, &fields); err != nil {
					t.Fatalf("row %d: %v in %s", row.ID, err, body)
				}
				if err := json.Unmarshal(fields["id"], &got.ID); err != nil || got.ID != row.ID {
					t.Errorf("row %d says id %s", row.ID, fields["id"])
				}
				if json.Unmarshal(fields["created_at"], &got.CreatedAt) != nil ||
					json.Unmarshal(fields["updated_at"], &got.UpdatedAt) != nil {
					t.Fatalf("row %d has unreadable times: %s", row.ID, body)
				}
				if got.UpdatedAt.Unix() != v.Updated || got.CreatedAt.After(got.UpdatedAt) {
					t.Errorf("row %d: created %v, updated %v, want updated %d",
						row.ID, got.CreatedAt, got.UpdatedAt, v.Updated)
				}
				if v.Visible < v.Updated || v.Visible < visible {
					t.Errorf("row %d is visible at %d: before its time %d or before its last version",
						row.ID, v.Visible, v.Updated)
				}
				visible = v.Visible
			}
		}
		if rewritten < calls {
			t.Errorf("%d rows are rewritten, want most", rewritten)
		}
		if n := len(a.Final(talksim.Calls, end.Unix())); n != calls {
			t.Errorf("%d of %d calls are visible at the end of the history", n, calls)
		}
	}
}

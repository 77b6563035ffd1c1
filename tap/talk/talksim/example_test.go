package talksim_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// A test reads a hand-made account in process; one call is rewritten 40 minutes later.
func Example() {
	row := talksim.SimpleRow(talksim.Calls, 7, 1_600_000_000, 1_600_002_400)
	account := &talksim.Account{Calls: []talksim.History{row}}
	clock := time.Unix(1_600_000_060, 0)
	sim := talksim.New(talksim.Config{Account: account, Now: func() time.Time { return clock }})

	ask := func() {
		url := "https://acme.zendesk.com" + talksim.StatsPath + "calls?start_time=0"
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			panic(err)
		}
		req.Header.Set("Authorization", "Bearer "+talksim.AccessToken)
		resp, err := sim.Transport().RoundTrip(req)
		if err != nil {
			panic(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			panic(err)
		}
		fmt.Println(strings.NewReplacer(`,"`, ",\n  \"").Replace(string(body)))
	}
	ask()
	sim.Advance(time.Hour)
	ask()
	// Output:
	// {"calls":[{"completion_status":"completed",
	//   "created_at":"2020-09-13T12:26:40Z",
	//   "direction":"inbound",
	//   "id":7,
	//   "ivr_destination_group_name":"v0",
	//   "updated_at":"2020-09-13T12:26:40Z"}],
	//   "count":1,
	//   "end_time":1600000000,
	//   "next_page":"https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls?start_time=1600000000"}
	// {"calls":[{"completion_status":"completed",
	//   "created_at":"2020-09-13T13:06:40Z",
	//   "direction":"inbound",
	//   "id":7,
	//   "ivr_destination_group_name":"v1",
	//   "updated_at":"2020-09-13T13:06:40Z"}],
	//   "count":1,
	//   "end_time":1600002400,
	//   "next_page":"https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls?start_time=1600002400"}
}

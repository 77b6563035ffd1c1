package talk_test

import (
	"context"
	"fmt"
	"hash/maphash"
	"net/url"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// A stream is read by a client, which gets pages, and a cursor, which knows what to ask for; here from a simulated
// account.
func ExampleClient() {
	sim := talksim.New(talksim.Config{
		Account: &talksim.Account{Calls: []talksim.History{
			talksim.SimpleRow(talksim.Calls, 7, 1_600_000_000), talksim.SimpleRow(talksim.Calls, 8, 1_600_000_100),
		}},
		Now: func() time.Time { return time.Unix(1_600_009_000, 0) },
	})
	client := talk.NewClient(talk.Config{
		BaseURL: &url.URL{Scheme: "https", Host: "acme.zendesk.com"}, Transport: sim.Transport(),
		Login: talk.Login{AccessToken: talksim.AccessToken}, RequestsPerMinute: 10, UserAgent: "example/1.0",
	})
	calls := talk.Endpoint{Key: "calls", Path: "/api/v2/channels/voice/stats/incremental/calls"}
	cursor := talk.NewCursor(talk.CursorConfig{End: talk.NoEnd, Settle: 300})
	seed := maphash.MakeSeed()
	for !cursor.Done() {
		page, err := client.Page(context.Background(), calls, cursor.Request())
		if err != nil {
			fmt.Println(err)
			return
		}
		cursor.BeginPage(page.ServerTime)
		for _, raw := range page.Rows {
			call := gjson.ParseBytes(raw)
			row := talk.Row{
				ID: call.Get("id").Int(), IDOK: true, Updated: call.Get("updated_at").Time().Unix(), UpdatedOK: true,
				Fingerprint: maphash.Bytes(seed, raw),
			}
			if cursor.Admit(row) {
				fmt.Println(row.ID, talk.UTC(row.Updated))
			}
		}
		if err := cursor.EndPage(page); err != nil {
			fmt.Println(err)
			return
		}
	}
	bookmark, _ := cursor.Bookmark()
	fmt.Println("next time from", talk.UTC(bookmark))
	// Output:
	// 7 2020-09-13T12:26:40Z
	// 8 2020-09-13T12:28:20Z
	// next time from 2020-09-13T12:28:20Z
}

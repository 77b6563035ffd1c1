package tap

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// demoSettings returns the settings of --demo, for an account that exists inside the program only, and lets 1,000
// requests a minute pass. Its clock stands still, so that each run writes the same; only time_extracted is the real
// time.
func demoSettings() (*settings, error) {
	return newSettings(map[string]json.RawMessage{
		"subdomain": quoted("demo"), "access_token": quoted(talksim.AccessToken), "requests_per_minute": quoted("1000"),
	})
}

// demoAccount answers the requests of --demo.
func demoAccount() http.RoundTripper {
	return talksim.New(talksim.Config{
		Account: desk.Demo(),
		Now:     func() time.Time { return time.Unix(desk.DemoNow, 0) },
	}).Transport()
}

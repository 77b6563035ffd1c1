package tap

import (
	"net/http"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// demoSettings are those of --demo: an account that exists inside the program only, and lets 1,000 requests a minute pass.
// Its clock stands still, so that each run writes the same; only time_extracted is the real time.
func demoSettings() *Settings {
	return &Settings{
		Subdomain:             "demo",
		AccessToken:           talksim.AccessToken,
		RequestsPerMinute:     1000,
		SettleSeconds:         300,
		OnFullSecond:          "fail",
		RequestTimeoutSeconds: 60,
	}
}

// demoAccount answers the requests of --demo.
func demoAccount() http.RoundTripper {
	return talksim.New(talksim.Config{
		Account: talksim.Demo(),
		Now:     func() time.Time { return time.Unix(talksim.DemoNow, 0) },
	}).Transport()
}

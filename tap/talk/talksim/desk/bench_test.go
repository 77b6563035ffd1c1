package desk_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
)

// BenchmarkDesk makes the history of 100,000 calls and their legs.
func BenchmarkDesk(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		desk.Account(1, demoClock(), 100_000)
	}
}

// BenchmarkPage reads one page of 1,000 calls.
func BenchmarkPage(b *testing.B) {
	sim := talksim.New(talksim.Config{Account: desk.Account(1, demoClock(), 20_000), Now: demoClock})
	url := "https://acme.zendesk.com" + talksim.StatsPath + "calls?start_time=0"
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+talksim.AccessToken)
	b.ReportAllocs()
	for b.Loop() {
		resp, err := sim.Transport().RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		size, err := io.Copy(io.Discard, resp.Body)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(size)
	}
}

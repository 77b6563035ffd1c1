package talksim_test

import (
	"fmt"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"io"
	"net/http"
	"testing"
	"time"
)

func TestQuick(t *testing.T) {
	st := time.Now()
	a := talksim.Demo()
	fmt.Println(len(a.Calls), len(a.Legs), time.Since(st), a.Newest(talksim.DemoNow)-talksim.DemoNow)
	st = time.Now()
	b := talksim.Desk(3, time.Unix(talksim.DemoNow, 0), 100000)
	fmt.Println(len(b.Calls), len(b.Legs), time.Since(st))
	s := talksim.New(talksim.Config{Account: a, Now: func() time.Time { return time.Unix(talksim.DemoNow, 0) }})
	c := http.Client{Transport: s.Transport()}
	r, _ := http.NewRequest("GET", "https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls?start_time=1773760200", nil)
	r.SetBasicAuth("agent@example.com/token", "sim-api-token")
	resp, err := c.Do(r)
	fmt.Println(err, resp.Status, resp.Header)
	bb, _ := io.ReadAll(resp.Body)
	fmt.Println(string(bb))
}

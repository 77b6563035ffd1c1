package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// start serves with args until the test ends and returns the URL that was printed.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := serve(ctx, args, write, io.Discard)
		write.CloseWithError(cmp.Or(err, io.EOF))
		done <- err
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve ended with %v, want nil once its context is done", err)
		}
	})
	url, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
	if !ok {
		t.Fatalf("printed %q, want listening on URL", line)
	}
	return url
}

func ask(t *testing.T, method, url string, v any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+talksim.AccessToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if v != nil {
		if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
	}
	return resp.StatusCode
}

func TestServe(t *testing.T) {
	t.Parallel()
	url := start(t, "-account", "desk", "-calls", "50", "-until", "24h", "-page-size", "10", "-scenario", "500@2")
	const calls = "/api/v2/channels/voice/stats/incremental/calls?start_time=0"
	var page struct {
		Calls []json.RawMessage `json:"calls"`
		Next  string            `json:"next_page"`
	}
	status := ask(t, http.MethodGet, url+calls, &page)
	if status != 200 || len(page.Calls) != 10 || !strings.HasPrefix(page.Next, url+"/api/") {
		t.Errorf("first page: status %d, %d calls, next_page %s", status, len(page.Calls), page.Next)
	}
	if status := ask(t, http.MethodGet, url+calls, nil); status != 500 {
		t.Errorf("second request: %d, want the 500 of its scenario", status)
	}

	var before, after []struct{ ID int64 }
	ask(t, http.MethodGet, url+"/_sim/truth/calls", &before)
	if status := ask(t, http.MethodPost, url+"/_sim/advance?d=30h", nil); status != 200 {
		t.Errorf("advance: %d", status)
	}
	ask(t, http.MethodGet, url+"/_sim/truth/calls", &after)
	if len(before) == 0 || len(before) >= 50 || len(after) != 50 {
		t.Errorf("%d calls before and %d after the clock moved beyond the history, want some and 50",
			len(before), len(after))
	}

	var requests []talksim.Received
	ask(t, http.MethodGet, url+"/_sim/requests", &requests)
	if len(requests) != 2 || requests[0].Start != 0 || requests[1].Scenario != "500@2" {
		t.Errorf("requests: %+v", requests)
	}
	for _, path := range []string{"/_sim/truth/users", "/_sim/advance"} {
		if status := ask(t, http.MethodGet, url+path, nil); status == 200 {
			t.Errorf("%s answered 200", path)
		}
	}
	if status := ask(t, http.MethodPost, url+"/_sim/advance?d=soon", nil); status != 400 {
		t.Errorf("advance by nonsense: %d, want 400", status)
	}
}

// erase?n=10 takes the ten calls with the lowest ids out of what is true and of what is served, and no leg.
func TestEraseTakesTheLowestIDs(t *testing.T) {
	t.Parallel()
	url := start(t, "-account", "desk", "-calls", "50")
	type row struct{ ID int64 }
	var before, after, legs []row
	ask(t, http.MethodGet, url+"/_sim/truth/calls", &before)
	var erased, rest []int64
	status := ask(t, http.MethodPost, url+"/_sim/erase?stream=calls&n=10", &erased)
	if status != 200 || len(erased) != 10 || erased[0] != before[0].ID || erased[9] != before[9].ID {
		t.Fatalf("erasing ten: %d, ids %v, want the first ten of %v", status, erased, before)
	}
	if ask(t, http.MethodGet, url+"/_sim/truth/calls", &after); !slices.Equal(after, before[10:]) {
		t.Errorf("%v are left, want %v", after, before[10:])
	}
	var page struct{ Calls []row }
	ask(t, http.MethodGet, url+"/api/v2/channels/voice/stats/incremental/calls?start_time=0", &page)
	if len(page.Calls) != 40 || slices.Contains(page.Calls, before[0]) {
		t.Errorf("%d calls are served, want 40 without %d", len(page.Calls), before[0].ID)
	}
	if ask(t, http.MethodGet, url+"/_sim/truth/legs", &legs); len(legs) < 50 {
		t.Errorf("%d legs left, want all", len(legs))
	}
	for _, query := range []string{"stream=tickets&n=1", "stream=calls", "stream=calls&n=-1", "stream=calls&n=x"} {
		if status := ask(t, http.MethodPost, url+"/_sim/erase?"+query, nil); status != 400 {
			t.Errorf("erase?%s: %d, want 400", query, status)
		}
	}
	if ask(t, http.MethodPost, url+"/_sim/erase?stream=calls&n=99", &rest); len(rest) != 40 {
		t.Errorf("erasing more than there are: %d ids, want the 40 that were left", len(rest))
	}
}

// Many accounts stand behind one address, each with its own requests and with a seed of its own, from which its rows
// and its chance come.
func TestManyAccounts(t *testing.T) {
	t.Parallel()
	url := start(t, "-account", "desk", "-calls", "30", "-accounts", "3", "-scenario", "500@p0.5")
	const calls = "/api/v2/channels/voice/stats/incremental/calls?start_time=0"
	rows, chances := make(map[string]bool), make(map[string]bool)
	for _, path := range []string{"/1", "/2", "/3"} {
		var chance strings.Builder
		for range 20 {
			fmt.Fprintln(&chance, ask(t, http.MethodGet, url+path+calls, nil))
		}
		chances[chance.String()] = true
		var truth []json.RawMessage
		if ask(t, http.MethodGet, url+path+"/_sim/truth/calls", &truth); len(truth) != 30 {
			t.Fatalf("%s: %d calls, want 30", path, len(truth))
		}
		rows[string(truth[0])] = true
		var requests []talksim.Received
		if ask(t, http.MethodGet, url+path+"/_sim/requests", &requests); len(requests) != 20 {
			t.Errorf("%s: %d requests, want its own 20", path, len(requests))
		}
	}
	if len(rows) != 3 || len(chances) != 3 {
		t.Errorf("%d different histories and %d sequences of statuses, want 3 and 3", len(rows), len(chances))
	}
	if status := ask(t, http.MethodGet, url+"/4/_sim/requests", nil); status != 404 {
		t.Errorf("the fourth of three accounts: %d, want 404", status)
	}
}

func TestBadArguments(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-addr 0.0.0.0:0":   "-addr: 0.0.0.0:0 is not a loopback address",
		"-addr nowhere":     "-addr: address nowhere: missing port in address",
		"-account other":    "-account: no such account: other",
		"-now yesterday":    `-now: parsing time "yesterday"`,
		"-scenario nothing": `invalid value "nothing" for flag -scenario: scenario nothing: no such name`,
	} {
		_, _, err := build(strings.Fields(args), io.Discard)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
	if _, _, err := build([]string{"-h"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v, want the usage", err)
	}
}

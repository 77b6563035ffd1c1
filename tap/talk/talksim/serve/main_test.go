package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
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
	go func() { done <- serve(ctx, args, write, io.Discard) }()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
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
	if status := ask(t, http.MethodGet, url+calls, &page); status != 200 || len(page.Calls) != 10 || !strings.HasPrefix(page.Next, url+"/api/") {
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
		t.Errorf("%d calls before and %d after the clock moved beyond the history, want some and 50", len(before), len(after))
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

func TestEraseBetweenTwoRuns(t *testing.T) {
	t.Parallel()
	url := start(t, "-account", "desk", "-calls", "50")
	var first, second []int64
	if status := ask(t, http.MethodPost, url+"/_sim/erase?stream=calls&n=10", &first); status != 200 || len(first) != 10 {
		t.Errorf("erasing ten: %d, %d ids", status, len(first))
	}
	var calls, legs []struct{ ID int64 }
	ask(t, http.MethodGet, url+"/_sim/truth/calls", &calls)
	if len(calls) != 40 {
		t.Fatalf("%d calls left, want 40", len(calls))
	}
	ask(t, http.MethodPost, fmt.Sprintf("%s/_sim/erase?stream=calls&id=%d&id=%d&id=7", url, calls[3].ID, first[0]), &second)
	if len(second) != 1 || second[0] != calls[3].ID {
		t.Errorf("erased %v by id, want [%d]", second, calls[3].ID)
	}
	var page struct{ Calls []struct{ ID int64 } }
	ask(t, http.MethodGet, url+"/api/v2/channels/voice/stats/incremental/calls?start_time=0", &page)
	if ids := fmt.Sprint(page.Calls); len(page.Calls) != 39 || strings.Contains(ids, fmt.Sprint(second[0])) {
		t.Errorf("%d calls are served, want 39 without %d", len(page.Calls), second[0])
	}
	if ask(t, http.MethodGet, url+"/_sim/truth/legs", &legs); len(legs) < 50 {
		t.Errorf("%d legs left, want all", len(legs))
	}
	if status := ask(t, http.MethodPost, url+"/_sim/erase?stream=tickets&n=1", nil); status != 400 {
		t.Errorf("erasing of an unknown stream: %d, want 400", status)
	}
}

// Many accounts stand behind one address, each with its own rows, clock and requests.
func TestManyAccounts(t *testing.T) {
	t.Parallel()
	url := start(t, "-account", "desk", "-calls", "30", "-accounts", "3", "-prefix", "/zendesk")
	seen := make(map[string]bool)
	for _, path := range []string{"/1", "/2", "/3"} {
		var page struct {
			Calls []json.RawMessage `json:"calls"`
			Next  string            `json:"next_page"`
		}
		status := ask(t, http.MethodGet, url+path+"/zendesk/api/v2/channels/voice/stats/incremental/calls?start_time=0", &page)
		if status != 200 || len(page.Calls) != 30 || !strings.HasPrefix(page.Next, url+path+"/zendesk/api/") {
			t.Fatalf("%s: status %d, %d calls, next_page %s", path, status, len(page.Calls), page.Next)
		}
		seen[string(page.Calls[0])] = true
		var requests []talksim.Received
		if ask(t, http.MethodGet, url+path+"/_sim/requests", &requests); len(requests) != 1 {
			t.Errorf("%s: %d requests, want its own", path, len(requests))
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d different accounts, want 3", len(seen))
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

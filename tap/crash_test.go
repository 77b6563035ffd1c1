package tap

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/desk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

const (
	// kills is how many runs of the real program a plain go test kills; TAP_KILLS=300 kills more.
	kills = 7

	// killsARound is how often the program is killed before it may come to its end.
	killsARound = 7
)

// The real program loses nothing when it is killed, whatever the moment, and only what came after the last whole STATE
// line comes again.
func TestKilledProgram(t *testing.T) {
	t.Parallel()
	wanted := number(t, "TAP_KILLS", kills)
	var all crashes
	for all.kills < wanted && !t.Failed() {
		c := newCrashRound(t, uint64(all.rounds))
		c.play(t, min(killsARound, wanted-all.kills))
		all.add(c)
	}
	t.Logf("%d kills in %d rounds; %d of the lives ended between two lines, %d within one; %d records of %d rows,"+
		" %d came again after a kill",
		all.kills, all.rounds, all.kills-all.torn, all.torn, all.records, all.rows, all.again)
}

// crashes counts what happened, in one round or in all.
type crashes struct{ rounds, kills, torn, records, rows, again int }

func (a *crashes) add(c *crashRound) {
	a.rounds++
	a.kills += c.kills
	a.torn += c.torn
	a.records += c.records
	a.rows += len(c.target.held)
	a.again += c.target.again
}

// A crashRound is the reading of one account from nothing to its end.
type crashRound struct {
	crashes
	program, config, state string
	rand                   *rand.Rand
	sim                    *talksim.Sim
	target                 *target
}

// newCrashRound serves an account that goes on changing while it is read, by a server that fails at first.
func newCrashRound(t *testing.T, seed uint64) *crashRound {
	t.Helper()
	c := &crashRound{rand: rand.New(rand.NewPCG(seed, 5)), target: newTarget()}
	dir := t.TempDir()
	c.program = Program(t)
	c.config, c.state = filepath.Join(dir, "config.json"), filepath.Join(dir, "state.json")
	scenarios, err := faults.Scenarios("jitter=4ms", "tick=2s", "late=4m",
		"503@1-60,p0.01", "reset@1-60,p0.02", "cut-body@1-60,p0.01", "429=1@1-60,p0.01")
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2026, 3, 17, 15, 20, 0, 0, time.UTC)
	c.sim = talksim.New(talksim.Config{
		Account:  desk.Account(seed, end, 200+c.rand.IntN(400)),
		Now:      func() time.Time { return end.Add(-4 * time.Hour) },
		PageSize: 20 + c.rand.IntN(60), Scenarios: scenarios, Seed: seed,
	})
	server := httptest.NewServer(c.sim)
	t.Cleanup(server.Close)
	config := fmt.Sprintf(`{"api_url": %q, "access_token": %q, "requests_per_minute": 1000}`,
		server.URL, talksim.AccessToken)
	if err := os.WriteFile(c.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// play kills the program some times, lets it come to its end, and compares what came with the account.
func (c *crashRound) play(t *testing.T, kills int) {
	t.Helper()
	for c.kills < kills {
		before := c.kills
		c.run(t, time.Duration(5+c.rand.IntN(100))*time.Millisecond)
		c.sim.Advance(time.Duration(c.rand.IntN(1200)) * time.Second)
		if c.kills == before && c.records == 0 {
			t.Fatal("the program came to its end without a record")
		}
	}
	c.run(t, 0)
	c.sim.Advance(24 * time.Hour)
	c.run(t, 0)
	if len(c.target.problems) > 0 {
		t.Errorf("round %d: %q", c.rounds, c.target.problems)
	}
	c.compare(t)
}

// run runs the program from the last whole STATE line, and kills it after some time, unless that is 0.
func (c *crashRound) run(t *testing.T, life time.Duration) {
	t.Helper()
	c.target.begin(-1)
	if err := os.WriteFile(c.state, c.target.state, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a run that should end takes a few seconds
	defer cancel()
	cmd := exec.CommandContext(ctx, c.program, "--config", c.config, "--state", c.state)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	reader := &stallingReader{out: stdout, left: -1}
	var killed atomic.Bool // the exit code can't tell, since it is 1 on Windows
	if life > 0 {
		dead := make(chan struct{})
		reader = &stallingReader{out: stdout, left: c.rand.IntN(256 << 10), dead: dead}
		timer := time.AfterFunc(life, func() { killed.Store(true); _ = cmd.Process.Kill(); close(dead) })
		defer timer.Stop()
	}
	torn := c.read(t, reader)
	err = cmd.Wait()
	c.records += c.target.records
	switch {
	case errors.As(err, new(*exec.ExitError)) && killed.Load():
		c.kills++
		if torn {
			c.torn++
		}
	case err != nil:
		t.Fatalf("the program failed: %v\n%s", err, &stderr)
	}
}

// A stallingReader reads only so much while the program lives, so that the pipe fills and the program dies with lines
// half written. It reads all if left is negative.
type stallingReader struct {
	out  io.Reader
	left int
	dead chan struct{}
}

func (r *stallingReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		<-r.dead
		r.left = -1
	}
	if r.left > 0 {
		p = p[:min(len(p), r.left)]
	}
	n, err := r.out.Read(p)
	if r.left > 0 {
		r.left -= n
	}
	return n, err
}

// read takes whole lines, as every reader does, and reports whether part of one was left.
func (c *crashRound) read(t *testing.T, stdout io.Reader) (torn bool) {
	t.Helper()
	r := bufio.NewReaderSize(stdout, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		switch {
		case err == io.EOF:
			return len(line) > 0
		case err != nil:
			t.Fatal(err)
		case !json.Valid(line):
			t.Fatalf("a line that is not JSON: %.200s", line)
		}
		c.target.take(line)
	}
}

// compare compares the target's rows with the account's, field by field.
func (c *crashRound) compare(t *testing.T) {
	t.Helper()
	for _, stream := range []string{talksim.Calls, talksim.Legs} {
		final := c.sim.Account().Final(stream, c.sim.Now().Unix())
		for _, id := range slices.Sorted(maps.Keys(final)) {
			record, ok := c.target.held[rowKey{stream, id}]
			if !ok {
				t.Errorf("lost: %s %d", stream, id)
				continue
			}
			if err := sameFields(gjson.Parse(record), gjson.ParseBytes(final[id])); err != nil {
				t.Errorf("%s %d: %v\nrecord: %s\nrow: %s", stream, id, err, record, final[id])
			}
		}
	}
	if rows := len(c.sim.Account().Calls) + len(c.sim.Account().Legs); len(c.target.held) != rows {
		t.Errorf("got %d rows, want %d", len(c.target.held), rows)
	}
}

// sameFields compares a record with the row it was made from: each field of the row is there, or rescued if it is not
// null, and what the row doesn't have is null.
func sameFields(record, row gjson.Result) error {
	fields, values := record.Map(), row.Map()
	rescued := gjson.Parse(fields["_rescued_data"].Str).Map()
	for name, want := range values {
		got, known := fields[name]
		if !known {
			got = rescued[name]
		}
		if got.Type != want.Type || got.Type == gjson.Number && got.Raw != want.Raw || got.String() != want.String() {
			return fmt.Errorf("%s: got %s, want %s", name, got.Raw, want.Raw)
		}
		delete(fields, name)
		delete(rescued, name)
	}
	delete(fields, "_rescued_data")
	for name, got := range fields {
		if got.Type != gjson.Null {
			return fmt.Errorf("%s: got %s, want null", name, got.Raw)
		}
	}
	if len(rescued) > 0 {
		return fmt.Errorf("rescued without a reason: %v", rescued)
	}
	return nil
}

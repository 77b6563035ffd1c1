package tap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// rowSchema is the schema of the property test's two streams; the real ones would only cost time.
const rowSchema = `{"type":"object","properties":{"id":{"type":"integer"},` +
	`"updated_at":{"type":["string","null"],"format":"date-time"},"note":{"type":["string","null"]}}}`

// A player plays a history: it runs the tap as planned, then until nothing is left to come, and holds what the target
// got against the truth. It lives in a testing/synctest bubble, where waiting costs nothing.
type player struct {
	*history
	sim      *talksim.Sim
	selected []singer.Selected
	target   *target
	rate     int // requests_per_minute
	left     int // requests until the run is taken for endless
	stop     func(error)
	skipped  map[string]map[int64]int         // by stream and second: rows of it that a warning says came
	requests []talksim.Received               // of the last run
	failures map[string]*talk.FullSecondError // of the last run, by stream

	total struct{ runs, deaths, failures, requests, records, reverted, wound int } // of all runs
}

func newPlayer(t *testing.T, h *history) *player {
	t.Helper()
	p := &player{history: h, target: newTarget(), rate: 1000}
	p.skipped = map[string]map[int64]int{talksim.Calls: {}, talksim.Legs: {}}
	scenarios := h.scenarios(t)
	p.sim = talksim.New(talksim.Config{Account: h.account, PageSize: h.pageSize, Scenarios: scenarios, Seed: h.seed})
	var streams []singer.Stream
	for _, name := range []string{talksim.Calls, talksim.Legs} {
		if len(h.account.Rows(name)) > 0 || name == talksim.Calls {
			streams = append(streams, singer.Stream{
				Name: name, KeyProperties: []string{primaryKey}, ReplicationKey: replicationKey,
				Schema: []byte(rowSchema),
			})
		}
	}
	var err error
	if p.selected, _, err = singer.Select(nil, streams); err != nil {
		t.Fatal(err)
	}
	p.target.repeatable, p.target.existed = p.repeatable, p.existed
	return p
}

// repeatable tells which rows may come again although nothing happened to them: where the server sends rows older than
// what was asked for, the state that a run began with knows nothing of those before its end_time.
func (p *player) repeatable(k rowKey, updated int64) bool {
	return p.has("older-rows") && updated < max(p.target.ends[k.stream], p.start)
}

// play runs the tap as planned, and then twice more when all has come to rest. It returns what is wrong.
func (p *player) play(t *testing.T) error {
	t.Helper()
	ctx := t.Context()
	for i, run := range p.runs {
		time.Sleep(run.after)
		p.windBack(t, run.back)
		if err := p.run(ctx, run.cut); err != nil {
			return fmt.Errorf("run %d: %w", i+1, err)
		}
	}
	time.Sleep(time.Until(time.Unix(p.settled(), 0)))
	for range 50 {
		if err := p.run(ctx, -1); err != nil {
			return fmt.Errorf("the last run: %w", err)
		}
		if len(p.failures) == 0 || !p.has("short-pages") {
			break // where pages are of any length, the next one may be long enough
		}
	}
	if err := p.judge(); err != nil {
		return fmt.Errorf("after the last run: %w", err)
	}
	before := p.failures
	if err := p.run(ctx, -1); err != nil {
		return fmt.Errorf("the idle run: %w", err)
	}
	return p.judgeIdle(before)
}

// windBack lowers every end_time in the state by so many seconds, as meltano state merge does, and lets the target lose
// what it has from there on.
func (p *player) windBack(t *testing.T, seconds int64) {
	t.Helper()
	for _, s := range p.selected {
		end := p.target.ends[s.Name] - seconds
		if seconds == 0 || end < 0 {
			continue
		}
		patch := fmt.Appendf(nil, `{"bookmarks":{%q:{"end_time":%d}}}`, s.Name, end)
		p.target.state = mergeStates(t, p.target.state, patch)
		p.target.lose(s.Name, end)
		p.total.wound++
	}
}

// settled returns a moment by which every version of every row is visible everywhere, and old.
func (p *player) settled() int64 {
	last := int64(bubbleStart)
	for _, s := range p.selected {
		for _, row := range p.account.Rows(s.Name) {
			last = max(last, row.Versions[len(row.Versions)-1].Visible)
		}
	}
	return last + 2*24*60*60
}

// run runs the tap once and judges what one run alone shows. The run is dead after so many lines, unless they are
// negative.
func (p *player) run(ctx context.Context, lines int) error {
	before := len(p.sim.Requests())
	p.target.begin(lines)
	notes := &noteTaker{}
	err := p.launch(ctx, slog.New(notes), p.target)
	p.requests = p.sim.Requests()[before:]
	p.failures = map[string]*talk.FullSecondError{}
	if errors.Is(err, errDead) {
		p.total.deaths++
	} else if err := p.keepFailures(err); err != nil {
		return err
	}
	p.total.runs++
	p.total.requests += len(p.requests)
	p.total.records += p.target.records
	p.total.failures += len(p.failures)
	p.keepSkipped(notes)
	return p.judgeRun()
}

// launch runs the tap from the target's state, until it ends or has asked for more than enough.
func (p *player) launch(ctx context.Context, log *slog.Logger, out io.Writer) error {
	j, err := p.job(log, out)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p.stop, p.left = stop, p.enough()
	return j.run(ctx)
}

// enough returns how many requests no run should ever need: a dozen for each version that a row ever had, and more for
// faults.
func (p *player) enough() int {
	n := 1000
	for _, s := range p.selected {
		for _, row := range p.account.Rows(s.Name) {
			n += 12 * len(row.Versions)
		}
	}
	return n
}

// RoundTrip passes requests on to the simulator, until it has been enough.
func (p *player) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.left--; p.left == 0 {
		p.stop(fmt.Errorf("no end after %d requests, the last for %s", p.enough(), r.URL.RawQuery))
	}
	return p.sim.Transport().RoundTrip(r)
}

// job makes ready what prepare makes ready from files.
func (p *player) job(log *slog.Logger, out io.Writer) (*job, error) {
	settings := &settings{
		subdomain: "acme", accessToken: talksim.AccessToken, requestsPerMinute: p.rate, requestTimeoutSeconds: 60,
		maxRetrySeconds: 100_000, settleSeconds: int(p.settle), onFullSecond: "fail",
	}
	if p.skip {
		settings.onFullSecond = "skip"
	}
	if err := settings.check(); err != nil {
		return nil, err
	}
	settings.start, settings.end = p.start, p.end
	state, err := singer.ParseState(p.target.state)
	if err != nil {
		return nil, err
	}
	program := &program{log: log}
	j := &job{program: program, settings: settings, out: singer.NewWriter(out), state: state}
	j.client = talk.NewClient(j.clientConfig(p))
	for i := range p.selected {
		s, err := j.newStream(&p.selected[i], "state.json")
		if err != nil {
			return nil, err
		}
		j.streams = append(j.streams, s)
	}
	return j, nil
}

// keepFailures takes a run's error apart. Only full seconds may be the reason.
func (p *player) keepFailures(err error) error {
	var all interface{ Unwrap() []error }
	if err == nil {
		return nil
	}
	if !errors.As(err, &all) {
		return fmt.Errorf("failed: %w", err)
	}
	for _, each := range all.Unwrap() {
		stream, _, _ := strings.Cut(each.Error(), ":")
		var full *talk.FullSecondError
		if !errors.As(each, &full) {
			return fmt.Errorf("failed: %w", each)
		}
		p.failures[stream] = full
	}
	return nil
}

// keepSkipped reads from the warnings which seconds the run went past.
func (p *player) keepSkipped(notes *noteTaker) {
	for i, w := range notes.warnings {
		var second int64
		var text string
		var rows int
		if n, _ := fmt.Sscanf(w, "skipped over the second %d %s %d rows", &second, &text, &rows); n == 3 {
			p.skipped[notes.streams[i]][second] = rows
		}
	}
}

// A noteTaker is a log that keeps the warnings.
type noteTaker struct{ warnings, streams []string }

func (n *noteTaker) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }
func (n *noteTaker) WithAttrs([]slog.Attr) slog.Handler           { return n }
func (n *noteTaker) WithGroup(string) slog.Handler                { return n }

func (n *noteTaker) Handle(_ context.Context, r slog.Record) error {
	stream := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == streamKey {
			stream = a.Value.String()
		}
		return true
	})
	n.warnings, n.streams = append(n.warnings, r.Message), append(n.streams, stream)
	return nil
}

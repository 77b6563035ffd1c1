package tap

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// The property: whatever happens to an account, to its server and to the tap, nothing is lost, nothing comes twice, and
// it always comes to an end.
//
// A history (property_history_test.go, property_rows_test.go) is an account over its past and future, the oddities of
// its server, and a plan of runs with the lines after which they die. A player (property_play_test.go) plays it
// against the tap's own loop, client, cursor and writer, with talksim for a server and a target
// (property_target_test.go) for a reader. The oracle (property_oracle_test.go) knows the account, and checks every run
// against it:
//
//   - In the end the version of each row that came last is its final one. Every version that came existed.
//   - A version comes again only if it came after the last STATE that a dead run left, or if its bookmark was wound
//     back: then everything from there on comes again.
//   - A second with a page of rows or more fails the stream, by name, if the server cuts it, and passes if it completes
//     it. With "skip", the rows that are missing are those that can't be had, and the warning counts the others.
//   - A run takes a request for each page of a stream, 3 for its end, and 8 for each second of that kind.
//   - A run to which nothing is new emits nothing, with 3 requests a stream.

const (
	// histories is how many a plain go test plays; TAP_HISTORIES=20000 plays more.
	histories = 300

	// historyStream tells the random numbers of histories from all others.
	historyStream = 4
)

func TestHistories(t *testing.T) {
	t.Parallel()
	first, n := uint64(0), uint64(number(t, "TAP_HISTORIES", histories))
	if os.Getenv("TAP_HISTORY") != "" {
		first = uint64(number(t, "TAP_HISTORY", 0))
		n = first + 1
	}
	var all census
	t.Cleanup(func() { t.Log(all.String()); all.check(t) })
	workers := uint64(runtime.GOMAXPROCS(0))
	for w := range workers {
		t.Run(fmt.Sprint("every ", workers, " from ", w), func(t *testing.T) {
			t.Parallel()
			for seed := first + w; seed < n && !t.Failed(); seed += workers {
				h := drawHistory(&dice{rand: rand.New(rand.NewPCG(seed, historyStream))})
				p, err := play(t, h)
				if err != nil {
					t.Errorf("history %d: %v\n%v\nTo play it alone: TAP_HISTORY=%d go test ./tap -run TestHistories -v",
						seed, err, h, seed)
				}
				all.add(p)
			}
		})
	}
}

// number reads a number from the environment.
func number(t *testing.T, name string, standard int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s=%q: want a number", name, text)
	}
	return n
}

// play plays a history in a bubble of its own.
func play(t *testing.T, h *history) (p *player, err error) {
	synctest.Test(t, func(t *testing.T) {
		p = newPlayer(t, h)
		err = p.play(t)
	})
	return p, err
}

// FuzzHistory plays histories that a fuzzer draws.
func FuzzHistory(f *testing.F) {
	r := rand.New(rand.NewPCG(0, historyStream))
	for range 40 {
		raw := make([]byte, 1+r.IntN(1500))
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		h := drawHistory(&dice{raw: raw})
		if _, err := play(t, h); err != nil {
			t.Errorf("%v\n%v", err, h)
		}
	})
}

// A census counts what kinds of histories were played, and what happened in them.
type census struct {
	mu     sync.Mutex
	played int
	kinds  map[string]int
}

func (c *census) add(p *player) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kinds == nil {
		c.kinds = make(map[string]int)
	}
	c.played++
	full := 0
	for _, s := range p.selected {
		for _, rows := range p.secondsEver(s.Name) {
			if rows >= p.pageSize {
				full++
			}
		}
	}
	for kind, is := range map[string]bool{
		"1 no full second":                                full == 0,
		"1 full seconds, server cuts, fail":               full > 0 && !p.whole && !p.skip,
		"1 full seconds, server cuts, skip":               full > 0 && !p.whole && p.skip,
		"1 full seconds, server completes":                full > 0 && p.whole,
		"2 rows made or rewritten between and while read": !p.still(),
		"2 replica that lags":                             p.has("lag"),
		"2 clock that moves between two requests":         p.has("tick"),
		"2 odd pages":                                     len(p.quirks) > 1 || len(p.quirks) == 1 && !p.whole,
		"2 faults":                                        len(p.faults) > 0,
		"2 start or end date":                             p.start != 0 || p.end < 1<<40,
		"2 both streams":                                  len(p.account.Calls) > 0 && len(p.account.Legs) > 0,
		"3 a named failure at the end":                    len(p.failures) > 0,
		"3 a named failure at the end, server completes":  len(p.failures) > 0 && p.whole,
		"3 a named failure that healed":                   len(p.failures) == 0 && p.total.failures > 0,
		"3 a second skipped":                              len(p.skipped["calls"])+len(p.skipped["legs"]) > 0,
		"3 a run that died":                               p.total.deaths > 0,
		"3 repeats after a death":                         p.target.again > 0,
		"3 contents A, B, A of which a death hid the B":   p.total.reverted > 0,
		"3 a bookmark that was wound back":                p.total.wound > 0,
		"3 an empty account":                              len(p.target.held) == 0,
	} {
		if is {
			c.kinds[kind]++
		}
	}
	c.kinds["4 runs"] += p.total.runs
	c.kinds["4 runs that died"] += p.total.deaths
	c.kinds["4 requests"] += p.total.requests
	c.kinds["4 records"] += p.total.records
	c.kinds["4 rows"] += len(p.target.held)
}

// String is a table.
func (c *census) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d histories played", c.played)
	for _, kind := range slices.Sorted(maps.Keys(c.kinds)) {
		fmt.Fprintf(&b, "\n%9d %s", c.kinds[kind], kind[2:])
	}
	return b.String()
}

// check holds that most histories are of the kind that every account has.
func (c *census) check(t *testing.T) {
	if n := c.kinds["1 no full second"]; c.played > 100 && 2*n < c.played {
		t.Errorf("only %d of %d histories have no full second: draw fewer crowded ones", n, c.played)
	}
}

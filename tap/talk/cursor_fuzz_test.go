package talk_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// script hands out raw bytes as the choices of a server that answers as it likes; zeros when they are used up.
type script []byte

func (s *script) n(limit int) int {
	if len(*s) == 0 {
		return 0
	}
	v := int((*s)[0])
	*s = (*s)[1:]
	return v % limit
}

// FuzzCursor lets a server answer whatever it likes: rows of any time in any order, any end_time and next_page, a clock
// that goes anywhere. Whatever it says, the cursor gets to an end, asks forward, and never claims what it didn't get.
func FuzzCursor(f *testing.F) {
	r := rand.New(rand.NewPCG(4, 4))
	for size := range 60 {
		raw := make([]byte, size*5)
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := script(raw)
		config := talk.CursorConfig{End: talk.NoEnd, Settle: int64(s.n(3) * 30), SkipFull: s.n(2) == 1}
		if s.n(2) == 1 {
			config.Bookmark = 100
		}
		if s.n(4) == 3 {
			config.End = 100 + int64(s.n(40))
		}
		w := &watch{t: t, Cursor: talk.NewCursor(config), config: config, last: map[int64]uint64{}}
		w.bookmark = w.Start()
		for pages := 0; !w.Done(); pages++ {
			if pages > 10*len(raw)+20 {
				t.Fatalf("no end after %d pages; it asks for %d", pages, w.Request().Start)
			}
			if w.answer(&s) != nil {
				break
			}
		}
		for _, v := range w.Seen() {
			if end, _ := w.Cursor.Bookmark(); v.Updated < end {
				t.Errorf("%+v is saved, and lies before the bookmark %d", v, end)
			}
		}
	})
}

// watch is a cursor and what is known of it.
type watch struct {
	t *testing.T
	*talk.Cursor
	config   talk.CursorConfig
	last     map[int64]uint64 // fingerprint emitted last, by row
	bookmark int64
	reached  int64
	visits   int // requests for the sake of the second reached
	safe     int64
}

// answer has the server answer one request, and judges what the cursor makes of it.
func (w *watch) answer(s *script) error {
	w.asks()
	server := int64(100 + s.n(256))
	if s.n(8) != 0 {
		server += 10_000 // most rows have settled
	}
	w.safe = max(w.safe, server-w.config.Settle)
	w.BeginPage(time.Unix(server, 0))
	if s.n(16) == 15 && w.TooRecent(time.Unix(server, 0)) {
		return nil
	}
	for range s.n(5) {
		v := talk.Row{
			ID: int64(s.n(6)), IDOK: true,
			Updated: 95 + int64(s.n(50)), UpdatedOK: s.n(16) != 15,
			Fingerprint: uint64(s.n(3)),
		}
		if w.Admit(v) {
			w.emits(v)
		}
	}
	page := &talk.Page{EndTimeOK: s.n(3) > 0, EndTime: 90 + int64(s.n(70))}
	if s.n(2) == 1 {
		page.Next, page.NextStart = "next", 90+int64(s.n(70))
	}
	err := w.EndPage(page)
	w.moves()
	return err
}

// asks judges the request: reading goes forward, and only a few requests are for the sake of one second.
func (w *watch) asks() {
	reached, _ := w.Progress()
	if asked := w.Request().Start; asked > reached+1 || asked < 0 {
		w.t.Fatalf("got a request for %d at %d: nothing from there on was received", asked, reached)
	}
	switch {
	case reached < w.reached:
		w.t.Fatalf("reading went back from %d to %d", w.reached, reached)
	case reached == w.reached:
		w.visits++
	default:
		w.visits = 1
	}
	w.reached = reached
	if w.visits > 1+8 {
		w.t.Fatalf("%d requests for the sake of the second %d", w.visits, reached)
	}
}

func (w *watch) emits(v talk.Row) {
	if last, ok := w.last[v.ID]; ok && last == v.Fingerprint {
		w.t.Errorf("%+v came twice", v)
	}
	if w.Probing() {
		w.t.Errorf("%+v came from a probe", v)
	}
	if v.UpdatedOK && v.Updated >= w.config.End {
		w.t.Errorf("%+v came from behind the window", v)
	}
	w.last[v.ID] = v.Fingerprint
}

// moves judges the bookmark: never back, and never beyond what was read or has settled.
func (w *watch) moves() {
	reached, _ := w.Progress()
	end, ok := w.Bookmark()
	if !ok {
		return
	}
	if end < w.bookmark || end > reached || end > max(w.safe, w.Start()) {
		w.t.Fatalf("the bookmark went from %d to %d; reading has come to %d, and no more than %d has settled",
			w.bookmark, end, reached, w.safe)
	}
	w.bookmark = end
}

package talk

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Page is one answer of an export, received whole and checked whole.
type Page struct {
	Rows       [][]byte  // values of the array as sent: views, valid until the next call of Client.Page
	EndTime    int64     // end_time of the envelope, a Unix second
	EndTimeOK  bool      // whether end_time is readable: a whole number, or one in a string
	Next       string    // next_page, made absolute, if it may be followed and has a start_time; else ""
	NextStart  int64     // start_time of Next; 0 if that is ""
	ServerTime time.Time // the server's clock: the Date header, or the local clock if that is absent
	Received   time.Time // local time at the last byte
}

// readPage turns an answer to a request for e into a page.
func (c *Client) readPage(ctx context.Context, e Endpoint, asked *url.URL, a answer) (*Page, *failure) {
	var env envelope
	if a.err == nil && a.status/100 == 2 {
		env, a.err = parsePage(a.body, e.Key, c.rows)
		c.rows = env.rows[:0]
	}
	if f := c.failure(e.Key, a); f != nil {
		return nil, f
	}
	p := &Page{Rows: env.rows, Received: a.received}
	var dated bool
	if p.ServerTime, dated = serverTime(a); !dated {
		c.warn(ctx, "date", e.Key, "the answers bear no Date: taking this machine's clock for the server's")
	}
	p.EndTime, p.EndTimeOK = unixTime(unquote(env.endTime))
	p.Next, p.NextStart = c.next(ctx, e, asked, string(unquote(env.nextPage)))
	if n := string(unquote(env.count)); n != "" && n != strconv.Itoa(len(p.Rows)) {
		c.cfg.Log.DebugContext(ctx, "count differs from the number of rows; it counts for nothing", "stream", e.Key)
	}
	return p, nil
}

// serverTime returns the server's clock when it answered, or the local one and false if the answer bears no date.
func serverTime(a answer) (t time.Time, dated bool) {
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil {
		return date, true
	}
	return a.received, false
}

// unixTime reads a whole number of seconds, also one that is written with a fraction or an exponent.
func unixTime(text []byte) (int64, bool) {
	const exact = 1 << 53 // beyond, a float64 may be another number than was written
	s := string(text)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !validJSON(text) || !(-exact < f && f < exact) || f != math.Trunc(f) {
		return 0, false
	}
	return int64(f), true
}

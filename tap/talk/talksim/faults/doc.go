// Package faults names every quirk and fault that the tap has to live with, as scenarios of a simulated account. It is
// for tests and for the simulator that command serve offers; the released program does not link it.
//
// [Lookup] makes a [talksim.Scenario] from name[=value][@when]; [Scenarios] looks up several, [Names] lists all. They
// are combined at will in a [talksim.Config]; where two set the same thing, the later one does. Below, a value in
// brackets is what holds without one, and times are Go durations.
//
// The account, its replicas and its clock:
//
//	page-size=N [100]        rows a page
//	short-pages              each page is cut at a random size up to the page size
//	complete-second          a page runs on until its last second is whole
//	lag=D [90s]              a replica answers that is D behind
//	hide-minute              rows of the last minute are left out
//	tick=D [5s]              the clock moves on with each request
//	empty                    no calls and no legs
//	late=D [4m]              a fifth of the rows become visible D later
//	erased=D [1m]            a tenth of the rows vanish D after the simulator was made
//	aba=D [1m]               a tenth of the rows change content, and D later change it back, under one updated_at
//	churn=D [5s]             as tick, and one of a seventh of the rows is rewritten each time
//	filter-after-count=N [4] one row in N counts in a page but isn't sent; never a whole page
//
// The page and its envelope:
//
//	unsorted                 rows in random order
//	twice                    a row twice in each page
//	older-rows               up to three rows older than start_time in front
//	early-row                each page ends with the newest row of all, and its end_time; next_page is as without it
//	tiny-rows=N [100000]     N rows of nothing but an id, in each page that has rows
//	end-time=V               null, absent, string, iso, float, behind[:SECONDS], ahead[:SECONDS], milliseconds,
//	                         stuck, zero, negative
//	empty-end-time=V         of a page without rows: null, absent, echo, now
//	count=V                  wrong, absent, string, zero, null
//	rows=V                   the array is absent, null, an object, a string
//	next-page=V              null, absent, empty, number, relative, params, json, older, default-port,
//	                         upper-case, foreign[:ORIGIN], lookalike, scheme, port, userinfo, path,
//	                         no-scheme, stuck, behind[:SECONDS], ahead[:SECONDS], no-start
//	too-recent=V[:D] [1m]    422-json, 422-text or 400 for a start_time younger than D
//
// Rows, every tenth of a page or with =V:K every K-th:
//
//	row-updated-at=V         absent, null, text, empty, number, offset, fraction
//	row-id=V                 absent, null, text, huge, fraction, string, float
//	row-type=V               charge-number, agent-string, duration-float, hold-fraction, beyond-int64,
//	                         offset-date, no-date, bool-string, issues-string, issues-null, issues-mixed,
//	                         status-number, duration-object, duration-deep
//	row-text=V               completion_status with invalid-utf8, lone-surrogate, nul, separators, markup
//	row-shape=V              null, array, number, string, empty, twice-key, escaped-key, spaced
//	row-field=V              new, new-null, gone, odd-name
//
// Answers in place of the account's; the first four take a Retry-After: its text, none, or date:SECONDS from now; 429
// takes huge, garbage, negative or zero too:
//
//	429=TEXT [1], 429-json=TEXT [1], 429-export-text=TEXT [1], 503=TEXT [none]
//	429-bucket, 429-reset    38 seconds to wait, in another header
//	400-errors, 400-empty, 422-recent-json, 422-invalid
//	000                      a status line without a status
//	401, 401-oauth, 402, 403-role, 403-scope, 403-plan, 403-withdrawn, 403-html
//	404-endpoint, 404-help-desk, 404-text, 404-empty, 408, 409, 410-withdrawn, 418-text, 421, 423, 425
//	500, 500-empty, 502-html, 504, 530-html
//	html, text, empty-body, anonymous, not-object, null-body, 204 (the first six with status 200)
//	redirect=V               same, other[:ORIGIN], scheme, login, sso, loop, nowhere
//
// The connection:
//
//	latency=D [300ms]        a request takes that long, half of it on its way here
//	jitter=D [300ms]         up to that long, at random, both ways
//	hang                     no answer
//	reset, close             the connection ends before the header
//	refused, no-host, certificate
//	                         there is no connection (over a real one: as reset)
//	reset-body, cut-body     it ends within the body
//	short-length             Content-Length names a third of the body, and all of it comes
//	truncated, two-documents the body is whole for HTTP, but not one JSON text
//	gzip-lie, gzip-cut       Content-Encoding: gzip without gzip, or with two thirds of it
//	endless, huge=BYTES [1 GiB]
//	                         a body of blanks
//	slow=D:BYTES [1s:1024]   the body comes in pieces
//	huge-header=BYTES [16 MiB]
//	no-date, bad-date, date-skew=D [-26h]
//	                         of the header Date
//
// The limit and the login:
//
//	limit=N [10]             N requests in any 60 s, refused ones not counted
//	stranger=N [10]          another program uses up N requests of the limit (of 10 if there is none)
//	limit-retry-after=none   the limit's own 429 has no Retry-After
//	bucket-header, ratelimit-header
//	                         what remains of the limit, as Support's exports tell it
//	token-life=D [90s]       issued tokens end after that
//	token-no-expiry, token-expiry-string, token-expiry-null, token-missing, token-newline
//	                         odd token replies
//	revoke-tokens            issued tokens are refused from this request on
//	invalid-scope, invalid-client
//	                         refusals of a token
//	token-error              the refusal invalid_client under status 200
//
// When is a comma-separated list: 3, 3-5 or 3+ for the requests of these numbers, every4, p0.1 for one in ten at
// random; and calls, legs, token or any for the endpoint, each counted for itself. Without an endpoint the exports are
// meant, with the scenarios of token replies the token endpoint.
package faults

// Package talksim simulates a Zendesk Talk account behind the Incremental Exports API:
// its calls and legs, its logins, its limits, and by name every quirk and fault that the
// tap has to live with. It serves --demo and all tests.
//
// # The account
//
// An [Account] is a history. Each row has versions, each version a second from which
// queries see it, and the server's clock alone decides what a request gets. Rewrites
// some 40 minutes and three hours after a call, rows that show up late, replicas that
// are behind and an account that moves on while it is read are all that one model, so
// [Account.Final] always knows what a reader has to end with. [Desk] makes a phone desk's
// history from a seed, [SimpleRow] and [Body] help to write one by hand.
//
// # The server
//
// A [Sim] answers as the real endpoints do, as far as that is known:
//
//   - calls and legs, under /stats/incremental/ and /incremental/, with and without .json
//   - start_time is inclusive and compared with updated_at; rows come oldest first
//   - end_time is the updated_at of the newest row, next_page is never null
//   - a page is cut at the page size, even within a second
//   - without rows count is 0, end_time null, and next_page asks the same again
//   - API tokens and bearer tokens; POST /oauth/tokens for client credentials; any scope
//     gets a token, but without read it gets 403
//
// # Scenarios
//
// [Lookup] makes a [Scenario] from name[=value][@when]. A value in brackets is what holds
// without one; times are Go durations. Combine them at will; where two set the same
// thing, the later one does.
//
// The account, its replicas and its clock:
//
//	page-size=N [100]        rows a page
//	short-pages              each page is cut at a random size up to the page size
//	cut-second               a page is cut at its size, even within a second (the default)
//	complete-second          a page runs on until its last second is whole
//	lag=D [90s]              a replica answers that is so far behind
//	hide-minute              rows of the last minute are left out
//	tick=D [5s]              the clock moves on with each request
//	empty                    no calls and no legs
//	late=D [4m]              a fifth of the rows become visible so much later
//	aba=D [1m]               a tenth of the rows change content and back, D apart, under one updated_at
//	silent-change=D [1m]     a tenth of the rows change content once, under one updated_at
//	churn=D [5s]             tick, and a seventh of the rows are rewritten while they are read
//	filter-after-count=N [4] one row in N counts in a page but isn't sent; never a whole page
//	full-second=N:W [1000]   N more rows in one second: the oldest, middle or newest
//
// The page and its envelope:
//
//	unsorted                 rows in random order
//	twice                    a row twice in each page
//	older-rows               up to three rows older than start_time in front
//	end-time=V               null, absent, string, iso, float, behind, ahead, milliseconds, stuck, zero, negative
//	empty-end-time=V         of a page without rows: null, absent, echo, now
//	count=V                  wrong, absent, string, zero, null
//	rows=V                   the array is absent, null, an object, a string
//	next-page=V              null, absent, empty, number, relative, params, json, older, default-port,
//	                         upper-case, foreign[:ORIGIN], lookalike, scheme, port, userinfo, path,
//	                         no-scheme, stuck, behind, ahead, no-start
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
// Answers in place of the account's; 429s take a Retry-After: SECONDS [1], none, huge,
// date:SECONDS, garbage, negative or zero:
//
//	429, 429-json, 429-export-text, 429-bucket=SECONDS [38], 429-reset=SECONDS [38]
//	400-errors, 400-empty, 400-recent, 422-recent-json, 422-recent-text, 422-invalid
//	401, 401-oauth, 403-role, 403-scope, 403-plan, 403-withdrawn, 403-html
//	404-endpoint, 404-record, 404-help-desk, 404-text, 404-empty, 409, 410-withdrawn, 418-text
//	500, 500-empty, 502-html, 503=RETRY-AFTER [none], 504, 530-html
//	html, text, empty-body, anonymous, not-object, null-body, 204 (the first six with status 200)
//	redirect=V               same, other[:ORIGIN], scheme, login, loop, nowhere
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
//	truncated, two-documents the body is whole for HTTP, but not one JSON text
//	gzip-lie, gzip-cut       Content-Encoding: gzip without gzip, or with two thirds of it
//	endless, huge=BYTES [1 GiB]
//	                         a body of blanks
//	slow=D:BYTES [1s:1024]   the body comes in pieces
//	huge-header=BYTES [16 MiB]
//	no-date, bad-date, date-skew=D [-26h]
//
// The limit and the login:
//
//	limit=N [10]             N requests in any 60 s, refused ones not counted
//	stranger=N [10]          another program uses up N of the limit (10 if there is none)
//	limit-retry-after=V      the Retry-After of the limit's own 429: V, or none
//	bucket-header, ratelimit-header
//	                         what remains of the limit, as Support's exports tell it
//	token-life=D [90s]       issued tokens end after that
//	token-no-expiry, token-expiry-string, token-expiry-null, token-missing, token-newline
//	                         odd token replies
//	revoke-tokens            issued tokens are refused from this request on
//	invalid-scope, invalid-client
//	                         refusals of a token
//
// When is a comma-separated list: 3, 3-5 or 3+ for the requests of these numbers, every4,
// p0.1 for one in ten at random; and calls, legs, token or any for the endpoint, each
// counted for itself. Without an endpoint the exports are meant, with the scenarios of
// token replies the token endpoint.
package talksim

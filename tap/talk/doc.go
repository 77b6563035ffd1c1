// Package talk reads Zendesk Talk's incremental exports of calls and call legs: it logs in, keeps to the rate limit,
// retries, checks what comes back, and knows how to read a stream that never says that it is over without losing a row.
// It knows nothing of Singer.
//
// This package serves the program tap-zendesk-talk and is no stable Go API: it may change with any release.
//
// A [Client] fetches one page at a time. A [Cursor] says which page, which of its rows are new, and from where the next
// run has to read. [Call] and [Leg] describe the rows. The two halves meet in the caller's loop alone: the client knows
// no history, the cursor no network.
//
// What goes wrong is an [*Error]: a [Kind] and facts, which say what happened. It gives no advice, since that depends
// on how the program that uses this package is set up.
//
// # The export
//
// Asked for the rows modified at or after a second, start_time, the API answers with the oldest of them, in order of
// updated_at, and with the end_time of the newest row it sent, from which to ask next. Everything that makes reading it
// hard follows from what it doesn't say (docs/zendesk-api.md, "The export"):
//
//   - It has no last page. next_page is never null; start_time is inclusive; so the last second comes again for ever.
//   - It doesn't say how many rows a page holds, and rows share seconds: the legs of one call do so as a rule.
//   - Rows change, about 40 minutes and 3 hours after the call began and sometimes later, and move to the
//     end of the stream when they do. They can become visible some minutes after the time they bear.
//
// # The cursor's rules
//
// S is the second that was asked for. T is the newest updated_at of the page that came, but never less than S. The
// settling time is CursorConfig.Settle, and the window lasts from CursorConfig.Start to End. A look at S+1 is a probe.
//
// The end: reading is over when a page is empty, or brings nothing newer than S and "Full seconds" finds nothing
// behind it. Neither next_page nor count nor the number of rows has a say: other readers that trusted one of them loop
// for ever or stop early.
//
// The way on: end_time counts if S < end_time ≤ T, otherwise T stands for it. next_page is followed if S < its
// start_time ≤ T, otherwise end_time is asked for. So every request asks for a later second than the one before, but
// for the few of "Full seconds": a stuck or backward answer can't make a loop. No other request than these asks for a
// later second than one that was received: an answer from the future can't make a gap.
//
// The bookmark: after a page it is the least of end_time, the second that the way on leads to, the server's clock less
// the settling time, and the end of the window. It never moves back, and an empty page doesn't move it. The settling
// time is there because a row may become visible when later ones have been read already. Once the cursor has read past
// an unsettled second, the bookmark of this run stays at or below what had settled then: a row may still appear behind
// it. The clock is the server's, since the local one may be wrong.
//
// Repeats: the boundary second is always read again, and so is what hasn't settled. A row is dropped only if the
// version of it that was emitted last is the same, or newer (which a lagging replica causes). Versions are compared by
// fingerprint, since contents change and change back within a second. Being old is no reason to drop a row.
//
// Older rows: a row older than S is unexpected, but emitted as "Repeats" has it; it moves nothing.
//
// Full seconds: if a page holds nothing newer than S, reading is over unless S+1 has settled. Then look at S+1 without
// emitting. If something settled lies there, ask for S again. If that still leads nowhere, S is complete only if a page
// that starts before S, where a server that cuts seconds would have had to cut S short, contains every row of S
// received so far. Otherwise the stream fails with the bookmark on S, or skips S if CursorConfig.SkipFull says so.
//
// Too recent: Zendesk may refuse a start_time of the last minutes. That means caught up, unless the second asked for is
// more than a day old.
//
// Bad rows: a row without a readable updated_at is emitted and moves nothing. A page without any readable one has no
// way on: the stream fails.
//
// Windows: rows modified at or after the window's end are not emitted, and reading ends there.
//
// Busy accounts: rows that come into being while the cursor reads are followed three times; then reading is over, or on
// an account where somebody is always on the phone it would never be.
//
// Wound-back bookmarks: the versions that "Repeats" needs belong to the bookmark that they were saved beside. If a
// person has moved that since, they are not handed in again, and everything from the bookmark on is emitted.
//
// # What may be deleted one day
//
// If Zendesk ever says whether a page cuts a second or completes it, the part of fullsecond.go behind the probe can be
// deleted: the second look, the extra pages from before S, and the proof. It serves servers that complete seconds, and
// turns a failure that they don't deserve into a success.
package talk

// Package talk reads Zendesk Talk's incremental exports of calls and call legs: it logs in, keeps to the rate limit,
// retries, checks what comes back, and knows how to read a stream that never says that it is over without losing a row.
// It knows nothing of Singer.
//
// A [Client] fetches one page at a time. A [Cursor] says which page, which of its rows are new, and from where the next
// run has to read. [Call] and [Leg] describe the rows. The two halves meet in the caller's loop alone: the client knows
// no history, the cursor no network.
//
// # The export
//
// Asked for the rows modified at or after a second, start_time, the API answers with the oldest of them, in order of
// updated_at, and with the end_time of the newest row it sent, from which to ask next. Everything that makes reading it
// hard follows from what it doesn't say (API page: "Incremental Exports" of the Talk API reference):
//
//   - It has no last page. next_page is never null; start_time is inclusive; so the last second comes again for ever.
//   - It doesn't say how many rows a page holds, and rows share seconds: the legs of one call do so as a rule.
//   - Rows change after the call, about 40 minutes and 3 hours later and whenever somebody edits them, and move to the
//     end of the stream when they do. They can become visible some minutes after the time they bear.
//
// # The cursor's rules
//
// S is the second that was asked for; T the newest updated_at of the page that came, but never less than S.
//
//  1. End of the round. A round is over when a page is empty, or brings nothing newer than S and rule 6 finds nothing
//     behind it. Neither next_page nor count nor the number of rows has a say: other readers that trusted one of them
//     loop for ever (zenpy issue 489, dlt verified-sources issue 629) or stop early.
//  2. The way on. end_time counts if S < end_time ≤ T, otherwise T stands for it; next_page is followed if S < its
//     start_time ≤ T, otherwise end_time is asked for. So every request asks for a later second than the one before,
//     but for the few of rule 6: a stuck or backward answer can't make a loop. And none asks for more than what was received: an answer from the
//     future can't make a gap.
//  3. Bookmark. It is the least of end_time, the server's clock less the settling time, and the window's end; it never
//     moves back, and an empty page doesn't move it. The settling time is there because a row may become visible when
//     later ones have been read already; so the clock that counts is that of the page which went past something that
//     had not settled, not of those behind it. The clock is the server's, since the local one may be wrong.
//  4. Repeats. The boundary second is always read again, and so is what hasn't settled. A row is dropped only if the
//     version of it that was emitted last is the same, or newer (which a lagging replica causes). Versions are compared
//     by fingerprint, since contents change and change back within a second. Being old is no reason to drop a row.
//  5. Order. A row older than S is unexpected, but emitted by rule 4; it moves nothing.
//  6. Full seconds. If one second holds as many rows as a page, no request leads past it except one for the next
//     second, and that would lose rows if the server had cut S short. So the cursor looks behind S without emitting;
//     if something settled lies there it looks at S again; and if S still has no end, it takes S for whole only if a
//     page that begins before S, which a cutting server would have had to cut shorter, holds all rows of S that came so
//     far. Otherwise the stream fails, loudly, with the bookmark on S, or goes on without what can't be had if told so.
//  7. Too recent. Zendesk may refuse a start_time of the last minutes. That means caught up.
//  8. Unreadable times. A row without a readable updated_at is emitted and moves nothing. A page without any readable
//     one has no way on: the stream fails.
//  9. Windows. Rows modified at or after the window's end are not emitted, and reading ends there.
//  10. Busy accounts. Rows that come into being while the cursor reads are followed three times; then the round is over,
//     or on an account where somebody is always on the phone it would never be.
//
// The memory that rule 4 needs is bounded: see [Cursor.Seen].
package talk

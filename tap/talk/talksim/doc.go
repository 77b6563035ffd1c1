// Package talksim simulates a Zendesk Talk account behind the Incremental Exports API: its calls and legs, its logins
// and its limit. It serves --demo and all tests.
//
// # The account
//
// An [Account] is a history. Each row has versions, each version a second from which queries see it, and the server's
// clock alone decides what a request gets. Rewrites some 40 minutes and three hours after a call, rows that show up
// late, rows that are erased and an account that moves on while it is read are all that one model, so [Account.Final]
// always knows what a reader has to end with. Package desk makes a phone desk's history from a seed; [SimpleRow] and
// [Body] help to write one by hand.
//
// # The server
//
// A [Sim] answers as the real endpoints do, as far as that is known:
//
//   - calls and legs, under /stats/incremental/ and /incremental/, with and without .json
//   - start_time is inclusive and compared with updated_at; rows come oldest first
//   - end_time is the updated_at of the newest row, next_page is never null
//   - a page is cut at the page size, even within a second
//   - without rows count is 0, end_time null, and next_page asks the same again (a guess: no real answer is known)
//   - API tokens and bearer tokens; POST /oauth/tokens for client credentials; any scope gets a token, but without read
//     it gets 403
//
// [Sim.Transport] reaches it in the same process, without waiting and without a port; as an [http.Handler] it stands
// behind a real connection; command serve offers it on a loopback port. [Sim.Requests] tells what arrived.
//
// # Scenarios
//
// A [Scenario] changes something about that: the account, how a request is met, the answer, the page, or the
// connection. Its functions get a [Request], a [Page] and a [Reply] to edit. Package faults has every quirk and fault
// that the tap has to live with, by name; the released program does not link it.
package talksim

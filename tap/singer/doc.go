// Package singer lets a program speak the Singer protocol as a tap: it reads the catalog and the state that a user or
// an orchestrator hands in, turns rows of JSON into RECORD messages that any target can store, and writes messages,
// metrics and log lines in the forms that targets, Meltano and singer-python expect. It knows nothing of any API: a
// tap declares its [Stream] values and hands over rows as they came.
//
// This package serves the program tap-zendesk-talk and is no stable Go API: it may change with any release.
//
// A run goes like this:
//
//   - [Select] applies the catalog to the declared streams, and [ParseState] reads where the last run ended.
//   - [Writer.Schema] announces a stream, and [NewProjection] compiles the way of its rows.
//   - For each row, [Projection.Append] appends a RECORD to the lines that [Writer.Lines] returns, and returns a [Row]
//     with the row's id and time. To leave the row out, go on with the lines from before it.
//   - [Writer.Keep] makes the lines part of the output, [Writer.State] says how far all is safe, and [Writer.Flush]
//     lets it out, a page at a time or in pieces.
//
// # Bytes, not values
//
// A row is never decoded. One scan finds where its values lie, and what is emitted are the row's own bytes, so that
// numbers keep their digits and texts their characters. What changes is only this:
//
//   - White space between tokens is left out; fields stand in the order of the schema, with null for what the row
//     lacks.
//   - Invalid UTF-8 and escaped halves of surrogate pairs become U+FFFD, and U+0000 is removed: no target could store
//     them.
//   - A value that does not fit its field's type is converted if nothing is lost by it, see below.
//
// Of two equal keys the last one counts, and "i\u0064" is the same key as "id".
//
// # Types
//
// The schema of a field lets values through by its type, its format if that is date-time, its items and its
// properties; other keywords are for the target. A field without type takes anything. These conversions are made:
//
//   - A number for a string: the text of its digits, as they were sent.
//   - A string for an integer or a number, if it is a JSON number and nothing else: "10011", not "007", not " 7", not
//     "".
//   - 12.0 and 1.2e1 for an integer; an integer stays within 64 bits.
//   - A date-time with an offset (+02:00, +0200, +02), lower-case letters or a space for the T: to UTC with Z, its
//     fraction kept. What is no date-time to RFC 3339, or none to Python (year 0, hour 24, second 60), does not fit.
//   - An array, an object or a boolean for a string: its JSON text, but only where the catalog has made a string of a
//     field that the tap declares as something else, or not at all. In a field that is a string anyway it is an error
//     of the API.
//   - The same for items of an array and members of an object that the schema describes; one that does not fit makes
//     the whole unfit.
//
// # Rescued data
//
// If the effective schema has a property called _rescued_data, it holds what the other fields can't: the text of one
// JSON object with the non-null fields that neither the tap's schema nor the catalog's knows, and the original of
// each value that did not fit and is null in its field. Its keys are sorted, so that equal rows look equal. A field
// that was deselected, or taken out of the catalog's schema, is known and never appears in it. A row's own field of
// this name is a field like any unknown one. [Projection.Warnings] tells of each field once, [Projection.Notices] of
// those that the tap knows of.
//
// # Selection
//
// The catalog's schema is the effective one. The key and the replication key of a stream are always emitted, whatever
// the catalog says of them, and are put back if its schema has lost them. For all else the first rule that applies
// decides: the parent is not selected (no); inclusion unsupported (no); automatic (yes); selected;
// selected-by-default; and if none of these is there, the parent, or for a stream whose entry has metadata at all:
// no. Booleans may be strings, and an empty string means that nothing is said. Before there was metadata, selected
// and replication_method stood in the entry, and selected and inclusion in the schema: they count where metadata is
// silent.
//
// # Output
//
// A [Writer] owns its output: nothing else may write there. It writes whole lines only, so that an interrupted run
// never leaves half a message behind, and knows what its output ends in, so that a STATE that says nothing new is
// left out.
package singer

// Package singer is the Singer protocol as a tap speaks it: the catalog and what a user selects from it, the state, the three messages, and the
// log. It knows nothing of any API: a tap declares its [Stream] values, hands over rows of JSON as they came, and
// gets lines that any Singer target takes.
//
// A run goes like this: [Select] applies the catalog to the declared streams; [ParseState] reads where the last run ended;
// [Writer.Schema] announces a stream; for each row [Writer.Record] makes a RECORD by the stream's [Projection] and tells what the row is
// ([Row]); [Writer.State] says how far all is safe; [Writer.Flush] lets it out.
//
// # Bytes, not values
//
// A row is never decoded. One scan finds where its values lie, and what is emitted are the row's own bytes, so that numbers keep
// their digits and texts their characters. What changes is only this:
//
//   - White space between tokens is left out; fields stand in the order of the schema, with null for what the row has not.
//   - Invalid UTF-8 and escaped halves of surrogate pairs become U+FFFD, U+0000 goes: no target could store them.
//   - A value that does not fit its field's type is converted if nothing is lost by it, see below.
//
// Of two equal keys the last one counts, and "i\u0064" is the same key as "id".
//
// # Types
//
// The schema of a field lets values through by its type, its format if that is date-time, its items and its properties; other keywords are
// for the target. A field without type takes anything. These conversions are made:
//
//   - A number for a string: the text of its digits, as they were sent. (Not a boolean: a column of texts with a stray true in it is an error.)
//   - A string for an integer or a number, if it is a JSON number and nothing else: "10011", not "007", not " 7", not "".
//   - 12.0 and 1.2e1 for an integer; an integer stays within 64 bits.
//   - A date-time with an offset (+02:00, +0200, +02), lower-case letters or a space for the T: to UTC with Z, its fraction kept. What is
//     no date-time to RFC 3339, or none to Python (year 0, hour 24, second 60), does not fit.
//   - The same for items of an array and members of an object that the schema describes; one that does not fit makes the whole unfit.
//
// # _rescued_data
//
// If the effective schema has a property of this name, it holds what the other fields can't: the text of one JSON object with the non-null fields
// that neither the tap's schema nor the catalog's knows, and the original of each value that did not fit and is null in its field. Its
// keys are sorted, so that equal rows look equal. A field that was deselected, or taken out of the catalog's schema, is known and
// never appears in it. A row's own field of this name is a field like any unknown one. [Projection.Warnings] tells of each field once.
//
// # Selection
//
// The catalog's schema is the effective one. The key and the replication key of a stream are always emitted, whatever the catalog says of
// them, and are put back if its schema has lost them. For all else the first that applies decides: the parent is not selected (no);
// inclusion unsupported (no); automatic (yes); selected; selected-by-default; and if nobody has said anything, the parent, or for a
// stream whose entry has metadata at all: no. Booleans may be strings. Before metadata there were selected and replication_method in the entry and
// selected and inclusion in the schema: they count where metadata is silent.
//
// # Output
//
// A [Writer] owns its output: nothing else may write there. It holds lines back until Flush, so that a page that turns out bad half-way can
// be taken back, and writes whole lines only, so that an interrupted run never leaves half a message behind.
package singer

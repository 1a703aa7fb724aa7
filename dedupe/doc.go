// Package dedupe says when two copies are one message.
//
// It knows four layers. Each is there to save work for the next, and each may say no; only all together say yes.
//
//   - Digest gives sums of the octets, on their way: equal to the last octet, or but for what servers alter.
//   - Print is of 64 octets and costs little more than a SHA-256. It is finer than the canonical form: where two are
//     alike, so is their form. Judge puts prints of any number of messages side by side, and reads again only the few
//     that share a Message-ID, or Date, From and Subject, and are not alike.
//   - Canon reads one message into its canonical form: what of it is the message itself, and not the doing of a program
//     that fetched, filtered or kept it. Against holds two forms against each other, with the reason in words.
//   - Package proof, below this one, holds the two real messages against each other before one is put aside. It shares
//     no code with the others.
//
// Two messages are the same if their canonical forms are equal and something proves that they are one delivery: a
// Message-ID, or Received lines of the server. All that is not known to be harmless makes a difference: an unknown
// header, a part that cannot be read without doubt. The form, in short:
//
//   - Header fields are sorted by the table (Table) into those that are the message, as a multiset of name and decoded
//     value, and those that are dropped. Of the Received lines count those that stand below what a fetching program and
//     the machine it ran on added (header.Cut), in their order. Delivered-To and its kin below that cut are no part of
//     the form; two that have different ones are near, and nothing is merged through a third that has none.
//   - The body is a tree of parts (RFC 2046). A node covers its fields, its parameters but for the boundary, and its
//     children; a leaf what its transfer encoding and charset say, decoded strictly, quoting of "From " at line starts
//     undone. What is not written by the rules is opaque: it counts as it lies, with LF line ends. Empty lines at the
//     very end of a message count for nothing.
//   - Bounds keep every message, however it is made, from costing more: 1 MB and 10,000 fields of header, 128 KB of a
//     part's, 50 levels, 10,000 parts. Beyond them it counts as it lies. Of content nothing is kept but sums.
//
// Rules carries what a user wants ignored or merged; Rules.Key names it together with Version, and a Print that was
// kept is read back only under the key it was made with.
//
// Of several copies Keep says which one stays, and why; Facts tells what the octets of a copy say about how well it was
// kept, the sums in its signatures among them (DKIM, S/MIME, OpenPGP). Unite merges what programs and people noted about the copies (EarlierDate their dates), some of which stands
// in the header (HeaderState).
//
// Nothing in here acts; Near is never to be acted on.
package dedupe

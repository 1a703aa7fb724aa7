// Package dedupe says when two copies are one message.
//
// Digest gives sums of the octets, on their way. Canon reads one message into its canonical form: what
// of it is the message itself, and not the doing of a program that fetched, filtered or kept it. Two
// messages are the same if their canonical forms are equal and something proves that they are one
// delivery: a Message-ID, or Received lines of the server. All that is not known to be harmless makes a
// difference: an unknown header, a part that cannot be read without doubt.
//
// Nothing in here acts; Near is never to be acted on.
package dedupe

// Package aside sets copies of messages aside, from places of any kind, such that at every instant each message is somewhere
// and all can be put back: the same octets, names, flags and dates. It knows no protocol and no file format.
//
// # What is done with a copy
//
//  1. it and the copy that stays are read, and compared by a comparator that shares no code with what found them;
//  2. what its place must know to put it back (name, line ends, times) is asked for;
//  3. where its date is the earlier one, and the place of the copy that stays cannot change dates (an IMAP server), that copy is stored once
//     more beside itself, with that date, and read back; the new one stays, and the old one is set aside like all others, after them;
//  4. the manifest says what is about to be copied, and is durable;
//  5. it is stored in the quarantine, durably, and read back;
//  6. the manifest says what the copy that stays is about to be given of its state (flags, keywords, date), and that is done;
//  7. the manifest says that it is about to go;
//  8. its place compares what it has under that name now, octet for octet, and removes it;
//  9. the copy that stays is looked at again: two places may be one mailbox under two names, and then both are gone,
//     and the message is put back from the quarantine;
//  10. the manifest says that it is gone.
//
// The first of each two folders goes through all of that alone. What a run that was cut left in between the next
// one settles, going by the manifest.
//
// # The manifest, version 2
//
// Text that is only appended to (package line), a line for each thing done; see Manifest. It is all that Undo needs
// beside the quarantine. Version 1 had no dates in its lines of merges, and is read.
package aside

import (
	"context"
	"errors"
	"io"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// Errors of setting aside.
var (
	// ErrOneMailbox: when a copy was removed the one that stays was gone too.
	ErrOneMailbox = errors.New("two of the places are one mailbox under two names")
	// ErrUnlike: the second comparison does not say that the two are the same.
	ErrUnlike = errors.New("read again and compared, it is not the same as the one that stays")
	// ErrCannot: the place is only read.
	ErrCannot = errors.New("nothing can be removed there")
)

// Quarantine is where copies go: a place that can be written, read and removed from.
type Quarantine struct {
	// Word is how the user would write it; empty: the place itself.
	Word  string
	Store Keeper
	// Below is the folder below which those of the place are made.
	Below mail.Path
}

// Keeper is a store that copies can be put into and taken out of.
type Keeper interface {
	migrate.Sink
	migrate.Remover
}

// Place is one that copies are set aside from, or in which copies stay.
type Place struct {
	ID   string // lasting
	Word string // as the user would write it
	// Store reads it. It has to be a Remover for anything to be set aside, a Flagger for state to be merged, and a Dater or a
	// Keeper for dates.
	Store migrate.Source
	To    Quarantine
}

// Restorer is a place that can put back what was removed from it as it was, and not only its octets, flags and date.
type Restorer interface {
	// Trace tells in a line of text what Restore has to know. An error of ScopeMessage: it could not be put back.
	Trace(ctx context.Context, f mail.Folder, ref mail.Ref) (string, error)
	// Restore puts messages back; the first done of them are durable.
	Restore(ctx context.Context, f mail.Folder, batch []mail.Parcel, traces []string) (done int, err error)
	// Retrace gives a message that is there, its date and flags as they were, the name and the time to the last digit that it had
	// when its trace was taken. One whose flags are others keeps its name.
	Retrace(ctx context.Context, f mail.Folder, ref mail.Ref, trace string) error
}

// Pair is a copy to be set aside, and the one that stays for it. Places are numbers in Run.Places.
type Pair struct {
	DropIn, KeepIn int
	Drop, Keep     mail.Ref
}

// Fate tells what became of a pair's copy.
type Fate struct {
	Pair
	To     mail.Ref // in the quarantine
	Octets int64
	// MessageID is the message's own; empty where it has none, or was not read.
	MessageID string
	Merged    Change // what the one that stays was given
	// Renewed: it is no further copy, but the one that was to stay, and its place was taken by another of an earlier date.
	Renewed bool
	// Err is why it stays where it is; nil: it is set aside.
	Err error
}

// Run sets copies aside.
type Run struct {
	Places   []*Place
	Manifest *Manifest
	// Prove compares two real messages, which it may read more than once, and fails unless they are the same.
	Prove func(keep, drop func() io.Reader) error
	// Unite says what is to be changed in the state of the one that stays, whose octets it may read.
	Unite func(keep, drop mail.Message, octets io.Reader) (Change, error)
	// Delete: once it is certain that nothing was lost, the quarantine's copy is removed too.
	Delete  bool
	Observe func(Fate)
	// Patience is that with lost connections.
	Patience migrate.Patience
	// Spool is the folder for messages over 256 KiB; empty: the system's.
	Spool string

	left    []Pair            // to be done
	begun   map[Pair]bool     // something was done with it in this run
	renewed []Pair            // those that were renewed, and are to be set aside
	stands  map[Pair]mail.Ref // by place and reference of what was to stay (KeepIn, Keep): what stays in its place
}

// Change is what the one that stays is given.
type Change struct {
	mail.Flagging
	// Date becomes its internal date; zero: that stays what it is.
	Date time.Time
}

// none tells that nothing changes.
func (c Change) none() bool {
	return c.None() && c.Date.IsZero()
}

// Package aside sets copies of messages aside, from places of any kind, such that at every instant each message is somewhere
// and all can be put back: the same octets, names, flags and dates. It knows no protocol and no file format.
//
// # What is done with a copy
//
//  1. it and the copy that stays are read, and compared by a comparator that shares no code with what found them;
//  2. what its place must know to put it back (name, line ends, times) is asked for;
//  3. the manifest says what is about to be copied, and is durable;
//  4. it is stored in the quarantine, durably, and read back;
//  5. the manifest says what the copy that stays is about to be given of its state, and that is done;
//  6. the manifest says that it is about to go;
//  7. its place compares what it has under that name now, octet for octet, and removes it;
//  8. the copy that stays is looked at again: two places may be one mailbox under two names, and then both are gone,
//     and the message is put back from the quarantine;
//  9. the manifest says that it is gone.
//
// The first of each two folders goes through all of that alone. What a run that was cut left in between the next
// one settles, going by the manifest.
//
// # The manifest, version 1
//
// Text that is only appended to (package line), a line for each thing done; see Manifest. It is all that Undo needs
// beside the quarantine.
package aside

import (
	"context"
	"errors"
	"io"

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
	// Store reads it. It has to be a Remover for anything to be set aside, and a Flagger for state to be merged.
	Store migrate.Source
	To    Quarantine
}

// Restorer is a place that can put back what was removed from it as it was, and not only its octets, flags and date.
type Restorer interface {
	// Trace tells in a line of text what Restore has to know. An error of ScopeMessage: it could not be put back.
	Trace(ctx context.Context, f mail.Folder, ref mail.Ref) (string, error)
	// Restore puts messages back; the first done of them are durable.
	Restore(ctx context.Context, f mail.Folder, batch []mail.Parcel, traces []string) (done int, err error)
	// Retrace gives a message that is there the name it had when its trace was taken.
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
	Merged mail.Flagging // what the one that stays was given
	// Err is why it stays where it is; nil: it is set aside.
	Err error
}

// Run sets copies aside.
type Run struct {
	Places   []*Place
	Manifest *Manifest
	// Prove compares two real messages, which it may read more than once, and fails unless they are the same.
	Prove func(keep, drop func() io.Reader) error
	// Unite says what is to be changed in the state of the one that stays.
	Unite func(keep, drop mail.Message) mail.Flagging
	// Delete: once it is certain that nothing was lost, the quarantine's copy is removed too.
	Delete  bool
	Observe func(Fate)
	// Spool is the folder for messages over 256 KiB; empty: the system's.
	Spool string
}

// Package migrate is mail in motion: what is to be done (plan), how a message travels (parcel),
// what was done (journal), and the run that does it. It knows no protocol and no file format; it
// meets both ends as the interfaces in this file.
package migrate

import (
	"context"
	"iter"

	"mailmv/formats/mail"
)

// Reader is a place that can be looked into. Its methods may be called again after an error of
// ScopeStore with Retry: the store then connects anew, and every Ref that is not Fleeting still holds.
// Of one Reader one method runs at a time, an iteration included.
type Reader interface {
	// List yields every message of f in the store's own order: Ref, Octets where the store knows them
	// without reading, Flags, InternalDate where kept. No Envelope. A folder that is not there is an
	// error of ScopeFolder that is mail.ErrNoFolder.
	List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error]
	// Describe yields Octets, InternalDate and Envelope of refs, in any order, without their bodies.
	// What is no longer there is left out.
	Describe(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error]
	// Fetch yields the octets of refs, in any order. An error of ScopeMessage is that message's own and
	// the iteration goes on (its Fetched bears the Ref); any other ends it.
	Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error]
}

// Source is a place that mail comes from.
type Source interface {
	Reader
	// Folders lists what can be read.
	Folders(ctx context.Context) ([]mail.Folder, error)
	Limits() mail.Limits
	// Close ends the session without removing anything.
	Close() error
}

// Sink is a place that mail goes to.
type Sink interface {
	Reader
	// Look tells Validity, Next and Messages of the folder as they are now; mail.ErrNoFolder where it is absent.
	Look(ctx context.Context, p mail.Path) (mail.Folder, error)
	// Open is Look, but makes the folder (and its parents) if absent.
	Open(ctx context.Context, p mail.Path) (mail.Folder, error)
	// Append hands over a batch in order and returns once its octets are on their way. The wait function
	// returns when the store has promised to keep it (the tagged OK, RFC 9051 §6.3.12; files and folder
	// synced) and told its sizes. It gives one Stored for each parcel. With an error beside it the fate
	// of each parcel that has neither Ref.ID nor Err is in doubt. Bodies are read until wait has returned,
	// maybe more than once. Appends are called one after another; wait functions may run beside them.
	Append(ctx context.Context, f mail.Folder, batch []mail.Parcel) (wait func() ([]mail.Stored, error), err error)
	Limits() mail.Limits
	Close() error
}

// Connector is a Source or Sink that can log in ahead of its first use, so that both ends do so at the
// same time. The other methods connect by themselves where that was not done.
type Connector interface {
	Connect(ctx context.Context) error
}

// Peered is a Source or Sink on a server, that can be told from another by where it answers.
type Peered interface {
	// Peer is its address and port; empty before the first connection.
	Peer() string
}

// Sweeper is a Source that can hand over a whole folder without listing it before, by which a first copy costs less.
type Sweeper interface {
	// Sweep yields the octets of all that f holds, as Fetch does. It may leave out some; List tells of all.
	Sweep(ctx context.Context, f mail.Folder) iter.Seq2[mail.Fetched, error]
}

// Witness is a Source of which folders with a Listing may change between Folders and List.
type Witness interface {
	// ToldAs tells whether List and Fetch have told of f what f.Listing sums up, since Folders told of f.
	ToldAs(f mail.Folder) bool
}

// Searcher is a Source whose server can search by itself.
type Searcher interface {
	// Search tells which messages of f fit keys, words that the server itself understands. mail.ErrSearch: it does not.
	Search(ctx context.Context, f mail.Folder, keys string) (func(mail.Ref) bool, error)
}

// Flagger is a Sink whose messages' flags can be changed.
type Flagger interface {
	// SetFlags makes the changes and yields each one's fate, with the flags and keywords that the message had before. An error of
	// ScopeMessage is that message's own.
	SetFlags(ctx context.Context, f mail.Folder, changes []mail.Flagging) iter.Seq2[mail.Message, error]
}

// Dater is a Sink whose messages' internal dates can be changed. An IMAP server's cannot (RFC 9051 §2.3.3).
type Dater interface {
	// SetDates makes the changes durably and yields each one's fate. An error of ScopeMessage is that message's own.
	SetDates(ctx context.Context, f mail.Folder, changes []mail.Dating) iter.Seq2[mail.Ref, error]
}

// KeywordKeeper is a Sink that tells which keywords a folder can hold.
type KeywordKeeper interface {
	// Unkept gives those of words that the folder's messages cannot bear, as far as that is told. It changes nothing.
	Unkept(ctx context.Context, f mail.Folder, words []string) ([]string, error)
}

// RoleKeeper is a Sink that notes by itself what a folder is for, where others only tell of it.
type RoleKeeper interface {
	// KeepRole notes the role of a folder that is there, durably.
	KeepRole(p mail.Path, role mail.Role) error
}

// Rememberer is a Sink that makes a folder which is gone again as the one that it was.
type Rememberer interface {
	// Remembered tells what Open would make of a folder that is absent now; false: a new one.
	Remembered(p mail.Path) (mail.Folder, bool)
}

// Knower is a Sink that knows its folders.
type Knower interface {
	// Known tells of a folder that is there without looking into it: Messages is -1. false: only Look can tell.
	Known(p mail.Path) (mail.Folder, bool)
}

// Learner is a Knower that has to ask for its folders.
type Learner interface {
	Knower
	// Learn asks for all folders at once, where that is possible, so that Known tells of them.
	Learn(ctx context.Context) error
}

// Remover is a Source (or Sink) that can remove.
type Remover interface {
	// Remove removes those of doomed whose octets are still what they were, compared in the very session
	// that removes, and yields each one's fate: nil once the removal is final (POP3: after a good answer
	// to QUIT, RFC 1939 §6). An error of ScopeMessage is that message's own. It may end the session.
	Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error]
}

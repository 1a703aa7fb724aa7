// Package mail holds the words that every room of mailmv shares: folders, messages, references,
// flags and errors. It knows no protocol and no file format, and it never touches octets.
//
// Everywhere in mailmv a message is a run of octets with CRLF line ends as RFC 5322 has them on the wire;
// "Octets" counts those.
package mail

import (
	"io"
	"strings"
	"time"
)

// Path names a folder: decoded UTF-8, levels joined by "/" whatever the store's own delimiter,
// counted from the personal namespace (RFC 2342). The maildrop of a POP3 account is Inbox.
type Path string

// Inbox is the one folder name that RFC 9051 §5.1 reserves; every spelling of it means this.
const Inbox Path = "INBOX"

// Clean returns p with INBOX spelt in capitals where it is the first level (RFC 9051 §5.1) and
// without empty levels.
func (p Path) Clean() Path {
	var levels []string
	for l := range strings.SplitSeq(string(p), "/") {
		if l != "" {
			levels = append(levels, l)
		}
	}
	if len(levels) > 0 && strings.EqualFold(levels[0], string(Inbox)) {
		levels[0] = string(Inbox)
	}
	return Path(strings.Join(levels, "/"))
}

// Role is the special use of a folder (RFC 6154), such as \Sent; empty for none.
type Role string

// Folder is a named container of messages.
type Folder struct {
	Path Path
	Role Role
	// Validity is the folder's generation: IMAP's UIDVALIDITY (RFC 9051 §2.3.1.1). 0: the store has no lasting one.
	Validity uint32
	// Next is IMAP's UIDNEXT: every message stored from now on has a UID of at least this. 0: unknown.
	Next uint32
	// Messages is how many the folder holds; -1: unknown.
	Messages int
	// ModSeq is IMAP's HIGHESTMODSEQ (RFC 7162 §3.1.2.1), which every change raises, flags included; 0: not kept.
	ModSeq uint64
	// Listing is a SHA-256 over all that List would tell of the messages, in whatever form the store likes; zero: the store
	// would have to list them for it.
	Listing [32]byte
}

// Ref points at one copy of a message. It is comparable. ID is opaque outside the store that made it:
// a UID in decimal, a UIDL, a base name, an offset. A UID means nothing without its Validity.
type Ref struct {
	Folder   Path
	Validity uint32
	ID       string
}

// Envelope holds the header facts by which two copies find each other (RFC 9051 §2.3.5).
// The values are the header's own text, unfolded and trimmed, not decoded; the first of several counts.
type Envelope struct {
	MessageID string
	Date      string
	From      string
	Subject   string
}

// Message is what a store tells of a message: facts, never octets.
type Message struct {
	Ref
	// Octets is the length with CRLF line ends. Until the message was read it is the store's word,
	// which is a hint only; -1: unknown.
	Octets int64
	// InternalDate is when the server received it (RFC 9051 §2.3.3); zero: unknown.
	InternalDate time.Time
	// Undated says that nothing tells of the message when it came: InternalDate is when its file changed, which others may do too.
	Undated  bool
	Flags    Flags
	Keywords []string
	// MoreKeywords says that the message has keywords beside those, whose names the store does not know (a Maildir without its table).
	MoreKeywords bool
	Envelope     Envelope
	// Fleeting says that Ref.ID holds for this session only (a POP3 server without UIDL, or with two
	// messages under one UIDL): it must not be remembered.
	Fleeting bool
}

// Fetched is a message with its octets still on their way. Body is read once and dies at the next
// iteration; what is left unread is skipped. It ends with io.EOF only where the message is whole:
// a message cut short ends with another error.
type Fetched struct {
	Message
	Body io.Reader
}

// Whole is a Body that is in memory, of a store that keeps messages with other line ends than mail has.
type Whole interface {
	io.Reader
	// Whole gives the octets as they are kept, which are those of the message but that an LF may stand for a CRLF, and how
	// many the message has. They die with the Body, and are not to be changed.
	Whole() (kept []byte, octets int64)
}

// Parcel is one message on its way into a store.
type Parcel struct {
	// Message holds what the store should keep: exact Octets, InternalDate, Flags, Keywords. Its Ref is the source's.
	Message
	// Body writes exactly Octets octets, from the first on, each time it is called.
	Body io.WriterTo
}

// Spender is a Parcel's Body that likes to know when it is needed no more, which may be long before the store's answer.
type Spender interface {
	// Spent tells that the octets are where the store need not be given them again. It comes before Append's wait ends, or not at all.
	Spent()
}

// Stored tells the fate of one Parcel.
type Stored struct {
	// Ref is the new copy; Ref.ID is empty where the store did not tell which one it is.
	Ref Ref
	// Octets is the size as the store has it, read back; -1: not known.
	Octets int64
	// Err is why this one was refused (a *Error of ScopeMessage); nil: stored.
	Err error
}

// Doomed is a message to be removed: never by name alone, but only if what is there now has these octets.
type Doomed struct {
	Ref    Ref
	Octets int64
	// Sum is the SHA-256 of the message's octets as they were fetched.
	Sum [32]byte
}

// Flagging is a change of the flags of one message.
type Flagging struct {
	Ref
	Add, Remove                 Flags
	AddKeywords, RemoveKeywords []string
}

// None tells that nothing changes.
func (f Flagging) None() bool {
	return f.Add|f.Remove == 0 && len(f.AddKeywords)+len(f.RemoveKeywords) == 0
}

// Dating is a new internal date for one message.
type Dating struct {
	Ref
	Date time.Time
}

// Limits is what a store bears.
type Limits struct {
	// Connections is how many may be open at once; 0: as many as one likes.
	Connections int
	// MaxOctets is the largest message it takes (APPENDLIMIT, RFC 7889); 0: not told.
	MaxOctets int64
	// BatchMessages and BatchOctets are how much goes well into one Append; 0: no opinion.
	BatchMessages int
	BatchOctets   int64
	// InFlight is how many Appends may be under way at once; 0 means 1.
	InFlight int
}

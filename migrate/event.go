package migrate

import "mailmv/formats/mail"

// Outcome is what became of one message. Every message that was seen has exactly one of the first
// five; Removed comes on top.
type Outcome uint8

const (
	Copied    Outcome = iota + 1
	Present           // it was there already: journaled in an earlier run, or found by content
	Duplicate         // the same as another message, and the user asked for one only
	Skipped           // left out on purpose: a filter, a limit, a stop
	Failed
	Removed // gone from the source, after it was proven to be at the destination
)

// String gives the word that reports use.
func (o Outcome) String() string {
	switch o {
	case Copied:
		return "copied"
	case Present:
		return "present"
	case Duplicate:
		return "duplicate"
	case Skipped:
		return "skipped"
	case Failed:
		return "failed"
	case Removed:
		return "removed"
	}
	return "unknown"
}

// Event is something that happened in a run. Events come one at a time.
type Event interface{ event() }

// MessageDone tells the outcome of one message. In a dry run it tells what would happen.
type MessageDone struct {
	Source  string // From.Name
	Message mail.Message
	To      mail.Ref // zero Ref.ID where not known
	Outcome Outcome
	Reason  string // "new", "gone from the destination since", "in the journal", "same octets", "before 2004-01-01", the server's words ...
	Err     error  // where Failed
}

// FolderStarted tells that a folder was listed: so many messages, and of these so many are still to be
// fetched with so many octets (0 where the source does not tell sizes).
type FolderStarted struct {
	Source   string
	Folder   mail.Path
	To       mail.Path
	Messages int
	ToFetch  int
	Octets   int64
}

// MessagesRead tells that more messages of a folder were read, where a run does no more than that with each.
type MessagesRead struct {
	Source   string
	Folder   mail.Path
	Messages int
	Octets   int64
}

// Progress tells that more octets of bodies were read from the source.
type Progress struct{ Octets int64 }

// Note is something the user should know, told once per kind and run: what a server was seen to alter,
// a certificate about to expire, UIDLs that do not last.
type Note struct{ Text string }

// Retrying tells that a connection was lost and is tried again.
type Retrying struct {
	Err     error
	Attempt int
	Wait    int // seconds
}

// Kept tells that a message was to be removed from the source and stays there.
type Kept struct {
	Source string
	Ref    mail.Ref
	Reason string
}

func (Kept) event()          {}
func (MessageDone) event()   {}
func (FolderStarted) event() {}
func (MessagesRead) event()  {}
func (Progress) event()      {}
func (Note) event()          {}
func (Retrying) event()      {}

package migrate

import (
	"context"
	"errors"
	"time"

	"mailmv/formats/mail"
)

// From is a source with the names under which it is shown and remembered.
type From struct {
	Source Source
	Name   string // for people: the place as it was written, without secrets
	ID     string // for the journal: the same account has the same ID for ever ("pop3:user@host")
}

// Selection says which messages are wanted; a zero value wants all.
type Selection struct {
	Since, Before   time.Time // by internal date: Since <= date < Before
	Larger, Smaller int64     // octets: Larger < size < Smaller; 0: no bound
}

// Removal says what is removed from the sources once it is proven to be at the destination.
type Removal struct {
	On            bool
	After         time.Duration // only messages first seen at least this long ago
	LimitPercent  float64       // of a folder in one run; negative: no ceiling
	AcceptAltered bool          // also what the destination keeps with other octets
}

// OnBad says what to do with a message that the destination refuses as it is.
type OnBad uint8

const (
	SkipBad   OnBad = iota // list it, exit 3
	RepairBad              // the smallest repair that the destination takes
	StopBad
)

// Run is one move: any sources into one sink. Journal and Sink stay the caller's to close.
type Run struct {
	Sources  []From
	Sink     Sink
	SinkName string // for people
	Journal  *Journal
	// To maps a folder of a source to one of the sink.
	To        func(mail.Folder) mail.Path
	Select    Selection
	Remove    Removal
	OnBad     OnBad
	DryRun    bool
	Jobs      int   // Appends at once; 0: what the sink likes
	StopAfter int64 // octets copied, then ErrStopped; 0: never
	Observe   func(Event)
	Now       func() time.Time // nil: time.Now
	SpoolDir  string           // where messages over 256 KiB wait; empty: the system's
}

// ErrStopped: a limit that was asked for was reached (Run.StopAfter); run again to go on.
var ErrStopped = errors.New("stopped at the limit that was asked for")

// ErrMessages: the run came to its end, but some messages failed.
var ErrMessages = errors.New("some messages failed")

// Do moves the mail. The report is good whatever the error: it balances, and what was not reached
// counts as skipped. ErrMessages: all was tried and some failed; ErrStopped: see there; a cancelled
// ctx gives ctx's error; anything else ended the run early.
func (r Run) Do(ctx context.Context) (Report, error) { return Report{}, nil }

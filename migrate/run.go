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
	// Want and To count for this source in place of the Run's; nil: those of the Run.
	Want func(mail.Folder) bool
	To   func(mail.Folder) mail.Path
	// Role is what the folder that one goes to is to be kept as, where the sink is a RoleKeeper; nil, or empty: nothing is said of that.
	Role func(mail.Folder) mail.Role
	// Seen tells who has a message of the source already, which is left out then unless the journal knows it; empty:
	// nobody. It is asked about every message that is listed under a lasting name. nil: nobody has any.
	Seen func(mail.Message) string
	// OctetRate bounds the octets read a second, for a source that does not keep to a rate itself; 0: as fast as it goes.
	OctetRate int64
}

// Selection says which messages are wanted; a zero value wants all.
type Selection struct {
	Since, Before   time.Time // by internal date: Since <= date < Before
	Larger, Smaller int64     // octets: Larger < size < Smaller; 0: no bound
	Search          string    // what the source's own search finds; every source is a Searcher then
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
	SkipBad   OnBad = iota // list it, ErrMessages at the end
	RepairBad              // send it with its line ends and NULs mended; else list it
	StopBad                // end the run
)

// Run is one move: any sources into one sink. Journal, Sources and Sink stay the caller's to close.
// A Run is used once.
type Run struct {
	Sources []From
	Sink    Sink
	Journal *Journal
	// Want says which folders of the sources are moved; nil: all.
	Want func(mail.Folder) bool
	// KeepFlags leaves the flags of what is in the sink alone; else changes of the source's flags follow.
	KeepFlags bool
	// To maps a folder of a source to one of the sink.
	To     func(mail.Folder) mail.Path
	Select Selection
	Twins  Twins
	// SinkID is the sink's lasting name (OpenJournal), for Verify, which has no journal.
	SinkID string
	Remove Removal
	OnBad  OnBad
	// Ignore is what Verify does not compare.
	Ignore Aspects
	// Refetch looks which copies that the journal tells of are no longer in the sink, and copies those messages anew, where
	// the source still has them.
	Refetch bool
	// Each has every message told of (MessageDone), also those of a folder that is as it was: else that is not listed.
	Each      bool
	DryRun    bool  // tell what would be done; nothing is written anywhere, the journal included
	StopAfter int64 // octets copied, then ErrStopped; 0: never
	// MessageRate bounds the messages fetched a second; 0: as fast as it goes.
	MessageRate float64
	Observe     func(Event)
	Now         func() time.Time // nil: time.Now
	SpoolDir    string           // where messages over 256 KiB wait; empty: the system's temporary folder
	// Prints remembers the content of what is in the sink from run to run, where twins are dropped; nil: nothing is remembered.
	Prints Prints
	// Retries is how often in a row a lost connection is tried again without a message moved between;
	// 0: five times, negative: never.
	Retries int
	// Pause waits between tries; nil: by the clock.
	Pause func(context.Context, time.Duration) error
}

// ErrStopped: a limit that was asked for was reached (Run.StopAfter); run again to go on.
var ErrStopped = errors.New("stopped at the limit that was asked for")

// ErrMessages: the run came to its end, but some messages failed.
var ErrMessages = errors.New("some messages failed")

// ErrFolders: the run came to its end, but some folders could not be read or written, or not to their end.
var ErrFolders = errors.New("some folders failed")

// ErrBalance: the counts do not add up, which is a bug in mailmv; nothing was removed on their ground.
var ErrBalance = errors.New("the counts do not balance")

// Do moves the mail. The report is good whatever the error: it balances, and what was not reached counts as skipped where
// the run was stopped, and as failed where it broke off. ErrMessages: all was tried and some failed; ErrFolders, ErrStopped: see there; a cancelled
// ctx gives ctx's error; anything else ended the run early.
func (r Run) Do(ctx context.Context) (Report, error) {
	x := newRunner(r)
	err := x.untilDone(ctx)
	if !r.DryRun {
		if syncErr := r.Journal.Sync(); !errors.Is(err, syncErr) {
			err = errors.Join(err, syncErr)
		}
	}
	if err != nil && r.Remove.On && !r.DryRun {
		x.note("the run did not come to its end: what it had no time to prove is not removed; the next run does")
	}
	report := x.report(err == nil, ctx.Err() != nil || isStop(err))
	if err == nil && !report.Balanced() {
		err = ErrBalance
	}
	if err == nil && report.Failed > 0 {
		err = ErrMessages
	}
	return report, err
}

// isStop tells an end at a limit that somebody set from one by a failure.
func isStop(err error) bool {
	for _, stop := range []error{ErrStopped, mail.ErrQuota, mail.ErrLimit, mail.ErrInUse} {
		if errors.Is(err, stop) {
			return true
		}
	}
	return false
}

// untilDone makes passes over the sources until one comes to its end. A pass after a lost connection
// is planned like a second run: what the journal knows is not done again.
func (x *runner) untilDone(ctx context.Context) error {
	retries := x.Retries
	if retries == 0 {
		retries = 5
	}
	for attempt := 1; ; attempt++ {
		x.pass++
		x.progressed.Store(false)
		err := x.once(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, mail.ErrChanged) && x.remade < remadeMax {
			x.remade++
			x.stock, x.stands = nil, nil
			x.observe(Note{"the destination has made its folder anew meanwhile: what is in it is looked for by content"})
			continue
		}
		if !mail.Retryable(err) || !x.reached && asksToWait(err) == 0 {
			return err // a place that was never reached is more likely wrong than busy
		}
		if x.progressed.Load() {
			attempt = 1
		}
		if attempt > retries || x.pass == maxPasses {
			return err
		}
		wait := pauseBefore(attempt, err)
		x.observe(Retrying{Err: err, Attempt: attempt, Wait: int(wait / time.Second)})
		if err := x.Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// remadeMax is how often in a run the sink's folder may get another UIDVALIDITY under our feet. Seen at GNU
// Mailutils 3.15, which gives another one after it has altered messages.
const remadeMax = 3

// maxPasses bounds a run against a server that lets one message through before each cut.
const maxPasses = 250

// pauseBefore grows from one second to a minute, and is at least what the server asked for.
func pauseBefore(attempt int, err error) time.Duration {
	return max(min(time.Second<<(attempt-1), time.Minute), asksToWait(err))
}

// asksToWait is how long the server asked to be left alone.
func asksToWait(err error) time.Duration {
	if e := (*mail.Error)(nil); errors.As(err, &e) {
		return e.After
	}
	return 0
}

func pauseByClock(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

package migrate

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/formats/receipt"
)

// Audit holds a place against a receipt: every message that it states is there, in its folder, with its octets, date,
// flags and keywords. The server that the mail came from is not needed. Some tens of octets a message are held.
type Audit struct {
	Receipt *receipt.Receipt
	Place   Source
	Name    string                    // of the place, for people
	To      func(mail.Path) mail.Path // where in the place a folder of the receipt is; nil: under its own name
	Ignore  Aspects
	Observe func(Event)
	Now     func() time.Time
	// Retries and Pause are as in Run.
	Retries int
	Pause   func(context.Context, time.Duration) error
}

// auditor is the state of one Audit.
type auditor struct {
	Audit
	spool  spooler
	states []statement // in the order of the receipt
	index  []sumKey    // sorted
	proof  []FolderProof
}

// statement is one message of the receipt.
type statement struct {
	offset int64
	folder int32
	state  Finding // 0: nothing was found of it
	told   bool
}

// sumKey finds a statement by the first octets of one of its sums.
type sumKey struct {
	sum  uint64
	stmt int32
}

// Do compares. Events are those of Run.Verify; their Source is the receipt's.
func (a Audit) Do(ctx context.Context) (Proof, error) {
	x, err := newAuditor(a)
	if err != nil {
		return Proof{}, err
	}
	start := x.Now()
	var spoilt error
	for _, to := range x.targets() {
		err := x.folderUntilDone(ctx, to)
		if err != nil && (mail.ScopeOf(err) == mail.ScopeStore || ctx.Err() != nil) {
			return x.result(start), cmp.Or(context.Cause(ctx), err)
		}
		spoilt = errors.Join(spoilt, err)
	}
	p := x.result(start)
	if spoilt != nil {
		spoilt = fmt.Errorf("%w: %w", ErrFolders, spoilt)
	}
	if spoilt == nil && (!p.Balanced() || p.Seen != x.Receipt.Messages) {
		spoilt = ErrBalance
	}
	return p, spoilt
}

func newAuditor(a Audit) (*auditor, error) {
	if a.Now == nil {
		a.Now = time.Now
	}
	if a.Pause == nil {
		a.Pause = pauseByClock
	}
	if a.Observe == nil {
		a.Observe = func(Event) {}
	}
	if a.To == nil {
		a.To = func(p mail.Path) mail.Path { return p }
	}
	x := &auditor{Audit: a, spool: spooler{now: a.Now, pool: new(buffers)}}
	for _, f := range a.Receipt.Folders {
		x.proof = append(x.proof, FolderProof{Source: a.Receipt.From[f.Source].Name, Folder: f.Path, To: a.To(f.To).Clean()})
	}
	for p, err := range a.Receipt.Mails() {
		if err != nil {
			return nil, err
		}
		n := int32(len(x.states))
		x.states = append(x.states, statement{offset: p.Offset, folder: int32(p.Folder)})
		for i, sum := range [][32]byte{p.Kept, p.Sum, p.Wire} {
			if i == 0 || sum != p.Kept && (i == 1 || sum != p.Sum) {
				x.index = append(x.index, sumKey{prefix(sum), n})
			}
		}
		x.proof[p.Folder].Seen++
	}
	slices.SortFunc(x.index, func(a, b sumKey) int { return cmp.Or(cmp.Compare(a.sum, b.sum), cmp.Compare(a.stmt, b.stmt)) })
	return x, nil
}

func prefix(sum [32]byte) uint64 { return binary.BigEndian.Uint64(sum[:]) }

// targets are the folders of the place, in the order of the receipt.
func (x *auditor) targets() []mail.Path {
	var all []mail.Path
	for _, f := range x.proof {
		if !slices.Contains(all, f.To) {
			all = append(all, f.To)
		}
	}
	return all
}

// result counts what was found of each statement.
func (x *auditor) result(start time.Time) Proof {
	for i := range x.states {
		switch c := &x.proof[x.states[i].folder].ProofCounts; x.states[i].state {
		case Proven:
			c.Present++
		case Differs:
			c.Differs++
		case Missing:
			c.Missing++
		}
	}
	p := Proof{Folders: x.proof, Elapsed: x.Now().Sub(start)}
	for _, f := range x.proof {
		p.plus(f.ProofCounts)
	}
	return p
}

// folderUntilDone compares one folder, anew after a lost connection.
func (x *auditor) folderUntilDone(ctx context.Context, to mail.Path) error {
	retries := x.Retries
	if retries == 0 {
		retries = 5
	}
	for attempt := 1; ; attempt++ {
		err := x.folder(ctx, to)
		if !mail.Retryable(err) || attempt > retries || ctx.Err() != nil {
			return err
		}
		wait := pauseBefore(attempt, err)
		x.Observe(Retrying{Err: err, Attempt: attempt, Wait: int(wait / time.Second)})
		if err := x.Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// of lists the statements about a folder of the place, and begins them anew.
func (x *auditor) of(to mail.Path) []int32 {
	var all []int32
	for i := range x.states {
		if f := x.states[i].folder; x.proof[f].To == to {
			x.states[i].state = 0
			x.proof[f].Altered, x.proof[f].Alike, x.proof[f].Octets, x.proof[f].Extra = 0, 0, 0, 0
			all = append(all, int32(i))
		}
	}
	return all
}

// statedAs gives the statements about folder to that may be about a copy with these sums.
func (x *auditor) statedAs(to mail.Path, sums dedupe.Sums) []int32 {
	var all []int32
	for _, sum := range []dedupe.Sum{sums.Exact, sums.Wire} {
		i, _ := slices.BinarySearchFunc(x.index, prefix(sum), func(k sumKey, sum uint64) int { return cmp.Compare(k.sum, sum) })
		for ; i < len(x.index) && x.index[i].sum == prefix(sum); i++ {
			if n := x.index[i].stmt; x.proof[x.states[n].folder].To == to && !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
		if sums.Wire == sums.Exact {
			break
		}
	}
	return all
}

// tell tells of one statement, each thing once.
func (x *auditor) tell(n int32, m receipt.Mail, e Verified) {
	s := &x.states[n]
	s.state = e.Finding
	f := x.Receipt.Folders[s.folder]
	if e.Finding == Proven {
		x.proof[s.folder].Octets += m.Octets
		x.proof[s.folder].countLike(likenessOf(e.Sums, dedupe.Sums{Exact: m.Sum, Wire: m.Wire}))
	}
	if s.told {
		return
	}
	s.told = true
	e.Source = x.Receipt.From[f.Source].Name
	e.Message = mail.Message{Ref: mail.Ref{Folder: f.Path}, Octets: m.Octets, InternalDate: m.Date, Flags: m.Flags, Keywords: m.Keywords, Envelope: m.Envelope}
	x.Observe(e)
}

// absent tells of a folder that the place has not.
func (x *auditor) absent(to mail.Path, stated []int32) error {
	for i := range x.proof {
		if f := &x.proof[i]; f.To == to && !f.Absent {
			f.Absent = true
			x.Observe(FolderAbsent{Source: f.Source, Folder: f.Folder, To: to, Messages: f.Seen})
		}
	}
	return x.missing(stated, fmt.Sprintf("folder %q is not there", to))
}

func (x *auditor) missing(stated []int32, why string) error {
	for _, n := range stated {
		m, err := x.Receipt.MailAt(x.states[n].offset)
		if err != nil {
			return err
		}
		x.tell(n, m, Verified{Finding: Missing, Reason: why})
	}
	return nil
}

package migrate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mailmv/formats/mail"
)

// Finding is what Verify says of one message.
type Finding uint8

const (
	Proven  Finding = iota + 1 // it is there: the same octets, date and flags
	Differs                    // it is there, and not as it should be
	Missing
)

// String gives the word that reports use.
func (f Finding) String() string {
	switch f {
	case Proven:
		return "present"
	case Differs:
		return "differs"
	case Missing:
		return "missing"
	}
	return "unknown"
}

// Verified tells what was found of one message of a source.
type Verified struct {
	Source  string
	Message mail.Message
	To      mail.Ref // zero Ref.ID where it is missing
	Finding Finding
	Reason  string
}

func (Verified) event() {}

// Proof is what Verify found: Seen = Present + Missing + Differs + Skipped + Unread.
type Proof struct {
	Seen, Present, Missing, Differs int
	// Skipped were left out by the selection; Unread could not be read from the source.
	Skipped, Unread int
	// Altered counts those of Present whose octets the destination has changed as servers do.
	Altered int
	// Extra counts messages in the folders that were compared which are no message of the sources.
	Extra   int
	Elapsed time.Duration
}

// Verify proves that every message of the sources is in the sink. It reads both sides, believes no journal, and
// changes nothing. Two messages that are alike need two copies. Of r it uses what a dry run uses.
func (r Run) Verify(ctx context.Context) (Proof, error) {
	r.DryRun, r.Journal = true, newJournal()
	r.Journal.file = readOnly{}
	x := newRunner(r)
	x.verify = &verification{}
	err := x.untilDone(ctx)
	if err == nil {
		x.verify.close(x)
	}
	p := x.verify.Proof
	for _, m := range x.moves {
		p.Seen += m.listed
		p.Skipped += m.counts.Skipped
		p.Unread += m.counts.Failed
	}
	for _, s := range x.snaps {
		for _, c := range s.copies {
			if !c.taken {
				p.Extra++
			}
		}
	}
	p.Elapsed = x.Now().Sub(x.start)
	if err == nil && p.Seen != p.Present+p.Missing+p.Differs+p.Skipped+p.Unread {
		err = ErrBalance
	}
	return p, err
}

// verification is the part of a runner that only verifies.
type verification struct {
	Proof
	open []unproven
}

// unproven is a message whose octets are not in the sink.
type unproven struct {
	move *move
	mail.Message
}

// found compares date and flags of a message whose octets are there.
func (v *verification) found(x *runner, m *move, p *parcel, hit found) {
	c := m.snap.copies[hit.copy]
	var wrong []string
	if p.InternalDate.Unix() != c.date {
		wrong = append(wrong, fmt.Sprintf("its date is %s, not %s", time.Unix(c.date, 0).UTC().Format(time.RFC3339), p.InternalDate.UTC().Format(time.RFC3339)))
	}
	if lost := p.Flags &^ c.flags; lost != 0 {
		wrong = append(wrong, "without "+lost.String())
	}
	e := Verified{Source: m.src.Name, Message: p.Message, To: m.refOf(c.uid), Finding: Proven, Reason: hit.reason}
	if len(wrong) > 0 {
		e.Finding, e.Reason = Differs, strings.Join(wrong, ", ")
	}
	v.tell(x, e, hit.state&altered != 0)
}

// notFound puts a message aside until all others have found theirs.
func (v *verification) notFound(m *move, p *parcel) {
	v.open = append(v.open, unproven{m, p.Message})
}

// close tells of each message that found nothing whether what is there of it differs, or nothing is there.
func (v *verification) close(x *runner) {
	for _, u := range v.open {
		e := Verified{Source: u.move.src.Name, Message: u.Message, Finding: Missing, Reason: "nothing like it is there"}
		equal, other := u.move.snap.candidates(u.Envelope, u.Octets)
		if like := append(equal, other...); len(like) > 0 {
			c := &u.move.snap.copies[like[0]]
			c.taken = true
			e.To, e.Finding = u.move.refOf(c.uid), Differs
			e.Reason = fmt.Sprintf("its octets differ: %d there, %d here", c.octets, u.Octets)
		}
		v.tell(x, e, false)
	}
}

func (v *verification) tell(x *runner, e Verified, altered bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch e.Finding {
	case Proven:
		v.Present++
		if altered {
			v.Altered++
		}
	case Differs:
		v.Differs++
	case Missing:
		v.Missing++
	}
	x.Observe(e)
}

package migrate

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// settleDoubts finds out what became of batches that were begun and whose UIDs were never told: an
// earlier run was killed, a connection was lost, or the server does not tell (no UIDPLUS, RFC 4315).
// Only copies with a UID of at least the folder's UIDNEXT before the batch, and that no other entry
// claims, can be theirs. Going by Message-ID would lose one of two honest twins.
func (x *runner) settleDoubts(ctx context.Context, m *move) error {
	m.unnamed = 0
	if err := x.abandonOldGenerations(m); err != nil {
		return err
	}
	doubts := x.doubtsOf(m)
	if len(doubts) == 0 {
		return nil
	}
	if m.to.Validity == 0 { // no UID lasts there, so none can be told: the word of the server has to do
		for i := range doubts {
			if doubts[i].acked {
				doubts[i].fate = fate{kind: stored}
			}
		}
		return x.settle(m, doubts)
	}
	low := ^uint32(0)
	for _, d := range doubts {
		low = min(low, d.next)
	}
	held, err := x.unclaimed(ctx, m, max(low, 1))
	if err != nil {
		return err
	}
	if !matchBySizes(doubts, held) {
		copies, err := x.sumsOf(ctx, m, held)
		if err != nil {
			return err
		}
		matchBySums(doubts, copies)
	}
	return x.settle(m, doubts)
}

// abandonOldGenerations gives up on what was sent to a folder that has been made anew since
// (another UIDVALIDITY): it is looked for by content like any other mail.
func (x *runner) abandonOldGenerations(m *move) error {
	for _, to := range x.Journal.generations(m.to.Path) {
		if to == m.toN {
			continue
		}
		for n, s := range x.Journal.pending(to) {
			if err := x.Journal.settle(n, slices.Repeat([]fate{{kind: refused}}, len(s.items))); err != nil {
				return err
			}
		}
	}
	return nil
}

// doubt is one item whose fate is to be found out.
type doubt struct {
	item
	batch uint64
	next  uint32
	ours  bool // sent by this run
	acked bool // the sink said OK
	fate  fate
}

func (x *runner) doubtsOf(m *move) []doubt {
	x.mu.Lock()
	defer x.mu.Unlock()
	var doubts []doubt
	for n, s := range x.Journal.pending(m.toN) {
		b, ours := x.batches[n]
		for _, it := range s.items {
			doubts = append(doubts, doubt{item: it, batch: n, next: s.next, ours: ours, acked: b.acked, fate: fate{kind: refused}})
		}
	}
	slices.SortStableFunc(doubts, func(a, b doubt) int { return cmp.Compare(a.batch, b.batch) })
	return doubts
}

// matchBySizes settles what the sink acknowledged, where as many messages came as were sent and their
// sizes are the same ones in the same order: that is what the answer would have told.
func matchBySizes(doubts []doubt, held []heldCopy) bool {
	if len(doubts) != len(held) {
		return false
	}
	for i, d := range doubts {
		if !d.acked || held[i].octets != d.octets || held[i].uid < d.next {
			return false
		}
	}
	for i := range doubts {
		doubts[i].fate = fate{kind: stored, uid: held[i].uid}
	}
	return true
}

// readCopy is a copy in the sink whose octets were read.
type readCopy struct {
	uid   uint32
	sums  dedupe.Sums
	taken bool
}

// sumsOf reads copies of the sink for their sums, in the order of their UIDs.
func (x *runner) sumsOf(ctx context.Context, m *move, held []heldCopy) ([]readCopy, error) {
	refs := make([]mail.Ref, len(held))
	for i, c := range held {
		refs[i] = m.refOf(c.uid)
	}
	var all []readCopy
	err := readSums(x.Sink.Fetch(ctx, m.to, refs), func(ref mail.Ref, s dedupe.Sums) error {
		all = append(all, readCopy{uid: uidOf(ref), sums: s})
		return nil
	})
	slices.SortFunc(all, func(a, b readCopy) int { return cmp.Compare(a.uid, b.uid) })
	return all, err
}

// readSums reads messages for their sums. Those that cannot be read are left out.
func readSums(fetched func(func(mail.Fetched, error) bool), each func(mail.Ref, dedupe.Sums) error) error {
	for f, err := range fetched {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			continue
		}
		if err != nil {
			return err
		}
		d := dedupe.NewDigest()
		if _, err := io.Copy(d, f.Body); err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			continue
		} else if err != nil {
			return err
		}
		if err := each(f.Ref, d.Sums()); err != nil {
			return err
		}
	}
	return nil
}

// matchBySums gives each doubt the first copy with its octets. What the sink acknowledged and is not
// found so was altered on the way in: where as many are left on both sides, they are taken in order.
func matchBySums(doubts []doubt, copies []readCopy) {
	byWire := map[dedupe.Sum][]int{}
	for i, c := range copies {
		byWire[c.sums.Wire] = append(byWire[c.sums.Wire], i)
	}
	var lost []int
	for i := range doubts {
		d := &doubts[i]
		same := byWire[d.wire]
		at := slices.IndexFunc(same, func(c int) bool { return copies[c].uid >= d.next })
		if at < 0 {
			if d.acked {
				lost = append(lost, i)
			}
			continue
		}
		c := &copies[same[at]]
		c.taken = true
		d.fate = fate{kind: stored, uid: c.uid}
		if c.sums.Exact != d.sum {
			d.fate.state = altered
		}
		byWire[d.wire] = slices.Delete(same, at, at+1)
	}
	copies = slices.DeleteFunc(copies, func(c readCopy) bool { return c.taken })
	if len(lost) != len(copies) {
		return
	}
	for i, l := range lost {
		doubts[l].fate = fate{kind: stored, uid: copies[i].uid, state: altered}
		if copies[i].sums.Octets < doubts[l].octets {
			doubts[l].fate.state = damaged
		}
	}
}

// settle writes down what was found out, batch by batch, and tells of what this run had not told yet.
// What is not there, though it was acknowledged, failed; what was only in doubt is planned anew.
func (x *runner) settle(m *move, doubts []doubt) error {
	for len(doubts) > 0 {
		n := 1
		for n < len(doubts) && doubts[n].batch == doubts[0].batch {
			n++
		}
		fates := make([]fate, n)
		for i, d := range doubts[:n] {
			if d.ours && d.fate.kind == stored {
				d.fate.outcome = Copied
			}
			fates[i] = d.fate
			x.tell(m, d)
		}
		if err := x.Journal.settle(doubts[0].batch, fates); err != nil {
			return err
		}
		x.progressed.Store(true)
		doubts = doubts[n:]
	}
	return nil
}

var errNotKept = errors.New("the server said OK and does not have it")

func (x *runner) tell(m *move, d doubt) {
	msg := mail.Message{Ref: mail.Ref{Folder: m.folder.Path, Validity: m.folder.Validity, ID: d.id}, Octets: d.octets}
	switch {
	case !d.ours:
	case d.acked && d.fate.kind != stored, d.fate.state&damaged != 0:
		err := errNotKept
		if d.fate.state&damaged != 0 {
			err = errAltered
		}
		if d.acked { // told and counted as copied when the OK came
			m.counts.Copied--
			m.counts.Octets -= d.octets
			m.counts.Seen--
		}
		x.account(m, msg, mail.Ref{}, Failed, err.Error(), &mail.Error{Op: "append", Ref: msg.Ref, Scope: mail.ScopeMessage, Err: err})
	case d.acked:
		if d.fate.state&altered != 0 {
			m.counts.Altered++
		}
	case d.fate.kind == stored: // counted when the next pass lists it
		x.observe(MessageDone{Source: m.src.Name, Message: msg, To: m.refOf(d.fate.uid), Outcome: Copied, Reason: x.whyCopied(d.key, m)})
	}
}

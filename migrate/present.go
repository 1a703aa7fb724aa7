package migrate

import (
	"cmp"
	"context"
	"hash/maphash"
	"io"
	"slices"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// snapshot is what a folder of the sink held before this pass appended to it and what no entry of
// the journal accounts for: mail that came there another way. Some tens of octets a message.
type snapshot struct {
	seed   maphash.Seed
	copies []heldCopy
	byHint map[uint64][]int32 // by Message-ID, or by the rest of the envelope where there is none
	// What follows is kept for Verify alone.
	words  map[uint32][]string  // keywords by UID
	unread map[uint32]string    // why a copy could not be read, by UID
	sums   map[int32]dedupe.Sum // of copies that have a message's octets and another date, or lack flags
}

// left counts the copies that no message has taken.
func (s *snapshot) left() int {
	n := 0
	for i := range s.copies {
		if !s.copies[i].taken {
			n++
		}
	}
	return n
}

type heldCopy struct {
	octets int64
	date   int64 // internal date, Unix seconds
	uid    uint32
	flags  mail.Flags
	taken  bool // some message of the source is this one
}

// kinMax bounds how many copies of another size are read for one message.
const kinMax = 8

// takeSnapshot looks at the sink's folder once. An empty or absent folder costs nothing, and one in which the
// journal accounts for everything costs a list.
func (x *runner) takeSnapshot(ctx context.Context, m *move) error {
	if s, ok := x.snaps[m.to.Path]; ok {
		m.snap = s
		return nil
	}
	s := &snapshot{seed: maphash.MakeSeed(), byHint: map[uint64][]int32{}, unread: map[uint32]string{}, sums: map[int32]dedupe.Sum{}}
	if m.to.Messages != 0 {
		if err := x.fill(ctx, m, s); err != nil {
			return err
		}
	}
	m.snap = s
	if x.DryRun { // nothing is noted, so what one source takes must be taken for the next
		x.snaps[m.to.Path] = s
	}
	return nil
}

// fill lists what the sink's folder holds.
func (x *runner) fill(ctx context.Context, m *move, s *snapshot) error {
	if x.verify != nil {
		x.verify.words = nil
	}
	held, err := x.unclaimed(ctx, m, 1)
	if err != nil || len(held) == 0 {
		return err
	}
	refs := make([]mail.Ref, len(held))
	flags := make(map[uint32]mail.Flags)
	if x.verify != nil {
		s.words = x.verify.words
	}
	for i, c := range held {
		refs[i] = m.refOf(c.uid)
		if c.flags != 0 {
			flags[c.uid] = c.flags
		}
	}
	for d, err := range x.Sink.Describe(ctx, m.to, refs) {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			x.note("the destination has messages that cannot be read, and count as not there: %v", err)
			continue // cannot be told from new mail: at worst a copy too many, never one too few
		}
		if err != nil {
			return err
		}
		h := s.hint(d.Envelope)
		s.byHint[h] = append(s.byHint[h], int32(len(s.copies)))
		uid := uidOf(d.Ref)
		s.copies = append(s.copies, heldCopy{uid: uid, octets: d.Octets, date: d.InternalDate.Unix(), flags: flags[uid]})
	}
	return nil
}

// unclaimed lists the messages of the sink's folder, from UID low on, that the journal does not account
// for, in the order of their UIDs.
func (x *runner) unclaimed(ctx context.Context, m *move, low uint32) ([]heldCopy, error) {
	claimed := x.Journal.claimed(m.toN)
	var held []heldCopy
	for msg, err := range x.Sink.List(ctx, m.to) {
		if err != nil {
			return nil, err
		}
		uid := uidOf(msg.Ref)
		if _, ok := slices.BinarySearch(claimed, uid); !ok && uid >= low {
			held = append(held, heldCopy{uid: uid, octets: msg.Octets, flags: msg.Flags})
			x.verify.hear(uid, msg.Keywords)
		}
	}
	slices.SortFunc(held, func(a, b heldCopy) int { return cmp.Compare(a.uid, b.uid) })
	return held, nil
}

func (s *snapshot) hint(e mail.Envelope) uint64 {
	if e.MessageID != "" {
		return maphash.String(s.seed, "id\x00"+e.MessageID)
	}
	return maphash.String(s.seed, "no\x00"+e.Date+"\x00"+e.From+"\x00"+e.Subject)
}

// candidates are the copies not yet taken that may be a message: those of its size first, then a few others.
func (s *snapshot) candidates(e mail.Envelope, octets int64) (equal, other []int32) {
	for _, i := range s.byHint[s.hint(e)] {
		switch c := &s.copies[i]; {
		case c.taken:
		case c.octets == octets:
			equal = append(equal, i)
		case len(other) < kinMax:
			other = append(other, i)
		}
	}
	return equal, other
}

// found is a message of the source that is in the sink already.
type found struct {
	copy   int32
	reason string
	state  state // altered where the octets are not quite the message's
	octets likeness
	kept   dedupe.Sum // of the copy
}

// likeness tells how the octets of a copy are those of the message.
type likeness uint8

const (
	sameOctets  likeness = iota
	wireOctets           // but for what servers alter
	sameContent          // no more than that: programs on the way have added fields, or encoded it otherwise
)

// likenessOf compares sums of what is known to be the same message.
func likenessOf(a, b dedupe.Sums) likeness {
	switch {
	case a.Exact == b.Exact:
		return sameOctets
	case a.Wire == b.Wire:
		return wireOctets
	}
	return sameContent
}

// findPresent tells which parcels of a batch are in the sink already: candidates by envelope and size,
// proof by their octets. One fetch serves all candidates of equal size, a second the rest.
func (x *runner) findPresent(ctx context.Context, m *move, batch []*parcel) (map[*parcel]found, error) {
	if m.snap == nil {
		if err := x.takeSnapshot(ctx, m); err != nil {
			return nil, err
		}
	}
	hits := map[*parcel]found{}
	if len(m.snap.copies) == 0 {
		return hits, nil
	}
	err := x.matchCopies(ctx, m, batch, hits)
	if err != nil { // what was found in vain is to be found again
		for _, hit := range hits {
			m.snap.copies[hit.copy].taken = false
		}
	}
	return hits, err
}

func (x *runner) matchCopies(ctx context.Context, m *move, batch []*parcel, hits map[*parcel]found) error {
	equal := map[int32][]*parcel{}
	for _, p := range batch {
		c, _ := m.snap.candidates(p.Envelope, p.Octets)
		for _, i := range c {
			if x.mayBe(m, p, i) {
				equal[i] = append(equal[i], p)
			}
		}
	}
	if err := x.proveEqual(ctx, m, equal, hits); err != nil {
		return err
	}
	other := map[int32][]*parcel{}
	for _, p := range batch {
		if _, ok := hits[p]; ok || p.unfit != nil {
			continue
		}
		same, kin := m.snap.candidates(p.Envelope, p.Octets)
		for _, i := range append(same, kin...) {
			if x.mayBe(m, p, i) {
				other[i] = append(other[i], p)
			}
		}
	}
	return x.proveSame(ctx, m, other, hits)
}

// mayBe tells whether a copy is to be compared with a parcel. One that is marked \Deleted goes with the next EXPUNGE, and stands for no
// message that is not; a proof says so.
func (x *runner) mayBe(m *move, p *parcel, copy int32) bool {
	return x.verify != nil || p.Flags&mail.Deleted != 0 || m.snap.copies[copy].flags&mail.Deleted == 0
}

// proveEqual compares sums: the copy has the parcel's octets, or what servers are known to make of them. Of twins each
// gets the copy that has its date and flags too, where there is one.
func (x *runner) proveEqual(ctx context.Context, m *move, wanted map[int32][]*parcel, hits map[*parcel]found) error {
	var pairs []pair
	copies := map[*parcel]int{}
	for _, batch := range wanted {
		for _, p := range batch {
			copies[p]++
		}
	}
	err := x.fetchCopies(ctx, m, wanted, func(i int32, body io.Reader) error {
		d := dedupe.NewDigest()
		if _, err := io.Copy(d, body); err != nil {
			return err
		}
		sums := d.Sums()
		kept := m.snap.facts(m.snap.copies[i])
		for _, p := range wanted[i] {
			if sums.Wire == p.sums.Wire {
				pairs = append(pairs, pair{p, i, sums.Exact, p.facts().fits(kept, x.Ignore)})
			}
		}
		return nil
	})
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.fits, a.fits) })
	for _, t := range pairs {
		switch _, ok := hits[t.parcel]; {
		case ok || m.snap.copies[t.copy].taken:
		case x.verify != nil && t.fits < fitsExactly && copies[t.parcel] > 1: // it may be the very copy of a twin that is still to come
			t.unfit = append(t.unfit, t.copy)
			m.snap.sums[t.copy] = t.sum
		default:
			m.snap.copies[t.copy].taken = true
			hits[t.parcel] = found{copy: t.copy, reason: "same octets", kept: t.sum}
			if t.sum != t.sums.Exact {
				hits[t.parcel] = found{t.copy, "same octets but for what servers alter", altered, wireOctets, t.sum}
			}
		}
	}
	return err
}

// pair is a parcel and a copy that has its octets.
type pair struct {
	*parcel
	copy int32
	sum  dedupe.Sum // of the copy
	fits fit
}

// proveSame compares content: headers that mail programs add on the way do not make another message.
func (x *runner) proveSame(ctx context.Context, m *move, wanted map[int32][]*parcel, hits map[*parcel]found) error {
	return x.fetchCopies(ctx, m, wanted, func(i int32, body io.Reader) error {
		c, err := x.spool.spool(ctx, mail.Fetched{Message: mail.Message{Octets: m.snap.copies[i].octets}, Body: body})
		if err != nil {
			return err
		}
		defer c.release()
		for _, p := range wanted[i] {
			if _, ok := hits[p]; ok {
				continue
			}
			reason, err := sameMessage(p, c)
			if err != nil {
				return err
			}
			if reason != "" {
				m.snap.copies[i].taken = true
				hits[p] = found{i, reason, altered, likenessOf(p.sums, c.sums), c.sums.Exact}
				break
			}
		}
		return nil
	})
}

// sameMessage says why a copy in the sink is p though its octets are not quite p's; empty: it is not.
func sameMessage(p, kept *parcel) (string, error) {
	if kept.sums.Wire == p.sums.Wire {
		return "same octets but for what servers alter", nil
	}
	v, err := dedupe.Compare(p.reader(), kept.reader())
	if err != nil {
		return "", err
	}
	if v.Merges() || v.Alike {
		return v.Reason, nil
	}
	return "", nil
}

// fetchCopies reads the wanted copies, in the order of their UIDs.
func (x *runner) fetchCopies(ctx context.Context, m *move, wanted map[int32][]*parcel, read func(int32, io.Reader) error) error {
	if len(wanted) == 0 {
		return nil
	}
	refs := make([]mail.Ref, 0, len(wanted))
	at := map[uint32]int32{}
	for i := range wanted {
		uid := m.snap.copies[i].uid
		at[uid] = i
		refs = append(refs, m.refOf(uid))
	}
	slices.SortFunc(refs, func(a, b mail.Ref) int { return cmp.Compare(uidOf(a), uidOf(b)) })
	for f, err := range x.Sink.Fetch(ctx, m.to, refs) {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			m.snap.unread[uidOf(f.Ref)] = err.Error()
			continue
		}
		if err != nil {
			return err
		}
		i, ok := at[uidOf(f.Ref)]
		if !ok {
			continue
		}
		if err := read(i, f.Body); err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			m.snap.unread[uidOf(f.Ref)] = err.Error()
		} else if err != nil {
			return err
		}
	}
	return nil
}

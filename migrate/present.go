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
	s := &snapshot{seed: maphash.MakeSeed(), byHint: map[uint64][]int32{}}
	m.snap = s
	if x.DryRun { // nothing is noted, so what one source takes must be taken for the next
		x.snaps[m.to.Path] = s
	}
	if m.to.Messages == 0 {
		return nil
	}
	held, err := x.unclaimed(ctx, m, 1)
	if err != nil || len(held) == 0 {
		return err
	}
	refs := make([]mail.Ref, len(held))
	flags := make(map[uint32]mail.Flags)
	for i, c := range held {
		refs[i] = m.refOf(c.uid)
		if c.flags != 0 {
			flags[c.uid] = c.flags
		}
	}
	for d, err := range x.Sink.Describe(ctx, m.to, refs) {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
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
	equal := map[int32][]*parcel{}
	for _, p := range batch {
		c, _ := m.snap.candidates(p.Envelope, p.Octets)
		for _, i := range c {
			equal[i] = append(equal[i], p)
		}
	}
	if err := x.proveEqual(ctx, m, equal, hits); err != nil {
		return nil, err
	}
	other := map[int32][]*parcel{}
	for _, p := range batch {
		if _, ok := hits[p]; ok {
			continue
		}
		same, kin := m.snap.candidates(p.Envelope, p.Octets)
		for _, i := range append(same, kin...) {
			other[i] = append(other[i], p)
		}
	}
	return hits, x.proveSame(ctx, m, other, hits)
}

// proveEqual compares sums: the copy has the parcel's octets, or what servers are known to make of them.
func (x *runner) proveEqual(ctx context.Context, m *move, wanted map[int32][]*parcel, hits map[*parcel]found) error {
	return x.fetchCopies(ctx, m, wanted, func(i int32, body io.Reader) error {
		d := dedupe.NewDigest()
		if _, err := io.Copy(d, body); err != nil {
			return err
		}
		sums := d.Sums()
		for _, p := range wanted[i] {
			if _, ok := hits[p]; !ok && sums.Wire == p.sums.Wire {
				m.snap.copies[i].taken = true
				hits[p] = found{copy: i, reason: "same octets"}
				if sums.Exact != p.sums.Exact {
					hits[p] = found{i, "same octets but for what servers alter", altered}
				}
				break
			}
		}
		return nil
	})
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
				hits[p] = found{i, reason, altered}
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
			continue
		}
		if err != nil {
			return err
		}
		if i, ok := at[uidOf(f.Ref)]; ok {
			if err := read(i, f.Body); err != nil {
				return err
			}
		}
	}
	return nil
}

package migrate

import (
	"context"
	"errors"
	"slices"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// livingCopies leaves out the messages whose copies are marked \Deleted: the next EXPUNGE would remove what is left of them.
func (x *runner) livingCopies(ctx context.Context, m *move, g group) ([]doomed, error) {
	dying := map[uint32]bool{}
	for msg, err := range x.Sink.List(ctx, g.at) {
		if errors.Is(err, mail.ErrNoFolder) {
			break // nothing will be proven there
		}
		if err != nil {
			return nil, err
		}
		if msg.Flags&mail.Deleted != 0 {
			dying[uidOf(msg.Ref)] = true
		}
	}
	return slices.DeleteFunc(g.doomed, func(d doomed) bool {
		ref, _ := x.copyOf(m, d.key)
		if d.deleted || !dying[uidOf(ref)] {
			return false
		}
		x.stays(m, d.ref, "its copy at the destination is marked as deleted")
		return true
	}), nil
}

// prove reads copies back from the sink's folder at and returns the messages whose copies are theirs, octet for octet.
func (x *runner) prove(ctx context.Context, m *move, at mail.Folder, part []doomed) ([]proof, error) {
	want := map[uint32][]doomed{} // of several twins one copy is that of all
	var refs []mail.Ref
	for _, d := range part {
		ref, _ := x.copyOf(m, d.key)
		if uid := uidOf(ref); uid != 0 {
			if want[uid] == nil {
				refs = append(refs, ref)
			}
			want[uid] = append(want[uid], d)
		}
	}
	var proven []proof
	err := x.readCopies(ctx, at, refs, func(ref mail.Ref, s dedupe.Sums, date time.Time, form func() ([16]byte, error)) error {
		left := want[uidOf(ref)][:0]
		for _, d := range want[uidOf(ref)] {
			e, _ := x.Journal.find(d.key, m.toN)
			like, err := x.isCopy(d.key, e, s, form)
			switch {
			case err != nil:
				return err
			case like && x.laterThan(d, date) && !x.Remove.AcceptAltered:
				x.stays(m, d.ref, "its copy at the destination has a later date")
			case s.Exact == e.sum, like && x.Remove.AcceptAltered:
				proven = append(proven, proof{d, mail.Doomed{Ref: d.ref, Octets: e.octets, Sum: e.sum}})
			case like:
				x.stays(m, d.ref, "its copy at the destination differs from it")
			default:
				left = append(left, d)
			}
		}
		want[uidOf(ref)] = left
		return nil
	})
	if err == nil {
		for _, some := range want {
			for _, d := range some {
				x.stays(m, d.ref, "its copy is no longer at the destination, or has other octets")
			}
		}
	}
	return proven, err
}

// readCopies reads copies for their sums; form gives the form of the copy that is being told of.
func (x *runner) readCopies(ctx context.Context, at mail.Folder, refs []mail.Ref, each func(mail.Ref, dedupe.Sums, time.Time, func() ([16]byte, error)) error) error {
	fetched := x.Sink.Fetch(ctx, at, refs)
	if x.Twins == KeepTwins {
		return readSums(fetched, func(ref mail.Ref, s dedupe.Sums) error { return each(ref, s, time.Time{}, nil) })
	}
	for f, err := range fetched {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			continue
		}
		if err != nil {
			return err
		}
		kept, err := x.spool.spool(ctx, f)
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			continue
		}
		if err != nil {
			return err
		}
		err = each(f.Ref, kept.sums, kept.InternalDate, func() ([16]byte, error) {
			c, err := dedupe.Canon(kept.reader())
			if err != nil {
				return [16]byte{}, err
			}
			return c.Brief().Form(), nil
		})
		kept.release()
		if err != nil {
			return err
		}
	}
	return nil
}

// laterThan tells whether the copy that stands for a twin has a later date than that, which then would be lost.
func (x *runner) laterThan(d doomed, copy time.Time) bool {
	_, twin := x.Journal.sameAs(d.key)
	return twin && !d.date.IsZero() && copy.Sub(d.date) >= datesApart
}

// isCopy tells whether what was read back is the message, if not with its very octets: as servers alter it, or, of a twin, as
// the same message.
func (x *runner) isCopy(k key, e entry, s dedupe.Sums, form func() ([16]byte, error)) (bool, error) {
	t, ok := x.Journal.sameAs(k)
	if !ok || s.Wire == x.Journal.wireOf(k) {
		return s.Wire == x.Journal.wireOf(k), nil
	}
	now, err := form()
	return now == t.form, err
}

// proof is a message whose copy was read back.
type proof struct {
	doomed
	what mail.Doomed
}

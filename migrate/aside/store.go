package aside

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"mailmv/formats/mail"
)

// store puts copies into the quarantine, and proves that they are there.
func (b *batch) store(ctx context.Context) error {
	live := b.live()
	if len(live) == 0 {
		return nil
	}
	m, q := b.r.Manifest, b.from.To
	f, err := q.Store.Open(ctx, target(q.Below, live[0].Drop.Folder))
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	place, keeper := m.place(b.from), m.place(b.keeper)
	for _, i := range live {
		i.e = &entry{folder: m.folderNumber(place, i.Drop), id: i.Drop.ID, octets: i.drop.Octets, sum: i.drop.sum, date: i.drop.InternalDate,
			flags: i.drop.Flags, keywords: i.drop.Keywords, trace: i.trace, keepIn: m.folderNumber(keeper, i.Keep), keep: i.Keep.ID, next: f.Next}
		m.begin(i.e)
	}
	if err := m.sync(); err != nil {
		return err
	}
	if err := b.append(ctx, f, live); err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	if err := b.readBack(ctx, f, live); err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	return m.sync()
}

// append stores them; what is refused stays.
func (b *batch) append(ctx context.Context, f mail.Folder, live []*item) error {
	sink := b.from.To.Store
	limits := sink.Limits()
	size := limits.BatchMessages
	if size <= 0 {
		size = batchMax
	}
	for part := range slices.Chunk(live, size) {
		var parcels []mail.Parcel
		for _, i := range part {
			msg := i.drop.Message
			msg.Flags &^= mail.Deleted
			parcels = append(parcels, mail.Parcel{Message: msg, Body: i.drop})
		}
		told, err := storeBatch(ctx, sink, f, parcels)
		if err != nil {
			return err
		}
		for n, t := range told {
			part[n].e.at = t.Ref
			if t.Err != nil {
				part[n].err = fmt.Errorf("the quarantine does not take it: %w", t.Err)
				b.r.Manifest.set(part[n].e, stays, lineStayed)
			}
		}
	}
	return nil
}

// readBack reads the copies and compares their octets.
func (b *batch) readBack(ctx context.Context, f mail.Folder, live []*item) error {
	r, sink := b.r, b.from.To.Store
	var refs []mail.Ref
	for _, i := range live {
		if i.err != nil {
			continue
		}
		if i.e.at.ID == "" { // a server without UIDPLUS does not tell
			at, err := r.find(ctx, r.Manifest.placeIn(i.e.folder).keeps(), sink, f, i.e, i.e.next)
			if err != nil {
				return err
			}
			i.e.at = at
		}
		refs = append(refs, i.e.at)
	}
	sums, err := sumsOf(ctx, sink, f, refs)
	if err != nil {
		return err
	}
	var altered []mail.Doomed
	for _, i := range live {
		if i.err != nil {
			continue
		}
		if got, ok := sums[i.e.at]; !ok || got != (sum{i.e.octets, i.e.sum}) {
			i.err = &mail.Error{Op: "quarantine", Ref: i.Drop, Scope: mail.ScopeMessage, Err: errAltered}
			r.Manifest.set(i.e, stays, lineStayed)
			if ok {
				altered = append(altered, mail.Doomed{Ref: i.e.at, Octets: got.octets, Sum: got.sum})
			}
			continue
		}
		i.e.state, i.e.held = stored, true
		r.Manifest.put(lineStored, i.e.n, i.e.at.Validity, i.e.at.ID)
	}
	for _, err := range sink.Remove(ctx, f, altered) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return err
		}
	}
	return nil
}

var errAltered = errors.New("read back from the quarantine it has other octets")

// sum is what a message is known by.
type sum struct {
	octets int64
	sum    [32]byte
}

// sumsOf reads messages of one folder; one that is gone or cannot be read is left out.
func sumsOf(ctx context.Context, s Keeper, f mail.Folder, refs []mail.Ref) (map[mail.Ref]sum, error) {
	all := map[mail.Ref]sum{}
	if len(refs) == 0 {
		return all, nil
	}
	for m, err := range s.Fetch(ctx, f, refs) {
		if err == nil {
			var got sum
			got.octets, got.sum, err = sumOf(m.Body)
			if err == nil {
				all[m.Ref] = got
			}
		}
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			if gone(err) {
				break
			}
			return nil, err
		}
	}
	return all, ctx.Err()
}

// find looks for a copy by its octets in a store, among messages from UID next on that no line of the manifest claims.
func (r *Run) find(ctx context.Context, in whose, s Keeper, f mail.Folder, e *entry, next uint32) (mail.Ref, error) {
	var refs []mail.Ref
	claimed := r.claimed(in)
	for m, err := range s.List(ctx, f) {
		if err != nil {
			if gone(err) {
				return mail.Ref{}, nil
			}
			return mail.Ref{}, err
		}
		uid, err := strconv.ParseUint(m.ID, 10, 32)
		if err == nil && uint32(uid) < next || claimed[m.Ref] || m.Octets >= 0 && m.Octets != e.octets {
			continue
		}
		refs = append(refs, m.Ref)
	}
	sums, err := sumsOf(ctx, s, f, refs)
	if err != nil {
		return mail.Ref{}, err
	}
	for _, ref := range refs {
		if sums[ref] == (sum{e.octets, e.sum}) {
			return ref, nil
		}
	}
	return mail.Ref{}, nil
}

// whose names a store: references of two stores may be alike, where both count from 1.
type whose string

// own is the place itself.
func (p placeLine) own() whose { return whose("place " + p.id) }

// keeps is where its copies go.
func (p placeLine) keeps() whose {
	if p.quarantine == "" {
		return p.own()
	}
	return whose("quarantine " + p.quarantine)
}

// placeIn is the place of a folder.
func (m *Manifest) placeIn(folder int) placeLine { return m.places[m.folders[folder].place] }

// claimed are the messages of a store that are known to be somebody's: copies in quarantine, what was put back, and what stays.
func (r *Run) claimed(in whose) map[mail.Ref]bool {
	m, all := r.Manifest, map[mail.Ref]bool{}
	claim := func(by whose, ref mail.Ref) {
		if by == in && ref.ID != "" {
			all[ref] = true
		}
	}
	for _, w := range m.renews {
		claim(m.placeIn(w.folder).own(), w.fresh)
	}
	for _, e := range m.copies {
		claim(m.placeIn(e.folder).keeps(), e.at)
		claim(m.placeIn(e.folder).own(), e.restored)
		claim(m.placeIn(e.keepIn).own(), m.refIn(e.keepIn, e.keep))
	}
	return all
}

// appender is a place that takes mail: a Keeper, or a quarantine.
type appender interface {
	Append(context.Context, mail.Folder, []mail.Parcel) (func() ([]mail.Stored, error), error)
}

// storeBatch stores a batch and waits for the answer.
func storeBatch(ctx context.Context, to appender, f mail.Folder, batch []mail.Parcel) ([]mail.Stored, error) {
	wait, err := to.Append(ctx, f, batch)
	if err != nil {
		return nil, err
	}
	return wait()
}

package aside

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"mailmv/formats/mail"
)

// Undone tells what came of undoing.
type Undone struct {
	// Back were put back now, Before by an earlier undoing; Deleted have no copy that could be.
	Back, Before, Deleted int
	// States is of how many that stayed the state is again what it was.
	States int
	// Failed are the reasons why others were not put back.
	Failed []error
}

// Undo puts back all that is set aside, takes the copies out of the quarantine, and takes from those that stayed what
// they were given. Cut anywhere and called again, it goes on.
func (r *Run) Undo(ctx context.Context) (u Undone, err error) {
	if err := r.settle(ctx); err != nil {
		return u, err
	}
	m := r.Manifest
	var all []*entry
	for _, e := range m.copies {
		switch {
		case e.state == away && !e.held:
			u.Deleted++
		case e.state == away:
			all = append(all, e)
		case e.state == back:
			u.Before++
		}
	}
	for part := range slices.Chunk(all, batchMax) {
		if err := r.putBack(ctx, part); err != nil {
			return u, err
		}
		for _, e := range part {
			if e.state == back {
				u.Back++
			} else {
				u.Failed = append(u.Failed, &mail.Error{Op: "undo", Ref: m.ref(e), Scope: mail.ScopeMessage, Err: errNoCopy})
			}
		}
	}
	if err := r.dropBack(ctx); err != nil {
		return u, err
	}
	if err := r.unrenew(ctx, &u); err != nil {
		return u, err
	}
	if err := r.unmerge(ctx, &u); err != nil {
		return u, err
	}
	if len(u.Failed) == 0 {
		m.Undone = true
		m.put(lineUndone)
	}
	return u, m.sync()
}

var errNoCopy = errors.New("its copy is no longer in the quarantine, or has other octets")

// putBack puts copies back where they were. One whose copy is gone is left as it is.
func (r *Run) putBack(ctx context.Context, all []*entry) error {
	byFolder := map[int][]*entry{}
	var order []int
	for _, e := range all {
		if byFolder[e.folder] == nil {
			order = append(order, e.folder)
		}
		byFolder[e.folder] = append(byFolder[e.folder], e)
	}
	for _, folder := range order {
		if err := r.putBackIn(ctx, byFolder[folder]); err != nil {
			return err
		}
	}
	return nil
}

// putBackIn does so for copies of one folder.
func (r *Run) putBackIn(ctx context.Context, all []*entry) error {
	m := r.Manifest
	p, err := r.placeOf(all[0])
	if err != nil {
		return err
	}
	var refs []mail.Ref
	for _, e := range all {
		refs = append(refs, e.at)
	}
	got, err := r.fetch(ctx, p.To.Store, refs)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	var whole []*entry
	var letters []*letter
	defer func() {
		for _, g := range got {
			g.release()
		}
	}()
	for _, e := range all {
		if l := got[e.at]; l.err == nil && l.sum == e.sum {
			whole, letters = append(whole, e), append(letters, l.letter)
		}
	}
	if len(whole) == 0 {
		return nil
	}
	if restorer, ok := p.Store.(Restorer); ok {
		err = r.restore(ctx, p, restorer, whole, letters)
	} else {
		err = r.appendBack(ctx, p, whole, letters)
	}
	return errors.Join(err, m.sync())
}

// restore puts files back by their names. One that is there already was put back by a run that was cut.
func (r *Run) restore(ctx context.Context, p *Place, to Restorer, all []*entry, letters []*letter) error {
	m := r.Manifest
	f := m.ref(all[0])
	folder := mail.Folder{Path: f.Folder, Validity: f.Validity}
	var parcels []mail.Parcel
	var traces []string
	for i, e := range all {
		m.state(e, undone, 0)
		parcels = append(parcels, mail.Parcel{Message: mail.Message{Ref: m.ref(e), Octets: e.octets, InternalDate: e.date, Flags: e.flags, Keywords: e.keywords}, Body: letters[i]})
		traces = append(traces, e.trace)
	}
	if err := m.sync(); err != nil {
		return err
	}
	for len(parcels) > 0 {
		n, err := to.Restore(ctx, folder, parcels, traces)
		parcels, traces = parcels[n:], traces[n:]
		if errors.Is(err, fs.ErrExist) {
			parcels, traces = parcels[1:], traces[1:]
		} else if err != nil {
			return err
		}
	}
	return r.provenBack(ctx, p, all, func(e *entry) mail.Ref { return m.ref(e) })
}

// state writes down that a copy is about to be put back.
func (m *Manifest) state(e *entry, s state, next uint32) {
	e.state, e.undoNext = s, next
	m.put(lineUndo, e.n, next)
}

// provenBack reads what was put back, and writes down that it is there.
func (r *Run) provenBack(ctx context.Context, p *Place, all []*entry, where func(*entry) mail.Ref) error {
	var refs []mail.Ref
	for _, e := range all {
		refs = append(refs, where(e))
	}
	got, err := r.fetch(ctx, p.Store, refs)
	if err != nil {
		return err
	}
	for _, e := range all {
		l := got[where(e)]
		l.release()
		if l.err != nil || l.sum != e.sum {
			return &mail.Error{Op: "undo", Place: p.Word, Ref: where(e), Scope: mail.ScopeFolder, Err: fmt.Errorf("what was put back is not what was set aside: %w", errors.Join(l.err, mail.ErrChanged))}
		}
		e.state, e.restored = back, where(e)
		r.Manifest.put(lineBack, e.n, e.restored.Validity, e.restored.ID)
	}
	return nil
}

// appendBack stores messages again in a place that gives them new names.
func (r *Run) appendBack(ctx context.Context, p *Place, all []*entry, letters []*letter) error {
	m := r.Manifest
	sink, ok := p.Store.(Keeper)
	if !ok {
		return &mail.Error{Op: "undo", Place: p.Word, Err: ErrCannot}
	}
	f, err := sink.Open(ctx, m.ref(all[0]).Folder)
	if err != nil {
		return err
	}
	size := sink.Limits().BatchMessages
	if size <= 0 {
		size = batchMax
	}
	for at := 0; at < len(all); at += size {
		part := all[at:min(at+size, len(all))]
		var parcels []mail.Parcel
		for i, e := range part {
			m.state(e, undone, f.Next)
			parcels = append(parcels, mail.Parcel{Message: mail.Message{Ref: e.at, Octets: e.octets, InternalDate: e.date,
				Flags: e.flags, Keywords: e.keywords}, Body: letters[at+i]})
		}
		if err := m.sync(); err != nil {
			return err
		}
		told, err := storeBatch(ctx, sink, f, parcels)
		if err != nil {
			return err
		}
		where := map[*entry]mail.Ref{}
		for i, e := range part {
			if told[i].Err != nil {
				return told[i].Err
			}
			if where[e] = told[i].Ref; told[i].Ref.ID == "" {
				if where[e], err = r.find(ctx, m.placeIn(e.folder).own(), sink, f, e, f.Next); err != nil {
					return err
				}
				e.restored = where[e] // claimed, so that its twin finds another
			}
		}
		if err := r.provenBack(ctx, p, part, func(e *entry) mail.Ref { return where[e] }); err != nil {
			return err
		}
		if err := m.sync(); err != nil {
			return err
		}
	}
	return nil
}

// dropBack removes from the quarantine what is back in its place.
func (r *Run) dropBack(ctx context.Context) error {
	var all []*entry
	for _, e := range r.Manifest.copies {
		if e.state == back && e.held {
			all = append(all, e)
		}
	}
	return r.dropCopies(ctx, all)
}

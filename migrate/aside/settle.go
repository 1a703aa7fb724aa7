package aside

import (
	"context"
	"errors"
	"fmt"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// settle finds out how far a run that was cut had come, copy by copy: none is left in between.
func (r *Run) settle(ctx context.Context) error {
	m := r.Manifest
	if err := r.settleRenewals(ctx); err != nil {
		return err
	}
	var unused []*entry
	for _, e := range m.copies {
		if err := r.settleOne(ctx, e); err != nil {
			return err
		}
		if e.held && (e.state == stays || e.state == away && r.Delete) {
			unused = append(unused, e)
		}
	}
	if err := m.sync(); err != nil {
		return err
	}
	return r.dropCopies(ctx, unused)
}

func (r *Run) settleOne(ctx context.Context, e *entry) error {
	switch e.state {
	case begun:
		return r.settleBegun(ctx, e)
	case stored:
		r.Manifest.set(e, stays, lineStayed)
	case going:
		return r.settleGoing(ctx, e)
	case undone:
		return r.settleUndone(ctx, e)
	}
	return nil
}

// settleBegun: the quarantine may have a copy, which nobody needs.
func (r *Run) settleBegun(ctx context.Context, e *entry) error {
	p, err := r.placeOf(e)
	if err != nil {
		return err
	}
	e.at = mail.Ref{} // not proven, if the store told it before it was lost
	f, err := p.To.Store.Look(ctx, target(p.To.Below, r.Manifest.ref(e).Folder))
	if err == nil {
		e.at, err = r.find(ctx, r.Manifest.placeIn(e.folder).keeps(), p.To.Store, f, e, e.next)
	}
	if err != nil && !errors.Is(err, mail.ErrNoFolder) {
		return fmt.Errorf("quarantine: %w", err)
	}
	if e.at.ID != "" {
		e.held = true
		r.Manifest.put(lineStored, e.n, e.at.Validity, e.at.ID)
	}
	r.Manifest.set(e, stays, lineStayed)
	return nil
}

// settleGoing: it is there, or it is gone. One that was marked to go and is there is no longer marked.
func (r *Run) settleGoing(ctx context.Context, e *entry) error {
	p, err := r.placeOf(e)
	if err != nil {
		return err
	}
	ref := r.Manifest.ref(e)
	got, err := r.fetch(ctx, p.Store, []mail.Ref{ref})
	if err != nil {
		return err
	}
	l := got[ref]
	defer l.release()
	switch {
	case l.err == nil && l.sum == e.sum:
		if l.Flags&mail.Deleted != 0 && e.flags&mail.Deleted == 0 {
			if err := unmark(ctx, p.Store, ref); err != nil {
				return err
			}
		}
		r.Manifest.set(e, stays, lineStayed)
	case l.err == nil || gone(l.err): // another message has its name now, or none
		r.Manifest.set(e, away, lineGone)
	default:
		return l.err
	}
	return nil
}

func unmark(ctx context.Context, s migrate.Source, ref mail.Ref) error {
	flagger, ok := s.(migrate.Flagger)
	if !ok {
		return nil
	}
	f := mail.Folder{Path: ref.Folder, Validity: ref.Validity}
	for _, err := range flagger.SetFlags(ctx, f, []mail.Flagging{{Ref: ref, Remove: mail.Deleted}}) {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// settleUndone: it is back, or it is to be put back.
func (r *Run) settleUndone(ctx context.Context, e *entry) error {
	p, err := r.placeOf(e)
	if err != nil {
		return err
	}
	ref := r.Manifest.ref(e)
	if _, ok := p.Store.(Restorer); ok {
		got, err := r.fetch(ctx, p.Store, []mail.Ref{ref})
		if err != nil {
			return err
		}
		if l := got[ref]; l.err != nil || l.sum != e.sum {
			ref.ID = ""
		}
		got[ref].release()
	} else {
		sink, ok := p.Store.(Keeper)
		if !ok {
			return &mail.Error{Op: "undo", Place: p.Word, Err: ErrCannot}
		}
		f, err := sink.Look(ctx, ref.Folder)
		if err != nil {
			return err
		}
		if ref, err = r.find(ctx, r.Manifest.placeIn(e.folder).own(), sink, f, e, e.undoNext); err != nil {
			return err
		}
	}
	if ref.ID == "" {
		e.state = away
		return nil
	}
	e.state, e.restored = back, ref
	r.Manifest.put(lineBack, e.n, ref.Validity, ref.ID)
	return nil
}

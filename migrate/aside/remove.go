package aside

import (
	"context"
	"fmt"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// remove removes them, by their octets, once the manifest says so.
func (b *batch) remove(ctx context.Context) error {
	live, m := b.live(), b.r.Manifest
	if len(live) == 0 {
		return b.unused(ctx)
	}
	remover, ok := b.from.Store.(migrate.Remover)
	if !ok {
		return &mail.Error{Op: "remove", Place: b.from.Word, Err: ErrCannot}
	}
	byRef := map[mail.Ref]*item{}
	var doomed []mail.Doomed
	for _, i := range live {
		m.set(i.e, going, lineGoing)
		byRef[i.Drop] = i
		doomed = append(doomed, mail.Doomed{Ref: i.Drop, Octets: i.drop.Octets, Sum: i.drop.sum})
	}
	if err := m.sync(); err != nil {
		return err
	}
	f := mail.Folder{Path: live[0].Drop.Folder, Validity: live[0].Drop.Validity}
	told := map[mail.Ref]bool{}
	for ref, err := range remover.Remove(ctx, f, doomed) {
		i := byRef[ref]
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage || i == nil {
			return err
		}
		told[ref] = true
		if i.err = err; err != nil {
			m.set(i.e, stays, lineStayed)
			continue
		}
		i.removed = true
		m.set(i.e, away, lineGone)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, i := range live {
		if !told[i.Drop] {
			return fmt.Errorf("cannot happen: nothing was told of %s", i.Drop.ID)
		}
	}
	if err := m.sync(); err != nil {
		return err
	}
	return b.unused(ctx)
}

// unused takes the copies of those that stay out of the quarantine.
func (b *batch) unused(ctx context.Context) error {
	var all []*entry
	for _, i := range b.items {
		if i.err != nil && i.e != nil && i.e.held {
			if i.e.state != stays {
				b.r.Manifest.set(i.e, stays, lineStayed)
			}
			all = append(all, i.e)
		}
	}
	return b.r.dropCopies(ctx, all)
}

// dropCopies removes copies from the quarantine, by their octets.
func (r *Run) dropCopies(ctx context.Context, all []*entry) error {
	byFolder := map[mail.Ref][]*entry{} // by place and folder
	for _, e := range all {
		k := mail.Ref{Folder: e.at.Folder, Validity: e.at.Validity, ID: r.Manifest.places[r.Manifest.folders[e.folder].place].id}
		byFolder[k] = append(byFolder[k], e)
	}
	for k, some := range byFolder {
		p, err := r.placeOf(some[0])
		if err != nil {
			return err
		}
		byRef := map[mail.Ref]*entry{}
		var doomed []mail.Doomed
		for _, e := range some {
			byRef[e.at] = e
			doomed = append(doomed, mail.Doomed{Ref: e.at, Octets: e.octets, Sum: e.sum})
		}
		for ref, err := range p.To.Store.Remove(ctx, mail.Folder{Path: k.Folder, Validity: k.Validity}, doomed) {
			e := byRef[ref]
			if err != nil && !gone(err) && mail.ScopeOf(err) != mail.ScopeMessage || e == nil {
				if gone(err) {
					break
				}
				return fmt.Errorf("quarantine: %w", err)
			}
			if err == nil || gone(err) {
				r.Manifest.noCopy(e)
			}
		}
	}
	return r.Manifest.sync()
}

// placeOf is the place that a copy came from.
func (r *Run) placeOf(e *entry) (*Place, error) {
	return r.placeNumbered(r.Manifest.folders[e.folder].place)
}

func (r *Run) placeNumbered(n int) (*Place, error) {
	known := r.Manifest.places[n]
	for _, p := range r.Places {
		if p.ID == known.id {
			return p, nil
		}
	}
	return nil, fmt.Errorf("the manifest tells of a place that is not at hand: %s", known.word)
}

// lookAgain looks whether those that stay are there, now that their copies are gone.
func (b *batch) lookAgain(ctx context.Context) error {
	var refs []mail.Ref
	for _, i := range b.items {
		if i.removed {
			refs = append(refs, i.Keep)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	there := map[mail.Ref]bool{}
	f := mail.Folder{Path: refs[0].Folder, Validity: refs[0].Validity}
	for m, err := range b.keeper.Store.Describe(ctx, f, refs) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage && !gone(err) {
			return err
		}
		if err == nil {
			there[m.Ref] = true
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var lost []*entry
	for _, i := range b.items {
		if i.removed && !there[i.Keep] {
			lost = append(lost, i.e)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	what := mail.Count(len(lost), "message, gone from both, was put back", "messages, gone from both, were put back")
	if err := b.r.putBack(ctx, lost); err != nil {
		what = fmt.Sprintf("%s gone from both and could not be put back yet (%v)", mail.Count(len(lost), "message is", "messages are"), err)
	}
	return &mail.Error{Op: "remove", Place: b.from.Word, Ref: mail.Ref{Folder: f.Path}, Err: fmt.Errorf("%w (%s and %s): %s", ErrOneMailbox,
		b.from.Word, b.keeper.Word, what), Hint: "name each mailbox once; what the run did before is undone by dedupe --undo"}
}

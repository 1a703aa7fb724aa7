package aside

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// gift is what one that stays is to be given of all its copies in a batch.
type gift struct {
	Change
	keep *letter
}

// unite finds out what those that stay are to be given, as far as their place can change it.
func (b *batch) unite(context.Context) error {
	_, flags := b.keeper.Store.(migrate.Flagger)
	byRef := map[mail.Ref]*gift{}
	for _, i := range b.live() {
		c, err := b.r.Unite(i.keep.Message, i.drop.Message, i.keep.reader())
		if err != nil {
			return err
		}
		if !flags {
			c.Flagging = mail.Flagging{}
		}
		if !b.canDate(i.keep.InternalDate, c.Date) {
			c.Date = time.Time{}
		}
		if c.none() {
			continue
		}
		c.Ref = i.Keep
		i.merged = c
		g := byRef[c.Ref]
		if g == nil {
			g = &gift{c, i.keep}
			byRef[c.Ref] = g
			b.gifts = append(b.gifts, g)
			continue
		}
		g.add(c)
	}
	return nil
}

// add joins what another copy gives.
func (g *gift) add(c Change) {
	g.Add, g.Remove = g.Add|c.Add, g.Remove|c.Remove
	g.AddKeywords = append(g.AddKeywords, without(c.AddKeywords, g.AddKeywords)...)
	g.RemoveKeywords = append(g.RemoveKeywords, without(c.RemoveKeywords, g.RemoveKeywords)...)
	if g.Date.IsZero() || !c.Date.IsZero() && c.Date.Before(g.Date) {
		g.Date = c.Date
	}
}

// without are the words that are not among those.
func without(words, those []string) (rest []string) {
	for _, w := range words {
		if !slices.Contains(those, w) {
			rest = append(rest, w)
		}
	}
	return rest
}

// merge gives those that stay what the copies have more: flags, keywords, the earlier date.
func (b *batch) merge(ctx context.Context) error {
	m := b.r.Manifest
	if len(b.gifts) == 0 {
		return nil
	}
	var flagging []mail.Flagging
	var dating []mail.Dating
	for _, g := range b.gifts {
		trace, err := traceOf(ctx, b.keeper.Store, g.Ref)
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return err
		}
		m.beginMerge(&merge{folder: m.folderNumber(m.place(b.keeper), g.Ref), Change: g.Change, was: g.keep.InternalDate, trace: trace})
		if !g.Date.IsZero() {
			dating = append(dating, mail.Dating{Ref: g.Ref, Date: g.Date})
		}
		if g.Date = (time.Time{}); !g.none() {
			flagging = append(flagging, g.Flagging)
		}
	}
	if err := m.sync(); err != nil {
		return err
	}
	f := mail.Folder{Path: b.gifts[0].Folder, Validity: b.gifts[0].Validity}
	if len(flagging) > 0 {
		for was, err := range b.keeper.Store.(migrate.Flagger).SetFlags(ctx, f, flagging) {
			if err := b.given(was.Ref, err); err != nil {
				return err
			}
		}
	}
	if len(dating) > 0 {
		for ref, err := range b.keeper.Store.(migrate.Dater).SetDates(ctx, f, dating) {
			if err := b.given(ref, err); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// given notes which copies stay because the one that stays does not take their state.
func (b *batch) given(ref mail.Ref, err error) error {
	if err == nil || mail.ScopeOf(err) != mail.ScopeMessage {
		return err
	}
	for _, i := range b.live() {
		if i.Keep == ref {
			i.err = fmt.Errorf("the one that stays does not take its state: %w", err)
		}
	}
	return nil
}

// unmerge takes from those that stayed what they were given, the last first.
func (r *Run) unmerge(ctx context.Context, u *Undone) error {
	m := r.Manifest
	for i := len(m.merges) - 1; i >= 0; i-- {
		g := m.merges[i]
		if g.undone || m.deletedFor(g.folder, g.ID) {
			continue // what a copy gave that is no more is nowhere else
		}
		p, err := r.placeNumbered(m.folders[g.folder].place)
		if err != nil {
			return err
		}
		if err := r.unmergeOne(ctx, p, g); err != nil {
			if mail.ScopeOf(err) != mail.ScopeMessage && !gone(err) {
				return err
			}
			u.Failed = append(u.Failed, fmt.Errorf("the state of one that stayed: %w", err))
			continue
		}
		u.States++
		g.undone = true
		m.put(lineSame, g.m)
		if err := m.sync(); err != nil {
			return err
		}
	}
	return nil
}

// deletedFor tells whether the message or a copy for which it stays was really removed.
func (m *Manifest) deletedFor(folder int, id string) bool {
	return slices.ContainsFunc(m.copies, func(e *entry) bool {
		return e.state == away && !e.held && (e.folder == folder && e.id == id || e.keepIn == folder && e.keep == id)
	})
}

func (r *Run) unmergeOne(ctx context.Context, p *Place, g *merge) error {
	ref := r.Manifest.now(g.folder, g.Ref)
	f := mail.Folder{Path: ref.Folder, Validity: ref.Validity}
	cannot := &mail.Error{Op: "undo", Place: p.Word, Scope: mail.ScopeMessage, Err: ErrCannot}
	if back := (mail.Flagging{Ref: ref, Add: g.Remove, Remove: g.Add, AddKeywords: g.RemoveKeywords, RemoveKeywords: g.AddKeywords}); !(Change{Flagging: back}).none() {
		flagger, ok := p.Store.(migrate.Flagger)
		if !ok {
			return cannot
		}
		for _, err := range flagger.SetFlags(ctx, f, []mail.Flagging{back}) {
			if err != nil {
				return err
			}
		}
	}
	if !g.Date.IsZero() {
		dater, ok := p.Store.(migrate.Dater)
		if !ok {
			return cannot
		}
		for _, err := range dater.SetDates(ctx, f, []mail.Dating{{Ref: ref, Date: g.was}}) {
			if err != nil {
				return err
			}
		}
	}
	if restorer, ok := p.Store.(Restorer); ok && g.trace != "" {
		return restorer.Retrace(ctx, f, ref, g.trace)
	}
	return ctx.Err()
}

package aside

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate"
)

// renewLeast is how much earlier a date has to be for a message to be stored once more. Hosts that a message passed
// within a minute are at one as to when it came.
const renewLeast = time.Minute

// renewal is one that was to stay, and was stored once more with an earlier date.
type renewal struct {
	k        int
	folder   int
	id       string
	octets   int64
	sum      [32]byte
	date     time.Time
	flags    mail.Flags
	keywords []string
	next     uint32   // UIDNEXT of its folder before
	fresh    mail.Ref // the new one
	proven   bool     // it was read back
	over     bool     // there is none (any more)
}

// canDate tells whether one that stays can be given a date: in place, or by being stored once more, if that is worth it.
func (b *batch) canDate(was, date time.Time) bool {
	if date.IsZero() {
		return false
	}
	if _, ok := b.keeper.Store.(migrate.Dater); ok {
		return true
	}
	_, stores := b.keeper.Store.(Keeper)
	return stores && was.Sub(date).Abs() >= renewLeast
}

// renew stores those once more whose date has to change where dates cannot.
func (b *batch) renew(ctx context.Context) error {
	if _, ok := b.keeper.Store.(migrate.Dater); ok {
		return nil
	}
	var rest []*gift
	var dated []*gift
	for _, g := range b.gifts {
		if g.Date.IsZero() {
			rest = append(rest, g)
		} else {
			dated = append(dated, g)
		}
	}
	b.gifts = rest
	size := b.keeper.Store.(Keeper).Limits().BatchMessages
	if size <= 0 {
		size = batchMax
	}
	for some := range slices.Chunk(dated, size) {
		if err := b.renewSome(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// again is one that is stored once more.
type again struct {
	*renewal
	old     mail.Ref
	parcel  mail.Parcel
	refused error // why it was not taken as it is; then there is no trace of it
}

func (b *batch) renewSome(ctx context.Context, some []*gift) error {
	m, keeper := b.r.Manifest, b.keeper.Store.(Keeper)
	f, err := keeper.Look(ctx, some[0].Folder)
	if err != nil {
		return err
	}
	var all []*again
	for _, g := range some {
		msg := g.keep.Message
		msg.InternalDate = g.Date
		msg.Flags = (msg.Flags&^g.Remove | g.Add) &^ mail.Deleted
		msg.Keywords = append(without(msg.Keywords, g.RemoveKeywords), g.AddKeywords...)
		w := &renewal{k: len(m.renews), folder: m.folderNumber(m.place(b.keeper), g.Ref), id: g.ID, octets: g.keep.Octets, sum: g.keep.sum,
			date: g.Date, flags: msg.Flags, keywords: msg.Keywords, next: f.Next}
		m.beginRenewal(w)
		all = append(all, &again{renewal: w, old: g.Ref, parcel: mail.Parcel{Message: msg, Body: g.keep}})
	}
	if err := m.sync(); err != nil {
		return err
	}
	if err := b.r.storeAgain(ctx, keeper, f, all); err != nil {
		return err
	}
	for _, w := range all {
		if w.refused != nil {
			for _, i := range b.live() {
				if i.Keep == w.old {
					i.err = fmt.Errorf("the one that stays cannot be given its date: %w", w.refused)
				}
			}
			continue
		}
		w.proven = true
		m.put(lineFresh, w.k, w.fresh.Validity, w.fresh.ID)
	}
	if err := m.sync(); err != nil {
		return err
	}
	for _, w := range all {
		if w.refused == nil {
			b.standIn(w.old, w.fresh)
		}
	}
	return nil
}

// standIn puts the new one in the place of the old, which is to be set aside.
func (b *batch) standIn(old, fresh mail.Ref) {
	if b.r.stands == nil {
		b.r.stands = map[Pair]mail.Ref{}
	}
	in := -1
	for _, i := range b.items {
		if i.Keep == old {
			in, i.Keep = i.KeepIn, fresh
		}
	}
	b.r.stands[Pair{KeepIn: in, Keep: old}] = fresh
	b.r.renewed = append(b.r.renewed, Pair{DropIn: in, Drop: old, KeepIn: in, Keep: fresh})
}

var errDate = errors.New("the server gives it another date than it was told")

// storeAgain stores messages and reads them back, and takes away those that are not as they should be.
func (r *Run) storeAgain(ctx context.Context, s Keeper, f mail.Folder, all []*again) error {
	var parcels []mail.Parcel
	for _, w := range all {
		parcels = append(parcels, w.parcel)
	}
	told, err := storeBatch(ctx, s, f, parcels)
	if err != nil {
		return err
	}
	var refs []mail.Ref
	for i, w := range all {
		w.fresh, w.refused = told[i].Ref, told[i].Err
		if w.refused == nil && w.fresh.ID == "" {
			if w.fresh, err = r.find(ctx, r.Manifest.placeIn(w.folder).own(), s, f, &entry{octets: w.octets, sum: w.sum}, w.next); err != nil {
				return err
			}
		}
		if w.refused == nil {
			refs = append(refs, w.fresh)
		}
	}
	got, err := r.fetch(ctx, s, refs)
	if err != nil {
		return err
	}
	for _, w := range all {
		if w.refused == nil {
			l := got[w.fresh]
			w.refused = w.flaw(l)
			l.release()
		}
		if w.refused == nil {
			continue
		}
		if err := r.dropRenewal(ctx, s, w.renewal); err != nil {
			return err
		}
	}
	return nil
}

// flaw says what is wrong with the new one as it was read back.
func (w *renewal) flaw(l read) error {
	switch {
	case l.err != nil:
		return l.err
	case l.sum != w.sum:
		return errAltered
	case l.InternalDate.Unix() != w.date.Unix():
		return errDate
	}
	return nil
}

// dropRenewal removes the new one, and writes down that there is none.
func (r *Run) dropRenewal(ctx context.Context, s Keeper, w *renewal) error {
	if w.fresh.ID != "" {
		f := mail.Folder{Path: w.fresh.Folder, Validity: w.fresh.Validity}
		got, err := r.fetch(ctx, s, []mail.Ref{w.fresh})
		if err != nil {
			return err
		}
		if l := got[w.fresh]; l.err == nil {
			doomed := mail.Doomed{Ref: w.fresh, Octets: l.Octets, Sum: l.sum}
			l.release()
			for _, err := range s.Remove(ctx, f, []mail.Doomed{doomed}) {
				if err != nil && !gone(err) {
					return err
				}
			}
		}
	}
	w.over = true
	r.Manifest.put(lineNot, w.k)
	return r.Manifest.sync()
}

// settleRenewals: a new one that was not proven is not needed.
func (r *Run) settleRenewals(ctx context.Context) error {
	m := r.Manifest
	for _, w := range m.renews {
		if w.over || w.proven {
			continue
		}
		s, p, err := r.keeperOf(w)
		if err != nil {
			return err
		}
		there, err := r.oldIsThere(ctx, p, w)
		if err != nil {
			return err
		}
		f, err := s.Look(ctx, m.folders[w.folder].path)
		if err == nil && there && w.fresh.ID == "" {
			w.fresh, err = r.find(ctx, r.Manifest.placeIn(w.folder).own(), s, f, &entry{octets: w.octets, sum: w.sum}, w.next)
		}
		if err != nil && !gone(err) {
			return fmt.Errorf("%s: %w", p.Word, err)
		}
		if err := r.dropRenewal(ctx, s, w); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) keeperOf(w *renewal) (Keeper, *Place, error) {
	p, err := r.placeNumbered(r.Manifest.folders[w.folder].place)
	if err != nil {
		return nil, nil, err
	}
	s, ok := p.Store.(Keeper)
	if !ok {
		return nil, nil, &mail.Error{Op: "undo", Place: p.Word, Err: ErrCannot}
	}
	return s, p, nil
}

// unrenew removes the new ones whose old ones are there again. What was done to the flags of a new one since goes to the old one.
func (r *Run) unrenew(ctx context.Context, u *Undone) error {
	m := r.Manifest
	for _, w := range slices.Backward(m.renews) {
		old := m.entryOf(w.folder, w.id)
		if w.over || old != nil && old.state == away {
			continue // it is the only one
		}
		s, p, err := r.keeperOf(w)
		there := false
		if err == nil {
			there, err = r.oldIsThere(ctx, p, w)
		}
		if err == nil && !there {
			continue
		}
		if err == nil {
			w.fresh = m.now(w.folder, w.fresh)
			err = r.flagOld(ctx, p, w)
		}
		if err == nil {
			err = r.dropRenewal(ctx, s, w)
		}
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			u.Failed = append(u.Failed, fmt.Errorf("one that was stored with an earlier date: %w", err))
			continue
		}
		if err != nil {
			return err
		}
		u.States++
	}
	return nil
}

// oldIsThere tells whether the old one can be read: else the new one may be the only one.
func (r *Run) oldIsThere(ctx context.Context, p *Place, w *renewal) (bool, error) {
	old := r.Manifest.now(w.folder, r.Manifest.refIn(w.folder, w.id))
	got, err := r.fetch(ctx, p.Store, []mail.Ref{old})
	if err != nil {
		return false, err
	}
	l := got[old]
	l.release()
	return l.err == nil && l.sum == w.sum, nil
}

func (r *Run) flagOld(ctx context.Context, p *Place, w *renewal) error {
	got, err := r.fetch(ctx, p.Store, []mail.Ref{w.fresh})
	if err != nil {
		return err
	}
	l := got[w.fresh]
	defer l.release()
	flagger, ok := p.Store.(migrate.Flagger)
	if l.err != nil || !ok {
		return nil
	}
	old := r.Manifest.now(w.folder, r.Manifest.refIn(w.folder, w.id))
	c := mail.Flagging{Ref: old, Add: l.Flags &^ w.flags, AddKeywords: without(l.Keywords, w.keywords)}
	if (Change{Flagging: c}).none() {
		return nil
	}
	for _, err := range flagger.SetFlags(ctx, mail.Folder{Path: old.Folder, Validity: old.Validity}, []mail.Flagging{c}) {
		if err != nil && !gone(err) {
			return err
		}
	}
	return ctx.Err()
}

// entryOf is the last copy that was set aside under that name; nil: none was.
func (m *Manifest) entryOf(folder int, id string) *entry {
	for _, e := range slices.Backward(m.copies) {
		if e.folder == folder && e.id == id && e.state != stays {
			return e
		}
	}
	return nil
}

// now is where a message is that may have been set aside and put back since.
func (m *Manifest) now(folder int, ref mail.Ref) mail.Ref {
	if e := m.entryOf(folder, ref.ID); e != nil && e.state == back {
		return e.restored
	}
	return ref
}

func (m *Manifest) beginRenewal(w *renewal) {
	m.renews = append(m.renews, w)
	m.put(lineRenew, w.k, w.folder, w.id, w.octets, dedupe.Sum(w.sum), w.date.Format(time.RFC3339), w.flags.String(), strings.Join(w.keywords, " "), w.next)
}

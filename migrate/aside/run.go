package aside

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// batchMax is how many copies go through the steps together.
const batchMax = 100

// Do settles what an earlier run with this manifest left in between, and sets copies aside. What happens to each is told
// to Observe; an error is one that ends the run. After a lost connection it settles, and goes on with what is left. Where a folder fails, all that was to be
// done there stays.
func (r *Run) Do(ctx context.Context, pairs []Pair) error {
	slices.SortStableFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.DropIn, b.DropIn), cmp.Compare(a.Drop.Folder, b.Drop.Folder),
			cmp.Compare(a.KeepIn, b.KeepIn), cmp.Compare(a.Keep.Folder, b.Keep.Folder))
	})
	r.left = pairs
	err := r.Patience.Do(ctx, func() (bool, error) {
		before := len(r.left)
		err := r.settle(ctx)
		if err == nil {
			r.tellSettled()
			err = r.doAll(ctx)
		}
		return len(r.left) < before, err
	})
	if err != nil {
		return err
	}
	r.Manifest.Ended = true
	r.Manifest.put(lineEnd)
	return r.Manifest.sync()
}

// tellSettled tells of copies that were removed when the connection was lost, before that could be told.
func (r *Run) tellSettled() {
	m := r.Manifest
	r.left = slices.DeleteFunc(r.left, func(p Pair) bool {
		i := slices.IndexFunc(m.folders, func(f folderLine) bool {
			return m.places[f.place].id == r.Places[p.DropIn].ID && f.path == p.Drop.Folder && f.validity == p.Drop.Validity
		})
		e := m.entryOf(i, p.Drop.ID)
		if i < 0 || e == nil || e.state != away || !r.begun[p] {
			return false
		}
		r.Observe(Fate{Pair: p, To: e.at, Octets: e.octets, Renewed: r.isRenewed(p)})
		return true
	})
}

// doAll deals with what is left, folder by folder.
func (r *Run) doAll(ctx context.Context) error {
	for len(r.left) > 0 {
		n := 1
		for n < len(r.left) && sameFolders(r.left[0], r.left[n]) {
			n++
		}
		first := r.left[0]
		err := r.doFolders(ctx, n)
		if err != nil && mail.ScopeOf(err) == mail.ScopeFolder && ctx.Err() == nil {
			err = r.giveUp(ctx, first, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// giveUp leaves all that was to be done in two folders as it is, once it is settled.
func (r *Run) giveUp(ctx context.Context, first Pair, why error) error {
	if err := r.settle(ctx); err != nil {
		return err
	}
	r.tellSettled()
	for ; len(r.left) > 0 && sameFolders(first, r.left[0]); r.left = r.left[1:] {
		r.Observe(Fate{Pair: r.left[0], Renewed: r.isRenewed(r.left[0]), Err: why})
	}
	return nil
}

func sameFolders(a, b Pair) bool {
	return a.DropIn == b.DropIn && a.KeepIn == b.KeepIn && a.Drop.Folder == b.Drop.Folder && a.Keep.Folder == b.Keep.Folder
}

// doFolders deals with the first n pairs of those left, which are of two folders: one alone, until one was removed, then the others. Those that were
// to stay and were renewed come after them.
func (r *Run) doFolders(ctx context.Context, n int) error {
	for size := 1; n > 0; {
		some := min(size, n)
		b := &batch{r: r, from: r.Places[r.left[0].DropIn], keeper: r.Places[r.left[0].KeepIn]}
		for _, p := range r.left[:some] {
			i := &item{Pair: p, renewed: r.isRenewed(p)}
			for now, ok := r.stands[Pair{KeepIn: p.KeepIn, Keep: p.Keep}]; ok; now, ok = r.stands[Pair{KeepIn: p.KeepIn, Keep: i.Keep}] {
				i.Keep = now
			}
			b.items = append(b.items, i)
			r.note(p)
		}
		removed, err := b.do(ctx)
		r.left = slices.Insert(r.left, n, r.renewed...)
		r.renewed = nil
		if err != nil {
			return err
		}
		if r.left = r.left[some:]; removed > 0 {
			size = batchMax
		}
		n -= some
	}
	return nil
}

// note notes that something is about to be done with a pair's copy in this run.
func (r *Run) note(p Pair) {
	if r.begun == nil {
		r.begun = map[Pair]bool{}
	}
	r.begun[p] = true
}

// isRenewed tells whether a pair's copy is one that was to stay.
func (r *Run) isRenewed(p Pair) bool {
	return r.stands[Pair{KeepIn: p.DropIn, Keep: p.Drop}].ID != ""
}

// batch is some copies on their way, all of one folder and with those that stay in one folder.
type batch struct {
	r            *Run
	from, keeper *Place
	items        []*item
	gifts        []*gift // what those that stay are to be given
}

// item is one of them.
type item struct {
	Pair
	drop, keep *letter
	trace      string
	e          *entry
	merged     Change
	renewed    bool // it is the old one of another that stays
	removed    bool
	err        error // why it stays
}

// do goes through the steps. Those whose err is set stay where they are and take no further part.
func (b *batch) do(ctx context.Context) (removed int, err error) {
	defer b.release()
	for _, step := range []func(context.Context) error{
		b.read, b.prove, b.trace, b.unite, b.renew, b.store, b.merge, b.remove, b.lookAgain, b.forget,
	} {
		if err := step(ctx); err != nil {
			return 0, err
		}
	}
	for _, i := range b.items {
		f := Fate{Pair: i.Pair, Merged: i.merged, Renewed: i.renewed, Err: i.err}
		if i.drop != nil {
			f.Octets, f.MessageID = i.drop.Octets, i.drop.messageID()
		}
		if i.e != nil {
			f.To = i.e.at
		}
		if i.removed {
			removed++
		}
		b.r.Observe(f)
	}
	return removed, nil
}

func (b *batch) release() {
	for _, i := range b.items {
		i.drop.release()
		i.keep.release()
	}
}

// live are those that go on.
func (b *batch) live() (all []*item) {
	for _, i := range b.items {
		if i.err == nil {
			all = append(all, i)
		}
	}
	return all
}

// read reads both messages of each pair.
func (b *batch) read(ctx context.Context) error {
	var drops, keeps []mail.Ref
	for _, i := range b.items {
		drops = append(drops, i.Drop)
		if !slices.Contains(keeps, i.Keep) {
			keeps = append(keeps, i.Keep)
		}
	}
	dropped, err := b.r.fetch(ctx, b.from.Store, drops)
	if err != nil {
		return err
	}
	kept, err := b.r.fetch(ctx, b.keeper.Store, keeps)
	if err != nil {
		return err
	}
	for _, i := range b.items {
		d, k := dropped[i.Drop], kept[i.Keep]
		i.drop, i.keep = d.letter, k.letter
		if i.err = d.err; i.err == nil && k.err != nil {
			i.err = fmt.Errorf("the one that stays: %w", k.err)
		}
	}
	return nil
}

// read is one message that was to be read.
type read struct {
	*letter
	err error
}

// fetch reads messages of one folder whole. What the store says nothing of is gone.
func (r *Run) fetch(ctx context.Context, s migrate.Reader, refs []mail.Ref) (map[mail.Ref]read, error) {
	all := map[mail.Ref]read{}
	if len(refs) == 0 {
		return all, nil
	}
	for _, ref := range refs {
		all[ref] = read{err: &mail.Error{Op: "fetch", Ref: ref, Scope: mail.ScopeMessage, Err: mail.ErrGone}}
	}
	f := mail.Folder{Path: refs[0].Folder, Validity: refs[0].Validity}
	for m, err := range s.Fetch(ctx, f, refs) {
		if err != nil {
			if mail.ScopeOf(err) == mail.ScopeMessage {
				all[m.Ref] = read{err: err}
				continue
			}
			if gone(err) {
				return all, nil
			}
			return nil, err
		}
		l, err := take(m, r.Spool)
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return nil, err
		}
		all[m.Ref] = read{l, err}
	}
	return all, ctx.Err()
}

// prove holds the two against each other, now and with other eyes. One message is no copy of itself.
func (b *batch) prove(context.Context) error {
	for _, i := range b.live() {
		if b.from == b.keeper && i.Drop == i.Keep {
			return fmt.Errorf("cannot happen: %s is a copy of itself", i.Drop.ID)
		}
		if err := b.r.Prove(i.keep.reader, i.drop.reader); err != nil {
			i.err = &mail.Error{Op: "compare", Ref: i.Drop, Scope: mail.ScopeMessage, Err: fmt.Errorf("%w: %w", ErrUnlike, err)}
		}
	}
	return nil
}

// trace asks the place what it needs to put them back.
func (b *batch) trace(ctx context.Context) error {
	for _, i := range b.live() {
		var err error
		i.trace, err = traceOf(ctx, b.from.Store, i.Drop)
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return err
		}
		i.err = err
	}
	return nil
}

func traceOf(ctx context.Context, s migrate.Source, ref mail.Ref) (string, error) {
	t, ok := s.(Restorer)
	if !ok {
		return "", nil
	}
	return t.Trace(ctx, mail.Folder{Path: ref.Folder, Validity: ref.Validity}, ref)
}

// forget gives up the quarantine's copies where they are not to be kept.
func (b *batch) forget(ctx context.Context) error {
	if !b.r.Delete {
		return nil
	}
	var all []*entry
	for _, i := range b.items {
		if i.removed {
			all = append(all, i.e)
		}
	}
	return b.r.dropCopies(ctx, all)
}

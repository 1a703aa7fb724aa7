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
// to Observe; an error is one that ends the run.
func (r *Run) Do(ctx context.Context, pairs []Pair) error {
	if err := r.settle(ctx); err != nil {
		return err
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.DropIn, b.DropIn), cmp.Compare(a.Drop.Folder, b.Drop.Folder),
			cmp.Compare(a.KeepIn, b.KeepIn), cmp.Compare(a.Keep.Folder, b.Keep.Folder))
	})
	for len(pairs) > 0 {
		n := 1
		for n < len(pairs) && sameFolders(pairs[0], pairs[n]) {
			n++
		}
		if err := r.doFolders(ctx, pairs[:n]); err != nil {
			return err
		}
		old := r.renewed
		r.renewed = nil
		if err := r.doFolders(ctx, old); err != nil {
			return err
		}
		pairs = pairs[n:]
	}
	r.Manifest.Ended = true
	r.Manifest.put(lineEnd)
	return r.Manifest.sync()
}

func sameFolders(a, b Pair) bool {
	return a.DropIn == b.DropIn && a.KeepIn == b.KeepIn && a.Drop.Folder == b.Drop.Folder && a.Keep.Folder == b.Keep.Folder
}

// doFolders deals with the pairs of two folders: one alone, until one was removed, then the others.
func (r *Run) doFolders(ctx context.Context, pairs []Pair) error {
	for size := 1; len(pairs) > 0; {
		n := min(size, len(pairs))
		b := &batch{r: r, from: r.Places[pairs[0].DropIn], keeper: r.Places[pairs[0].KeepIn]}
		for _, p := range pairs[:n] {
			i := &item{Pair: p, renewed: r.stands[Pair{KeepIn: p.DropIn, Keep: p.Drop}].ID != ""}
			if now, ok := r.stands[Pair{KeepIn: p.KeepIn, Keep: p.Keep}]; ok {
				i.Keep = now
			}
			b.items = append(b.items, i)
		}
		removed, err := b.do(ctx)
		if err != nil {
			return err
		}
		if removed > 0 {
			size = batchMax
		}
		pairs = pairs[n:]
	}
	return nil
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
			f.Octets = i.drop.Octets
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

package census

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// Within says how far apart copies of one message may lie.
type Within uint8

// The words of --within.
const (
	WithinAll Within = iota
	WithinPlace
	WithinFolder
)

// Wish is how the user wants copies found and chosen.
type Wish struct {
	Match  dedupe.Match
	Within Within
	Order  dedupe.Order
	// Near has pairs told that are akin.
	Near bool
}

// Group is the copies of one message.
type Group struct {
	Copies []int32 // ascending
	Keep   int32
	Why    string // it is that one
	Kind   dedupe.Kind
}

// Drop are the others.
func (g Group) Drop() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, i := range g.Copies {
			if i != g.Keep && !yield(i) {
				return
			}
		}
	}
}

// Near is a pair that is akin and no more.
type Near struct {
	A, B int32
	dedupe.Verdict
}

// Found is what judging gave.
type Found struct {
	Groups []Group
	Near   []Near
	// Unjudged counts messages that could not be read again; they are judged by their Prints alone.
	Unjudged int
}

// Judge finds the copies and says which of them stay. Messages that prove to be no copy of anything are left out then.
func (c *Census) Judge(ctx context.Context, w Wish) (*Found, error) {
	found := &Found{}
	for part := range c.parts(w.Within) {
		if err := c.judge(ctx, w, part, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// parts yields the numbers of the Prints that are judged together; nil: all of them.
func (c *Census) parts(w Within) iter.Seq[[]int32] {
	return func(yield func([]int32) bool) {
		if w == WithinAll && !slices.Contains(c.of, none) {
			yield(nil)
			return
		}
		sets := map[int][]int32{}
		var order []int
		for n, i := range c.of {
			if i == none {
				continue
			}
			set := 0
			switch w {
			case WithinPlace:
				set = c.FolderOf(i).Place
			case WithinFolder:
				set = c.FolderNumber(i)
			}
			if sets[set] == nil {
				order = append(order, set)
			}
			sets[set] = append(sets[set], int32(n))
		}
		for _, set := range order {
			if !yield(sets[set]) {
				return
			}
		}
	}
}

func (c *Census) judge(ctx context.Context, w Wish, part []int32, found *Found) error {
	prints, of := c.prints, c.of
	if part != nil {
		prints, of = make([]dedupe.Print, len(part)), make([]int32, len(part))
		for k, n := range part {
			prints[k], of[k] = c.prints[n], c.of[n]
		}
	}
	judged, err := dedupe.Judge{Rules: c.Rules, Prints: prints, Match: w.Match, Near: w.Near, Jobs: c.jobs(),
		Open: func(ctx context.Context, n int) (io.ReadCloser, error) { return c.Open(ctx, of[n]) }}.Run(ctx)
	if err != nil {
		return err
	}
	found.Unjudged += len(judged.Failed)
	for _, a := range judged.Apart {
		c.note(of[a.Copy], left, a.Reason)
	}
	found.Groups = slices.Grow(found.Groups, len(judged.Groups))
	for _, g := range judged.Groups {
		group := Group{Copies: g.Copies, Kind: g.Kind}
		for k, n := range g.Copies {
			group.Copies[k] = of[n]
		}
		if err := c.choose(ctx, &group, w.Order); err != nil {
			return err
		}
		found.Groups = append(found.Groups, group)
	}
	for _, k := range judged.Near {
		found.Near = append(found.Near, Near{of[k.A], of[k.B], k.Verdict})
	}
	return ctx.Err()
}

// choose says which of a group stays. Where something can be removed a copy that cannot be never stays in the place of one that
// can, unless its place is to be first; nor does one that is on its way out.
func (c *Census) choose(ctx context.Context, g *Group, by dedupe.Order) error {
	of := c.mayStay(g.Copies)
	read := !c.alike(of)
	copies := make([]dedupe.Copy, len(of))
	for k, i := range of {
		f, p := c.FolderOf(i), c.PlaceOf(i)
		copies[k] = dedupe.Copy{Preferred: p.First, Filed: f.Path != mail.Inbox && !bin(f.Folder), Flagged: c.Copies[i].flags&mail.Flagged != 0,
			Place: f.Place, Wire: p.Wire, Octets: c.Octets(i), Date: c.Date(i)}
		if !read {
			continue
		}
		var err error
		if copies[k].Facts, err = c.facts(ctx, i); err != nil && ctx.Err() != nil {
			return err
		}
	}
	best, why := dedupe.Keep(copies, by)
	g.Keep, g.Why = of[best], why
	if len(of) < len(g.Copies) && len(of) == 1 {
		g.Why = "the only one that can be put in order"
	}
	return nil
}

func (c *Census) mayStay(copies []int32) []int32 {
	if slices.ContainsFunc(copies, func(i int32) bool { return c.PlaceOf(i).First }) {
		return copies
	}
	for _, worse := range []func(i int32) bool{
		func(i int32) bool { return c.PlaceOf(i).Fixed },
		func(i int32) bool { return bin(c.FolderOf(i).Folder) },
	} {
		if !slices.ContainsFunc(copies, worse) {
			continue
		}
		if some := slices.DeleteFunc(slices.Clone(copies), worse); len(some) > 0 {
			copies = some
		}
	}
	return copies
}

// alike tells that copies differ in nothing but what programs added to their headers: reading them again would tell no more.
func (c *Census) alike(copies []int32) bool {
	for _, i := range copies[1:] {
		if !c.prints[c.Copies[i].print].Like(c.prints[c.Copies[copies[0]].print]) {
			return false
		}
	}
	return true
}

func (c *Census) facts(ctx context.Context, i int32) (dedupe.Facts, error) {
	r, err := c.Open(ctx, i)
	if err != nil {
		return dedupe.Facts{}, err
	}
	f, err := c.Rules.Facts(r)
	return f, errors.Join(err, r.Close())
}

// Compare reads two copies and says in what they differ.
func (c *Census) Compare(ctx context.Context, a, b int32) (dedupe.Verdict, error) {
	x, err := c.canon(ctx, a)
	if err != nil {
		return dedupe.Verdict{}, err
	}
	y, err := c.canon(ctx, b)
	if err != nil {
		return dedupe.Verdict{}, err
	}
	return x.Against(y), nil
}

func (c *Census) canon(ctx context.Context, i int32) (*dedupe.Canonical, error) {
	r, err := c.Open(ctx, i)
	if err != nil {
		return nil, err
	}
	form, err := c.Rules.Canon(r)
	return form, errors.Join(err, r.Close())
}

// Open reads a message again. It may be called from several goroutines; where the place bears one reader only, another waits
// until the first is closed.
func (c *Census) Open(ctx context.Context, i int32) (io.ReadCloser, error) {
	if r := c.held.open(i); r != nil {
		return io.NopCloser(r), nil
	}
	f := c.FolderOf(i)
	src := c.Places[f.Place].Source
	r := &opened{unlock: func() {}}
	if s, ok := src.(concurrent); !ok || !s.Concurrent() {
		c.locks[f.Place].Lock()
		r.unlock = c.locks[f.Place].Unlock
	}
	next, stop := iter.Pull2(src.Fetch(ctx, f.Folder, []mail.Ref{c.Ref(i)}))
	r.stop = stop
	m, err, ok := next()
	if !ok {
		err = errors.Join(ctx.Err(), &mail.Error{Op: "fetch", Ref: c.Ref(i), Scope: mail.ScopeMessage, Err: mail.ErrGone})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", c.PlaceOf(i).Name, err), r.Close())
	}
	r.Reader = m.Body
	return r, nil
}

// opened is a message that is being read, and its place with it.
type opened struct {
	io.Reader
	stop, unlock func()
}

func (o *opened) Close() error {
	o.stop()
	o.unlock()
	return nil
}

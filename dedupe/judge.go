package dedupe

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"
	"sync"
)

// Match says how much alike the members of a group are.
type Match uint8

const (
	// MatchSame: identical or the same.
	MatchSame Match = iota
	// MatchExact: identical.
	MatchExact
)

// Judge finds the copies of one message among many. Where it needs more than the Prints it reads a message again.
type Judge struct {
	Rules  *Rules
	Prints []Print
	// Open reads message i once more, in whole. It is called from as many goroutines as Jobs says.
	Open  func(ctx context.Context, i int) (io.ReadCloser, error)
	Match Match
	// Near has akin messages looked for too.
	Near bool
	// Starts are the indices at which a folder of an mbox begins whose messages stand in their order, for fragments of
	// a message that was split. Without them none is recognised.
	Starts []int
	// Jobs is how many messages are read at once; 0 is 1.
	Jobs int
}

// Judged is what there is.
type Judged struct {
	// Groups of two or more copies, every two of which are the same; by their first members. No message is in two.
	Groups []Group
	// Near are pairs of messages that are akin, of different groups or of none: of a group its first member.
	Near []Kin
	// Apart are those that are no copy of anything, with the reason. They are in no group.
	Apart []Apart
	// Failed are those that could not be read again; they were judged by their Prints alone, so that at worst copies
	// of them were not found.
	Failed []Failed
}

// Group holds the copies of one message, ascending.
type Group struct {
	Copies []int32
	Kind   Kind // Identical if all are
}

// Kin are two messages and the verdict about them.
type Kin struct {
	A, B int32
	Verdict
}

// Apart is a message that is no copy.
type Apart struct {
	Copy   int32
	Reason string
}

// Failed is a message that could not be read.
type Failed struct {
	Copy int32
	Err  error
}

// bunch are all messages of one hint, by their likes.
type bunch struct {
	copies []int32
	runs   [][]int32 // of one like each
}

// Run judges. The same input gives the same answer, whatever Jobs is. It fails only if ctx ends.
func (j Judge) Run(ctx context.Context) (*Judged, error) {
	out := &Judged{}
	order := j.order(out)
	out.Groups = make([]Group, 0, j.shared(order))
	var open []bunch
	for b := range j.bunches(order) {
		if j.needsReading(b) {
			open = append(open, bunch{b.copies, slices.Clone(b.runs)})
		} else {
			j.settle(out, b.runs)
		}
	}
	for _, r := range j.each(ctx, open, j.read) {
		out.Groups = append(out.Groups, r.Groups...)
		out.Near = append(out.Near, r.Near...)
		out.Failed = append(out.Failed, r.Failed...)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if j.Near {
		j.findKin(ctx, out, order)
	}
	out.sort()
	return out, ctx.Err()
}

func (o *Judged) sort() {
	slices.SortFunc(o.Groups, func(a, b Group) int { return cmp.Compare(a.Copies[0], b.Copies[0]) })
	slices.SortFunc(o.Near, func(a, b Kin) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	o.Near = slices.CompactFunc(o.Near, func(a, b Kin) bool { return a.A == b.A && a.B == b.B })
	slices.SortFunc(o.Failed, func(a, b Failed) int { return cmp.Compare(a.Copy, b.Copy) })
}

// order sorts all that take part by hint, then like, then octets, then place.
func (j Judge) order(out *Judged) []int32 {
	order := make([]int32, 0, len(j.Prints))
	for i, p := range j.Prints {
		if why := p.NoCopy(); why != "" {
			out.Apart = append(out.Apart, Apart{int32(i), why})
			continue
		}
		order = append(order, int32(i))
	}
	j.sort(order, func(p *Print) uint64 { return p.hint }, func(x, y *Print) int { return bytes.Compare(x.like[:], y.like[:]) })
	return order
}

// sort sorts messages by a number that most of them have to themselves, then by more, then by place.
func (j Judge) sort(list []int32, by func(*Print) uint64, then func(x, y *Print) int) {
	type keyed struct { // side by side, for the Prints lie anywhere
		key uint64
		i   int32
	}
	all := make([]keyed, len(list))
	for k, i := range list {
		all[k] = keyed{by(&j.Prints[i]), i}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return cmp.Or(then(&j.Prints[a.i], &j.Prints[b.i]), cmp.Compare(a.i, b.i))
	})
	for k := range all {
		list[k] = all[k].i
	}
}

// shared is how many hints in a sorted list two or more messages share.
func (j Judge) shared(order []int32) int {
	n := 0
	for range j.bunches(order) {
		n++
	}
	return n
}

// bunches yields those of two and more. Their runs hold until the next.
func (j Judge) bunches(order []int32) func(yield func(bunch) bool) {
	return func(yield func(bunch) bool) {
		var runs [][]int32
		for b := range chunks(order, func(x, y int32) bool { return j.Prints[x].hint == j.Prints[y].hint }) {
			if len(b) < 2 {
				continue
			}
			runs = runs[:0]
			for run := range chunks(b, func(x, y int32) bool { return j.Prints[x].like == j.Prints[y].like }) {
				runs = append(runs, run)
			}
			if !yield(bunch{b, runs}) {
				return
			}
		}
	}
}

// chunks yields the runs of a sorted list.
func chunks[T any](list []T, alike func(a, b T) bool) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		for start := 0; start < len(list); {
			end := start + 1
			for end < len(list) && alike(list[start], list[end]) {
				end++
			}
			if !yield(list[start:end:end]) {
				return
			}
			start = end
		}
	}
}

// needsReading: not all are alike, and more than octets count.
func (j Judge) needsReading(b bunch) bool {
	return len(b.runs) > 1 && (j.Match != MatchExact || j.Near)
}

// Wanted are the messages that Run will surely read, ascending, for a store that reads many at once more cheaply than
// one by one. Others may follow.
func (j Judge) Wanted() []int32 {
	var all []int32
	for b := range j.bunches(j.order(&Judged{})) {
		if j.needsReading(b) {
			for _, run := range b.runs {
				all = append(all, run[0])
			}
		}
	}
	slices.Sort(all)
	return all
}

// each calls do for each bunch, side by side; the answers are in their order.
func (j Judge) each(ctx context.Context, open []bunch, do func(context.Context, *Judged, bunch)) []Judged {
	answers := make([]Judged, len(open))
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(1, j.Jobs) {
		wg.Go(func() {
			for i := range next {
				do(ctx, &answers[i], open[i])
			}
		})
	}
	for i := range open {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return answers
}

// canon reads message i again. Of one that cannot be read it notes why.
func (j Judge) canon(ctx context.Context, out *Judged, i int32) *Canonical {
	c, err := j.readAgain(ctx, i)
	if err != nil {
		out.Failed = append(out.Failed, Failed{i, err})
		return nil
	}
	if j.Prints[i].Partial() {
		c.marks |= partial
	}
	return c
}

func (j Judge) readAgain(ctx context.Context, i int32) (*Canonical, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m, err := j.Open(ctx, int(i))
	if err != nil {
		return nil, err
	}
	c, err := j.Rules.Canon(m)
	if closing := m.Close(); err == nil {
		err = closing
	}
	return c, err
}

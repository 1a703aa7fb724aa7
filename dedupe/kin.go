package dedupe

import (
	"cmp"
	"context"
	"slices"
)

// findKin finds akin messages that have no hint in common: those of one body, sender, subject and day; those that
// hold another as an attachment; fragments that continue the message before them.
func (j Judge) findKin(ctx context.Context, out *Judged, order []int32) {
	firsts := j.firsts(out, order)
	j.findBodies(ctx, out, firsts)
	j.findHeld(ctx, out, firsts)
	j.findFragments(out)
}

// firsts are the messages that stand for themselves or for their group.
func (j Judge) firsts(out *Judged, order []int32) []int32 {
	later := make([]bool, len(j.Prints))
	for _, g := range out.Groups {
		for _, i := range g.Copies[1:] {
			later[i] = true
		}
	}
	all := make([]int32, 0, len(order))
	for _, i := range order {
		if !later[i] {
			all = append(all, i)
		}
	}
	return all
}

// findBodies compares messages of one kin number and several hints, each with the one before it.
func (j Judge) findBodies(ctx context.Context, out *Judged, firsts []int32) {
	order := slices.Clone(firsts)
	j.sort(order, func(p *Print) uint64 { return p.kin }, func(x, y *Print) int { return cmp.Compare(x.hint, y.hint) })
	var open []bunch
	for b := range chunks(order, func(x, y int32) bool { return j.Prints[x].kin == j.Prints[y].kin }) {
		if len(b) < 2 {
			continue
		}
		var one []int32 // of each hint
		for h := range chunks(b, func(x, y int32) bool { return j.Prints[x].hint == j.Prints[y].hint }) {
			one = append(one, h[0])
		}
		if len(one) > 1 && j.Prints[one[0]].meta&(bitEmpty|bitHeadless) == 0 {
			slices.Sort(one)
			open = append(open, bunch{copies: one})
		}
	}
	for _, r := range j.each(ctx, open, j.compareRow) {
		out.Near = append(out.Near, r.Near...)
		out.Failed = append(out.Failed, r.Failed...)
	}
}

// compareRow compares each message of a row with the one before it.
func (j Judge) compareRow(ctx context.Context, out *Judged, b bunch) {
	var before *Canonical
	var beforeAt int32
	for _, i := range b.copies {
		c := j.canon(ctx, out, i)
		if c == nil {
			continue
		}
		if before != nil {
			if v := before.Against(c); v.Kind == Near {
				out.Near = append(out.Near, orient(beforeAt, i, v))
			}
		}
		before, beforeAt = c, i
	}
}

// findHeld looks for the messages that others hold as attachments.
func (j Judge) findHeld(ctx context.Context, out *Judged, firsts []int32) {
	var open []bunch
	for _, i := range firsts {
		if j.Prints[i].meta&bitHolds != 0 {
			open = append(open, bunch{copies: []int32{i}})
		}
	}
	if len(open) == 0 {
		return
	}
	byHint := slices.Clone(firsts) // firsts are sorted by hint
	find := func(hint uint64) (int32, bool) {
		at, ok := slices.BinarySearchFunc(byHint, hint, func(i int32, h uint64) int { return cmp.Compare(j.Prints[i].hint, h) })
		if !ok {
			return 0, false
		}
		return byHint[at], true
	}
	for _, r := range j.each(ctx, open, func(ctx context.Context, out *Judged, b bunch) {
		i := b.copies[0]
		c := j.canon(ctx, out, i)
		if c == nil {
			return
		}
		for _, hint := range c.hints {
			if k, ok := find(hint); ok && k != i && hint != j.Prints[i].hint {
				out.Near = append(out.Near, orient(i, k, Verdict{Kind: Near, Reason: reasonHolds, Fuller: -1}))
			}
		}
	}) {
		out.Near = append(out.Near, r.Near...)
		out.Failed = append(out.Failed, r.Failed...)
	}
}

// findFragments pairs messages without any field of a message with the one before them in their folder.
func (j Judge) findFragments(out *Judged) {
	for i, p := range j.Prints {
		if p.meta&bitHeadless == 0 || p.NoCopy() != "" || i == 0 || len(j.Starts) == 0 {
			continue
		}
		at, begins := slices.BinarySearch(j.Starts, i)
		if begins || at == 0 {
			continue
		}
		out.Near = append(out.Near, Kin{int32(i - 1), int32(i), Verdict{Kind: Near, Reason: reasonFragment, Fuller: -1}})
	}
}

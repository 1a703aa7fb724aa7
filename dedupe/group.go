package dedupe

import (
	"bytes"
	"cmp"
	"context"
	"slices"
)

// unit are the messages of one canonical form.
type unit struct {
	copies []int32
	form   *Canonical // nil: not kept, or not read
}

// akin are two units of one hint that are near.
type akin struct {
	a, b int
	Verdict
}

// formsHeld bounds how many forms of one bunch are held to be compared with the others.
const formsHeld = 16

// read settles a bunch by the canonical forms of one message of each run.
func (j Judge) read(ctx context.Context, out *Judged, b bunch) {
	var units []unit
	var near []akin
	bySum := map[Sum]int{}
	for _, run := range b.runs {
		c := j.canon(ctx, out, run[0])
		if ctx.Err() != nil {
			return
		}
		if c == nil { // alike means the same form; which one is not known
			units = append(units, unit{copies: run})
			continue
		}
		sum := c.Sum()
		if i, ok := bySum[sum]; ok {
			units[i].copies = append(slices.Clip(units[i].copies), run...)
			continue
		}
		bySum[sum] = len(units)
		if j.Near {
			near = appendNearest(near, units, c)
		}
		if len(units) >= formsHeld {
			c = nil
		}
		units = append(units, unit{run, c})
	}
	var copies [][]int32
	for _, u := range units {
		slices.Sort(u.copies)
		copies = append(copies, u.copies)
	}
	firsts := j.settle(out, copies)
	for _, k := range near {
		out.Near = append(out.Near, orient(firsts[k.a], firsts[k.b], k.Verdict))
	}
}

// appendNearest appends to which of the units the next one is nearest, if it is near to any.
func appendNearest(near []akin, units []unit, c *Canonical) []akin {
	var best *akin
	for i, u := range units {
		if u.form == nil {
			continue
		}
		if v := u.form.Against(c); v.Kind == Near && (best == nil || v.rank() < best.rank()) {
			best = &akin{i, len(units), v}
		}
	}
	if best == nil {
		return near
	}
	return append(near, *best)
}

// settle makes the groups of messages of one hint: units are those of one canonical form each. It gives the first
// message of each.
func (j Judge) settle(out *Judged, units [][]int32) (firsts []int32) {
	for _, u := range units {
		groups := j.split(u)
		for _, g := range groups {
			if len(g.Copies) > 1 {
				out.Groups = append(out.Groups, g)
			}
		}
		firsts = append(firsts, groups[0].Copies[0])
		j.apart(out, groups)
	}
	return firsts
}

// orient puts the earlier message first.
func orient(a, b int32, v Verdict) Kin {
	if a > b {
		a, b, v.Fuller = b, a, -v.Fuller
	}
	return Kin{a, b, v}
}

// split makes groups of messages of one canonical form, such that every two of a group are the same: those that
// the server delivered to one address, and with them those that do not say, if there is no second address.
func (j Judge) split(copies []int32) []Group {
	copies = slices.Clone(copies)
	key := j.apartBy
	first := key(copies[0])
	if !slices.ContainsFunc(copies[1:], func(i int32) bool { return key(i) != first }) { // as nearly always
		slices.Sort(copies)
		return []Group{{copies, j.kindOf(copies)}}
	}
	order := func(a, b int32) int {
		x, y := key(a), key(b)
		return cmp.Or(bytes.Compare(x.plain[:], y.plain[:]), cmp.Compare(x.meta, y.meta), cmp.Compare(x.to, y.to), cmp.Compare(a, b))
	}
	slices.SortFunc(copies, order)
	var sets [][]int32
	for set := range chunks(copies, func(a, b int32) bool { return key(a) == key(b) }) {
		sets = append(sets, set)
	}
	sets = j.joinSilent(sets)
	var groups []Group
	for _, set := range sets {
		slices.Sort(set)
		groups = append(groups, Group{set, j.kindOf(set)})
	}
	slices.SortFunc(groups, func(a, b Group) int { return cmp.Compare(a.Copies[0], b.Copies[0]) })
	return groups
}

// apartBy is what keeps messages of one canonical form apart.
func (j Judge) apartBy(i int32) Print {
	p := &j.Prints[i]
	k := Print{to: p.to, meta: p.meta & bitPartial}
	if j.Match == MatchExact || p.meta&bitProven == 0 && j.Rules.holds(lawEvidence) {
		k.to, k.plain = 0, p.plain
	}
	return k
}

// joinSilent joins the messages that do not say where they were delivered with those that do, where these are of
// one address. Where there are more, they stay apart: nothing is merged through a third copy.
func (j Judge) joinSilent(sets [][]int32) [][]int32 {
	var out [][]int32
	for part := range chunks(sets, func(a, b []int32) bool {
		x, y := j.Prints[a[0]], j.Prints[b[0]]
		return (x.meta^y.meta)&bitPartial == 0 && x.meta&y.meta&bitProven != 0 && j.Match != MatchExact
	}) {
		if len(part) == 2 && j.Prints[part[0][0]].to == 0 {
			part = [][]int32{slices.Concat(part[0], part[1])}
		}
		out = append(out, part...)
	}
	return out
}

func (j Judge) kindOf(copies []int32) Kind {
	for _, i := range copies[1:] {
		if j.Prints[i].plain != j.Prints[copies[0]].plain {
			return Same
		}
	}
	return Identical
}

// apart tells why groups of one canonical form are not one.
func (j Judge) apart(out *Judged, groups []Group) {
	if !j.Near || j.Match == MatchExact {
		return
	}
	a := groups[0].Copies[0]
	for _, g := range groups[1:] {
		b := g.Copies[0]
		out.Near = append(out.Near, Kin{a, b, j.whyApart(j.Prints[a], j.Prints[b])})
	}
}

func (j Judge) whyApart(a, b Print) Verdict {
	switch {
	case (a.meta^b.meta)&bitPartial != 0:
		return partialVerdict(a.Partial())
	case a.meta&bitProven == 0:
		return Verdict{Kind: Near, Alike: true, Reason: reasonUnproven}
	case a.to == 0 || b.to == 0:
		return Verdict{Kind: Near, Reason: "same content, but there are copies delivered to several addresses, and this one does not say to which"}
	}
	return Verdict{Kind: Near, Reason: reasonDelivered}
}

package mboxes

import "mailmv/formats/mbox"

// mover writes down which messages lie elsewhere than before.
type mover struct {
	s   *shelf
	was []mbox.Extent // of the entries that were here; Length -1: of one that was not
}

func newMover(s *shelf) *mover {
	v := &mover{s: s, was: make([]mbox.Extent, len(s.entries))}
	for i, e := range s.entries {
		v.was[i] = mbox.Extent{Offset: e.offset, Length: e.length}
		if e.bits&here == 0 {
			v.was[i].Length = -1
		}
	}
	return v
}

// write adds the lines: one for each run of messages that moved alike. Others between them have a line of their own behind it.
func (v *mover) write(m *manifest) {
	if !m.Writes() {
		return
	}
	var first, last uint32
	delta := int64(0)
	var odd []*entry
	flush := func() {
		if delta != 0 {
			m.Add(lineMoved, v.s.n, first, last, delta)
		}
		for _, e := range odd {
			m.Add(linePlace, v.s.n, e.num, e.offset, e.length)
		}
		odd, delta = odd[:0], 0
	}
	open := false
	for i := range v.was {
		e, was := &v.s.entries[i], v.was[i]
		if e.bits&here == 0 {
			if was.Length >= 0 {
				m.Add(lineAway, v.s.n, e.num)
			}
			continue
		}
		if was.Length != e.length { // not here before, or of another length
			odd = append(odd, e)
			continue
		}
		if by := e.offset - was.Offset; !open || by != delta {
			flush()
			open, first, delta = true, e.num, by
		}
		last = e.num
	}
	flush()
}

package migrate

import "encoding/binary"

// ledger holds what is known of settled messages, found by their keys: under a hundred octets each. Entries lie in
// pieces that never move, so that growing neither copies them nor leaves garbage.
type ledger struct {
	pieces [][]entry
	n      int
	slots  []uint32 // open addressing by key: the entry's number plus one; 0: free
	filled int
}

// pieceLen is how many entries a piece holds.
const pieceLen = 1 << 10

func (l *ledger) len() int { return l.n }

// at gives entry i; it stays where it is.
func (l *ledger) at(i int) *entry { return &l.pieces[i/pieceLen][i%pieceLen] }

// all yields every entry.
func (l *ledger) all(yield func(*entry) bool) {
	for _, p := range l.pieces {
		for i := range p {
			if !yield(&p[i]) {
				return
			}
		}
	}
}

// find gives the entry of k; nil where there is none.
func (l *ledger) find(k key) *entry {
	if len(l.slots) == 0 {
		return nil
	}
	if i := l.slots[l.slot(k)]; i != 0 {
		return l.at(int(i - 1))
	}
	return nil
}

// slot is where k is, or where it would be. There always is a free one.
func (l *ledger) slot(k key) int {
	mask := len(l.slots) - 1
	for s := int(binary.NativeEndian.Uint64(k[:])) & mask; ; s = (s + 1) & mask {
		if i := l.slots[s]; i == 0 || l.at(int(i-1)).key == k {
			return s
		}
	}
}

// add puts an entry behind the others, to be found by its key.
func (l *ledger) add(e entry) {
	if l.filled >= len(l.slots)/4*3 {
		l.widen()
	}
	s := l.slot(e.key)
	l.put(e)
	l.slots[s] = uint32(l.n)
	l.filled++
}

// put puts an entry behind the others, to be found by nobody.
func (l *ledger) put(e entry) {
	if l.n%pieceLen == 0 {
		l.pieces = append(l.pieces, make([]entry, 0, pieceLen))
	}
	last := &l.pieces[len(l.pieces)-1]
	*last = append(*last, e)
	l.n++
}

// widen doubles the slots.
func (l *ledger) widen() {
	old := l.slots
	l.slots = make([]uint32, max(2*len(old), pieceLen))
	for _, i := range old {
		if i != 0 {
			l.slots[l.slot(l.at(int(i-1)).key)] = i
		}
	}
}

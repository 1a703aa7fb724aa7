package migrate

import (
	"encoding/binary"
	"testing"
)

// TestLedger: each entry is found by its key, also where many keys want one slot, and stays where it is.
func TestLedger(t *testing.T) {
	var l ledger
	named := func(n int) (k key) {
		binary.NativeEndian.PutUint64(k[:], uint64(n%100)) // a hundred slots for all
		binary.NativeEndian.PutUint64(k[8:], uint64(n))
		return k
	}
	if l.find(named(1)) != nil {
		t.Error("found in an empty ledger")
	}
	const many = 3*pieceLen + 7
	l.put(entry{uid: 1 << 30})
	l.add(entry{key: named(0)})
	first := l.find(named(0))
	for n := 1; n < many; n++ {
		l.add(entry{key: named(n), uid: uint32(n)})
	}
	for n := range many {
		if e := l.find(named(n)); e == nil || e.uid != uint32(n) {
			t.Fatalf("entry %d: %v", n, e)
		}
	}
	if l.find(named(0)) != first || l.find(named(many)) != nil || l.find(key{}) == nil {
		t.Error("an entry moved, one was found that is none, or one was not found")
	}
	seen := 0
	for range l.all {
		seen++
	}
	if seen != many+1 || l.len() != seen {
		t.Errorf("%d entries seen of %d, want %d", seen, l.len(), many+1)
	}
}

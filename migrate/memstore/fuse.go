package memstore

import (
	"errors"
	"sync"
)

// ErrCut is what a side effect gives that the fuse kept from happening, or whose answer it lost.
var ErrCut = errors.New("cut")

// Fuse cuts a run at one of its side effects: before it, or after it so that only the answer is lost.
// From then on nothing happens any more, as after a kill. A nil Fuse never blows.
type Fuse struct {
	mu    sync.Mutex
	at    int
	after bool
	n     int
	gone  bool
}

// NewFuse makes a fuse that blows at side effect number at (from 1 on; 0: never), after it has happened or before.
func NewFuse(at int, after bool) *Fuse { return &Fuse{at: at, after: after} }

// Steps is how many side effects there were.
func (f *Fuse) Steps() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

func (f *Fuse) blown() bool {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.gone
}

func (f *Fuse) step(effect func()) error {
	if f == nil {
		effect()
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone {
		return ErrCut
	}
	f.n++
	if f.n != f.at {
		effect()
		return nil
	}
	f.gone = true
	if f.after {
		effect()
	}
	return ErrCut
}

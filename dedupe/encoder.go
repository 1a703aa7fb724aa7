package dedupe

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
)

// encoder hashes a structure such that no two structures give the same octets: each text bears its
// length, each list its number of items.
type encoder struct {
	h   hash.Hash
	n   [binary.MaxVarintLen64]byte
	out Sum
}

func newEncoder() *encoder { return &encoder{h: sha256.New()} }

func (e *encoder) number(n int) { e.h.Write(e.n[:binary.PutUvarint(e.n[:], uint64(n))]) }

func (e *encoder) text(s string) {
	e.number(len(s))
	io.WriteString(e.h, s)
}

func (e *encoder) fields(list []Field) {
	e.number(len(list))
	for _, f := range list {
		e.text(f.Name)
		e.text(f.Value)
	}
}

func (e *encoder) sum() Sum {
	e.h.Sum(e.out[:0])
	return e.out
}

// Package dedupe: the names and signatures that migrate relies on. TO THE WRITER OF THIS ROOM: replace this file
// by the real thing, keep the names (Sum, Sums, NewDigest, Digest.Sums, Compare, Verdict.Merges, Verdict.Reason).
package dedupe

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"io"
)

type Sum [32]byte
type Sums struct {
	Octets      int64
	Exact, Wire Sum
}
type Digest struct {
	h hash.Hash
	n int64
}

func NewDigest() *Digest                      { return &Digest{h: sha256.New()} }
func (d *Digest) Write(b []byte) (int, error) { d.n += int64(len(b)); return d.h.Write(b) }
func (d *Digest) Sums() Sums                  { s := Sum(d.h.Sum(nil)); return Sums{d.n, s, s} }

type Verdict struct {
	Reason string
	same   bool
}

func (v Verdict) Merges() bool { return v.same }
func Compare(a, b io.Reader) (Verdict, error) {
	x, _ := io.ReadAll(a)
	y, _ := io.ReadAll(b)
	return Verdict{"x", bytes.Equal(x, y)}, nil
}

package dedupe

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
)

// Sum is a SHA-256.
type Sum [sha256.Size]byte

// Sums are the fingerprints of one message.
type Sums struct {
	Octets int64
	// Exact is of the octets as they are.
	Exact Sum
	// Wire is of the octets with all that IMAP servers are known to alter in storing folded away (see
	// Digest): equal for a message and for what such a server made of it. Most mail has nothing to fold,
	// and Wire is Exact then.
	Wire Sum
}

// Digest computes Sums of what is written to it. In the usual message nothing folds, and it costs one
// SHA-256; the second begins where the first octet folds.
//
// Folded are, as seen on real servers: a bare LF is CRLF and a missing last CRLF is there (Dovecot,
// Courier); a bare CR is gone (Courier); NUL is 0x80 (Dovecot); in the header each octet from 0x80 on
// is X (Cyrus), NUL too. The header ends with the first line that is empty once folded.
type Digest struct {
	exact  hash.Hash // without the CR that is held
	wire   hash.Hash // nil as long as nothing was folded
	octets int64
	line   lineState
	buf    []byte
}

// lineState is where in the message the next octet stands.
type lineState struct {
	held  bool // a CR was read and what follows it was not
	begun bool // the line has octets
	ended bool // the last thing written was CRLF
	body  bool // the header is behind us
}

// NewDigest returns an empty Digest.
func NewDigest() *Digest { return &Digest{exact: sha256.New()} }

// Reset makes d what NewDigest returns.
func (d *Digest) Reset() {
	d.exact.Reset()
	*d = Digest{exact: d.exact, buf: d.buf}
}

var crlf = []byte("\r\n")

// Write takes the next octets; it never fails.
func (d *Digest) Write(p []byte) (int, error) {
	n := len(p)
	if n == 0 {
		return 0, nil
	}
	d.octets += int64(n)
	if d.wire == nil {
		if after, ok := d.line.clean(p); ok {
			d.writeClean(p, after)
			return n, nil
		}
		d.wire = clone(d.exact)
		if d.line.held {
			d.exact.Write(crlf[:1])
		}
	}
	d.exact.Write(p)
	for piece := range slices.Chunk(p, 16<<10) {
		d.fold(piece)
	}
	return n, nil
}

// writeClean hashes p, which folds nowhere. A CR at its end waits: it may prove bare.
func (d *Digest) writeClean(p []byte, after lineState) {
	if d.line.held {
		d.exact.Write(crlf[:1])
	}
	if after.held {
		p = p[:len(p)-1]
	}
	d.exact.Write(p)
	d.line = after
}

// Sums returns the sums of what was written so far.
func (d *Digest) Sums() Sums {
	s := Sums{Octets: d.octets}
	exact, wire := d.exact, d.wire
	if wire == nil {
		wire = d.exact
		if d.line.held {
			exact = clone(exact)
			exact.Write(crlf[:1])
		}
	}
	exact.Sum(s.Exact[:0])
	if d.wire == nil && d.line.ended && !d.line.held && !d.line.begun {
		s.Wire = s.Exact
		return s
	}
	if d.line.begun || !d.line.ended {
		wire = clone(wire)
		wire.Write(crlf)
	}
	wire.Sum(s.Wire[:0])
	return s
}

func clone(h hash.Hash) hash.Hash {
	c, err := h.(hash.Cloner).Clone()
	if err != nil {
		panic("cannot happen: SHA-256 does not clone: " + err.Error())
	}
	return c
}

// clean tells whether p folds nowhere, and the state behind it if so. It is the way all ordinary mail
// goes, and looks at p with the few functions that see many octets at once.
func (s lineState) clean(p []byte) (after lineState, ok bool) {
	if s.held {
		if p[0] != '\n' {
			return s, false
		}
		s = s.lineEnd()
		p = p[1:]
	}
	head, crs, rest := len(p), 0, p
	if s.body {
		head = 0
	}
	for {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		if i == 0 || rest[i-1] != '\r' {
			return s, false
		}
		crs++
		rest = rest[i+1:]
		if s.body {
			s.ended, s.begun = true, false
			continue
		}
		s.begun = s.begun || i > 1
		if s = s.lineEnd(); s.body {
			head = len(p) - len(rest)
		}
	}
	if n := len(rest); n > 0 {
		s.held = rest[n-1] == '\r'
		s.begun = s.begun || n > 1 || !s.held
	}
	if s.held {
		crs++
	}
	// As many CRs as stand before an LF or at the end: none is bare.
	return s, bytes.Count(p, crlf[:1]) == crs && bytes.IndexByte(p, 0) < 0 && !has8Bit(p[:head])
}

// lineEnd is the state behind a line end; an empty line ends the header.
func (s lineState) lineEnd() lineState {
	return lineState{ended: true, body: s.body || !s.begun}
}

// has8Bit looks for an octet from 0x80 on.
func has8Bit(p []byte) bool {
	for len(p) >= 8 {
		if binary.NativeEndian.Uint64(p)&0x8080808080808080 != 0 {
			return true
		}
		p = p[8:]
	}
	for _, c := range p {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// fold writes the folded form of p to the second hash.
func (d *Digest) fold(p []byte) {
	d.line, d.buf = d.line.fold(d.buf[:0], p)
	d.wire.Write(d.buf)
}

// fold appends the folded form of p.
func (s lineState) fold(out, p []byte) (lineState, []byte) {
	out = slices.Grow(out, len(p)+len(p)/16)
	for len(p) > 0 {
		if n := s.plain(p); n > 0 {
			out = append(out, p[:n]...)
			s.held, s.begun = false, true
			p = p[n:]
			continue
		}
		switch c := p[0]; {
		case c == '\n':
			out = append(out, crlf...)
			s = s.lineEnd()
		case c == '\r':
			s.held = true
		case s.body:
			out = append(out, 0x80) // NUL
			s.held, s.begun = false, true
		default:
			out = append(out, 'X')
			s.held, s.begun = false, true
		}
		p = p[1:]
	}
	return s, out
}

// plain is the length of the run at the start of p that stands for itself.
func (s lineState) plain(p []byte) int {
	for i, c := range p {
		if c == '\r' || c == '\n' || c == 0 || c >= 0x80 && !s.body {
			return i
		}
	}
	return len(p)
}

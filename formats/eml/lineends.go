package eml

import (
	"bytes"
	"io"
	"io/fs"
	"sync"
)

// Reader gives what the content of a file with one message has with CRLF line ends (see the package comment).
type Reader struct{ *wire }

// wires are those of closed Readers: of many small messages each would have its own.
var wires = sync.Pool{New: func() any { return new(wire) }}

// NewReader reads r, the content of a file.
func NewReader(r io.Reader) *Reader {
	w := wires.Get().(*wire)
	w.r, w.out, w.ready, w.last, w.known, w.asIs, w.err = r, w.out[:0], nil, 0, false, false, nil
	return &Reader{w}
}

// Read is io.Reader's. After Close it fails.
func (r *Reader) Read(p []byte) (int, error) {
	if r.wire == nil {
		return 0, fs.ErrClosed
	}
	return r.wire.Read(p)
}

// Close lets others have the buffers, and leaves open what was read. Nobody has to call it.
func (r *Reader) Close() error {
	if r.wire != nil {
		r.r = nil
		wires.Put(r.wire)
		r.wire = nil
	}
	return nil
}

type wire struct {
	r     io.Reader
	in    [16 << 10]byte
	out   []byte
	ready []byte
	last  byte // the octet before
	known bool // the first line end was seen
	asIs  bool // it was CRLF
	err   error
}

func (w *wire) Read(p []byte) (int, error) {
	for len(w.ready) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		if w.known && w.asIs {
			return w.r.Read(p)
		}
		n, err := w.r.Read(w.in[:])
		w.err = err
		w.ready = w.convert(w.in[:n])
	}
	n := copy(p, w.ready)
	w.ready = w.ready[n:]
	return n, nil
}

func (w *wire) convert(b []byte) []byte {
	w.out = w.out[:0]
	for len(b) > 0 && !w.asIs {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			break
		}
		crBefore := i > 0 && b[i-1] == '\r' || i == 0 && w.last == '\r'
		w.asIs = crBefore && !w.known
		w.known = true
		w.out = append(w.out, b[:i]...)
		if !crBefore {
			w.out = append(w.out, '\r')
		}
		w.out = append(w.out, '\n')
		w.last = '\n'
		b = b[i+1:]
	}
	if len(b) > 0 {
		w.last = b[len(b)-1]
	}
	w.out = append(w.out, b...)
	return w.out
}

// Octets is the length of the message that r, the content of its file, holds. It reads all of it.
func Octets(r io.Reader) (int64, error) { return io.Copy(io.Discard, NewReader(r)) }

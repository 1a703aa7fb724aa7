package mbox

import (
	"bytes"
	"errors"
	"io"
)

const (
	windowSize = 1 << 20   // what a Scanner holds of the file
	headSize   = 256 << 10 // how much of a header is looked at
	aheadSize  = 8 << 10   // how much is looked at behind a From_ line, itself included
	backSize   = 16        // how much before a place stays in sight
)

// window is the part of the file that is in memory. Places are offsets in the file.
type window struct {
	r   io.Reader
	buf []byte // what is there, within a capacity of windowSize
	at  int64  // place of buf[0]
	err error  // why there is no more: io.EOF or a true error
	mac bool   // bare CRs are line ends
}

func newWindow(r io.Reader) *window {
	w := &window{r: r, buf: make([]byte, 0, windowSize)}
	w.mac = macFile(w.from(0, 64<<10))
	if w.mac {
		crToLF(w.buf)
	}
	return w
}

// from gives what is there from place on, at least n octets unless the file ends before. What stands more
// than backSize before place is forgotten.
func (w *window) from(place int64, n int) []byte {
	for w.err == nil && w.end() < place+int64(n) {
		if cap(w.buf)-int(place-w.at) < n || len(w.buf) == cap(w.buf) {
			w.slide(place)
		}
		w.read()
	}
	return w.buf[min(int(place-w.at), len(w.buf)):]
}

func (w *window) slide(place int64) {
	if drop := int(place-w.at) - backSize; drop > 0 {
		w.buf = w.buf[:copy(w.buf, w.buf[drop:])]
		w.at += int64(drop)
	}
}

func (w *window) read() {
	n, err := w.r.Read(w.buf[len(w.buf):cap(w.buf)])
	fresh := w.buf[len(w.buf) : len(w.buf)+n]
	if w.mac {
		crToLF(fresh)
	}
	w.buf, w.err = w.buf[:len(w.buf)+n], err
}

// before gives up to backSize octets that stand before place.
func (w *window) before(place int64) []byte { return w.buf[:place-w.at] }

// end is the place behind the last octet in sight.
func (w *window) end() int64 { return w.at + int64(len(w.buf)) }

// failed is the error that reading ended with, if it was not the end of the file.
func (w *window) failed() error {
	if w.err == io.EOF {
		return nil
	}
	return w.err
}

// complete tells that the last octet in sight is the last there was to be read.
func (w *window) complete() bool {
	d := (*Damage)(nil)
	return w.err == io.EOF || errors.As(w.err, &d) && d.Behind
}

func crToLF(b []byte) {
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			return
		}
		b[i] = '\n'
		b = b[i+1:]
	}
}

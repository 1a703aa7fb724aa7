package dedupe

import "io"

// Folded reads the folded form of the message that r reads: what Sums.Wire is the sum of (see Digest).
func Folded(r io.Reader) io.Reader { return &folder{r: r} }

type folder struct {
	r    io.Reader
	line lineState
	in   [4 << 10]byte
	buf  []byte
	out  []byte // the part of buf that was not given yet
	err  error
}

func (f *folder) Read(p []byte) (int, error) {
	for len(f.out) == 0 && f.err == nil {
		n, err := f.r.Read(f.in[:])
		f.line, f.buf = f.line.fold(f.buf[:0], f.in[:n])
		if f.err = err; err == io.EOF && (f.line.begun || !f.line.ended) {
			f.buf = append(f.buf, crlf...)
		}
		f.out = f.buf
	}
	n := copy(p, f.out)
	if f.out = f.out[n:]; n == 0 && len(p) > 0 {
		return 0, f.err
	}
	return n, nil
}

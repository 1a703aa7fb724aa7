package maildir

import (
	"bytes"
	"io"
	"sync"
)

// lfWriter writes CRLF line ends as LF. It stays exact as long as bad is false: a bare LF, or a CR before a
// CRLF, could not be told apart on reading.
type lfWriter struct {
	w    io.Writer
	buf  []byte
	last [2]byte // the last octets given: what stands before the next chunk
	held bool    // the last of them is a CR that is not written yet
	bad  bool
	n    int64 // octets written
}

func (l *lfWriter) Write(b []byte) (int, error) {
	given := len(b)
	out := l.buf[:0]
	for len(b) > 0 && !l.bad {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			out = l.keep(out, b)
			break
		}
		out = l.keep(out, b[:i])
		if !l.held || l.last[0] == '\r' {
			l.bad = true
			break
		}
		out = append(out, '\n')
		l.held, l.last = false, [2]byte{0, '\n'}
		b = b[i+1:]
	}
	l.buf = out
	if l.bad {
		return given, nil // the caller looks at bad and begins anew
	}
	n, err := l.w.Write(out)
	l.n += int64(n)
	return given, err
}

// keep appends octets without LF, and holds back a CR at their end.
func (l *lfWriter) keep(out, b []byte) []byte {
	if len(b) == 0 {
		return out
	}
	if l.held {
		out = append(out, '\r')
	}
	if l.last[0] = l.last[1]; len(b) > 1 {
		l.last[0] = b[len(b)-2]
	}
	l.last[1] = b[len(b)-1]
	if l.held = b[len(b)-1] == '\r'; l.held {
		b = b[:len(b)-1]
	}
	return append(out, b...)
}

// flush writes a CR at the very end.
func (l *lfWriter) flush() error {
	if !l.held || l.bad {
		return nil
	}
	l.held = false
	n, err := l.w.Write([]byte{'\r'})
	l.n += int64(n)
	return err
}

// crlfReader puts a CR before each LF that has none.
type crlfReader struct {
	r    io.Reader
	out  []byte       // what is to be handed out, within bufs
	bufs *crlfBuffers // nil before and after
	last byte
	err  error
}

type crlfBuffers struct {
	in  [16 << 10]byte
	out []byte
}

// crlfPool are those of readers that were read to the end: of many small messages each would have its own.
var crlfPool = sync.Pool{New: func() any { return &crlfBuffers{out: make([]byte, 0, 20<<10)} }}

// NewReader reads a Maildir file's octets as mail, with CRLF line ends.
func NewReader(r io.Reader) io.Reader { return &crlfReader{r: r} }

func (c *crlfReader) Read(p []byte) (int, error) {
	if c.bufs == nil && c.err == nil {
		c.bufs = crlfPool.Get().(*crlfBuffers)
	}
	for len(c.out) == 0 {
		if c.err != nil {
			c.release()
			return 0, c.err
		}
		var n int
		n, c.err = c.r.Read(c.bufs.in[:])
		c.bufs.out, c.last = appendCRLF(c.bufs.out[:0], c.bufs.in[:n], c.last)
		c.out = c.bufs.out
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// release lets others have the buffers.
func (c *crlfReader) release() {
	if c.bufs != nil {
		c.out = nil
		crlfPool.Put(c.bufs)
		c.bufs = nil
	}
}

// appendCRLF appends b as mail; last is the octet before it, and before what follows.
func appendCRLF(out, b []byte, last byte) ([]byte, byte) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return append(out, b...), b[len(b)-1]
		}
		if i > 0 {
			last = b[i-1]
		}
		if out = append(out, b[:i]...); last != '\r' {
			out = append(out, '\r')
		}
		out = append(out, '\n')
		last, b = '\n', b[i+1:]
	}
	return out, last
}

// lengthBuffers are those of mailLength: of many small messages each would have its own.
var lengthBuffers = sync.Pool{New: func() any { return new([128 << 10]byte) }}

// mailLength counts the octets that NewReader makes of r.
func mailLength(r io.Reader) (n int64, err error) {
	buf := lengthBuffers.Get().(*[128 << 10]byte)
	defer lengthBuffers.Put(buf)
	last := byte(0)
	for {
		got, err := r.Read(buf[:])
		if got > 0 {
			n += int64(got + bareLFs(last, buf[:got]))
			last = buf[got-1]
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// bareLFs counts the LFs that have no CR before them; last is the octet before b.
func bareLFs(last byte, b []byte) int {
	n := bytes.Count(b, lf)
	if bytes.IndexByte(b, '\r') >= 0 {
		n -= bytes.Count(b, crlf)
	}
	if last == '\r' && b[0] == '\n' {
		n--
	}
	return n
}

package dedupe

import (
	"bytes"
	"slices"
)

// contentHash hashes octets with LF line ends, whatever they were.
type contentHash struct {
	*encoder
	octets int64
	cr     bool // a CR was read and what follows it was not
	tail   tail
	empty  int64          // line ends that are held back, since they may be the last thing
	also   func(p []byte) // is given all that is hashed
	buf    []byte
}

// tail says what to do with the empty lines, and the last line end, at the end of the content.
type tail uint8

const (
	wholeEnd tail = iota // they are content
	anyTail              // they make no difference
)

func newContentHash(t tail) *contentHash { return &contentHash{encoder: newEncoder(), tail: t} }

// Write takes the next octets; it never fails.
func (c *contentHash) Write(p []byte) (int, error) {
	for piece := range slices.Chunk(p, 32<<10) {
		c.write(piece)
	}
	return len(p), nil
}

func (c *contentHash) write(p []byte) {
	if !c.cr && bytes.IndexByte(p, '\r') < 0 {
		c.put(p)
		return
	}
	c.buf = c.buf[:0]
	if c.cr {
		if p[0] != '\n' {
			c.buf = append(c.buf, '\r')
		}
		c.cr = false
	}
	if p[len(p)-1] == '\r' {
		c.cr, p = true, p[:len(p)-1]
	}
	c.buf = appendLF(c.buf, p)
	c.put(c.buf)
}

// put hashes p, but holds back line ends at its end where they make no difference there.
func (c *contentHash) put(p []byte) {
	if c.tail == anyTail {
		kept := bytes.TrimRight(p, "\n")
		if len(kept) == 0 {
			c.empty += int64(len(p))
			return
		}
		held := int64(len(p) - len(kept))
		c.keepTail()
		p, c.empty = kept, held
	}
	c.add(p)
}

// keepTail hashes the line ends that were held back.
func (c *contentHash) keepTail() {
	for ; c.empty > 0; c.empty-- {
		c.add(crlf[1:])
	}
}

func (c *contentHash) add(p []byte) {
	if c.also != nil {
		c.also(p)
	}
	c.h.Write(p)
	c.octets += int64(len(p))
}

// endCR takes a CR that was held back as what it is.
func (c *contentHash) endCR() {
	if c.cr {
		c.cr = false
		c.put(crlf[:1])
	}
}

// sum ends the content.
func (c *contentHash) sum() Sum {
	c.endCR()
	return c.encoder.sum()
}

// appendLF appends b with LF line ends. A CR that is not part of one stays. out may be the start of b.
func appendLF(out, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			return append(out, b...)
		}
		end := i
		if i+1 == len(b) || b[i+1] != '\n' {
			end++
		}
		out = append(out, b[:end]...)
		b = b[i+1:]
	}
}

// reset makes c as new.
func (c *contentHash) reset() {
	c.h.Reset()
	c.octets, c.cr, c.empty = 0, false, 0
}

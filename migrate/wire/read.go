package wire

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// filler is the Conn as its own buffer sees it: the side that reads from the network.
type filler Conn

// patience is how long the server has kept us waiting without earning it. Every octet earns a little, so
// that a slow line passes, and one octet a second for ever does not.
type patience time.Duration

const earned = time.Second / 64 // for each octet

func (p *patience) wait(d time.Duration, octets int) time.Duration {
	*p = max(0, *p+patience(d)-patience(time.Duration(octets)*earned))
	return time.Duration(*p)
}

// Read fills the buffer: within the idle deadline, counted, and no faster than the rate allows.
func (f *filler) Read(p []byte) (int, error) {
	c := (*Conn)(f)
	if err := c.arm(); err != nil {
		return 0, err
	}
	start := time.Now()
	n, err := c.conn.Read(p[:c.server.Rate.most(len(p))])
	c.server.Meter.read(n)
	if err != nil {
		return n, c.readFailed(err)
	}
	if err := c.judge(time.Since(start), n); err != nil {
		return n, err
	}
	c.server.Rate.wait(n, c.done)
	return n, nil
}

// arm sets the idle deadline of the next read, or gives the error that ended the connection.
func (c *Conn) arm() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmpErr(c.err, c.readErr); err != nil {
		return err
	}
	c.raw.SetReadDeadline(time.Now().Add(c.server.timeout()))
	return nil
}

// judge ends a connection that gives a trickle instead of an answer.
func (c *Conn) judge(waited time.Duration, octets int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.slow.wait(waited, octets) < 4*c.server.timeout() {
		return nil
	}
	c.err = cmpErr(c.err, fmt.Errorf("the server only trickles: no whole answer within %v: %w", 4*c.server.timeout(), os.ErrDeadlineExceeded))
	return c.err
}

// readFailed keeps the first error of reading. io.EOF stays io.EOF, as io.Reader has it.
func (c *Conn) readFailed(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		return c.err
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.err = fmt.Errorf("no answer for %v: %w", c.server.timeout(), os.ErrDeadlineExceeded)
		return c.err
	case c.readErr == nil:
		c.readErr = plainError(err)
	}
	return c.readErr
}

// Read reads what is there, from the buffer first.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.tracer.received(p[:n])
	return n, err
}

// ReadLine reads up to LF and returns the line without its CRLF (or bare LF); it is valid until the next
// read. More than max octets are an error. A line cut short is io.ErrUnexpectedEOF, none at all io.EOF.
func (c *Conn) ReadLine(max int) ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = c.longLine(line, max)
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = io.ErrUnexpectedEOF
	}
	c.tracer.received(line)
	if err != nil {
		return nil, err
	}
	text, hasCR := bytes.CutSuffix(line[:len(line)-1], []byte("\r"))
	c.bareLF = !hasCR
	if len(text) > max {
		return nil, c.tooLong(max)
	}
	return text, nil
}

// longLine gathers a line that the buffer cannot hold, no further than max.
func (c *Conn) longLine(part []byte, max int) ([]byte, error) {
	c.line = append(c.line[:0], part...)
	for {
		if len(c.line) > max+2 {
			return c.line[:0], c.tooLong(max)
		}
		part, err := c.in.ReadSlice('\n')
		c.line = append(c.line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return c.line, err
		}
	}
}

func (c *Conn) tooLong(max int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = cmpErr(c.err, fmt.Errorf("the server sent a line of more than %d octets", max))
	return c.err
}

// BareLF tells whether the line last read ended in LF without CR.
func (c *Conn) BareLF() bool { return c.bareLF }

// Buffered is how many octets have been read from the wire but not by the caller.
func (c *Conn) Buffered() int { return c.in.Buffered() }

// Peek gives at least n octets, and all that are buffered, without taking them; they are valid until the next
// read. n must not exceed 64 KiB. Fewer come only with an error.
func (c *Conn) Peek(n int) ([]byte, error) {
	if _, err := c.in.Peek(n); err != nil {
		p, _ := c.in.Peek(c.in.Buffered())
		return p, err
	}
	return c.in.Peek(c.in.Buffered())
}

// Discard takes n octets that Peek gave. They are a message's: the trace counts them and does not show them.
func (c *Conn) Discard(n int) {
	n, _ = c.in.Discard(n) // never more than Peek gave, so no error
	c.tracer.body(n)
}

// Cancelled tells whether err says that a ctx ended, rather than that the wire did.
func Cancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded)
}

package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"mailmv/formats/mail"
)

const (
	readBuffer = 128 << 10
	// writeChunk goes out under one deadline: a slow line has Timeout for each of them.
	writeChunk = 64 << 10
)

// Conn is one connection: a net.Conn that keeps its own idle deadlines (SetDeadline and kin are ignored,
// so that a library's fixed limits do not cut what is progressing), ends when its ctx does, and whose
// first error is its last: every later call gives it again. One goroutine may read while another writes.
//
// Silence for longer than Server.Timeout is an error while an answer is awaited: from the first read on,
// and anew with each Write. So read only while something is awaited.
type Conn struct {
	server Server
	raw    net.Conn // the TCP connection
	conn   net.Conn // what is read and written: raw, or TLS over it
	in     *bufio.Reader
	line   []byte // a line longer than the buffer
	bareLF bool
	secure bool
	tracer *tracer
	done   chan struct{}
	unhook func() bool

	mu      sync.Mutex
	err     error // why the connection ended, whatever the direction
	readErr error
	sendErr error
	slow    patience
}

// Dial connects, and with Implicit finishes and verifies TLS. ctx bounds the whole life of the connection.
// Errors are *mail.Error: mail.ErrTLS for certificate, name, pin and handshake.
func Dial(ctx context.Context, s Server) (*Conn, error) {
	config, err := s.tlsConfig()
	if err != nil {
		return nil, s.refuse("connect", err)
	}
	d := net.Dialer{Timeout: s.timeout()}
	raw, err := d.DialContext(ctx, "tcp", s.Address())
	if err != nil {
		return nil, s.dialError(ctx, err)
	}
	s.Meter.connected()
	c := &Conn{server: s, raw: raw, conn: raw, done: make(chan struct{}), tracer: s.Trace.tracer(s)}
	c.in = bufio.NewReaderSize((*filler)(c), readBuffer)
	c.unhook = context.AfterFunc(ctx, func() { c.end(context.Cause(ctx)) })
	if s.Security == Implicit {
		if err := c.startTLS(ctx, config, "connect"); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// dialError says in one line why there is no connection.
func (s Server) dialError(ctx context.Context, err error) error {
	e := &mail.Error{Op: "connect", Place: s.Address(), Retry: true, Err: plainError(err)}
	switch dns := (*net.DNSError)(nil); {
	case ctx.Err() != nil:
		e.Retry, e.Err = false, context.Cause(ctx)
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Retry, e.Err = false, fmt.Errorf("no such host: %q", s.Host)
		e.Hint = "check the name of the server"
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.Err = fmt.Errorf("no connection within %v: %w", s.timeout(), os.ErrDeadlineExceeded)
		e.Hint = "check host and port, and whether a firewall is in the way; --timeout allows more time"
	default:
		e.Hint = "check host and port: a server may offer TLS only, or this protocol not at all"
	}
	return e
}

// plainError takes the addresses off a network error: they say nothing that Place does not.
func plainError(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err
	}
	if sys := (*os.SyscallError)(nil); errors.As(err, &sys) {
		err = sys.Err
	}
	return err
}

// Write sends p at once. Each 64 KiB of it may take Timeout.
func (c *Conn) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		if err := c.sendError(); err != nil {
			return sent, err
		}
		chunk := p[sent:min(sent+writeChunk, len(p))]
		c.raw.SetWriteDeadline(time.Now().Add(c.server.timeout()))
		n, err := c.conn.Write(chunk)
		sent += n
		c.server.Meter.wrote(n)
		c.tracer.sent(chunk[:n])
		if err != nil {
			return sent, c.sendFailed(err)
		}
		c.expect()
	}
	return sent, nil
}

// sendFailed keeps the first error of writing. What the server said before it hung up can still be read.
func (c *Conn) sendFailed(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		return c.err
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.err = fmt.Errorf("the server took nothing for %v: %w", c.server.timeout(), os.ErrDeadlineExceeded)
		return c.err
	case c.sendErr == nil:
		c.sendErr = plainError(err)
	}
	return c.sendErr
}

func (c *Conn) sendError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cmpErr(c.err, c.sendErr)
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// expect starts the wait for an answer anew.
func (c *Conn) expect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slow = 0
	c.raw.SetReadDeadline(time.Now().Add(c.server.timeout()))
}

// end closes the connection because of err, which every later call then gives.
func (c *Conn) end(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	select {
	case <-c.done:
	default:
		close(c.done)
	}
	c.mu.Unlock()
	c.raw.Close()
}

// Close ends the connection; with TLS it says so to the server first.
func (c *Conn) Close() error {
	c.unhook()
	c.mu.Lock()
	first := c.err == nil && c.readErr == nil && c.sendErr == nil
	c.mu.Unlock()
	if first && c.conn != c.raw {
		c.conn.Close() // writes close_notify within five seconds
	}
	c.end(net.ErrClosed)
	return nil
}

// Secure tells whether the connection is encrypted and verified.
func (c *Conn) Secure() bool { return c.secure }

// LocalAddr and RemoteAddr are the TCP connection's.
func (c *Conn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// RemoteAddr is the server's address.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// SetDeadline does nothing: the connection keeps its own deadlines.
func (c *Conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: the connection keeps its own deadlines.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: the connection keeps its own deadlines.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

var _ net.Conn = (*Conn)(nil)
var _ io.Reader = (*filler)(nil)

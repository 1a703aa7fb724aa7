package imap

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// connection is what lies below the gate: wire.Conn.
type connection interface {
	net.Conn
	ReadLine(max int) ([]byte, error)
}

// gate is the net.Conn through which the library speaks. On the way in it passes on only what was asked
// for, written anew in the form that the library understands: beta.8 closes the connection on anything
// unknown. On the way out it notes which commands are open, and it reads from the wire only while
// one is: with none open the library's reader waits here, and whoever holds the session's turn speaks on
// the same connection himself.
type gate struct {
	conn  connection
	words *words

	mu      sync.Mutex
	wake    sync.Cond
	open    map[string]struct{} // tags of the library's commands that are not answered
	code    string              // the response code of the last answer
	fickle  bool                // UIDNOTSTICKY was said
	fault   error               // why reading ended; the library gives its text alone
	closed  bool
	midLine bool // the last write did not end a line

	// The rest belongs to the library's reader.
	out  []byte // repaired responses on their way to the library
	idle int    // responses since the last that was asked for
}

func newGate(c connection, w *words) *gate {
	g := &gate{conn: c, words: w, open: map[string]struct{}{}}
	g.wake.L = &g.mu
	// Everything before this point was spoken without the library. It is told of no capability that it
	// would use: UTF-8 names without ENABLE, for one (RFC 9051 §6.3.1).
	g.out = []byte("* PREAUTH [CAPABILITY IMAP4rev1] mailmv\r\n")
	return g
}

// forget forgets how the last SELECT was answered.
func (g *gate) forget() {
	g.mu.Lock()
	g.code, g.fickle = "", false
	g.mu.Unlock()
}

// selected gives the response code with which a SELECT was answered, and whether the folder's UIDs last.
func (g *gate) selected() (code string, sticky bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.code, !g.fickle
}

// Write sends a command of the library's, and notes its tag.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return 0, net.ErrClosed
	}
	if tag, _, ok := strings.Cut(string(p[:min(len(p), 32)]), " "); ok && !g.midLine {
		g.open[tag] = struct{}{}
		g.wake.Broadcast()
	}
	g.midLine = !bytes.HasSuffix(p, []byte("\n"))
	g.mu.Unlock()
	if _, err := g.conn.Write(unmark(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Read gives the library the next octets that are fit for it. Its first error is its last: the library
// swallows one and reads on.
func (g *gate) Read(p []byte) (int, error) {
	if err := g.cause(); err != nil {
		return 0, err
	}
	n, err := g.read(p)
	if err != nil {
		g.mu.Lock()
		if g.fault == nil && !g.closed {
			g.fault = err
		}
		g.mu.Unlock()
	}
	return n, err
}

// cause gives the reason why reading ended; nil while it goes on.
func (g *gate) cause() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fault
}

func (g *gate) read(p []byte) (int, error) {
	for {
		if len(g.out) > 0 {
			n := copy(p, g.out)
			if g.out = g.out[n:]; len(g.out) == 0 {
				g.out = nil
			}
			return n, nil
		}
		if err := g.wait(); err != nil {
			return 0, err
		}
		if err := g.next(); err != nil {
			return 0, cut(err)
		}
	}
}

// wait blocks until a command is open.
func (g *gate) wait() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.open) == 0 && !g.closed {
		g.wake.Wait()
	}
	if g.closed {
		return net.ErrClosed
	}
	return nil
}

// next reads one response and puts what the library should see of it into g.out.
func (g *gate) next() error {
	r, err := readLine(g.conn)
	if err != nil {
		return err
	}
	if g.idle++; g.idle > maxUnread {
		return errBounds
	}
	if r.tag == "*" {
		return g.untagged(r)
	}
	return g.tagged(r)
}

func (g *gate) tagged(r reply) error {
	s := parseStatus(r.text)
	g.mu.Lock()
	_, mine := g.open[r.tag]
	delete(g.open, r.tag)
	g.code = s.code
	g.mu.Unlock()
	if !mine {
		g.words.stray(r.tag)
		return nil
	}
	g.idle = 0
	switch s.kind {
	case "OK", "NO", "BAD":
	default:
		return fmt.Errorf("%w: answer %q", errSyntax, g.words.clean(s.kind))
	}
	g.words.hear(s, true)
	code := ""
	if validKeyword(s.code) {
		code = "[" + s.code + "] "
	}
	text := strings.Map(printable, s.text)
	if text == "" {
		text = "(no words)"
	}
	g.out = fmt.Appendf(g.out, "%s %s %s%s\r\n", r.tag, s.kind, code, text)
	return nil
}

func printable(r rune) rune {
	if r < ' ' {
		return '?'
	}
	return r
}

func (g *gate) untagged(r reply) error {
	if r.isStatus() {
		g.condition(r.text)
		return nil
	}
	u, err := g.words.untagged(g.conn, r)
	if err != nil {
		return err
	}
	switch {
	case u.numbered && u.kind == "EXISTS":
		g.out = append(strconv.AppendUint(append(g.out, "* "...), u.number, 10), " EXISTS\r\n"...)
	case u.kind == "LIST":
		g.list(u.rest)
	case u.kind == "STATUS":
		g.mailboxStatus(u.rest)
	}
	return nil
}

// Close closes the connection and lets the library's reader go.
func (g *gate) Close() error {
	g.mu.Lock()
	g.closed = true
	g.wake.Broadcast()
	g.mu.Unlock()
	return g.conn.Close()
}

// The library's own deadlines (five minutes for a literal however it progresses) are not for us: the
// connection keeps idle deadlines.

func (g *gate) SetDeadline(time.Time) error      { return nil }
func (g *gate) SetReadDeadline(time.Time) error  { return nil }
func (g *gate) SetWriteDeadline(time.Time) error { return nil }
func (g *gate) LocalAddr() net.Addr              { return g.conn.LocalAddr() }
func (g *gate) RemoteAddr() net.Addr             { return g.conn.RemoteAddr() }

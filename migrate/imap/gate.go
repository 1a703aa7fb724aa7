package imap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
// unknown, and loses a message in silence when a server puts the UID behind the literal or splits its
// answer in two. On the way out it notes which commands are open, and it reads from the wire only while
// one is: with none open the library's reader waits here, and whoever holds the session's turn speaks on
// the same connection himself.
type gate struct {
	conn  connection
	words *words
	notes func(string)

	mu      sync.Mutex
	wake    sync.Cond
	open    map[string]struct{} // tags of the library's commands that are not answered
	want    want
	code    string // the response code of the last answer
	fickle  bool   // UIDNOTSTICKY was said
	fault   error  // why reading ended; the library gives its text alone
	closed  bool
	midLine bool // the last write did not end a line

	// The rest belongs to the library's reader.
	out    []byte // repaired responses on their way to the library
	lit    int64  // octets of a body still to be passed on as they are
	answer answer // whose body that is
	idle   int    // responses since the last that was asked for
}

// item is what a FETCH answer must bear to count as one.
type item uint8

const (
	nothing item = iota
	theUID
	theSize
	theBody
)

// want says which FETCH answers belong to the command that is open. only is set where a single UID was
// asked for: an answer that names none is its.
type want struct {
	item item
	only uint32
	seen map[uint32]bool
}

var errTwice = errors.New("server answers one UID twice")

func newGate(c connection, w *words, notes func(string)) *gate {
	g := &gate{conn: c, words: w, notes: notes, open: map[string]struct{}{}}
	g.wake.L = &g.mu
	// Everything before this point was spoken without the library. It is told of no capability that it
	// would use: UTF-8 names without ENABLE, for one (RFC 9051 §6.3.1).
	g.out = []byte("* PREAUTH [CAPABILITY IMAP4rev1] mailmv\r\n")
	return g
}

// expect says which FETCH answers the next command is about. None may be open.
func (g *gate) expect(it item, only uint32) {
	g.mu.Lock()
	g.want = want{item: it, only: only, seen: map[uint32]bool{}}
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
		if g.lit > 0 {
			return g.body(p)
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

// body passes on octets of a literal. The last of them are held back until what follows the literal was
// seen to go on as a FETCH answer does: a literal that ended early must not look whole.
func (g *gate) body(p []byte) (int, error) {
	if int64(len(p)) < g.lit {
		n, err := g.conn.Read(p)
		g.lit -= int64(n)
		return n, cut(err)
	}
	p = p[:g.lit]
	if err := readFull(g.conn, p); err != nil {
		return 0, err
	}
	g.lit = 0
	l, err := g.conn.ReadLine(maxLine)
	if err != nil {
		return 0, cut(err)
	}
	tail := answer{seq: g.answer.seq, uid: g.answer.uid, injected: g.answer.injected, streamed: true, size: -1}
	if err := g.items(&tail, scan{bytes.Clone(l)}); err != nil {
		return 0, fmt.Errorf("after a literal: %w", err)
	}
	return len(p), nil
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
	if r.tag == "+" {
		g.notes("the server asks to go on though nothing waits for that: ignored")
		return nil
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
		g.notes("the server answers a command that was not given: ignored")
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
	s := scan{r.text}
	n, numbered := s.number(32)
	if !numbered && len(s.b) != len(r.text) {
		g.notes("the server counts beyond 32 bits: ignored")
		return g.drop(r)
	}
	s.blanks()
	kind := strings.ToUpper(s.word())
	if numbered && kind == "FETCH" {
		return g.fetch(uint32(n), s, r)
	}
	from := len(r.text) - len(s.b)
	if err := r.complete(g.conn); err != nil {
		return err
	}
	s = scan{r.text[from:]}
	switch {
	case numbered && kind == "EXISTS":
		g.out = append(strconv.AppendUint(append(g.out, "* "...), n, 10), " EXISTS\r\n"...)
	case kind == "LIST":
		g.list(s)
	case kind == "STATUS":
		g.mailboxStatus(s)
	case !known[kind]:
		g.notes(fmt.Sprintf("the server sends %q unasked: ignored", g.words.clean(kind)))
	}
	return nil
}

// known are the responses that a server may send at any time and that nothing here asks for.
var known = map[string]bool{"CAPABILITY": true, "ENABLED": true, "FLAGS": true, "RECENT": true, "EXPUNGE": true,
	"SEARCH": true, "ESEARCH": true, "VANISHED": true, "LSUB": true, "XLIST": true, "ID": true, "NAMESPACE": true,
	"QUOTA": true, "QUOTAROOT": true, "METADATA": true, "ACL": true, "MYRIGHTS": true, "LISTRIGHTS": true}

// drop passes over the literals of a response that is not wanted.
func (g *gate) drop(r reply) error {
	for l := r.text; ; {
		n, ok := literalAtEnd(l)
		if !ok {
			return nil
		}
		if _, err := io.CopyN(io.Discard, g.conn, n); err != nil {
			return cut(err)
		}
		next, err := g.conn.ReadLine(maxLine)
		if err != nil {
			return cut(err)
		}
		l = bytes.Clone(next)
	}
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

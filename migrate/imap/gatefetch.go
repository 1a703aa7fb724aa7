package imap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// maxHeld is how much of a body is held in memory while its UID is looked for behind it.
const maxHeld = 256 << 10

// dateTime is INTERNALDATE as the protocol writes it (RFC 9051 §9, date-time).
const dateTime = "_2-Jan-2006 15:04:05 -0700"

// answer is what a FETCH response tells of one message.
type answer struct {
	seq, uid uint32
	injected bool // the UID is the one that was asked for; the answer has not named it yet
	streamed bool // head and body are already on their way to the library
	flags    []string
	hasFlags bool
	date     time.Time
	size     int64 // -1: not told
	held     []byte
	hasBody  bool
}

// fetch writes a FETCH response anew: known items only, the UID first. What the open command did not ask
// for is dropped, such as the news that another client changed a flag.
func (g *gate) fetch(seq uint32, s scan, r reply) error {
	s.blanks()
	a := answer{seq: seq, size: -1}
	if seq == 0 || !s.accept('(') {
		g.notes("a FETCH answer cannot be read: ignored")
		return g.drop(r)
	}
	err := g.items(&a, s)
	if _, more := literalAtEnd(r.text); errors.Is(err, errSyntax) && !more {
		// It was this line alone, so the next one is sound.
		g.notes("a FETCH answer cannot be read: ignored")
		return nil
	}
	return err
}

// items reads the items of one answer up to its closing parenthesis, or up to a body that is passed on.
func (g *gate) items(a *answer, s scan) error {
	for {
		s.blanks()
		if s.accept(')') {
			return g.finish(a)
		}
		name := strings.ToUpper(s.word())
		s.blanks()
		if name == "" || s.done() {
			return fmt.Errorf("%w: a FETCH answer ends in its middle", errSyntax)
		}
		if isBody(name) {
			streaming, err := g.bodyItem(a, &s)
			if streaming || err != nil {
				return err
			}
			continue
		}
		if err := g.inline(&s); err != nil {
			return err
		}
		if err := g.item(a, name, &s); err != nil {
			return err
		}
	}
}

// isBody tells whether an item is the message or the header of it that we ask for.
func isBody(name string) bool {
	return strings.HasPrefix(name, "BODY[") || name == "RFC822"
}

// inline reads a small literal that the value at hand begins with or holds.
func (g *gate) inline(s *scan) error {
	for range maxParts {
		if probe := (scan{s.b}); probe.skip() {
			return nil
		}
		n, ok := literalAtEnd(s.b)
		if !ok {
			return fmt.Errorf("%w: a FETCH answer cannot be read", errSyntax)
		}
		var err error
		if s.b, err = withLiteral(g.conn, s.b, n); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: more than %d literals", errBounds, maxParts)
}

// item reads one item other than a body.
func (g *gate) item(a *answer, name string, s *scan) error {
	switch name {
	case "UID":
		n, ok := s.number(32)
		if !ok || n == 0 || (a.uid != 0 && a.uid != uint32(n)) {
			return fmt.Errorf("%w: a FETCH answer with a wrong UID", errSyntax)
		}
		a.uid = uint32(n)
	case "RFC822.SIZE":
		if n, ok := s.number(63); ok {
			a.size = int64(n)
		}
	case "FLAGS":
		flags, ok := s.list()
		if !ok {
			return fmt.Errorf("%w: a list of flags cannot be read", errSyntax)
		}
		a.flags, a.hasFlags = g.flags(flags), true
	case "INTERNALDATE":
		v, isNil, _ := s.str()
		if a.date = parseDate(v); a.date.IsZero() && !isNil {
			g.notes(fmt.Sprintf("the server gives an internal date %q, which is none: taken as unknown", g.words.clean(v)))
		}
	default:
		s.skip()
	}
	return nil
}

// parseDate reads an INTERNALDATE; zero where it is none. A missing zone is taken as UTC.
func parseDate(v string) time.Time {
	v = strings.TrimSpace(v)
	for _, layout := range []string{dateTime, "_2-Jan-2006 15:04:05"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t
		}
	}
	return time.Time{}
}

// bodyItem reads a body. streaming: its octets are passed on from here, and the rest of the answer after them.
func (g *gate) bodyItem(a *answer, s *scan) (streaming bool, err error) {
	n, literal := literalAtEnd(s.b)
	if !literal || bytes.IndexByte(s.b, '{') > 1 {
		v, isNil, ok := s.str()
		if !ok {
			return false, fmt.Errorf("%w: a body that is no string", errSyntax)
		}
		if isNil {
			g.notes("the server has a message without any body (NIL): taken as an empty one")
			v = ""
		}
		a.held, a.hasBody = []byte(v), true
		return false, nil
	}
	w := g.wanted()
	if a.uid == 0 && w.only != 0 {
		a.uid, a.injected = w.only, true
	}
	switch {
	case a.streamed || w.item != theBody || (a.uid == 0 && n > maxHeld):
		_, err = io.CopyN(io.Discard, g.conn, n)
	case a.uid == 0 || n == 0:
		a.held, a.hasBody = make([]byte, n), true
		err = readFull(g.conn, a.held)
	default:
		if err := g.once(a.uid); err != nil {
			return false, err
		}
		g.out = fmt.Appendf(g.head(a), " BODY[] {%d}\r\n", n)
		g.answer, g.lit = *a, n
		return true, nil
	}
	if err != nil {
		return false, cut(err)
	}
	l, err := g.conn.ReadLine(maxLine)
	s.b = bytes.Clone(l)
	return false, cut(err)
}

// once notes that a body of uid came, and refuses a second one.
func (g *gate) once(uid uint32) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.want.seen[uid] {
		return fmt.Errorf("%w: %d", errTwice, uid)
	}
	g.want.seen[uid] = true
	return nil
}

func (g *gate) wanted() want {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.want
}

// finish ends an answer: it goes to the library if it is what was asked for.
func (g *gate) finish(a *answer) error {
	g.idle = 0
	if a.streamed {
		g.out = append(g.known(g.out, a), ")\r\n"...)
		return nil
	}
	w := g.wanted()
	if a.uid == 0 {
		a.uid = w.only
	}
	ok := a.uid != 0 && w.item != nothing
	switch w.item {
	case theSize:
		ok = ok && a.size >= 0
	case theBody:
		ok = ok && a.hasBody
	}
	if !ok {
		return nil
	}
	if w.item == theBody {
		if err := g.once(a.uid); err != nil {
			return err
		}
	}
	g.out = g.head(a)
	if w.item == theBody {
		g.out = append(fmt.Appendf(g.out, " BODY[] {%d}\r\n", len(a.held)), a.held...)
	}
	g.out = append(g.out, ")\r\n"...)
	return nil
}

// head writes the beginning of an answer.
func (g *gate) head(a *answer) []byte {
	return g.known(fmt.Appendf(g.out, "* %d FETCH (UID %d", a.seq, a.uid), a)
}

// known writes the items that we know of.
func (g *gate) known(b []byte, a *answer) []byte {
	if a.hasFlags {
		b = fmt.Appendf(b, " FLAGS (%s)", strings.Join(a.flags, " "))
	}
	if !a.date.IsZero() {
		b = fmt.Appendf(b, " INTERNALDATE %q", a.date.Format(dateTime))
	}
	if a.size >= 0 {
		b = fmt.Appendf(b, " RFC822.SIZE %d", a.size)
	}
	return b
}

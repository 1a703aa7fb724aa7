package mbox

import (
	"bytes"
	"errors"
	"io"
)

// signs are what the messages of a file show of its dialect (never one message's alone: each may quote
// an mbox of its own).
type signs struct {
	right, wrong     int64 // Content-Length fields that were proven; that were not
	plain            int64 // lines "From " within bodies
	inside           int64 // those of messages whose Content-Length was proven
	quoted, requoted int64
}

func (g *signs) add(m *found) {
	switch {
	case m.sure >= 0:
		g.right++
		g.inside += m.plain
	case m.facts.length >= 0:
		g.wrong++
	}
	g.plain += m.plain
	g.quoted += m.tally.quoted
	g.requoted += m.tally.requoted
}

// dialect weighs them: proven lengths make it mboxcl2, or mboxcl where "From " is quoted and never plain;
// ">>From " without any plain "From " makes it mboxrd. Everything else proves nothing.
func (g *signs) dialect(known Dialect) Dialect {
	switch {
	case known == MMDF:
		return MMDF
	case g.right > g.wrong && g.plain == 0 && g.quoted > 0:
		return Unknown // mboxcl, or mboxcl2 with quotes that are the senders' own: nothing may be undone
	case g.right > g.wrong:
		return MboxCL2
	case g.requoted > 0 && g.plain == 0:
		return MboxRD
	default:
		return Unknown
	}
}

// claim proves a Content-Length: where it says that the body ends, the file ends or a From_ line stands.
// A length that is not proven (an editor changed the message, or its sender wrote the field) only weighs
// in the score.
func (s *Scanner) claim(m *found) {
	if s.opt.Dialect.quotes() && !s.opt.Lengths || m.facts.length < 0 || m.facts.body < 0 {
		return
	}
	end := m.facts.body + m.facts.length
	if end < m.facts.body || end == m.facts.body && m.facts.length > 0 {
		return // overflow
	}
	b, ended, ok := s.peek(end)
	if !ok {
		return
	}
	after := b[blankLine(b):]
	line, rest := cutLine(after)
	switch {
	case len(after) == 0 && ended:
		m.sure = end
	case bytes.HasPrefix(line, fromWord):
		if f := ParseFrom(string(line)); !f.Date.IsZero() || f.shape == s.shape && lookAhead(rest, ended) >= oneField {
			m.sure = end
		}
	}
}

func blankLine(b []byte) int {
	switch {
	case bytes.HasPrefix(b, []byte("\n")):
		return 1
	case bytes.HasPrefix(b, []byte("\r\n")):
		return 2
	default:
		return 0
	}
}

// peek looks at what stands at place, which must be the beginning of a line: in the window, or else in the file.
// ok is false where it cannot be seen. ended says that the file ends where b does.
func (s *Scanner) peek(place int64) (b []byte, ended, ok bool) {
	if s.win.end() >= place+aheadSize || s.win.err != nil {
		if place > s.win.end() {
			return nil, false, false
		}
		before := s.win.before(place)
		b = s.win.buf[len(before):]
		return b[:min(len(b), aheadSize)], len(b) <= aheadSize && s.win.complete(), len(before) > 0 && before[len(before)-1] == '\n'
	}
	if s.ra == nil {
		return nil, false, false
	}
	b = make([]byte, aheadSize+1)
	n, err := s.ra.ReadAt(b, place-1)
	if n == 0 || b[0] != '\n' {
		return nil, false, false
	}
	return b[1:n], errors.Is(err, io.EOF), true
}

// behind is the place of the From_ line at place or behind an empty line there; -1: the file ends.
func (s *Scanner) behind(place int64) int64 {
	b := s.win.from(place, len(fromWord)+2)
	n := blankLine(b)
	if len(b) == n {
		return -1
	}
	return place + int64(n)
}

package mbox

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"iter"
)

// Options say how a file is read. The zero value lets the file tell.
type Options struct {
	// Dialect is the one that the file is known to have; Unknown: it is found out. In a file that is known
	// to quote, a dated line "From " behind an empty line is a separator whatever follows it, and
	// Content-Length is not looked at.
	Dialect Dialect
	// Lengths says that Content-Length fields are those of programs that wrote to this file, no sender's: they are looked at
	// whatever the dialect.
	Lengths bool
	// Doubt, if set, is told of every doubtful separator and every hole as it is passed.
	Doubt func(Doubt)
}

// Scanner finds the messages of one mbox or MMDF file in one pass. It holds 1 MiB of the file at most,
// and 256 KiB of one header, whatever the file holds.
type Scanner struct {
	win     *window
	ra      io.ReaderAt // nil: only forward
	opt     Options
	head    []byte          // the header of the message at hand
	shape   shape           // of the file's first From_ line
	base    map[string]bool // keywords that X-IMAPbase declares; nil: there is none
	first   bool
	signs   signs
	dialect Dialect
}

// NewScanner reads a file from its beginning. If r is an io.ReaderAt as well, whose place 0 is where r
// stands, each Content-Length can be proven by a look at the place it points to, which is what tells
// the messages of an mboxcl2 file apart beyond doubt; else only within the megabyte in memory.
func NewScanner(r io.Reader, o Options) *Scanner {
	s := &Scanner{win: newWindow(r), opt: o, first: true}
	s.ra, _ = r.(io.ReaderAt)
	if s.ra != nil && s.win.mac {
		s.ra = macReaderAt{s.ra}
	}
	return s
}

// Dialect is what Options say, or what the file showed; it is known once Entries has come to its end. Only
// the file tells whether it is MMDF.
func (s *Scanner) Dialect() Dialect {
	switch {
	case s.dialect == MMDF, s.opt.Dialect == Unknown, s.opt.Dialect == MMDF:
		return s.dialect
	default:
		return s.opt.Dialect
	}
}

// Entries yields every message in the file's order. An error ends it: ErrNotMbox, ErrUnsupported, or
// that of the reader, behind the messages that were whole before it: the one in which it lies is none of them.
func (s *Scanner) Entries() iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		head := s.win.from(0, aheadSize)
		if err := Sniff(head); err != nil {
			yield(nil, cmp.Or(s.win.failed(), err))
			return
		}
		at, err := s.begin()
		if err != nil {
			yield(nil, cmp.Or(s.win.failed(), err))
			return
		}
		for at >= 0 {
			m, next := s.next(at)
			if m != nil && (next >= 0 || s.win.complete()) {
				s.signs.add(m)
				s.dialect = s.signs.dialect(s.dialect)
				if !yield(&m.Entry, nil) {
					return
				}
			}
			at = next
		}
		if err := s.win.failed(); err != nil {
			yield(nil, fmt.Errorf("at octet %d: %w", s.win.end(), err))
		}
	}
}

// begin gives the place of the first From_ line or frame; -1: there is no message at all.
func (s *Scanner) begin() (int64, error) {
	at, nuls := int64(0), false
	for {
		b := s.win.from(at, aheadSize)
		n := leading(b)
		if at > 0 && bytes.HasPrefix(b, bom) { // only the file's first octets are a mark
			n = 0
		}
		nuls = nuls || bytes.IndexByte(b[:n], 0) >= 0
		at += int64(n)
		if n < len(b) {
			break
		}
		if s.win.err != nil {
			at = -1
			break
		}
	}
	if nuls {
		s.doubt(0, at >= 0, "the file begins with NULs")
	}
	if at < 0 {
		return at, nil
	}
	b := s.win.from(at, aheadSize)
	b = b[:min(len(b), aheadSize)]
	switch {
	case frameLine(b) > 0:
		s.dialect = MMDF
	case !bytes.HasPrefix(b, fromWord), len(b) == aheadSize && bytes.IndexByte(b, '\n') < 0:
		return at, ErrNotMbox
	}
	return at, nil
}

func (s *Scanner) doubt(place int64, accepted bool, reason string) {
	if s.opt.Doubt != nil {
		s.opt.Doubt(Doubt{Offset: place, Accepted: accepted, Reason: reason})
	}
}

// found is a message on its way through the window.
type found struct {
	Entry
	tally
	facts facts
	body  int64 // place behind the From_ line
	sure  int64 // place where Content-Length, proven, says it ends; -1: not proven
	plain int64 // lines "From " in its body
}

// next reads the message whose From_ line (or frame) is at, and gives the place of the next one; -1: none.
func (s *Scanner) next(at int64) (*found, int64) {
	if s.dialect == MMDF {
		return s.nextFramed(at)
	}
	m := s.open(at)
	s.claim(m)
	end, next := s.find(m)
	s.finish(m, end)
	return m, next
}

// open reads the From_ line and the header at place.
func (s *Scanner) open(place int64) *found {
	m := &found{sure: -1}
	m.Offset = place
	b := s.win.from(place, headSize/8)
	if bytes.HasPrefix(b, fromWord) {
		line, _ := cutLine(b)
		m.From = ParseFrom(string(line))
		n := len(b)
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			n = i + 1
		}
		m.body = place + int64(n)
	} else {
		m.body = place
	}
	if s.first {
		s.shape = m.From.shape
	}
	s.readHead(m)
	s.first = false
	return m
}

// find gives where the message ends, the separator's empty line included, and where the next begins.
func (s *Scanner) find(m *found) (end, next int64) {
	for place := m.body; ; {
		b := s.win.from(place, 2*aheadSize)
		limit := len(b)
		if s.win.err == nil {
			limit -= aheadSize
		}
		if m.sure >= 0 {
			limit = min(limit, int(m.sure-place))
		}
		i := s.hit(place, limit)
		if i < 0 {
			m.count(b, limit)
			place += int64(limit)
			switch {
			case place == m.sure:
				return place, s.behind(place)
			case place == s.win.end() && s.win.err != nil:
				return place, -1
			}
			continue
		}
		m.count(b, i)
		place += int64(i)
		accepted, torn := false, false
		if m.sure < 0 {
			accepted, torn = s.judge(m, place)
		}
		switch {
		case torn:
			return place, -1
		case accepted:
			return place, place
		}
		m.plain++
		m.count(b[i:], len(fromWord))
		place += int64(len(fromWord))
	}
}

// hit finds "From " at the beginning of a line, or behind a hole of NULs, among the limit octets from
// place on; -1: none.
func (s *Scanner) hit(place int64, limit int) int {
	b := s.win.from(place, 0)
	b = b[:min(len(b), limit+len(fromWord)-1)]
	for i := 0; ; i += len(fromWord) {
		n := bytes.Index(b[i:], fromWord)
		if i += n; n < 0 || i >= limit {
			return -1
		}
		before := s.win.before(place + int64(i))
		if c := before[len(before)-1]; c == '\n' || c == 0 && behindHole(before) {
			return i
		}
	}
}

// behindHole tells whether nothing but NULs, eight or more of them, stands between the line's beginning
// and here. Files have holes after a crash.
func behindHole(before []byte) bool {
	text := bytes.TrimRight(before, "\x00")
	return len(before)-len(text) >= 8 && (len(text) == 0 || text[len(text)-1] == '\n')
}

// judge decides on the line "From " at place. torn: it is a separator in which the file ends.
func (s *Scanner) judge(m *found, place int64) (accepted, torn bool) {
	b := s.win.from(place, aheadSize)
	ended := s.win.complete() && len(b) <= aheadSize
	line, after := cutLine(b[:min(len(b), aheadSize)])
	whole := bytes.IndexByte(b[:min(len(b), aheadSize)], '\n') >= 0
	if !whole && !ended {
		return false, false // a line of 8 KiB
	}
	e := s.evidence(m, place, string(line), after, ended)
	if !whole {
		torn = e.blank && !e.from.Date.IsZero()
		s.doubt(place, false, "the file ends in the middle of a From_ line")
		return false, torn
	}
	accepted, why := e.accepted()
	if why != "" {
		s.doubt(place, accepted, why)
	}
	return accepted, false
}

func (s *Scanner) evidence(m *found, place int64, line string, after []byte, ended bool) *evidence {
	before := s.win.before(place)
	e := &evidence{from: ParseFrom(line), look: lookAhead(after, ended), quoted: s.opt.Dialect.quotes()}
	e.hole = before[len(before)-1] == 0
	e.blank = place == m.body || emptyLine(before) > 0 && !e.hole
	e.sameShape = e.from.shape != noShape && e.from.shape == s.shape
	e.inPart = len(m.boundary) > 0 && !m.closed
	if n := m.facts.length; n >= 0 && m.facts.body >= 0 {
		switch end := m.facts.body + n; {
		case place < end:
			e.length = -1
		case place <= end+2:
			e.length = 1
		}
	}
	return e
}

// emptyLine is the length of the empty line that b ends with, 0 if it does not.
func emptyLine(b []byte) int {
	switch {
	case bytes.HasSuffix(b, []byte("\n\n")):
		return 1
	case bytes.HasSuffix(b, []byte("\n\r\n")):
		return 2
	default:
		return 0
	}
}

// finish settles the length of a message whose octets end, the separator's empty line perhaps included, at end.
func (s *Scanner) finish(m *found, end int64) {
	before := s.win.before(end)
	m.Cut = end > m.body && end == s.win.end() && s.win.err != nil && before[len(before)-1] != '\n'
	if m.sure < 0 {
		// The line before the message's first is a From_ line and ends in LF, so it shows an empty first line.
		if n := emptyLine(before); n > 0 && end-int64(n) >= m.body {
			end -= int64(n)
			m.lf--
			m.crlf -= int64(n - 1)
		}
	}
	m.Length = end - m.Offset
	m.wire = end - m.body + m.lf - m.crlf
	m.Entry.quoted, m.Entry.requoted = m.tally.quoted, m.tally.requoted
}

// macReaderAt reads bare CR as LF.
type macReaderAt struct{ r io.ReaderAt }

func (m macReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := m.r.ReadAt(p, off)
	crToLF(p[:n])
	return n, err
}

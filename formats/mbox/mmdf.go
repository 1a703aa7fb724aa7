package mbox

import (
	"bytes"
)

// nextFramed reads the MMDF message whose opening frame is at, and gives the place of the next frame; -1:
// none. m is nil where nothing but an empty rest follows.
func (s *Scanner) nextFramed(at int64) (*found, int64) {
	b := s.win.from(at, len(mmdfFrame)+2)
	body := at + int64(frameLine(b))
	if b = s.win.from(body, 1); len(b) == 0 {
		return nil, -1 // a last frame that opens nothing
	}
	m := s.open(body)
	if m.From.Raw != "" && m.From.Date.IsZero() { // the message's own text
		m.body, m.From = body, From{}
	}
	end, closed := s.findFrame(m)
	if !closed {
		s.doubt(at, true, "the last frame is not closed")
	}
	s.finishFramed(m, end)
	return m, s.nextFrame(end)
}

func (s *Scanner) finishFramed(m *found, end int64) {
	m.sure = end // there is no separator line to leave out
	s.finish(m, end)
	m.sure = -1
}

// frameLine is the length of the frame that b begins with, its line end included; 0: it is none.
func frameLine(b []byte) int {
	if !bytes.HasPrefix(b, mmdfFrame) {
		return 0
	}
	rest := b[len(mmdfFrame):]
	if n := blankLine(rest); n > 0 || len(rest) == 0 {
		return len(mmdfFrame) + n
	}
	return 0
}

// findFrame gives the place of the closing frame, or the end of the file.
func (s *Scanner) findFrame(m *found) (end int64, closed bool) {
	for place := m.body; ; {
		b := s.win.from(place, 2*aheadSize)
		limit := len(b)
		if s.win.err == nil {
			limit -= aheadSize
		}
		i := bytes.Index(b[:min(len(b), limit+len(mmdfFrame)-1)], mmdfFrame)
		if i < 0 || i >= limit {
			m.count(b, limit)
			place += int64(limit)
			if place == s.win.end() && s.win.err != nil {
				return place, false
			}
			continue
		}
		m.count(b, i)
		place += int64(i)
		before := s.win.before(place)
		if before[len(before)-1] == '\n' && frameLine(b[i:]) > 0 {
			return place, true
		}
		m.count(b[i:], 1)
		place++
	}
}

// nextFrame finds the frame that opens the next message behind the closing one at place; -1: none. Text
// between the two belongs to no message and is told of.
func (s *Scanner) nextFrame(place int64) int64 {
	b := s.win.from(place, len(mmdfFrame)+2)
	place += int64(frameLine(b))
	for start := place; ; {
		b := s.win.from(place, aheadSize)
		i := bytes.Index(b, mmdfFrame)
		if i < 0 && s.win.err == nil {
			place += int64(max(len(b)-len(mmdfFrame), 1))
			continue
		}
		between := int64(len(b))
		if i >= 0 {
			between = int64(i)
		}
		if place > start || len(bytes.TrimSpace(b[:between])) > 0 {
			s.doubt(start, false, "text between two frames belongs to no message")
		}
		if i < 0 {
			return -1
		}
		return place + between
	}
}

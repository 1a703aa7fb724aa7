package dedupe

import "bytes"

// maxLine is how much of a line is looked at in whole: a boundary line is shorter by far.
const maxLine = 8 << 10

// splitter cuts octets, in whatever pieces they come, into lines without their ends, CRLF or LF. A long line comes in
// several pieces; start tells of the first of them, ended of the last.
type splitter struct {
	line []byte // the line under way, as far as it was read
	mid  bool   // its start was given away
}

func (s *splitter) split(p []byte, take func(line []byte, start, ended bool)) {
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			s.partly(p, take)
			return
		}
		line := p[:i]
		if len(s.line) > 0 {
			s.line = append(s.line, line...)
			line = s.line
		}
		start := !s.mid
		s.mid = false
		take(bytes.TrimSuffix(line, crlf[:1]), start, true)
		s.line = s.line[:0]
		p = p[i+1:]
	}
}

// partly takes the start of a line.
func (s *splitter) partly(p []byte, take func(line []byte, start, ended bool)) {
	s.line = append(s.line, p...)
	if len(s.line) <= maxLine {
		return
	}
	end := len(s.line)
	if s.line[end-1] == '\r' { // perhaps of the line end
		end--
	}
	start := !s.mid
	s.mid = true
	take(s.line[:end], start, false)
	s.line = s.line[:copy(s.line, s.line[end:])]
}

// rest gives the last line, if no line end follows it.
func (s *splitter) rest(take func(line []byte, start, ended bool)) {
	if len(s.line) > 0 {
		take(s.line, !s.mid, false)
		s.line = s.line[:0]
	}
}

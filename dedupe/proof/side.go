package proof

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// side is one of the two messages on its way: octets with LF line ends, cut where a boundary line stands.
type side struct {
	in     unixLines
	err    error    // of reading, but io.EOF
	bounds []string // the boundaries in force, the outermost first
	line   []byte   // the line under way, with its line end
	at     int      // what of it is given away
	rest   bool     // the line under way is not the start of one: too long for one piece
	long   bool     // the next piece continues a line
	held   bool     // a line end is held back: it belongs to a boundary, should one follow
	hit    int      // index of the boundary that ended the section; len(bounds) at the end of the message
	closed bool     // it was a closing one
	fold   bool     // undo the quoting of "From " at line starts
	done   bool     // the section has ended
}

// pieceMax is the longest line that is looked at in whole; a boundary line is shorter by far.
const pieceMax = 16 << 10

func newSide(r io.Reader) *side {
	return &side{in: unixLines{r: bufio.NewReaderSize(r, 64<<10)}}
}

// readLine reads the next line, or the next piece of a long one; false at the end of the message.
func (s *side) readLine() bool {
	s.line, s.at, s.rest, s.long = s.line[:0], 0, s.long, false
	for len(s.line) < pieceMax {
		c := s.in.next()
		if c < 0 {
			s.err = s.in.err
			return len(s.line) > 0
		}
		s.line = append(s.line, byte(c))
		if c == '\n' {
			return true
		}
	}
	s.long = true
	return true
}

// body goes on with what is behind a header; fold undoes the quoting of "From " at line starts.
func (s *side) body(fold bool) { s.fold, s.held = fold, false }

// again starts another section, behind a boundary.
func (s *side) again() { s.done = false }

// next is the next octet of the section; -1 at its end.
func (s *side) next() int {
	for !s.done {
		if s.at < len(s.line) {
			c := s.line[s.at]
			s.at++
			if c != '\n' {
				return int(c)
			}
			s.held = true // perhaps the boundary's
			continue
		}
		held := s.held
		s.held = false
		if !s.advance() && s.hit < len(s.bounds) {
			return -1
		}
		if held {
			return '\n'
		}
	}
	return -1
}

// advance goes to the next line; false at the end of the section.
func (s *side) advance() bool {
	if !s.readLine() {
		s.done, s.hit, s.closed = true, len(s.bounds), false
		return false
	}
	if !s.rest && s.isBoundary() {
		s.done, s.line = true, s.line[:0]
		return false
	}
	if s.fold && !s.rest {
		s.at = quotedLen(s.line)
	}
	return true
}

// isBoundary looks for the boundaries in force in the line, the outermost first.
func (s *side) isBoundary() bool {
	if len(s.line) < 2 || s.line[0] != '-' || s.line[1] != '-' {
		return false
	}
	if len(s.line) >= boundaryMax {
		return false
	}
	line := bytes.TrimRight(s.line[2:], "\n")
	for i, b := range s.bounds {
		if len(line) < len(b) || string(line[:len(b)]) != b {
			continue
		}
		rest := line[len(b):]
		closing := len(rest) >= 2 && rest[0] == '-' && rest[1] == '-'
		if closing {
			rest = rest[2:]
		}
		if len(bytes.Trim(rest, " \t")) == 0 {
			s.hit, s.closed = i, closing
			return true
		}
	}
	return false
}

// boundaryMax is longer than a boundary line may be.
const boundaryMax = 2048

// quotedLen is the length of the quoting before "From ", as writers of mbox put it there.
func quotedLen(line []byte) int {
	n := 0
	if len(line) > 0 && line[0] == ' ' {
		n++
	}
	for n < len(line) && line[n] == '>' {
		n++
	}
	if bytes.HasPrefix(line[n:], []byte("From ")) {
		return n
	}
	return 0
}

// headMax bounds a header, in octets.
const headMax = 1 << 20

// header reads fields up to the empty line or the end of the section; false where there are more than one may hold.
func (s *side) header() (h header, ok bool) {
	s.body(false)
	var lines []string
	octets := 0
	for s.advance() {
		octets += len(s.line)
		line := strings.TrimSuffix(string(s.line), "\n")
		s.line = s.line[:0]
		switch {
		case octets > headMax || len(lines) > 50_000:
			return nil, false
		case s.rest && len(lines) > 0:
			lines[len(lines)-1] += line
		case line == "":
			return fields(lines), true
		default:
			lines = append(lines, line)
		}
	}
	return fields(lines), true
}

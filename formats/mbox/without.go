package mbox

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
)

// changing are the fields that mbox programs write, move and take away as state and structure change. "Lines" is mutt's,
// beside Content-Length.
var changing = []string{
	"status", "x-status", "x-keywords", "x-uid", "x-imap", "x-imapbase", "content-length", "lines",
	"x-mozilla-status", "x-mozilla-status2", "x-mozilla-keys",
}

// stateFields are those in which mbox programs keep state and structure, not the sender's or a server's words.
var stateFields = append(slices.DeleteFunc(slices.Clone(changing), func(f string) bool { return f == "lines" }), "x-gmail-labels")

// WithoutState gives the message r without the header fields that mbox programs keep state in (those that
// State is read from, and X-UID and Content-Length). Everything else stays as it is, octet for octet.
func WithoutState(r io.Reader) io.Reader {
	return &stateStripper{br: bufio.NewReaderSize(r, 64<<10), start: true, fields: stateFields}
}

type stateStripper struct {
	br       *bufio.Reader
	fields   []string
	keywords func(line []byte) // blanks out what a line of X-Keywords should not have; nil: such lines stay as they are
	inBody   bool
	start    bool // at the beginning of a line
	dropping bool
	words    bool // in X-Keywords
	ready    []byte
	err      error
}

func (s *stateStripper) Read(p []byte) (int, error) {
	for len(s.ready) == 0 && s.err == nil && !s.inBody {
		s.piece()
	}
	if len(s.ready) > 0 {
		n := copy(p, s.ready)
		s.ready = s.ready[n:]
		return n, nil
	}
	if s.err != nil {
		return 0, s.err
	}
	return s.br.Read(p)
}

// piece takes one line of the header, or a part of a long one.
func (s *stateStripper) piece() {
	line, err := s.br.ReadSlice('\n')
	if err != nil && err != bufio.ErrBufferFull {
		s.err = err
	}
	if s.start && len(line) > 0 {
		s.inBody = line[0] == '\n' || bytes.HasPrefix(line, []byte("\r\n"))
		if s.inBody || line[0] != ' ' && line[0] != '\t' {
			s.dropping = !s.inBody && isOneOf(s.fields, line)
			s.words = !s.inBody && s.keywords != nil && isOneOf([]string{"x-keywords"}, line)
		}
	}
	if s.words && !s.inBody {
		s.keywords(line)
	}
	s.start = bytes.HasSuffix(line, []byte("\n"))
	if !s.dropping {
		s.ready = line
	}
}

// nameMax is how far a line is looked at for its field's name.
const nameMax = 64

// isOneOf tells whether a line begins one of these fields, which are in small letters; a star stands for whatever follows.
func isOneOf(fields []string, line []byte) bool {
	text, _, ok := bytes.Cut(line[:min(len(line), nameMax)], []byte(":"))
	if !ok {
		return false
	}
	name := strings.ToLower(strings.TrimRight(string(text), " \t"))
	return slices.ContainsFunc(fields, func(f string) bool {
		start, open := strings.CutSuffix(f, "*")
		return f == name || open && strings.HasPrefix(name, start)
	})
}

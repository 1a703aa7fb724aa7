package mbox

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
)

// stateFields are those in which mbox programs keep state and structure, not the sender's or a server's words.
var stateFields = []string{
	"status", "x-status", "x-keywords", "x-uid", "x-imap", "x-imapbase", "content-length",
	"x-mozilla-status", "x-mozilla-status2", "x-mozilla-keys", "x-gmail-labels",
}

// WithoutState gives the message r without the header fields that mbox programs keep state in (those that
// State is read from, and X-UID and Content-Length). Everything else stays as it is, octet for octet.
func WithoutState(r io.Reader) io.Reader {
	return &stateStripper{br: bufio.NewReaderSize(r, 64<<10), start: true}
}

type stateStripper struct {
	br       *bufio.Reader
	inBody   bool
	start    bool // at the beginning of a line
	dropping bool
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
			s.dropping = !s.inBody && isState(line)
		}
	}
	s.start = bytes.HasSuffix(line, []byte("\n"))
	if !s.dropping {
		s.ready = line
	}
}

func isState(line []byte) bool {
	name, _, ok := bytes.Cut(line[:min(len(line), 64)], []byte(":"))
	return ok && slices.Contains(stateFields, strings.ToLower(strings.TrimRight(string(name), " \t")))
}

package imap

import (
	"bytes"
	"strconv"
	"strings"
)

// scan reads the parts of a response, tolerant where servers are loose. A literal stands in the text as
// "{n}" CRLF and its n octets.
type scan struct {
	b []byte
}

func (s *scan) done() bool { return len(s.b) == 0 }

func (s *scan) peek() byte {
	if len(s.b) == 0 {
		return 0
	}
	return s.b[0]
}

// blanks skips blanks and tabs.
func (s *scan) blanks() {
	s.b = bytes.TrimLeft(s.b, " \t")
}

func (s *scan) accept(c byte) bool {
	if s.peek() != c || len(s.b) == 0 {
		return false
	}
	s.b = s.b[1:]
	return true
}

// word reads up to a blank or parenthesis; brackets, with all that is in them, belong to the word
// (BODY[HEADER.FIELDS (DATE)]<0>).
func (s *scan) word() string { return string(s.atom()) }

// name reads a word that is the same in both cases, and gives it in capitals.
func (s *scan) name() string {
	switch w := s.atom(); string(w) {
	case "FETCH": // those that come with every message cost nothing
		return "FETCH"
	case "UID":
		return "UID"
	case "FLAGS":
		return "FLAGS"
	case "INTERNALDATE":
		return "INTERNALDATE"
	case "RFC822.SIZE":
		return "RFC822.SIZE"
	case "BODY[]":
		return "BODY[]"
	default:
		return strings.ToUpper(string(w))
	}
}

func (s *scan) atom() []byte {
	depth, i := 0, 0
loop:
	for ; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '[':
			depth++
		case c == ']' && depth > 0:
			depth--
		case depth == 0 && (c == ' ' || c == '\t' || c == '(' || c == ')'):
			break loop
		}
	}
	w := s.b[:i]
	s.b = s.b[i:]
	return w
}

// str reads a quoted string, a literal or a bare word; isNil where that word is NIL.
func (s *scan) str() (v string, isNil, ok bool) {
	switch s.peek() {
	case '"':
		return s.quotedString()
	case '{', '~':
		return s.literal()
	}
	i := bytes.IndexAny(s.b, " \t()")
	if i < 0 {
		i = len(s.b)
	}
	v = string(s.b[:i])
	s.b = s.b[i:]
	return v, strings.EqualFold(v, "NIL"), v != ""
}

func (s *scan) quotedString() (v string, isNil, ok bool) {
	var out []byte // once it differs from what stands there
	for i := 1; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"' && out == nil:
			v, s.b = string(s.b[1:i]), s.b[i+1:]
			return v, false, true
		case c == '"':
			s.b = s.b[i+1:]
			return string(out), false, true
		case c == '\\' && i+1 < len(s.b):
			if out == nil {
				out = append(make([]byte, 0, len(s.b)), s.b[1:i]...)
			}
			i++
			out = append(out, s.b[i])
		case out != nil:
			out = append(out, c)
		}
	}
	return "", false, false
}

func (s *scan) literal() (v string, isNil, ok bool) {
	head, rest, found := bytes.Cut(s.b, []byte("\r\n"))
	if n, isLit := literalAtEnd(head); found && isLit && n <= int64(len(rest)) {
		s.b = rest[n:]
		return string(rest[:n]), false, true
	}
	return "", false, false
}

// number reads an unsigned number of at most bits bits.
func (s *scan) number(bits int) (n uint64, ok bool) {
	i := 0
	for i < len(s.b) && s.b[i] >= '0' && s.b[i] <= '9' {
		i++
	}
	n, err := strconv.ParseUint(string(s.b[:i]), 10, bits)
	s.b = s.b[i:]
	return n, err == nil
}

// list reads a parenthesised list of plain words, such as flags. A quoted word loses its quotes.
func (s *scan) list() (words []string, ok bool) {
	if !s.accept('(') {
		return nil, false
	}
	for {
		s.blanks()
		switch {
		case s.done():
			return words, false
		case s.accept(')'):
			return words, true
		case s.peek() == '"':
			w, _, ok := s.quotedString()
			if !ok {
				return words, false
			}
			words = append(words, w)
		case s.peek() == '(':
			return words, false
		default:
			i := bytes.IndexAny(s.b, " \t()")
			if i < 0 {
				i = len(s.b)
			}
			words = append(words, string(s.b[:i]))
			s.b = s.b[i:]
		}
	}
}

// skip passes over one value of any kind; lists may nest. It is flat: a million brackets cost no stack.
func (s *scan) skip() bool {
	for depth := 0; ; {
		s.blanks()
		switch c := s.peek(); {
		case s.done():
			return false
		case c == '(':
			s.accept('(')
			depth++
		case c == ')':
			if depth == 0 {
				return false
			}
			s.accept(')')
			depth--
		default:
			if !s.pass() {
				return false
			}
		}
		if depth == 0 {
			return true
		}
	}
}

// pass passes over a quoted string, a literal or a bare word.
func (s *scan) pass() bool {
	if c := s.peek(); c == '{' || c == '~' {
		_, _, ok := s.literal()
		return ok
	} else if c != '"' {
		i := bytes.IndexAny(s.b, " \t()")
		if i < 0 {
			i = len(s.b)
		}
		s.b = s.b[i:]
		return i > 0
	}
	for i := 1; i < len(s.b); i++ {
		switch s.b[i] {
		case '"':
			s.b = s.b[i+1:]
			return true
		case '\\':
			i++
		}
	}
	return false
}

// literalAtEnd tells whether a line announces a literal (RFC 9051 §4.3) and how long that is.
// A length that no number holds is given as the largest one, so that it is refused by size.
func literalAtEnd(line []byte) (n int64, ok bool) {
	if len(line) < 3 || line[len(line)-1] != '}' {
		return 0, false
	}
	open := bytes.LastIndexByte(line, '{')
	if open < 0 {
		return 0, false
	}
	digits := bytes.TrimSuffix(line[open+1:len(line)-1], []byte("+"))
	if len(digits) == 0 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		n = 1<<63 - 1
	}
	return n, true
}

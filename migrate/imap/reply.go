package imap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bounds on what a server may say in one breath, so that memory stays flat whatever it sends.
const (
	maxLine   = 1 << 20 // octets of one line, and of one response with its small literals
	maxUnread = 1 << 22 // responses between a command and its answer that nobody asked for
	maxParts  = 1000    // small literals in one response: each is looked for anew
)

var (
	errBounds = errors.New("server sends more than any honest answer needs")
	errSyntax = errors.New("server breaks the protocol")
)

// lines is what a response is read from: wire.Conn.
type lines interface {
	io.Reader
	ReadLine(max int) ([]byte, error)
}

// reply is one response: "+", untagged (tag "*") or the answer to the command of that tag. text is what
// follows the tag; literals stand in it as scan wants them.
type reply struct {
	tag  string
	text []byte
}

// isStatus tells whether r is OK, NO, BAD, BYE or PREAUTH: free text, in which "{5}" announces nothing.
func (r reply) isStatus() bool {
	if r.tag != "*" {
		return true
	}
	w, _, _ := bytes.Cut(r.text, []byte(" "))
	switch strings.ToUpper(string(w)) {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		return true
	}
	return false
}

// readLine reads the first line of a response. Blank lines, which some servers put between two
// responses, are passed over.
func readLine(c lines) (reply, error) { return readLineUpTo(c, maxLine) }

func readLineUpTo(c lines, most int) (reply, error) {
	for range maxUnread {
		l, err := c.ReadLine(most)
		if err != nil {
			return reply{}, err
		}
		if len(bytes.TrimSpace(l)) == 0 {
			continue
		}
		tag, text, _ := bytes.Cut(l, []byte(" "))
		return reply{string(tag), bytes.Clone(text)}, nil
	}
	return reply{}, errBounds
}

// complete reads the small literals of r, and what follows them.
func (r *reply) complete(c lines) error {
	if r.isStatus() {
		return nil
	}
	for range maxParts {
		n, ok := literalAtEnd(r.text)
		if !ok {
			return nil
		}
		var err error
		if r.text, err = withLiteral(c, r.text, n); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: more than %d literals", errBounds, maxParts)
}

// withLiteral adds to text the literal that it announces and the line that follows.
func withLiteral(c lines, text []byte, n int64) ([]byte, error) {
	if n > maxLine || len(text)+int(n) > maxLine {
		return text, fmt.Errorf("%w: a literal of %d octets", errBounds, n)
	}
	lit := make([]byte, n)
	if err := readFull(c, lit); err != nil {
		return text, err
	}
	l, err := c.ReadLine(maxLine)
	if err != nil {
		return text, cut(err)
	}
	return slices.Concat(text, []byte("\r\n"), lit, l), nil
}

// readReply reads one whole response.
func readReply(c lines) (reply, error) {
	r, err := readLine(c)
	if err != nil {
		return r, err
	}
	return r, r.complete(c)
}

// readFull fills p; an end before that is never a plain io.EOF.
func readFull(r io.Reader, p []byte) error {
	_, err := io.ReadFull(r, p)
	return cut(err)
}

// cut turns the end of the stream into an error: inside a response it always is one.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// status is a condition of the server's (RFC 9051 §7.1): what kind, which response code with which
// arguments, and its words.
type status struct {
	kind string // OK, NO, BAD, BYE, PREAUTH
	code string // upper case; empty: none
	args string
	text string
}

// parseStatus reads what follows the tag.
func parseStatus(b []byte) status {
	kind, rest, _ := strings.Cut(string(b), " ")
	s := status{kind: strings.ToUpper(kind), text: strings.TrimSpace(rest)}
	if inner, ok := strings.CutPrefix(s.text, "["); ok {
		code, text := cutCode(inner)
		name, args, _ := strings.Cut(code, " ")
		s.code, s.args, s.text = strings.ToUpper(name), args, strings.TrimSpace(text)
	}
	return s
}

// cutCode splits at the bracket that ends the response code. Gmail puts keywords with "]" into
// PERMANENTFLAGS, so in a list the bracket behind its parenthesis counts.
func cutCode(s string) (code, text string) {
	if open := strings.IndexByte(s, '('); open >= 0 {
		if end := strings.Index(s, ")]"); end > open && !strings.Contains(s[:open], "]") {
			return s[:end+1], s[end+2:]
		}
	}
	code, text, _ = strings.Cut(s, "]")
	return code, text
}

package pop3

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"mailmv/formats/mail"
)

// peeker is what a body is read from: the connection's own buffer, without a copy.
type peeker interface {
	// Peek gives at least n octets and all that are there; fewer only with an error.
	Peek(n int) ([]byte, error)
	Discard(n int)
}

// errNoEnd is a body that runs into the next answer.
var errNoEnd = errors.New("the message has no end line: the next answer follows it")

// body is one multi-line answer on its way: the octets of a message with dot-stuffing undone (RFC 1939 §3), all
// others as they are: NUL, bare CR and bare LF too. Its end is CRLF dot CRLF and nothing else; a dot line that
// ends in a bare LF is text. It gives io.EOF only after that end, and mail.ErrCut where the connection ends first.
type body struct {
	from      peeker
	dotLine   []byte // a line end and a dot: CRLF, or LF with a server that ends its lines so
	announced int64  // size as LIST has it; -1: not told. Where it is reached an answer may not begin.
	sum       hash.Hash
	fail      func(error) error // makes an error of what cut the message short

	n         int64  // octets given
	given     int    // octets of the last piece, still to be discarded
	rest      []byte // of the last piece, for Read
	lineStart bool
	afterCR   bool
	err       error
}

func newBody(from peeker, bareLF bool, announced int64) *body {
	b := &body{from: from, dotLine: []byte("\r\n."), announced: announced, lineStart: true}
	if bareLF {
		b.dotLine = b.dotLine[1:]
	}
	return b
}

// next gives the next octets of the message, valid until the next call.
func (b *body) next() ([]byte, error) {
	if b.err == nil {
		b.from.Discard(b.given)
		b.given = 0
		b.err = b.lineBegins()
	}
	if b.err != nil {
		return nil, b.err
	}
	p, err := b.from.Peek(1)
	if err != nil {
		return nil, b.cut(err)
	}
	p = p[:b.pieceLen(p)]
	b.afterCR = p[len(p)-1] == '\r'
	b.given = len(p)
	b.n += int64(len(p))
	if b.sum != nil {
		b.sum.Write(p)
	}
	return p, nil
}

// pieceLen is how much of p is text up to the next dot that begins a line, and notes whether a line begins
// behind it.
func (b *body) pieceLen(p []byte) int {
	if to := b.announced - b.n; to > 0 && to < int64(len(p)) {
		p = p[:to] // stop where the message should: see lineBegins
	}
	if b.afterCR && p[0] == '\n' {
		b.lineStart = true
		return 1
	}
	if i := bytes.Index(p, b.dotLine); i >= 0 {
		b.lineStart = true
		return i + len(b.dotLine) - 1
	}
	b.lineStart = bytes.HasSuffix(p, b.dotLine[:len(b.dotLine)-1])
	return len(p)
}

// lineBegins looks at the front of a line: io.EOF at the end line, and a stuffed dot is taken away.
func (b *body) lineBegins() error {
	if !b.lineStart {
		return nil
	}
	p, err := b.from.Peek(1)
	if err != nil {
		return b.cut(err)
	}
	if b.n == b.announced && (p[0] == '+' || p[0] == '-') {
		return b.answerHere()
	}
	if p[0] != '.' {
		return nil
	}
	n, err := b.endLine()
	switch {
	case err != nil:
		return b.cut(err)
	case n > 0:
		b.from.Discard(n)
		return io.EOF
	}
	b.from.Discard(1)
	b.lineStart = false
	return nil
}

// endLine is the length of the end line, where the dot that begins this line is one; else 0.
func (b *body) endLine() (int, error) {
	bareLF := len(b.dotLine) == 2
	p, err := b.from.Peek(2)
	switch {
	case err != nil:
		return 0, err
	case p[1] == '\n' && bareLF:
		return 2, nil
	case p[1] != '\r':
		return 0, nil
	}
	if p, err = b.from.Peek(3); err != nil || p[2] != '\n' {
		return 0, err
	}
	return 3, nil
}

// answerHere: the message has all its octets, yet no end line. If a status line comes instead, what follows
// is the next answer and not this message.
func (b *body) answerHere() error {
	p, err := b.from.Peek(3)
	if err != nil {
		return b.cut(err)
	}
	if bytes.HasPrefix(p, []byte("+OK")) || bytes.HasPrefix(p, []byte("-ER")) {
		return b.cut(errNoEnd)
	}
	return nil
}

func (b *body) cut(err error) error {
	b.err = fmt.Errorf("%w after %s: %w", mail.ErrCut, mail.Count(b.n, "octet", "octets"), notEOF(err))
	if b.fail != nil {
		b.err = b.fail(b.err)
	}
	return b.err
}

// notEOF keeps an early end from looking like a good one to whoever asks errors.Is(err, io.EOF).
func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Read reads the message.
func (b *body) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(b.rest) == 0 {
		piece, err := b.next()
		if err != nil {
			return 0, err
		}
		b.rest = piece
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// WriteTo writes what is left of the message to w, piece by piece out of the connection's buffer.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	var written int64
	piece := b.rest
	b.rest = nil
	for {
		if len(piece) > 0 {
			n, err := w.Write(piece)
			written += int64(n)
			if err != nil {
				return written, err
			}
		}
		var err error
		if piece, err = b.next(); err != nil {
			if err == io.EOF {
				err = nil
			}
			return written, err
		}
	}
}

// skip reads to the end.
func (b *body) skip() error {
	_, err := b.WriteTo(io.Discard)
	return err
}

// whole tells whether the end line was read.
func (b *body) whole() bool { return b.err == io.EOF }

// digest is the SHA-256 of the whole message.
func (b *body) digest() (sum [sha256.Size]byte) {
	b.sum.Sum(sum[:0])
	return sum
}

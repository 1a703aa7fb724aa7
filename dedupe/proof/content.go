package proof

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// kind is how content is compared.
type kind uint8

const (
	raw    kind = iota // as it lies
	text               // without encoding, quoting and charset
	octets             // without encoding
	outer              // what is before and behind parts: as it lies, but for empty lines around
)

// What a reader gives beside octets and letters.
const (
	theEnd = -1
	unread = -2      // cannot be read
	asItIs = 1 << 24 // an octet behind the first that breaks the rules of the encoding
)

// content holds the content of two sections against each other, and where they end.
func (w *walk) content(f, g form, k kind) refusal {
	x, y := w.a.reader(f, g, k), w.b.reader(g, f, k)
	for {
		c, d := x(), y()
		switch {
		case c == unread || d == unread:
			return "text that cannot be read in its charset"
		case c == d && c&asItIs != 0 && c > 0 && f.transfer != g.transfer:
			return "a part is not encoded by the rules"
		case c == d && c != theEnd:
			continue
		case c == d:
			return w.ends()
		}
		// The empty lines at the end of a message do not count; nor do those around parts.
		if onlyLineEnds(c, x, k) && onlyLineEnds(d, y, k) && (k == outer || w.atEnd()) {
			return w.ends()
		}
		return "other content"
	}
}

// atEnd: nothing follows in either message.
func (w *walk) atEnd() bool {
	return w.a.done && w.b.done && w.a.hit == len(w.a.bounds) && w.b.hit == len(w.b.bounds)
}

// onlyLineEnds tells whether c and all that follows are line ends.
func onlyLineEnds(c int, next func() int, k kind) bool {
	for ; c != theEnd; c = next() {
		if c == '\r' && k == octets {
			c = next()
		}
		if c != '\n' && c != asItIs|'\n' {
			return false
		}
	}
	return true
}

// ends holds the ends of two sections against each other: the same boundary, closing or not.
func (w *walk) ends() refusal {
	if w.a.hit != w.b.hit || w.a.closed != w.b.closed {
		return "other parts"
	}
	return ""
}

// reader gives the octets of a section; letters where text is of two charsets.
func (s *side) reader(mine, other form, k kind) func() int {
	s.body(k == text || k == octets && mine.transfer == "quoted-printable")
	next := s.next
	if k == outer {
		next = afterLineEnds(next)
	}
	if k == raw || k == outer {
		return next
	}
	switch mine.transfer {
	case "base64":
		next = (&base64Reader{next: next}).octet
	case "quoted-printable":
		next = (&quotedReader{next: next}).octet
	}
	if k == octets {
		return next
	}
	if mine.transfer != "" {
		next = unixEnds(next)
	}
	return unicode(next, mine.charset, other.charset)
}

// afterLineEnds leaves out line ends at the start.
func afterLineEnds(next func() int) func() int {
	started := false
	return func() int {
		c := next()
		for !started && c == '\n' {
			c = next()
		}
		started = true
		return c
	}
}

// unixEnds makes CRLF LF.
func unixEnds(next func() int) func() int {
	const none = -3
	ahead := none
	return func() int {
		c := ahead
		if ahead = none; c == none {
			c = next()
		}
		if c == '\r' {
			if ahead = next(); ahead == '\n' {
				ahead, c = none, '\n'
			}
		}
		return c
	}
}

// unicode gives the letters of text where the two sides have another charset.
func unicode(next func() int, mine, other string) func() int {
	if mine, other = charsetName(mine), charsetName(other); mine == other {
		return next
	}
	source := &octetReader{next: next}
	var decoded io.Reader = source
	if mine != "utf-8" && mine != "us-ascii" {
		var err error
		if decoded, err = unicodeOf(mine, source); err != nil {
			return func() int { return unread }
		}
	}
	r := bufio.NewReader(decoded)
	return func() int {
		c, _, err := r.ReadRune()
		switch {
		case errors.Is(err, io.EOF) && !source.failed:
			return theEnd
		case err != nil, c == utf8.RuneError, mine == "us-ascii" && c >= 0x80:
			return unread
		}
		return int(c)
	}
}

func charsetName(s string) string {
	switch s = strings.ToLower(s); s {
	case "", "ascii":
		return "us-ascii"
	case "utf8":
		return "utf-8"
	}
	return s
}

// octetReader is an io.Reader of octets that come one by one.
type octetReader struct {
	next   func() int
	failed bool
}

func (o *octetReader) Read(p []byte) (int, error) {
	for n := range p {
		c := o.next()
		if c < 0 || c&asItIs != 0 {
			o.failed = o.failed || c != theEnd
			if n == 0 {
				return 0, io.EOF
			}
			return n, nil
		}
		p[n] = byte(c)
	}
	return len(p), nil
}

// Package proof is the last look before a copy is put aside: may the other stand for it? It reads the two real
// messages side by side and answers yes only where it is certain.
//
// It is a second opinion. It shares no code with package dedupe, which found the two, nor with the scanners below
// formats: a mistake in those is not one in here. So it has a table of fields and readers of its own, plain rather than
// fast, and no sums: octets are held against octets. Where the two packages differ, nothing is put aside. It may refuse
// what package dedupe calls the same: what is malformed in odd ways, fields that neither RFC nor habit knows.
//
// Two messages pass if they are equal but for line ends; or if their headers have the same fields, without those that
// programs are known to add, and the same trace of the server; if a Message-ID or that trace proves one delivery; and if
// their parts, walked one by one, have the same fields and the same content once decoded.
package proof

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Options is what the user wants not to matter.
type Options struct {
	// Ignore names header fields, in any case, with "*" at the end for any rest.
	Ignore []string
	// Aliases: two addresses of delivery are one person's.
	Aliases bool
	// Lists: what a mailing list adds to the header does not matter.
	Lists bool
}

// Answer tells whether one of two messages may stand for both.
type Answer struct {
	OK bool
	// Exact: they are equal but for line ends.
	Exact bool
	// Why says what speaks against it, in words for people; empty if OK.
	Why string
}

// Opener gives a message from its start. It may be called twice.
type Opener = func() (io.ReadCloser, error)

// Same holds a against b. It fails only if one of them cannot be read.
func Same(a, b Opener, o Options) (Answer, error) {
	exact := false
	err := both(a, b, func(x, y io.Reader) (err error) {
		exact, err = equal(x, y)
		return err
	})
	if err != nil || exact {
		return Answer{OK: exact, Exact: exact}, err
	}
	var no refusal
	err = both(a, b, func(x, y io.Reader) error {
		w := walk{a: newSide(x), b: newSide(y), options: o}
		no = w.messages()
		if w.a.err != nil {
			return w.a.err
		}
		return w.b.err
	})
	return Answer{OK: no == "", Why: string(no)}, err
}

// both opens two messages and closes them.
func both(a, b Opener, do func(x, y io.Reader) error) error {
	x, err := a()
	if err != nil {
		return err
	}
	defer x.Close()
	y, err := b()
	if err != nil {
		return err
	}
	defer y.Close()
	return do(x, y)
}

// refusal is what speaks against it; empty: nothing.
type refusal string

func refuse(format string, args ...any) refusal { return refusal(fmt.Sprintf(format, args...)) }

// equal compares octets, but for line ends.
func equal(a, b io.Reader) (bool, error) {
	x, y := unixLines{r: bufio.NewReaderSize(a, 64<<10)}, unixLines{r: bufio.NewReaderSize(b, 64<<10)}
	for {
		c, d := x.next(), y.next()
		switch {
		case x.err != nil:
			return false, x.err
		case y.err != nil:
			return false, y.err
		case c != d:
			return false, nil
		case c < 0:
			return true, nil
		}
	}
}

// unixLines gives octets one by one, CRLF as LF.
type unixLines struct {
	r   *bufio.Reader
	err error // but io.EOF
}

// next is the next octet; -1 at the end.
func (u *unixLines) next() int {
	c, err := u.r.ReadByte()
	if err != nil {
		if err != io.EOF {
			u.err = err
		}
		return -1
	}
	if c == '\r' {
		if after, err := u.r.Peek(1); err == nil && after[0] == '\n' {
			u.r.Discard(1)
			return '\n'
		}
	}
	return int(c)
}

// matches tells whether a name is that of a pattern, which may end in "*".
func matches(pattern, name string) bool {
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, start)
	}
	return pattern == name
}

// Package mbox reads and writes mbox files (RFC 4155 and the older dialects) and reads MMDF files,
// octet for octet. It knows no policy, no network and no clock.
//
// Line ends. A message given out has the wire's line ends: an LF that follows a CR is a line end as it
// stands, every other LF becomes CRLF. So a file written with LF, with CRLF, or with both by turns gives
// the same message; a bare CR is content. A file that has CR and no LF at all in its first 64 KiB comes
// from a classic Mac: each CR is taken as LF, throughout the file.
//
// Quoting. What a dialect says is undone (mboxrd: one ">" of ">*From "; mboxo and mboxcl: that of
// ">From "; the others: nothing). Where a file does not show its dialect, nothing is undone: see Unknown.
// State headers (Status, X-Mozilla-Status and their kin) are read into State and left in the octets;
// WithoutState drops them for who wants that.
//
// Offsets and lengths count octets of the file, of what it holds if it is compressed.
package mbox

import (
	"bytes"
	"errors"
	"fmt"
)

// Dialect says how lines that look like a separator are kept in bodies, and how a message ends.
type Dialect uint8

const (
	// Unknown: the file shows no proof of a dialect. Read without undoing any quoting: ">From " may be
	// the writer's or the sender's, and a guess for each message would damage some.
	Unknown Dialect = iota
	// MboxO quotes "From " as ">From " and leaves ">From " alone: not reversible.
	MboxO
	// MboxRD puts one more ">" before every ">*From ": reversible.
	MboxRD
	// MboxCL is MboxO with a Content-Length field that counts the octets of the quoted body in the file.
	MboxCL
	// MboxCL2 does not quote: only Content-Length tells where a body ends.
	MboxCL2
	// MMDF sets each message between lines of four octets 0x01 and does not quote.
	MMDF
)

var dialectNames = [...]string{"unknown", "mboxo", "mboxrd", "mboxcl", "mboxcl2", "mmdf"}

// String gives the usual name in lower case.
func (d Dialect) String() string { return dialectNames[d] }

// ParseDialect is the reverse of String.
func ParseDialect(name string) (Dialect, bool) {
	for i, n := range dialectNames {
		if n == name {
			return Dialect(i), true
		}
	}
	return Unknown, false
}

// quotes tells whether a line "From " within a body cannot be in a file of this dialect.
func (d Dialect) quotes() bool { return d == MboxO || d == MboxRD }

// Errors that callers branch on.
var (
	// ErrNotMbox: the file begins with neither a From_ line nor an MMDF frame.
	ErrNotMbox = errors.New("not an mbox file")
	// ErrUnsupported: the file is a mail store of a kind that is not read; the error names it.
	ErrUnsupported = errors.New("this format is not read")
	// ErrCannotHold: the dialect cannot keep this message such that it could be restored. Nothing but a
	// part of it was written: truncate back.
	ErrCannotHold = errors.New("the mbox dialect cannot hold this message")
	// ErrMoved: what stands at that place of the file is not the message it was.
	ErrMoved = errors.New("no message at this place of the file")
)

// Extent is where a message lies: from its From_ line (of MMDF: behind its frame) to the end of its
// body, without the one separator line.
type Extent struct{ Offset, Length int64 }

// Entry is one message of a file, as a Scanner yields it.
type Entry struct {
	Extent
	// From is the From_ line; its Raw is empty where MMDF has none.
	From From
	// Header is the message's header as it lies in the file, at most 256 KiB of it; it dies at the next
	// iteration.
	Header []byte
	State  State
	// Cut says that the file ends inside the message's last line.
	Cut bool

	wire     int64 // octets with CRLF line ends, before any quoting is undone
	quoted   int64 // lines ">From "
	requoted int64 // lines ">>From ", ">>>From " ...
}

// Octets is the length of the message with CRLF line ends, read as that dialect.
func (e *Entry) Octets(d Dialect) int64 {
	switch d {
	case MboxRD:
		return e.wire - e.quoted - e.requoted
	case MboxO, MboxCL:
		return e.wire - e.quoted
	default:
		return e.wire
	}
}

// Doubt is a place of the file that people should know of.
type Doubt struct {
	Offset int64
	// Accepted says that a message begins here all the same.
	Accepted bool
	// Reason says what is odd, without any text of the mail.
	Reason string
}

var (
	fromWord  = []byte("From ")
	mmdfFrame = []byte("\x01\x01\x01\x01")
	bom       = []byte("\xef\xbb\xbf")
)

// Sniff looks at the first octets of a file, at least 4 KiB or all of it, already unpacked. nil: a Scanner
// will read it. Else the error is ErrNotMbox or, with the format's name, ErrUnsupported. A file without
// any octet but blank lines is an mbox without messages.
func Sniff(head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte("*mbx*\r\n")):
		return fmt.Errorf("an mbx file of UW IMAP: %w; convert it with mailutil copy", ErrUnsupported)
	case bytes.HasPrefix(head, []byte("BABYL OPTIONS:")):
		return fmt.Errorf("a Babyl file of Emacs Rmail: %w; convert it with Emacs, M-x unrmail", ErrUnsupported)
	}
	if macFile(head) {
		head = bytes.ReplaceAll(head, []byte("\r"), []byte("\n"))
	}
	head = head[leading(head):]
	line, after := cutLine(head)
	switch {
	case len(head) == 0, bytes.Equal(line, mmdfFrame):
		return nil
	case !bytes.HasPrefix(line, fromWord):
		return ErrNotMbox
	}
	if look := lookAhead(after, len(head) < 4096); look == contradicted && ParseFrom(string(line)).Date.IsZero() {
		return ErrNotMbox
	}
	return nil
}

// leading is the length of what may stand before the first message: a byte order mark, empty lines, and
// the NULs of a hole that a crash left.
func leading(head []byte) int {
	n := 0
	if bytes.HasPrefix(head, bom) {
		n = len(bom)
	}
	for n < len(head) && (head[n] == '\n' || head[n] == '\r' || head[n] == 0) {
		n++
	}
	return n
}

// cutLine gives the first line without its line end, and what follows it.
func cutLine(b []byte) (line, after []byte) {
	line, after, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), after
}

// macFile tells whether head is the beginning of a file whose lines end in bare CR.
func macFile(head []byte) bool {
	return bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0
}

package mbox

import (
	"bytes"
	"fmt"
)

// A line that begins with "From " is a separator where enough speaks for it. The weights follow what the
// known readers take for proof: header fields behind it decide (Thunderbird), then its date (Dovecot,
// c-client, mutt), the shape of the file's other separators, and the empty line before it.
const (
	scoreFields  = 4  // two header fields follow
	scoreField   = 2  // one field, and the header ends
	scoreDated   = 2  // a date in a known form
	scoreShape   = 2  // the same form as the file's first separator
	scoreBlank   = 1  // an empty line, or the start of a message, before it
	scoreLength  = 3  // the message's Content-Length ends here; or, subtracted, does not
	scoreInPart  = -2 // inside a MIME part that was not closed
	scoreAccept  = 5
	scoreDoubted = 3
)

// look is what follows a line that may be a separator.
type look uint8

const (
	contradicted look = iota // text that is no header
	neutral                  // nothing: the end of the file, or the next From_ line
	oneField                 // one header field and the end of the header
	twoFields                // two, or one so long that its end is out of sight
)

// lookAhead judges what follows a From_ line. ended says that the file ends where after does; otherwise
// what is out of sight gets the benefit of the doubt, as Thunderbird gives it.
func lookAhead(after []byte, ended bool) look {
	for fields := 0; ; {
		if len(after) == 0 {
			return outOfSight(fields, ended)
		}
		line, rest := cutLine(after)
		whole := len(rest) > 0 || after[len(after)-1] == '\n'
		switch {
		case fields > 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t'): // folded
		case len(line) == 0 && fields > 0:
			return oneField
		case len(line) == 0:
			return emptyMessage(rest, ended)
		case fields == 0 && bytes.HasPrefix(line, fromWord):
			return neutral
		case fields == 0 && bytes.HasPrefix(bytes.TrimLeft(line, ">"), fromWord): // an older From_ line, quoted
		case isField(line):
			if fields++; fields == 2 {
				return twoFields
			}
		case !whole && (!ended || bytes.IndexByte(line, ' ') < 0):
			return outOfSight(fields, ended)
		default:
			return contradicted
		}
		after = rest
	}
}

func outOfSight(fields int, ended bool) look {
	switch {
	case !ended:
		return twoFields
	case fields == 1:
		return oneField
	default:
		return neutral
	}
}

// emptyMessage judges a From_ line with an empty line behind it: a message without any octet, if the next
// From_ line or the end of the file follows.
func emptyMessage(rest []byte, ended bool) look {
	if len(rest) == 0 && ended || bytes.HasPrefix(rest, fromWord) {
		return neutral
	}
	return contradicted
}

// isField tells whether a line begins with a field name and a colon (RFC 5322 §2.2). "http://..." does not.
func isField(line []byte) bool {
	i := 0
	for i < len(line) && line[i] > ' ' && line[i] < 0x7f && line[i] != ':' {
		i++
	}
	return i > 0 && i < len(line) && line[i] == ':' && !bytes.HasPrefix(line[i:], []byte("://"))
}

// evidence is all that is known of one line that begins with "From ".
type evidence struct {
	from      From
	look      look
	blank     bool // an empty line, or the start of a message, stands before it
	hole      bool // NULs stand before it in its line
	sameShape bool
	inPart    bool
	length    int // +1: the message's Content-Length ends here; -1: it ends later; 0: it tells nothing
	quoted    bool
}

// score adds up the evidence. Where the dialect quotes, a separator needs no header behind it, and what the
// message says of itself (its MIME parts, its Content-Length) does not count.
func (e *evidence) score() int {
	n := 0
	add := func(yes bool, points int) {
		if yes {
			n += points
		}
	}
	add(e.blank, scoreBlank)
	add(!e.from.Date.IsZero(), scoreDated)
	add(e.sameShape, scoreShape)
	add(e.look == twoFields, scoreFields)
	add(e.look == oneField, scoreField)
	if !e.quoted {
		add(e.inPart, scoreInPart)
		n += e.length * scoreLength
	}
	return n
}

// accepted gives the verdict and, where people should know of it, why it is doubtful.
func (e *evidence) accepted() (ok bool, doubt string) {
	n := e.score()
	switch {
	case e.hole && (e.quoted || n < scoreAccept+scoreBlank):
		return false, ""
	case e.look == contradicted && !e.quoted:
		if n >= scoreDoubted {
			return false, fmt.Sprintf("no header follows this From_ line: taken as text (%d points)", n)
		}
		return false, ""
	case n > scoreAccept && e.hole:
		return true, "a From_ line behind NULs"
	case n > scoreAccept, n == scoreAccept && e.sameShape:
		return true, ""
	case n == scoreAccept:
		return true, "taken for a From_ line, barely (5 points)"
	case n >= scoreDoubted:
		return false, fmt.Sprintf("maybe a From_ line: taken as text (%d points)", n)
	default:
		return false, ""
	}
}

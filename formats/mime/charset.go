// Package mime reads the structure of a message (RFC 2045 to 2049, 2231): boundaries, parameters, transfer
// encodings, charsets, encoded-words. It is strict where two readers could differ: what is not written by the
// rules is reported as such and left as it is, never guessed at.
package mime

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/transform"
)

// Decode turns b from the named charset into UTF-8. ok is false, and nothing is returned, where the
// charset is not known or an octet of b has no meaning in it.
func Decode(charset string, b []byte) (text []byte, ok bool) {
	d := NewText(charset)
	switch {
	case d == nil:
		return nil, false
	case d.t == nil: // it is UTF-8 already
		return b, d.Check(b) && d.Close()
	}
	text = d.Append(nil, b)
	text, ok = d.End(text)
	return text, ok
}

// Text turns text from a charset into UTF-8, in whatever pieces it comes.
type Text struct {
	t     transform.Transformer // nil: the octets are UTF-8 if they are text
	ascii bool
	rest  []byte // octets that are not a whole letter yet
	bad   bool
	buf   []byte
}

// NewText knows the charset by its name in any case; nil if it does not.
func NewText(charset string) *Text {
	switch charset = strings.ToLower(charset); charset {
	case "us-ascii", "ascii", "":
		return &Text{ascii: true}
	case "utf-8", "utf8":
		return &Text{}
	}
	if strings.HasPrefix(charset, "utf-16") || strings.HasPrefix(charset, "utf-32") {
		return nil // no charset of text in mail (RFC 2781 §3.3), and byte order marks are a guess
	}
	e, err := ianaindex.MIME.Encoding(charset)
	if err != nil || e == nil {
		return nil
	}
	return &Text{t: e.NewDecoder()}
}

// Plain tells that text of this charset is UTF-8 as it is; it is for Check then, and for Append otherwise.
func (d *Text) Plain() bool { return d.t == nil }

// Check looks at the next piece of text that is UTF-8 or ASCII; false if it is not.
func (d *Text) Check(piece []byte) bool {
	switch {
	case d.bad:
	case isASCII(piece) && len(d.rest) == 0:
	case d.ascii:
		d.bad = true
	default:
		d.rest = append(d.rest, piece...)
		whole := len(d.rest)
		for i := max(0, whole-utf8.UTFMax+1); i < whole; i++ { // a letter may have been cut
			if utf8.RuneStart(d.rest[i]) && !utf8.FullRune(d.rest[i:]) {
				whole = i
				break
			}
		}
		d.bad = !utf8.Valid(d.rest[:whole])
		d.rest = d.rest[:copy(d.rest, d.rest[whole:])]
	}
	return !d.bad
}

// Close ends what was checked.
func (d *Text) Close() bool { return !d.bad && len(d.rest) == 0 }

// Append decodes the next piece and appends what is certain by now to out.
func (d *Text) Append(out, piece []byte) []byte { return d.transform(out, piece, false) }

// End decodes what is left. ok is false where an octet of the text had no meaning.
func (d *Text) End(out []byte) (_ []byte, ok bool) {
	out = d.transform(out, nil, true)
	return out, !d.bad
}

func (d *Text) transform(out, piece []byte, end bool) []byte {
	d.rest = append(d.rest, piece...)
	if d.buf == nil {
		d.buf = make([]byte, 4<<10)
	}
	for !d.bad {
		n, read, err := d.t.Transform(d.buf, d.rest, end)
		// The decoders put U+FFFD for what they do not understand; no such charset has it as a letter.
		d.bad = bytes.ContainsRune(d.buf[:n], utf8.RuneError)
		out = append(out, d.buf[:n]...)
		d.rest = d.rest[:copy(d.rest, d.rest[read:])]
		if err == transform.ErrShortDst {
			continue
		}
		if err != nil && (err != transform.ErrShortSrc || end) {
			d.bad = true
		}
		break
	}
	return out
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

package mime

import (
	"bytes"
	"encoding/base64"
)

// Base64 decodes a body (RFC 2045 §6.8) in whatever pieces it comes. Its zero value is ready.
type Base64 struct {
	letters []byte // without white space, not yet decoded
	ended   bool   // padding was read
	bad     bool
}

// Append decodes the next piece of a body and appends what it holds to out.
func (d *Base64) Append(out, piece []byte) []byte {
	if d.bad {
		return out
	}
	for _, c := range piece {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			d.letters = append(d.letters, c)
		}
	}
	return d.decode(out, len(d.letters)/4*4)
}

// decode takes n letters, whole fours but at the end.
func (d *Base64) decode(out []byte, n int) []byte {
	if n == 0 || d.bad {
		return out
	}
	if d.ended {
		d.bad = true
		return out
	}
	strict := base64.StdEncoding.Strict()
	at := len(out)
	out = append(out, make([]byte, strict.DecodedLen(n))...)
	got, err := strict.Decode(out[at:], d.letters[:n])
	d.bad, d.ended = err != nil, d.letters[n-1] == '='
	d.letters = d.letters[:copy(d.letters, d.letters[n:])]
	return out[:at+got]
}

// Close ends the body. ok is false where anything but white space stood outside of the alphabet, padding anywhere but
// at the end, or bits were left over.
func (d *Base64) Close() (ok bool) { return !d.bad && len(d.letters) == 0 }

// maxLine is the longest line of quoted-printable that is held to be one; the rules allow 76.
const maxLine = 1 << 20

// QuotedPrintable decodes a body with LF line ends (RFC 2045 §6.7) in whatever pieces it comes; its line breaks become
// CRLF. Blanks at line ends are not content, hex digits of either case are read, a soft line break may be the last
// thing. Its zero value is ready.
type QuotedPrintable struct {
	line []byte // without its end
	bad  bool
}

// Append decodes the next piece of a body and appends what is certain by now to out.
func (d *QuotedPrintable) Append(out, piece []byte) []byte {
	for len(piece) > 0 && !d.bad {
		line, rest, broken := bytes.Cut(piece, lf)
		piece = rest
		if !broken {
			d.line = append(d.line, line...)
			d.bad = len(d.line) > maxLine
			return out
		}
		if len(d.line) > 0 {
			d.line = append(d.line, line...)
			line = d.line
		}
		out = d.appendLine(out, line, true)
		d.line = d.line[:0]
	}
	return out
}

// Close decodes what is left. ok is false where there was an octet that the rules do not allow.
func (d *QuotedPrintable) Close(out []byte) (_ []byte, ok bool) {
	if len(d.line) > 0 && !d.bad {
		out = d.appendLine(out, d.line, false)
	}
	return out, !d.bad
}

var lf = []byte("\n")

func (d *QuotedPrintable) appendLine(out, line []byte, broken bool) []byte {
	line = bytes.TrimRight(line, " \t")
	soft := len(line) > 0 && line[len(line)-1] == '='
	if soft {
		line = line[:len(line)-1]
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '=':
			v, ok := hexOctet(line[i+1:])
			if !ok {
				d.bad = true
				return out
			}
			out = append(out, v)
			i += 2
		case c >= ' ' && c < 0x7f || c == '\t':
			out = append(out, c)
		default:
			d.bad = true
			return out
		}
	}
	if broken && !soft {
		out = append(out, '\r', '\n')
	}
	return out
}

package dedupe

import (
	"bytes"
	"io"
)

// Facts is what the octets of one copy tell about how well it was kept.
type Facts struct {
	// Partial: its program or store calls it incomplete.
	Partial bool
	// Opaque counts parts that are not written by the rules of their encoding.
	Opaque int
	// Open: a closing boundary is missing.
	Open bool
	// BadLines counts lines of the header that are no fields.
	BadLines int
	// Integrity is what signatures say that can be looked at without a key.
	Integrity Integrity
	// FromQuoted counts lines that look like quoted separators of an mbox.
	FromQuoted int
	// Mixed: some lines end in CRLF, some in LF.
	Mixed bool
	// Additions counts fields that programs added to this copy.
	Additions int
}

// Integrity is what is known of a copy's signatures.
type Integrity int8

const (
	// Broken: the sum of the content in a signature is not that of the content.
	Broken Integrity = iota - 1
	// Unsigned: there is no signature, or none that can be looked at.
	Unsigned
	// Intact: the sum in a signature is that of the content.
	Intact
)

// Facts reads a copy to its end. It fails only if m does.
func (r *Rules) Facts(m io.Reader) (Facts, error) {
	var lines lineFacts
	signed := newSeals()
	c, err := r.Canon(io.TeeReader(m, io.MultiWriter(&lines, signed)))
	if err != nil {
		return Facts{}, err
	}
	lines.end()
	f := Facts{Partial: c.marks&partial != 0, FromQuoted: lines.quoted, Mixed: lines.crlf && lines.lf, Additions: len(c.Dropped)}
	for _, k := range c.Kept {
		if k.Name == badLine {
			f.BadLines++
		}
	}
	f.Opaque, f.Open = c.opaque, c.cut
	f.Integrity = signed.integrity()
	return f, nil
}

// lineFacts looks at line ends and line starts.
type lineFacts struct {
	begin    [32]byte // start of the line, as far as it was read
	n        int
	last     byte
	crlf, lf bool
	quoted   int
}

func (l *lineFacts) Write(p []byte) (int, error) {
	n := len(p)
	for {
		piece, rest, ended := bytes.Cut(p, crlf[1:])
		if len(piece) > 0 {
			l.n += copy(l.begin[l.n:], piece)
			l.last = piece[len(piece)-1]
		}
		if !ended {
			return n, nil
		}
		l.crlf = l.crlf || l.last == '\r'
		l.lf = l.lf || l.last != '\r'
		l.end()
		p = rest
	}
}

// end ends a line.
func (l *lineFacts) end() {
	if quotedFrom(l.begin[:l.n]) > 0 {
		l.quoted++
	}
	l.n, l.last = 0, 0
}

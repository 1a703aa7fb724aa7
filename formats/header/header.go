// Package header scans the header of a message (RFC 5322 §2.2) as it lies: octets in, slices of the
// same octets out, nothing decoded and nothing refused. Lines end in CRLF or LF; a bare CR is content.
// Every function takes time linear in its input and keeps no more than a few slices of it.
package header

import (
	"bytes"
	"iter"
	"slices"
)

// Field is one header field with its continuation lines, or a bad line. Its slices point into the
// scanned octets.
type Field struct {
	// Raw is the whole field, line ends included. The Raws of all fields joined are the header.
	Raw []byte
	// Name is the text before the colon, as written; nil for a bad line.
	Name []byte
	// Value is all behind the colon, folds and the last line end included; of a bad line it is Raw.
	Value []byte
}

// Bad tells of a line that is no field: no colon, an empty or impossible name (RFC 5322 §3.6.8), or
// a continuation of nothing. An mbox From_ line that was left in is one.
func (f Field) Bad() bool { return f.Name == nil }

// Is compares the name without regard to case.
func (f Field) Is(name string) bool {
	return len(f.Name) == len(name) && bytes.EqualFold(f.Name, []byte(name))
}

// Text is the value unfolded and trimmed, each run of blanks and tabs made one blank, so that a
// server which folds in another place gives the same text. Nothing is decoded.
func (f Field) Text() string {
	if len(f.Value) > textRoom {
		return string(f.AppendText(nil))
	}
	var room [textRoom]byte
	return string(appendUnfolded(room[:0], f.Value))
}

// textRoom is how long a value may be that is made text without a buffer for it.
const textRoom = 256

// AppendText appends what Text gives.
func (f Field) AppendText(out []byte) []byte {
	return appendUnfolded(slices.Grow(out, len(f.Value)), f.Value)
}

// Fields yields the fields of head in order, up to the empty line that ends the header (RFC 5322
// §2.1) or the end of head. What stands behind the empty line is not looked at.
func Fields(head []byte) iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for len(head) > 0 && !blankLine(head) {
			n := fieldEnd(head)
			if !yield(split(head[:n])) {
				return
			}
			head = head[n:]
		}
	}
}

// End is the offset just behind the empty line that ends the header, which is where the body begins;
// -1 where there is no such line.
func End(b []byte) int {
	for at := 0; at < len(b); {
		switch rest := b[at:]; {
		case rest[0] == '\n':
			return at + 1
		case blankLine(rest):
			return at + 2
		default:
			at += lineEnd(rest)
		}
	}
	return -1
}

func blankLine(b []byte) bool {
	return b[0] == '\n' || b[0] == '\r' && len(b) > 1 && b[1] == '\n'
}

// lineEnd is the length of the first line with its line end.
func lineEnd(b []byte) int {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i + 1
	}
	return len(b)
}

// fieldEnd is the length of the first line and all that continue it: those that begin with a blank
// or tab, even if nothing follows that (RFC 5322 §4.2, obs-FWS).
func fieldEnd(b []byte) int {
	n := lineEnd(b)
	for n < len(b) && isBlank(b[n]) {
		n += lineEnd(b[n:])
	}
	return n
}

// split finds name and value. Blanks before the colon are allowed (RFC 5322 §4.5).
func split(raw []byte) Field {
	i := 0
	for i < len(raw) && raw[i] > ' ' && raw[i] < 0x7f && raw[i] != ':' {
		i++
	}
	colon := i
	for colon < len(raw) && isBlank(raw[colon]) {
		colon++
	}
	if i == 0 || colon == len(raw) || raw[colon] != ':' {
		return Field{Raw: raw, Value: raw}
	}
	return Field{Raw: raw, Name: raw[:i], Value: raw[colon+1:]}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// unfold undoes folding (RFC 5322 §2.2.3) and runs of blanks. A CR that is not part of a line end stays.
func unfold(v []byte) []byte { return appendUnfolded(make([]byte, 0, len(v)), v) }

// appendUnfolded appends the words of v with one blank between them; words are what no blank or line end parts.
func appendUnfolded(out, v []byte) []byte {
	start := len(out)
	for len(v) > 0 {
		var line []byte
		if n := bytes.IndexByte(v, '\n'); n >= 0 {
			line, v = bytes.TrimSuffix(v[:n], []byte("\r")), v[n+1:]
		} else {
			line, v = v, nil
		}
		if line = trimBlanks(line); len(line) == 0 {
			continue
		}
		if len(out) > start {
			out = append(out, ' ')
		}
		if bytes.IndexByte(line, '\t') < 0 && !bytes.Contains(line, []byte("  ")) { // as nearly all are
			out = append(out, line...)
		} else {
			out = appendWords(out, line)
		}
	}
	return out
}

// appendWords appends the words of a line that neither begins nor ends with a blank.
func appendWords(out, line []byte) []byte {
	for i, c := range line {
		switch {
		case !isBlank(c):
			out = append(out, c)
		case !isBlank(line[i-1]):
			out = append(out, ' ')
		}
	}
	return out
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

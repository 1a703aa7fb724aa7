package mbox

import (
	"bytes"
	"fmt"
	"io"
)

// writeCounted writes mboxcl2: a Content-Length field at the top of the header says how many octets the body has in the file,
// and nothing is quoted there. A line "From " within the header is: programs look for the next message until they have seen the
// length's field and the header's end, and those that know no lengths all the way. A message that is all header gets an empty
// line, so that its length can be told.
func (m *letter) writeCounted(w io.Writer) error {
	show := m.top
	measure := &bodyMeter{}
	if err := m.encode(&encoder{w: measure, quote: MboxCL2}); err != nil {
		return err
	}
	switch {
	case measure.head > headSize-8<<10:
		return fmt.Errorf("%w: the end of its header is out of sight", ErrCannotHold)
	case m.hidden:
		return fmt.Errorf("%w: it begins with a blank, and no Content-Length can stand before that", ErrCannotHold)
	}
	if _, err := io.WriteString(w, m.fromLine()); err != nil {
		return err
	}
	m.top = fmt.Sprintf("%sContent-Length: %d\n", show, measure.body)
	m.endHead = !measure.inBody
	if err := m.encode(&encoder{w: w, quote: MboxCL2}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// bodyMeter measures what is behind the first empty line.
type bodyMeter struct {
	head, body int64
	line       []byte
	inBody     bool
}

func (b *bodyMeter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if b.inBody {
			b.body += int64(len(rest))
			break
		}
		piece, after, ended := bytes.Cut(rest, []byte("\n"))
		b.head += int64(len(rest) - len(after))
		b.line = append(b.line, piece[:min(len(piece), len("\r."))]...)
		rest = after
		if !ended {
			continue
		}
		b.inBody = len(b.line) == 0 || string(b.line) == "\r"
		b.line = b.line[:0]
	}
	return len(p), nil
}

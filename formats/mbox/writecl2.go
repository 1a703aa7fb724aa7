package mbox

import (
	"bytes"
	"fmt"
	"io"

	"mailmv/formats/header"
)

// writeCounted writes mboxcl2: nothing is quoted, and a Content-Length field, added as the header's last, says
// how many octets the body has in the file. Such fields of the message itself would mislead readers: they
// become X-Content-Length. The note leads back.
func writeCounted(w io.Writer, from string, head []byte, body io.WriterTo) (Note, error) {
	all := counter{w: io.Discard}
	var headEnd int64
	if _, err := encodeCounted(&all, head, body, 0, func() { headEnd = all.n }); err != nil {
		return Note{}, err
	}
	if _, err := io.WriteString(w, from); err != nil {
		return Note{}, err
	}
	note, err := encodeCounted(w, head, body, all.n-headEnd, func() {})
	if err != nil {
		return Note{}, err
	}
	_, err = io.WriteString(w, "\n")
	return note, err
}

// encodeCounted encodes the message, with length told in its header, and calls atBody where the body begins.
func encodeCounted(w io.Writer, head []byte, body io.WriterTo, length int64, atBody func()) (Note, error) {
	_, end := headIn(head, MboxCL2)
	if end < 0 && (len(head) == headSize || header.End(head) >= 0 || len(beforeThirdFrom(head)) < len(head)) {
		return Note{}, fmt.Errorf("%w: the end of its header is out of sight", ErrCannotHold)
	}
	e := &encoder{w: w}
	s := &headSplitter{e: e, skip: len(head)}
	field := fmt.Sprintf("Content-Length: %d", length)
	s.fields(head)
	if end >= 0 {
		e.addLine(field, false)
		_, _ = e.Write(head[end-blankEnd(head[:end]):])
		atBody()
	}
	if _, err := body.WriteTo(s); err != nil {
		return Note{}, err
	}
	err := e.finish()
	if end < 0 { // the message is all header: end it, so that its length can be told
		e.addLine(field, false)
		e.addLine("", false)
		atBody()
		err = e.err
	}
	return e.note, err
}

// blankEnd is the length of the empty line that ends a header.
func blankEnd(head []byte) int {
	if bytes.HasSuffix(head, []byte("\r\n")) {
		return 2
	}
	return 1
}

// headSplitter writes the header, its Content-Length fields renamed, and then of the message only what
// follows.
type headSplitter struct {
	e    *encoder
	skip int // octets of the header that are still to come from the message
}

// fields writes all but the empty line at the end. The encoder keeps its error.
func (s *headSplitter) fields(head []byte) {
	for f := range header.Fields(head) {
		if f.Is("Content-Length") {
			s.e.addText("X-")
		}
		_, _ = s.e.Write(f.Raw)
	}
}

func (s *headSplitter) Write(p []byte) (int, error) {
	n := min(s.skip, len(p))
	s.skip -= n
	if _, err := s.e.Write(p[n:]); err != nil {
		return 0, err
	}
	return len(p), nil
}

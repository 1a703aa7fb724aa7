package mbox

import (
	"fmt"
	"io"

	"mailmv/formats/header"
)

// writeCounted writes mboxcl2: nothing is quoted, and a Content-Length field, added as the first line, says
// how many octets the body has in the file. Such fields of the message itself would mislead readers: they
// become X-Content-Length. The note leads back.
func writeCounted(w io.Writer, from string, head []byte, body io.WriterTo) (Note, error) {
	var lengths counter
	lengths.w = io.Discard
	headEnd := int64(0)
	if _, err := encodeCounted(&lengths, head, body, func() { headEnd = lengths.n }); err != nil {
		return Note{}, err
	}
	field := fmt.Sprintf("Content-Length: %d\n", lengths.n-headEnd)
	if _, err := io.WriteString(w, from+field); err != nil {
		return Note{}, err
	}
	note, err := encodeCounted(w, head, body, func() {})
	if err != nil {
		return Note{}, err
	}
	_, err = io.WriteString(w, "\n")
	return note.shift(int64(len(field)) + 1), err
}

// shift makes room for an added first line of n octets.
func (n Note) shift(by int64) Note {
	n.BareAt += by
	edits := []Edit{{At: 0, Drop: by}}
	for _, e := range n.Edits {
		e.At += by
		edits = append(edits, e)
	}
	n.Edits = edits
	return n
}

// encodeCounted encodes the message and calls atBody between its header and its body.
func encodeCounted(w io.Writer, head []byte, body io.WriterTo, atBody func()) (Note, error) {
	e := &encoder{w: w}
	s := &headSplitter{e: e, head: head, ended: header.End(head) >= 0, atBody: atBody}
	if !s.ended && len(head) == headSize {
		return Note{}, fmt.Errorf("%w: its header is longer than %d octets", ErrCannotHold, headSize)
	}
	s.begin()
	if _, err := body.WriteTo(s); err != nil {
		return Note{}, err
	}
	err := e.finish()
	if !s.ended { // the message is all header: end it, so that its length can be told
		e.addLine("", false)
		atBody()
		err = e.err
	}
	return e.note, err
}

// headSplitter writes the header, its Content-Length fields renamed, and passes on the rest.
type headSplitter struct {
	e      *encoder
	head   []byte
	ended  bool
	atBody func()
	skip   int // octets of head that are still to come from the message
}

func (s *headSplitter) begin() {
	for f := range header.Fields(s.head) {
		if f.Is("Content-Length") {
			s.e.addText("X-")
		}
		_, _ = s.e.Write(f.Raw) // the encoder keeps its error
		s.skip += len(f.Raw)
	}
	_, _ = s.e.Write(s.head[s.skip:]) // the empty line
	s.skip = len(s.head)
	if s.ended {
		s.atBody()
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

package imap

import (
	"bufio"
	"errors"
	"fmt"

	"mailmv/formats/mail"
)

// exact writes the octets of one literal, neither more nor fewer than were announced. The last one is held
// back until the body is seen to end there, so that no server ever gets a whole literal that is a lie.
type exact struct {
	w    *bufio.Writer
	left int64
	last [1]byte
	long bool
	err  error // of w
}

var errLong = errors.New("body is longer than it was said to be")

func (e *exact) Write(p []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if int64(len(p)) > e.left {
		e.long = true
		return 0, errLong
	}
	e.left -= int64(len(p))
	head := p
	if e.left == 0 {
		head, e.last[0] = p[:len(p)-1], p[len(p)-1]
	}
	_, e.err = e.w.Write(head)
	if e.err != nil {
		return 0, e.err
	}
	return len(p), nil
}

// copyBody writes the body of p as a literal of p.Octets octets. source is the body's own fault, which
// leaves the literal unfinished; conn is the connection's.
func copyBody(w *bufio.Writer, p mail.Parcel) (source, conn error) {
	e := &exact{w: w, left: p.Octets}
	_, err := p.Body.WriteTo(e)
	switch {
	case e.err != nil:
		return nil, e.err
	case e.long:
		return fmt.Errorf("%w (%d octets)", errLong, p.Octets), nil
	case err != nil:
		return err, nil
	case e.left > 0:
		return fmt.Errorf("%w: %d of %d octets are missing", mail.ErrCut, e.left, p.Octets), nil
	}
	if p.Octets > 0 {
		e.err = w.WriteByte(e.last[0])
	}
	return nil, e.err
}

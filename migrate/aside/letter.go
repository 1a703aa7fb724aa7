package aside

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// inMemory is the length up to which a message waits in memory; a longer one waits in a file.
const inMemory = 256 << 10

// letter is a message whose octets are at hand, to be read as often as needed.
type letter struct {
	mail.Message
	sum  [32]byte
	buf  []byte
	file *os.File
}

// take reads a message to its end. m.Octets becomes exact.
func take(m mail.Fetched, dir string) (*letter, error) {
	l := &letter{Message: m.Message}
	h := sha256.New()
	start, err := io.ReadAll(io.TeeReader(io.LimitReader(m.Body, inMemory), h))
	if err != nil {
		return nil, err
	}
	l.buf, l.Octets = start, int64(len(start))
	if len(start) == inMemory {
		if err := l.spill(io.TeeReader(m.Body, h), dir); err != nil {
			l.release()
			return nil, err
		}
	}
	h.Sum(l.sum[:0])
	return l, nil
}

// spill moves what came so far to a file that has no name once it is open, and the rest behind it.
func (l *letter) spill(rest io.Reader, dir string) error {
	f, err := os.CreateTemp(dir, "mailmv-*.spool")
	if err != nil {
		return &mail.Error{Op: "spool", Err: err, Hint: "set TMPDIR to a folder with room for the largest message"}
	}
	l.file = f
	// Where an open file cannot be removed (Windows), it is left to the system's temporary folder.
	_ = os.Remove(f.Name())
	if _, err := f.Write(l.buf); err != nil {
		return err
	}
	n, err := io.Copy(f, rest)
	l.Octets, l.buf = l.Octets+n, nil
	return err
}

func (l *letter) reader() io.Reader {
	if l.file == nil {
		return bytes.NewReader(l.buf)
	}
	return io.NewSectionReader(l.file, 0, l.Octets)
}

// WriteTo writes the octets from the first on, as often as it is called.
func (l *letter) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, l.reader()) }

// release gives back what it holds; nil holds nothing.
func (l *letter) release() {
	if l != nil && l.file != nil {
		_ = l.file.Close() // only read by us
	}
}

// sumOf reads a message and tells length and sum.
func sumOf(r io.Reader) (octets int64, sum [32]byte, err error) {
	h := sha256.New()
	octets, err = io.Copy(h, r)
	h.Sum(sum[:0])
	return octets, sum, err
}

// gone tells that there is no such message (any more).
func gone(err error) bool { return errors.Is(err, mail.ErrGone) || errors.Is(err, mail.ErrNoFolder) }

// messageID is that of the header, as far as the beginning tells.
func (l *letter) messageID() string {
	head := l.buf
	if l.file != nil {
		head = make([]byte, min(l.Octets, inMemory))
		if _, err := l.file.ReadAt(head, 0); err != nil {
			return ""
		}
	}
	if end := header.End(head); end >= 0 {
		head = head[:end]
	}
	return header.Envelope(head).MessageID
}

package maildir

import "io"

// Text is the whole of a message's file in memory. It is read as mail; its CRLF line ends are made when it is read for the
// first time, and not for who asks for the file's own octets (mail.Whole). The zero value is empty.
type Text struct {
	file     []byte
	verbatim bool
	made     bool
	mail     []byte // file with CRLF, once that is made
	at       int    // how far mail was read
}

// Set begins another message. file is t's as long as it is read.
func (t *Text) Set(e Entry, file []byte) {
	*t = Text{file: file, verbatim: ParseName(e.File).Verbatim(), mail: t.mail}
}

// Octets is the length as mail.
func (t *Text) Octets() int64 {
	if t.verbatim {
		return int64(len(t.file))
	}
	return int64(len(t.file) + bareLFs(0, t.file))
}

var (
	lf   = []byte("\n")
	crlf = []byte("\r\n")
)

// Whole implements mail.Whole.
func (t *Text) Whole() (kept []byte, octets int64) { return t.file, t.Octets() }

// Read reads on.
func (t *Text) Read(p []byte) (int, error) {
	rest := t.rest()
	if len(rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, rest)
	t.at += n
	return n, nil
}

// WriteTo writes the rest.
func (t *Text) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(t.rest())
	t.at += n
	return int64(n), err
}

// Rewind goes back to the start.
func (t *Text) Rewind() { t.at = 0 }

func (t *Text) rest() []byte {
	if t.verbatim {
		return t.file[t.at:]
	}
	if !t.made {
		t.mail, _ = appendCRLF(t.mail[:0], t.file, 0)
		t.made = true
	}
	return t.mail[t.at:]
}

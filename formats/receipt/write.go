package receipt

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"
	"strings"
	"time"

	"mailmv/formats/line"
	"mailmv/formats/mail"
)

// Writer writes a receipt. The first error is kept, and told by End.
type Writer struct {
	out     *bufio.Writer
	sum     hash.Hash
	total   Total
	folders map[Folder]int
	buf     []byte
	err     error
}

// NewWriter begins a receipt with its head. w should be a file that nobody takes for whole before End.
func NewWriter(w io.Writer, h Head) *Writer {
	r := &Writer{out: bufio.NewWriterSize(w, 64<<10), sum: sha256.New(), folders: map[Folder]int{}}
	r.line(magic, version, h.Written.UTC().Format(time.RFC3339), h.Program)
	for i, p := range h.From {
		r.line("place", "from", i+1, p.Name, string(p.Root))
	}
	r.line("place", "to", 0, h.To.Name, string(h.To.Root))
	for _, o := range h.Options {
		r.line("option", o.Name, o.Value)
	}
	return r
}

// Add states one message.
func (r *Writer) Add(f Folder, m Mail) error {
	n := r.folders[f]
	if n == 0 {
		n = len(r.folders) + 1
		r.folders[f] = n
		r.line("folder", n, f.Source+1, string(f.Path), string(f.To), f.Validity)
	}
	r.line("mail", n, m.Octets, sumText(m.Sum), sameOr(m.Wire, m.Sum), sameOr(m.Kept, m.Sum), m.Date.UTC().Format(time.RFC3339),
		joined(m.Flags.Names()), joined(m.Keywords), m.Envelope.MessageID, m.Envelope.From, m.Envelope.Subject, m.At)
	r.total.Messages++
	r.total.Octets += m.Octets
	return r.err
}

// End writes the last line and what is buffered, and tells what that line says.
func (r *Writer) End() (Total, error) {
	r.total.Sum = [32]byte(r.sum.Sum(nil))
	r.line("end", r.total.Messages, r.total.Octets, sumText(r.total.Sum))
	if r.err == nil {
		r.err = r.out.Flush()
	}
	return r.total, r.err
}

func (r *Writer) line(fields ...any) {
	r.buf = line.Append(r.buf[:0], fields...)
	r.sum.Write(r.buf)
	if r.err == nil {
		_, r.err = r.out.Write(r.buf)
	}
}

func sumText(s [32]byte) string { return base64.RawURLEncoding.EncodeToString(s[:]) }

func sameOr(s, other [32]byte) string {
	if s == other {
		return "="
	}
	return sumText(s)
}

var commas = strings.NewReplacer("%", "%25", ",", "%2C")
var noCommas = strings.NewReplacer("%2C", ",", "%25", "%")

// joined writes words with a comma between them. A word "-" alone would read as none.
func joined(words []string) string {
	if len(words) == 0 {
		return "-"
	}
	escaped := make([]string, len(words))
	for i, w := range words {
		escaped[i] = commas.Replace(w)
	}
	if len(words) == 1 && words[0] == "-" {
		return "%2D"
	}
	return strings.Join(escaped, ",")
}

func parted(text string) []string {
	switch text {
	case "-":
		return nil
	case "%2D":
		return []string{"-"}
	}
	words := strings.Split(text, ",")
	for i, w := range words {
		words[i] = noCommas.Replace(w)
	}
	return words
}

// flagsOf reads the names of system flags; ok is false where one is not known.
func flagsOf(names []string) (f mail.Flags, ok bool) {
	for _, n := range names {
		flag := mail.FlagNamed(n)
		if flag == 0 {
			return 0, false
		}
		f |= flag
	}
	return f, true
}

package mboxes

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// trace is all of what a file says of a message that its octets as mail do not tell: with both the very same octets are written again.
type trace struct {
	num, after uint32 // its number, and that of the message before it; 0: it was the first
	dialect    mbox.Dialect
	show       mbox.Shown
	from       string // its From_ line
	head       string // its header as it lies, where a Writer would write it in another way
	odd        bool   // so it would
	sep        string // the empty line behind it
	sum        dedupe.Sum
}

// headTraced bounds a header that is written down.
const headTraced = 64 << 10

// errUntraced: other programs wrote the message in a way that is not written again.
var errUntraced = errors.New("it lies in the file as mailmv would not write it, and could not be put back so")

func (t trace) String() string {
	letters, keywords := maildir.Keywords{}.Letters(t.show.Flags, t.show.Keywords)
	how := "plain"
	if t.odd {
		how = "odd"
	}
	return strings.TrimSuffix(string(line.Append(nil, t.num, t.after, t.dialect.String(), letters, strings.Join(keywords, " "), t.from, t.sep, t.sum, how, t.head)), "\n")
}

// parseTrace reads what String wrote.
func parseTrace(s string) (t trace, err error) {
	fields, err := line.Split([]byte(s))
	if err != nil {
		return t, fmt.Errorf("no trace of a message in an mbox: %w", err)
	}
	p := &line.Reader{Fields: fields}
	t.num, t.after, t.dialect = uint32(p.Number(32)), uint32(p.Number(32)), readDialect(p)
	t.show.Flags, t.show.Keywords = maildir.Keywords{}.Flags(p.Text())
	t.show.Keywords = append(t.show.Keywords, strings.Fields(p.Text())...)
	t.from, t.sep, t.sum = p.Text(), p.Text(), p.Sum(dedupe.Sum{})
	t.odd, t.head = p.Text() == "odd", p.Text()
	return t, p.Err
}

// write writes the message as it lay, without what stood behind it. body writes its octets.
func (t trace) write(w io.Writer, body io.WriterTo) (n int64, err error) {
	h := sha256.New()
	swap := &swapper{w: io.MultiWriter(w, h), t: t}
	if writer, werr := mbox.NewWriter(swap, 0, t.dialect); werr != nil { // a dialect that is read as it lies
		err = asItLies(swap, body)
	} else if _, err = writer.Append(time.Time{}, t.show, body); err == nil {
		err = writer.Flush()
	}
	if err == nil && [32]byte(h.Sum(nil)) != t.sum {
		err = errUntraced
	}
	return swap.n, err
}

// asItLies writes a message with LF line ends between a From_ line and an empty line, and nothing quoted.
func asItLies(w io.Writer, body io.WriterTo) error {
	if _, err := io.WriteString(w, "From \n"); err != nil {
		return err
	}
	lf := &lfWriter{w: bufio.NewWriter(w)}
	if _, err := body.WriteTo(lf); err != nil {
		return err
	}
	if lf.cr {
		lf.w.WriteByte('\r') // bufio keeps the first error
	}
	lf.w.WriteByte('\n')
	return lf.w.Flush()
}

// lfWriter makes each CRLF an LF.
type lfWriter struct {
	w  *bufio.Writer
	cr bool
}

func (l *lfWriter) Write(p []byte) (int, error) {
	for _, c := range p {
		if l.cr && c != '\n' {
			l.w.WriteByte('\r') // bufio keeps the first error
		}
		if l.cr = c == '\r'; l.cr {
			continue
		}
		if err := l.w.WriteByte(c); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// swapper takes what a Writer makes of one message, and puts in place of its From_ line, and of its header where that is odd, what a trace has. The last
// octet, which ends the empty line behind the message, is left off.
type swapper struct {
	w    io.Writer
	t    trace
	at   part
	line []byte // the beginning of a line that is not passed on
	last []byte // an octet that may be the last
	n    int64  // octets passed on
}

// part is where in a message one is.
type part uint8

const (
	inFrom part = iota
	inHead      // that is taken out
	inRest
)

func (s *swapper) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if s.at == inRest {
			return len(p), s.pass(rest)
		}
		i := bytes.IndexByte(rest, '\n') + 1
		if i == 0 {
			i = len(rest)
		}
		s.line, rest = append(s.line, rest[:i]...), rest[i:]
		if s.line[len(s.line)-1] != '\n' {
			continue
		}
		if err := s.endLine(); err != nil {
			return 0, err
		}
		s.line = s.line[:0]
	}
	return len(p), nil
}

func (s *swapper) endLine() error {
	switch {
	case s.at == inFrom && !s.t.odd:
		s.at = inRest
		return s.pass([]byte(s.t.from))
	case s.at == inFrom:
		s.at = inHead
		return s.pass([]byte(s.t.from + s.t.head))
	case len(bytes.TrimRight(s.line, "\r\n")) == 0:
		s.at = inRest
	}
	return nil
}

// pass passes octets on, but for the last.
func (s *swapper) pass(p []byte) error {
	all := append(s.last, p...)
	if len(all) == 0 {
		return nil
	}
	n, err := s.w.Write(all[:len(all)-1])
	s.n += int64(n)
	s.last = append([]byte(nil), all[len(all)-1])
	return err
}

// octetsOf are a message's octets, read as often as they are asked for.
type octetsOf struct {
	r *reader
	e entry
}

func (o octetsOf) WriteTo(w io.Writer) (int64, error) {
	body, err := o.r.unproven(o.e)
	if err != nil {
		return 0, err
	}
	return io.Copy(w, body)
}

// Trace tells, in a line of text, what of a message in its file its octets as mail do not tell. With both Restore writes it again as it was.
func (a *Archive) Trace(ctx context.Context, f mail.Folder, ref mail.Ref) (string, error) {
	a = a.live()
	s, err := a.find(f.Path)
	if err != nil {
		return "", err
	}
	r := &reader{a: a, s: s}
	defer r.close() // only read
	if err := r.open(ctx); err != nil {
		return "", a.wider(err, s)
	}
	e, ok := a.lookup(s, ref)
	if !ok {
		return "", a.fail("trace", mail.ScopeMessage, ref, mail.ErrGone)
	}
	file, err := a.disk.Open(s.file)
	if err != nil {
		return "", a.wider(err, s)
	}
	defer file.Close() // only read
	t, err := a.trace(s, file, octetsOf{r, e})
	if err != nil {
		return "", a.fail("trace", mail.ScopeMessage, ref, err)
	}
	return t.String(), nil
}

func (a *Archive) trace(s *shelf, file io.ReaderAt, o octetsOf) (t trace, err error) {
	e := o.e
	t = trace{num: e.num, after: s.before(e.offset), dialect: e.dialect}
	a.mu.Lock()
	t.show = a.manifest.states.all[e.state]
	a.mu.Unlock()
	from, err := fromLine(file, &e)
	if err != nil {
		return t, err
	}
	t.from = string(from)
	sep := make([]byte, 2)
	n, err := file.ReadAt(sep, e.end())
	if err != nil && err != io.EOF {
		return t, err
	}
	t.sep = string(separatorIn(sep[:n]))
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(file, e.offset, e.length)); err != nil {
		return t, err
	}
	t.sum = dedupe.Sum(h.Sum(nil))
	if e.bits&summed != 0 { // else the fields of state are of its octets, and change with it
		if _, err = t.write(io.Discard, o); !errors.Is(err, errUntraced) {
			return t, err
		}
	}
	t.odd = true
	t.head, err = headIn(io.NewSectionReader(file, e.offset+int64(len(from)), e.length-int64(len(from))))
	if err == nil {
		_, err = t.write(io.Discard, o)
	}
	return t, err
}

// separatorIn is the empty line that text begins with.
func separatorIn(text []byte) []byte {
	switch {
	case bytes.HasPrefix(text, []byte("\n")):
		return text[:1]
	case bytes.HasPrefix(text, []byte("\r\n")):
		return text[:2]
	}
	return nil
}

// headIn is a message's header with the empty line behind it.
func headIn(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, headTraced))
	if err != nil {
		return "", err
	}
	for at := 0; at < len(text); {
		i := bytes.IndexByte(text[at:], '\n') + 1
		if i == 0 {
			break
		}
		if len(bytes.TrimRight(text[at:at+i], "\r\n")) == 0 {
			return string(text[:at+i]), nil
		}
		at += i
	}
	if len(text) == headTraced {
		return "", errUntraced
	}
	return string(text), nil
}

// before is the number of the message that lies before a place; 0: none does.
func (s *shelf) before(place int64) uint32 {
	num, at := uint32(0), int64(-1)
	for i := range s.entries {
		if e := &s.entries[i]; e.bits&here != 0 && e.offset < place && e.offset > at {
			num, at = e.num, e.offset
		}
	}
	return num
}

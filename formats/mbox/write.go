package mbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mailmv/formats/header"
)

// Writer appends messages to an mbox file: each with a From_ line, LF line ends and exactly one empty line
// behind it. It knows nothing of locks and syncs, and what it wrote is in the file after Flush only.
type Writer struct {
	w       *bufio.Writer
	at      int64
	dialect Dialect
}

// Written tells of one message: where it lies, and what must be kept beside it to restore it exactly.
type Written struct {
	Extent
	Note Note
	// Hidden says that the file cannot show the message's state, for the message begins with a blank.
	Hidden bool
}

// NewWriter writes messages of dialect MboxRD, MboxO or MboxCL2 to w, which stands at place at of its file. See Gap.
func NewWriter(w io.Writer, at int64, d Dialect) (*Writer, error) {
	if d != MboxRD && d != MboxO && d != MboxCL2 {
		return nil, fmt.Errorf("mbox: dialect %v cannot be written", d)
	}
	return &Writer{w: bufio.NewWriterSize(w, 64<<10), at: at, dialect: d}, nil
}

// Gap is what has to be written to a file that ends in tail (its last two octets or more; none: it is
// empty) before a message can be appended.
func Gap(tail []byte) string {
	switch {
	case len(tail) == 0, emptyLine(tail) > 0:
		return ""
	case tail[len(tail)-1] == '\n':
		return "\n"
	default:
		return "\n\n"
	}
}

// Append writes one message. received is the internal date, which the From_ line keeps to the second in
// UTC; zero is written as 1970. The envelope sender is taken from the message's Return-Path, else it is
// MAILER-DAEMON. show is what other programs see of its state; fields of that kind which the message brings along
// are renamed, and noted. body writes the message's octets, the same ones each time it is called. After an error
// a part of the message may be in the file: it has to be truncated back to where the message began, and the Writer
// is of no more use.
func (w *Writer) Append(received time.Time, show Shown, body io.WriterTo) (Written, error) {
	head, err := headOf(body)
	if err != nil {
		return Written{}, err
	}
	sent := Written{Extent: Extent{Offset: w.at}}
	count := &counter{w: w.w}
	m := &letter{from: sender(head), received: received, body: body, top: show.lines()}
	switch w.dialect {
	case MboxO:
		err = m.writeMboxO(count)
	case MboxCL2:
		err = m.writeCounted(count)
	default:
		err = m.writeQuoted(count)
	}
	if err != nil {
		return Written{}, fmt.Errorf("mbox: octet %d: %w", w.at+count.n, err)
	}
	sent.Note, sent.Hidden = m.note, m.hidden
	sent.Length = count.n - 1 // the separator line
	w.at += count.n
	return sent, nil
}

// Flush hands everything written so far to the file.
func (w *Writer) Flush() error { return w.w.Flush() }

// letter is one message on its way into a file.
type letter struct {
	from     string // envelope sender
	received time.Time
	top      string // the lines that show its state
	body     io.WriterTo
	endHead  bool // put an empty line behind it
	note     Note
	hidden   bool
}

// encode writes what stands behind the From_ line.
func (m *letter) encode(e *encoder) error {
	top := &topper{w: e.w, lines: m.top, quoted: e.quote == MboxO}
	e.w = top
	own := &ownKeeper{w: e}
	if _, err := m.body.WriteTo(own); err != nil {
		return err
	}
	if err := errors.Join(own.close(), e.finish()); err != nil {
		return err
	}
	if m.endHead {
		e.addLine("", false)
	}
	if err := errors.Join(e.err, top.close()); err != nil {
		return err
	}
	m.note, m.hidden = e.note, top.hidden
	m.note.Stateless, m.note.Own = true, own.note
	return nil
}

func (m *letter) writeQuoted(w io.Writer) error {
	if _, err := io.WriteString(w, m.fromLine()); err != nil {
		return err
	}
	if err := m.encode(&encoder{w: w, quote: MboxRD, add: true}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (m *letter) fromLine() string {
	return "From " + m.from + " " + fromTime(m.received).Format(time.ANSIC) + "\n"
}

// fromTime is received as a From_ line can hold it: four digits of year, in UTC.
func fromTime(received time.Time) time.Time {
	t := received.UTC()
	if received.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return time.Unix(0, 0).UTC()
	}
	return t
}

// sender is the envelope sender that the delivering server noted (RFC 5321 §4.4), if a From_ line can hold it.
func sender(head []byte) string {
	const none = "MAILER-DAEMON"
	for f := range header.Fields(head) {
		if !f.Is("Return-Path") {
			continue
		}
		s := strings.TrimSpace(f.Text())
		s = strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
		odd := func(r rune) bool { return r <= ' ' || r > '~' }
		if s == "" || len(s) > 320 || strings.ContainsFunc(s, odd) {
			return none
		}
		return s
	}
	return none
}

// headOf gives the message's header with the empty line behind it, or as much of it as 256 KiB hold.
func headOf(body io.WriterTo) ([]byte, error) {
	var t headTaker
	if _, err := body.WriteTo(&t); err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	if end := header.End(t.b); end >= 0 {
		return t.b[:end], nil
	}
	return t.b, nil
}

var errEnough = errors.New("enough of the message was seen")

type headTaker struct{ b []byte }

func (t *headTaker) Write(p []byte) (int, error) {
	from := max(len(t.b)-3, 0)
	t.b = append(t.b, p[:min(len(p), headSize-len(t.b))]...)
	seen := t.b[from:]
	if len(t.b) == headSize || bytes.Contains(seen, []byte("\n\n")) || bytes.Contains(seen, []byte("\n\r\n")) {
		return 0, errEnough
	}
	return len(p), nil
}

// counter counts what goes through it.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

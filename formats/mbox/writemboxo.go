package mbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	gombox "github.com/emersion/go-mbox"
)

// longLine is the longest line that is given to go-mbox, which holds each one in memory.
const longLine = 16 << 20

// writeMboxO writes one message with go-mbox. Its writer makes CRLF to LF, quotes "From ", and ends the
// message with two LFs of its own; so it gets an extra CR for each CRLF that has to stay, and no last LF.
func (m *letter) writeMboxO(w io.Writer) error {
	mw := gombox.NewWriter(w)
	text, err := mw.CreateMessage(m.from, fromTime(m.received))
	if err != nil {
		return err
	}
	lines := &lineGiver{w: text}
	if err := m.encode(&encoder{w: lines, quote: MboxO}); err != nil {
		return err
	}
	return errors.Join(lines.close(), mw.Close())
}

// lineGiver gives whole lines, each in one Write: go-mbox copies what it holds of a line at every Write.
type lineGiver struct {
	w    io.Writer
	line []byte
	owed bool // the line's LF came and was not yet given
}

func (g *lineGiver) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if g.owed {
			if err := g.endLine(); err != nil {
				return 0, err
			}
		}
		text, after, lf := bytes.Cut(rest, []byte("\n"))
		if len(g.line)+len(text) > longLine {
			return 0, fmt.Errorf("%w: a line is longer than %d octets", ErrCannotHold, longLine)
		}
		g.line = append(g.line, text...)
		g.owed, rest = lf, after
	}
	return len(p), nil
}

func (g *lineGiver) endLine() error {
	end := "\n"
	if bytes.HasSuffix(g.line, []byte("\r")) {
		end = "\r\n" // go-mbox takes away one CR
	}
	_, err := g.w.Write(append(g.line, end...))
	g.line, g.owed = g.line[:0], false
	return err
}

// close gives the last line without its LF.
func (g *lineGiver) close() error {
	_, err := g.w.Write(g.line)
	return err
}

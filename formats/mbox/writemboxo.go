package mbox

import (
	"bytes"
	"fmt"
	"io"
	"time"

	gombox "github.com/emersion/go-mbox"
)

// longLine is the longest line that is given to go-mbox, which holds each one in memory.
const longLine = 16 << 20

// writeMboxO writes one message with go-mbox. Its writer makes CRLF to LF, quotes "From ", and ends the
// message with two LFs of its own; so it gets an extra CR for each CRLF that has to stay, and no last LF.
func writeMboxO(w io.Writer, from string, received time.Time, body io.WriterTo) (Note, error) {
	mw := gombox.NewWriter(w)
	text, err := mw.CreateMessage(from, fromTime(received))
	if err != nil {
		return Note{}, err
	}
	lines := &lineGiver{w: text}
	e := &encoder{w: lines, quote: MboxO}
	if _, err := body.WriteTo(e); err != nil {
		return Note{}, err
	}
	if err := e.finish(); err != nil {
		return Note{}, err
	}
	if err := lines.close(); err != nil {
		return Note{}, err
	}
	if !lines.any { // a message without any octet gets a line
		e.edit(Edit{Drop: 2})
	}
	return e.note, mw.Close()
}

// lineGiver gives whole lines, each in one Write: go-mbox copies what it holds of a line at every Write.
type lineGiver struct {
	w    io.Writer
	line []byte
	owed bool // the line's LF came and was not yet given
	any  bool
}

func (g *lineGiver) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if g.owed {
			if err := g.endLine(); err != nil {
				return 0, err
			}
		}
		g.any = true
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

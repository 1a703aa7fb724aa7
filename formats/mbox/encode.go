package mbox

import (
	"bytes"
	"io"
)

// encoder writes a message's octets as a file has them: CRLF as LF, "From " quoted as the dialect says,
// a line end at the end. What will not be read back as it was given goes into the note.
//
// CR CR LF is kept as it is, and so are all line ends from the first bare LF on: the decoder reads an LF
// behind a CR as it stands.
type encoder struct {
	w      io.Writer
	quote  Dialect // MboxRD, MboxO; MboxCL2: in the header alone, where no Content-Length tells what a line is
	add    bool    // write the ">" (else w does)
	note   Note
	read   int64 // octets, as they will be read
	gts    int   // ">" in the line so far, nothing else being in it; -1: something else is
	held   int   // octets of "From " in the line so far, not yet written
	cr     bool  // a CR, not yet written
	crcr   bool  // the octet before cr is one too
	within bool  // inside a line
	blank  bool  // nothing but one CR is in it
	inBody bool
	err    error
}

// Write never keeps p.
func (e *encoder) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && e.err == nil {
		if e.gts >= 0 {
			p = e.lineStart(p)
			continue
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			e.text(p)
			break
		}
		e.text(p[:i])
		e.lineEnd()
		p = p[i+1:]
	}
	if e.err != nil {
		return 0, e.err
	}
	return n, nil
}

// lineStart takes one octet of what may become ">*From ", or says that the line is an ordinary one.
func (e *encoder) lineStart(p []byte) []byte {
	switch c := p[0]; {
	case e.held == 0 && c == '>':
		e.within = true
		e.put([]byte(">"))
		e.read++
		e.gts++
	case c == fromWord[e.held]:
		e.within = true
		if e.held++; e.held == len(fromWord) {
			e.fromLine()
		}
	default:
		e.endStart()
		return p
	}
	return p[1:]
}

// endStart writes what was held: the line does not begin with "From ".
func (e *encoder) endStart() {
	held := fromWord[:e.held]
	e.gts, e.held = -1, 0
	e.text(held)
}

// fromLine quotes a line that would be taken for a separator.
func (e *encoder) fromLine() {
	if e.quote == MboxRD && e.add || e.quote == MboxO && e.gts == 0 && e.add {
		e.put([]byte(">"))
	}
	if e.quote == MboxCL2 && e.gts == 0 && !e.inBody { // readers of this dialect undo no quoting
		e.put([]byte(">"))
		e.edit(Edit{At: e.read, Drop: 1})
		e.read++
	}
	if e.quote == MboxO && e.gts == 1 { // its own ">" will be taken for quoting
		e.read--
		e.edit(Edit{At: e.read, Put: ">"})
	}
	e.endStart()
}

func (e *encoder) text(b []byte) {
	if len(b) == 0 {
		return
	}
	e.blank = !e.within && len(b) == 1 && b[0] == '\r'
	e.within = true
	beforeLast := byte(0)
	if e.cr {
		e.put([]byte("\r"))
		e.read++
		e.cr = false
		beforeLast = '\r'
	}
	last := len(b) - 1
	if b[last] != '\r' {
		e.put(b)
		e.read += int64(len(b))
		return
	}
	if last > 0 {
		beforeLast = b[last-1]
	}
	e.cr, e.crcr = true, beforeLast == '\r'
	e.put(b[:last])
	e.read += int64(last)
}

func (e *encoder) lineEnd() {
	switch {
	case !e.cr:
		if !e.note.Bare {
			e.note.Bare, e.note.BareAt = true, e.read
		}
		e.put([]byte("\n"))
		e.read++
	case e.crcr || e.note.Bare:
		e.put([]byte("\r\n"))
		e.read += 2
	default:
		e.put([]byte("\n"))
		e.read += 2
	}
	e.inBody = e.inBody || !e.within || e.blank
	e.cr, e.gts, e.within, e.blank = false, 0, false, false
}

// finish ends the last line if it has no end.
func (e *encoder) finish() error {
	if e.held > 0 {
		e.endStart()
	}
	if !e.within {
		return e.err
	}
	lone := e.cr
	if lone {
		e.put([]byte("\r"))
		e.read++
		e.cr = false
	}
	e.addLine("", lone)
	return e.err
}

// addLine adds a line that is not the message's own. keepCR writes its end as CRLF, which is read as it
// stands.
func (e *encoder) addLine(line string, keepCR bool) {
	e.edit(Edit{At: e.read, Drop: int64(len(line)) + 2})
	end := "\n"
	if keepCR || e.note.Bare {
		end = "\r\n"
	}
	e.put([]byte(line + end))
	e.read += int64(len(line)) + 2
	e.within, e.gts = false, 0
}

func (e *encoder) edit(ed Edit) {
	if len(e.note.Edits) == maxEdits && e.err == nil {
		e.err = ErrCannotHold
		return
	}
	e.note.Edits = append(e.note.Edits, ed)
}

func (e *encoder) put(b []byte) {
	if e.err == nil && len(b) > 0 {
		_, e.err = e.w.Write(b)
	}
}

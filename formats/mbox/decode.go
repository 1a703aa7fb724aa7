package mbox

import (
	"bufio"
	"io"
)

// decoder turns the octets of a message in a file into those of the wire.
type decoder struct {
	br     *bufio.Reader
	rd, o  bool // one ">" is taken from ">*From ", or from ">From " alone
	bare   bool // from bareAt on line ends stay as they stand
	bareAt int64

	gts    int   // ">" in the line so far, nothing else being in it; -1: something else is
	lastCR bool  // the octet before is a CR
	given  int64 // octets made so far
	out    []byte
	ready  []byte // part of out not yet given
	err    error
}

// body reads what br holds, which stands behind the From_ line, as that dialect and note say.
func (d *decoder) body(br *bufio.Reader, dialect Dialect, n Note) io.Reader {
	*d = decoder{br: br, out: d.out, rd: dialect == MboxRD, o: dialect == MboxO || dialect == MboxCL, bare: n.Bare, bareAt: n.BareAt}
	var r io.Reader = d
	for _, edits := range [][]Edit{n.Edits, n.Own} {
		if len(edits) > 0 {
			r = &editReader{r: r, edits: edits}
		}
	}
	return r
}

func (d *decoder) Read(p []byte) (int, error) {
	for len(d.ready) == 0 && d.err == nil {
		d.out = d.out[:0]
		for len(d.out) < 32<<10 && d.err == nil {
			d.step()
		}
		d.ready = d.out
	}
	if len(d.ready) == 0 && len(p) > 0 {
		return 0, d.err
	}
	n := copy(p, d.ready)
	d.ready = d.ready[n:]
	return n, nil
}

// step takes in one line, or the next piece of a long one.
func (d *decoder) step() {
	if d.gts >= 0 && (d.rd || d.o) && d.unquote() {
		return
	}
	d.gts = -1
	line, err := d.br.ReadSlice('\n')
	if err != nil && err != bufio.ErrBufferFull {
		d.err = err
	}
	if len(line) == 0 {
		return
	}
	end := len(line) - 1
	if line[end] != '\n' {
		d.lastCR = line[end] == '\r'
		d.give(line)
		return
	}
	d.gts = 0
	d.give(line[:end])
	crBefore := end > 0 && line[end-1] == '\r' || end == 0 && d.lastCR
	d.lastCR = false
	if !crBefore && !(d.bare && d.given >= d.bareAt) {
		d.give([]byte("\r"))
	}
	d.give([]byte("\n"))
}

// unquote looks at the beginning of a line. It says true where it took in a ">".
func (d *decoder) unquote() bool {
	b, _ := d.br.Peek(1)
	if len(b) == 0 || b[0] != '>' {
		return false
	}
	b, _ = d.br.Peek(len(quotedFrom))
	if string(b) == string(quotedFrom) && (d.rd || d.gts == 0) {
		_, _ = d.br.Discard(1)
		return false
	}
	_, _ = d.br.Discard(1)
	d.give([]byte(">"))
	d.lastCR = false
	d.gts++
	return true
}

func (d *decoder) give(b []byte) {
	d.out = append(d.out, b...)
	d.given += int64(len(b))
}

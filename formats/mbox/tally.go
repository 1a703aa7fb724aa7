package mbox

import "bytes"

var quotedFrom = []byte(">From ")

// tally counts what decides the length of a message on the wire, over its octets in order.
type tally struct {
	lf, crlf         int64
	quoted, requoted int64 // lines ">From "; lines with more than one ">"
	boundary         []byte
	closed           bool // the MIME part that boundary bounds was closed

	gts    int64 // how many ">" the line has so far, nothing else being in it; -1: something else is
	lastCR bool
}

// count takes the next n octets of b. What b holds behind them is looked at, not counted.
func (t *tally) count(b []byte, n int) {
	if n == 0 {
		return
	}
	part := b[:n]
	lines := int64(bytes.Count(part, []byte("\n")))
	t.lf += lines
	if t.lastCR && part[0] == '\n' {
		t.crlf++
	}
	t.crlf += int64(bytes.Count(part, []byte("\r\n")))
	t.lastCR = part[n-1] == '\r'
	t.countQuoted(b, n)
	if len(t.boundary) > 0 && !t.closed {
		t.closed = bytes.Contains(b[:min(len(b), n+len(t.boundary)-1)], t.boundary)
	}
	t.gts = t.leadingGTs(part, lines > 0)
}

// countQuoted counts the lines ">*From " whose last ">" is among the first n octets.
func (t *tally) countQuoted(b []byte, n int) {
	seen := b[:min(len(b), n+len(quotedFrom)-1)]
	for at := 0; ; {
		i := bytes.Index(seen[at:], quotedFrom)
		if i < 0 {
			return
		}
		i += at
		at = i + 1
		first := i
		for first > 0 && b[first-1] == '>' {
			first--
		}
		many := int64(i - first)
		switch {
		case first == 0 && t.gts < 0, first > 0 && b[first-1] != '\n':
			continue
		case first == 0:
			many += t.gts
		}
		if many == 0 {
			t.quoted++
		} else {
			t.requoted++
		}
	}
}

// leadingGTs is gts behind part.
func (t *tally) leadingGTs(part []byte, hasLines bool) int64 {
	line := 0
	if hasLines {
		line = bytes.LastIndexByte(part, '\n') + 1
	} else if t.gts < 0 {
		return -1
	}
	tail := part[line:]
	if len(tail) > 0 && tail[0] != '>' || len(bytes.TrimLeft(tail, ">")) > 0 {
		return -1
	}
	if line > 0 {
		return int64(len(tail))
	}
	return t.gts + int64(len(tail))
}

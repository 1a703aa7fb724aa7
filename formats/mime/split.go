package mime

import "bytes"

// Pieces is the content of a multipart body as its boundary cuts it (RFC 2046 §5.1.1). The line end
// before a boundary belongs to the boundary.
type Pieces struct {
	Preamble, Epilogue []byte
	Parts              [][]byte
	// Closed tells whether the closing boundary was there.
	Closed bool
}

// Split cuts a body with LF line ends at the boundary. ok is false where the boundary is empty or never
// occurs, or where there are more than limit parts.
func Split(body []byte, boundary string, limit int) (p Pieces, ok bool) {
	if boundary == "" {
		return Pieces{}, false
	}
	delimiter := []byte("--" + boundary)
	start, first := 0, true
	for at := 0; ; {
		i := bytes.Index(body[at:], delimiter)
		if i < 0 {
			break
		}
		i += at
		end, closing, isLine := delimiterLine(body, i, len(delimiter))
		if at = i + len(delimiter); !isLine {
			continue
		}
		piece := body[start:max(start, i-1)]
		if first {
			p.Preamble, first = piece, false
		} else {
			p.Parts = append(p.Parts, piece)
		}
		start, at = end, end
		if p.Closed = closing; closing || len(p.Parts) > limit {
			break
		}
	}
	switch {
	case first || len(p.Parts) > limit:
		return Pieces{}, false
	case p.Closed:
		p.Epilogue = body[start:]
	default:
		p.Parts = append(p.Parts, body[start:])
	}
	return p, true
}

// delimiterLine tells whether the n octets at i are a boundary line: at the start of a line, followed
// by "--" perhaps and by nothing but blanks.
func delimiterLine(body []byte, i, n int) (end int, closing, ok bool) {
	if i > 0 && body[i-1] != '\n' {
		return 0, false, false
	}
	line, _, broken := bytes.Cut(body[i:], []byte("\n"))
	end = i + len(line)
	if broken {
		end++
	}
	rest := line[n:]
	if bytes.HasPrefix(rest, []byte("--")) {
		closing, rest = true, rest[2:]
	}
	return end, closing, len(bytes.TrimRight(rest, " \t")) == 0
}

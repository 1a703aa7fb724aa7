package mime

import "bytes"

// Delimiter tells whether a line, without its line end, is a boundary line (RFC 2046 §5.1.1): "--", the boundary, "--"
// perhaps, which closes, and nothing but blanks.
func Delimiter(line []byte, boundary string) (closing, ok bool) {
	if boundary == "" || len(line) < 2+len(boundary) || line[0] != '-' || line[1] != '-' || string(line[2:2+len(boundary)]) != boundary {
		return false, false
	}
	rest := line[2+len(boundary):]
	if bytes.HasPrefix(rest, []byte("--")) {
		closing, rest = true, rest[2:]
	}
	return closing, len(bytes.TrimRight(rest, " \t")) == 0
}

package serve

import (
	"bytes"
	"io"
)

// dotWriter writes a multi-line answer: a dot at the start of a line is doubled and Close adds the last
// line (RFC 1939 §3). Lines end in CRLF alone; a bare CR or LF is text like any other.
type dotWriter struct {
	w    io.Writer
	last [2]byte // the two octets before
	any  bool
}

func (d *dotWriter) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		if p[0] == '.' && (!d.any || d.last == [2]byte{'\r', '\n'}) {
			if _, err := d.w.Write([]byte{'.'}); err != nil {
				return total - len(p), err
			}
		}
		n := d.run(p)
		if _, err := d.w.Write(p[:n]); err != nil {
			return total - len(p), err
		}
		d.note(p[:n])
		p = p[n:]
	}
	return total, nil
}

// run is how much of p goes out before the next octet has to be looked at: up to a dot behind CRLF.
func (d *dotWriter) run(p []byte) int {
	for at := 1; at < len(p); at++ {
		i := bytes.IndexByte(p[at:], '.')
		if i < 0 {
			return len(p)
		}
		if at += i; at == 1 || p[at-1] == '\n' && p[at-2] == '\r' {
			return at
		}
	}
	return len(p)
}

func (d *dotWriter) note(p []byte) {
	d.any = true
	if len(p) == 1 {
		d.last = [2]byte{d.last[1], p[0]}
		return
	}
	d.last = [2]byte(p[len(p)-2:])
}

// Close ends the answer, on a line of its own.
func (d *dotWriter) Close() error {
	end := ".\r\n"
	if d.any && d.last != [2]byte{'\r', '\n'} {
		end = "\r\n.\r\n"
	}
	_, err := io.WriteString(d.w, end)
	return err
}

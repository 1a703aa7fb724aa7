package migrate

import (
	"io"

	"mailmv/formats/mail"
)

// mends tells whether p was refused as it is and goes out mended.
func (c *carrier) mends(p *parcel) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.repairs[p.key]
}

// mendable tells whether mending changes p at all.
func mendable(p *parcel) bool {
	m := mender{out: io.Discard}
	_, err := p.WriteTo(&m)
	return err == nil && m.close() == nil && m.changed
}

// mended is p with the smallest repair that strict servers ask for: bare CR and LF become CRLF, NUL becomes
// 0x80, and the last line gets its end. That is what lenient servers do by themselves.
func mended(p *parcel) mail.Parcel {
	out := mail.Parcel{Message: p.Message, Body: mendedBody{p}}
	out.Octets, _ = mendedBody{p}.WriteTo(io.Discard)
	return out
}

type mendedBody struct{ whole *parcel }

func (b mendedBody) WriteTo(w io.Writer) (int64, error) {
	m := mender{out: w}
	if _, err := b.whole.WriteTo(&m); err != nil {
		return m.n, err
	}
	err := m.close()
	return m.n, err
}

// mender is a writer that mends what passes.
type mender struct {
	out     io.Writer
	buf     []byte
	n       int64
	last    byte // last octet that came in
	changed bool
}

func (m *mender) Write(b []byte) (int, error) {
	m.buf = m.buf[:0]
	for _, c := range b {
		switch {
		case m.last == '\r' && c != '\n':
			m.buf = append(m.buf, '\n')
			m.changed = true
		case m.last != '\r' && c == '\n':
			m.buf = append(m.buf, '\r')
			m.changed = true
		}
		m.last = c
		if c == 0 {
			c, m.changed = 0x80, true
		}
		m.buf = append(m.buf, c)
	}
	k, err := m.out.Write(m.buf)
	m.n += int64(k)
	return len(b), err
}

// close ends the last line.
func (m *mender) close() error {
	end := "\r\n"
	switch m.last {
	case '\n':
		return nil
	case '\r':
		end = "\n"
	}
	m.changed = true
	k, err := io.WriteString(m.out, end)
	m.n += int64(k)
	return err
}

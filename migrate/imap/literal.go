package imap

import (
	"bytes"
	"fmt"
	"io"
)

// literal is a body: on the wire, or held where the answer came in a form that had to be read to its end. Its octets end
// with io.EOF only where all came and the answer went on properly behind them.
type literal struct {
	f    *answers
	n    int64 // of all
	left int64 // on the wire
	held []byte
	err  error // other than io.EOF
}

// Read reads from the body.
func (l *literal) Read(p []byte) (int, error) {
	switch {
	case l.err != nil:
		return 0, l.err
	case len(l.held) > 0:
		n := copy(p, l.held)
		l.held = l.held[n:]
		return n, nil
	case l.left == 0:
		return 0, io.EOF
	}
	if int64(len(p)) < l.left {
		n, err := l.f.conn.Read(p)
		l.left -= int64(n)
		l.err = cut(err)
		return n, l.err
	}
	// The last octets are held back until what follows the literal was seen to go on as a FETCH answer does: a literal
	// that ended early must not look whole.
	p = p[:l.left]
	if l.err = readFull(l.f.conn, p); l.err == nil {
		l.err = l.tail()
	}
	if l.err != nil {
		return 0, l.err
	}
	l.left = 0
	return len(p), nil
}

// WriteTo writes what is left of the body, straight from the connection's buffer.
func (l *literal) WriteTo(w io.Writer) (int64, error) {
	var total int64
	if len(l.held) > 0 {
		n, err := w.Write(l.held)
		l.held = l.held[n:]
		return int64(n), err
	}
	for l.err == nil && l.left > 0 {
		n, err := l.writeSome(w)
		if total += n; err != nil {
			return total, err
		}
	}
	return total, l.err
}

// writeSome writes what is buffered. An error other than l.err is w's.
func (l *literal) writeSome(w io.Writer) (int64, error) {
	buf, err := l.f.conn.Peek(1)
	if err != nil && len(buf) == 0 {
		l.err = cut(err)
		return 0, l.err
	}
	some := min(int64(len(buf)), l.left)
	if some == l.left && !bytes.HasPrefix(buf[some:], []byte(")\r\n")) { // it is not seen yet how the answer goes on
		last := make([]byte, some)
		if _, err := l.Read(last); err != nil {
			return 0, err
		}
		n, err := w.Write(last)
		return int64(n), err
	}
	n, err := w.Write(buf[:some])
	if err != nil {
		return int64(n), err
	}
	l.f.conn.Discard(n)
	if l.left -= int64(n); l.left == 0 {
		l.err = l.tail()
	}
	return int64(n), l.err
}

// tail reads what follows the literal, to the end of the answer. Nothing of it is handed on.
func (l *literal) tail() error {
	f := l.f
	line, err := f.conn.ReadLine(maxLine)
	if err != nil {
		return cut(err)
	}
	head, over := f.answer, f.over
	f.answer, f.over = answer{seq: head.seq, uid: head.uid, injected: head.injected, size: -1}, true
	err = f.items(scan{line})
	f.answer, f.over = head, over
	if err != nil {
		return fmt.Errorf("after a literal: %w", cut(err))
	}
	return nil
}

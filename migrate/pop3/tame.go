package pop3

import (
	"bytes"
	"fmt"
	"strings"

	"mailmv/migrate/wire"
)

// tame is the connection as the library sees it: one tidy status line for each Read, so that nothing
// behind the line ends up in the library's buffer and a body can be taken off the connection directly.
type tame struct {
	*wire.Conn
	buf     []byte
	pending []byte
	words   string // of the last -ERR, which the library trims
	err     error  // why there is nothing more to read
}

// newTame presents a greeting to the library; the real one was read with the login.
func newTame(c *wire.Conn) *tame { return &tame{Conn: c, pending: []byte("+OK ready\r\n")} }

func (t *tame) Read(p []byte) (int, error) {
	if len(t.pending) == 0 {
		if err := t.next(); err != nil {
			t.err = err
			return 0, err
		}
	}
	n := copy(p, t.pending)
	t.pending = t.pending[n:]
	return n, nil
}

// WriteString lets many commands go out in one write: the library's small buffer then steps aside.
func (t *tame) WriteString(s string) (int, error) { return t.Write([]byte(s)) }

func (t *tame) next() error {
	line, err := t.Conn.ReadLine(maxLine)
	if err != nil {
		return err
	}
	ok, text, err := parseStatus(line)
	if err != nil {
		return err
	}
	t.buf = append(t.buf[:0], "+OK "...)
	if !ok {
		t.words = string(text)
		t.buf = append(t.buf[:0], "-ERR "...)
	}
	t.buf = append(append(t.buf, text...), "\r\n"...)
	t.pending = t.buf
	return nil
}

// notStatus is a line where an answer should be: the session cannot be understood any more.
type notStatus string

func (n notStatus) Error() string { return fmt.Sprintf("neither +OK nor -ERR: %q", string(n)) }

// parseStatus reads +OK or -ERR (RFC 1939 §3). Seen in the wild and harmless, so accepted: lower case, a tab
// in place of the blank, a UTF-8 byte order mark in front. An empty line is no answer.
func parseStatus(line []byte) (ok bool, text []byte, err error) {
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	word, text := line, []byte(nil)
	if i := bytes.IndexAny(line, " \t"); i >= 0 {
		word, text = line[:i], bytes.TrimLeft(line[i:], " \t")
	}
	switch strings.ToUpper(string(word)) {
	case "+OK":
		return true, text, nil
	case "-ERR":
		return false, text, nil
	}
	return false, nil, notStatus(line)
}

package imap

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// wireOf is a connection on which a server has said all it will ever say.
type wireOf struct {
	*bufio.Reader
}

func (w *wireOf) Peek(n int) ([]byte, error) {
	if _, err := w.Reader.Peek(n); err != nil {
		return nil, err
	}
	return w.Reader.Peek(w.Buffered())
}
func (w *wireOf) Discard(n int) { w.Reader.Discard(n) }
func (w *wireOf) ReadLine(limit int) ([]byte, error) {
	line, err := w.ReadBytes('\n')
	if err == nil && len(line) > limit {
		err = errBounds
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), err
}
func (w *wireOf) Write(p []byte) (int, error)      { return len(p), nil }
func (w *wireOf) Close() error                     { return nil }
func (w *wireOf) LocalAddr() net.Addr              { return nil }
func (w *wireOf) RemoteAddr() net.Addr             { return nil }
func (w *wireOf) SetDeadline(time.Time) error      { return nil }
func (w *wireOf) SetReadDeadline(time.Time) error  { return nil }
func (w *wireOf) SetWriteDeadline(time.Time) error { return nil }

var responses = []string{
	"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n", "* 1 FETCH (BODY[] {5}\r\nhello UID 5)\r\n", "* 1 FETCH (FLAGS (\\Seen a]b \"q\" \\) UID 5)\r\n",
	"* LIST (\\x ]) \"//\" {3}\r\na&b\r\n", "* LIST () NIL \"&APw-\"\r\n", "* STATUS \"x\" (MESSAGES 1 UIDNEXT 99999999999)\r\n", "* OK [PERMANENTFLAGS (a] \\*)] x\r\n",
	"* OK [UIDVALIDITY 3] \r\n", "* BYE\r\n", "\r\n", "+ \r\n", "* 3 EXISTS\r\n", "T9 OK\r\n", "* X {3}\r\nabc\r\n", "* 1 FETCH (ENVELOPE (NIL {2}\r\nab ((((\"\")))) NIL) X-Y NIL UID 5 BODY[] NIL)\r\n",
	"* 1 FETCH (INTERNALDATE \"00-Jan-0000 00:00:00 +0000\" RFC822.SIZE 99999999999999999999 UID 5 BODY[] \"x\")\r\n",
	"* 1 FETCH (UID 5 BODY[] {5}\r\nhello FLAGS (\\Seen))\r\n", "* 1 FETCH (UID 5 BODY[] {3}\r\nhello)\r\n",
}

// FuzzGate: whatever a server says between a command and its answer, the library gets through the gate only what
// it understands: it never ends with an error of its own making.
func FuzzGate(f *testing.F) {
	for _, s := range responses {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		if bytes.Contains(said, []byte("T1 ")) {
			t.Skip() // the answer itself
		}
		all := slicesOf(said, []byte("\r\nT1 OK done\r\n"))
		g := newGate(&wireOf{bufio.NewReader(bytes.NewReader(all))}, &words{notes: func(string) {}})
		lib := imapclient.New(g, nil)
		defer lib.Close()
		if err := lib.WaitGreeting(); err != nil {
			t.Fatal(err)
		}
		_, err := lib.List("", "*", nil).Collect()
		if cause := g.cause(); err != nil && cause == nil && !errors.As(err, new(*goimap.Error)) {
			t.Errorf("the library does not understand what the gate gave it: %v\n%q", err, said)
		}
	})
}

// FuzzAnswers: whatever a server says to a FETCH, a body is whole or an error, comes once, and is the same however it is read.
func FuzzAnswers(f *testing.F) {
	for _, s := range responses {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		all := slicesOf(said, []byte("\r\nT1 OK done\r\n"))
		read := func(how func(*literal) ([]byte, error)) (bodies [][]byte, err error) {
			s := &session{words: words{notes: func(string) {}}}
			a := &answers{s: s, conn: &wireOf{bufio.NewReaderSize(bytes.NewReader(all), 64)}, tag: "T1", want: theBody, set: goimap.UIDSetNum(5), only: 5, bodies: map[uint32]bool{}}
			a.each = func(m *answer) verdict {
				b, err := how(m.body)
				if err == nil && int64(len(b)) != m.body.n {
					t.Errorf("a body of %d octets ended after %d as if it were whole", m.body.n, len(b))
				}
				if err == nil {
					bodies = append(bodies, b)
				}
				return more
			}
			return bodies, a.read(a.each)
		}
		one, err := read(func(l *literal) ([]byte, error) { return io.ReadAll(l) })
		two, err2 := read(func(l *literal) ([]byte, error) {
			var b bytes.Buffer
			_, err := l.WriteTo(&b)
			return b.Bytes(), err
		})
		if len(one) > 1 {
			t.Errorf("%d bodies of one message", len(one))
		}
		if !slices.EqualFunc(one, two, bytes.Equal) || (err == nil) != (err2 == nil) {
			t.Errorf("read: %q, %v\nwritten: %q, %v", one, err, two, err2)
		}
	})
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// FuzzStatus: parsing a condition never panics, and finds the code of what it wrote.
func FuzzStatus(f *testing.F) {
	for _, s := range []string{"OK [READ-ONLY] x", "NO [X (a]b)] t", "BAD", "OK []", "OK [", "NO [APPENDUID 1 2:3] ]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		st := parseStatus([]byte(s))
		if strings.Contains(st.code, "]") && !strings.Contains(st.code, "(") {
			t.Errorf("%q: code %q", s, st.code)
		}
		(&words{notes: func(string) {}}).refused("append", st, 0)
		backoff(s)
		uids, ok := expandSet(s, 3)
		if ok && len(uids) != 3 {
			t.Errorf("%q: %v", s, uids)
		}
	})
}

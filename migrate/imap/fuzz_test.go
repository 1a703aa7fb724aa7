package imap

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// wireOf is a connection on which a server has said all it will ever say.
type wireOf struct {
	r io.Reader
}

func (w *wireOf) Read(p []byte) (int, error) { return w.r.Read(p) }
func (w *wireOf) ReadLine(limit int) ([]byte, error) {
	var line []byte
	for one := make([]byte, 1); ; {
		if _, err := w.r.Read(one); err != nil {
			return nil, err
		}
		if one[0] == '\n' {
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		if line = append(line, one[0]); len(line) > limit {
			return nil, errBounds
		}
	}
}
func (w *wireOf) Write(p []byte) (int, error)      { return len(p), nil }
func (w *wireOf) Close() error                     { return nil }
func (w *wireOf) LocalAddr() net.Addr              { return nil }
func (w *wireOf) RemoteAddr() net.Addr             { return nil }
func (w *wireOf) SetDeadline(time.Time) error      { return nil }
func (w *wireOf) SetReadDeadline(time.Time) error  { return nil }
func (w *wireOf) SetWriteDeadline(time.Time) error { return nil }

// FuzzGate: whatever a server says between a command and its answer, the library gets through the gate only what
// it understands: it never ends with an error of its own making. A body is whole or an error.
func FuzzGate(f *testing.F) {
	for _, s := range []string{
		"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n", "* 1 FETCH (BODY[] {5}\r\nhello UID 5)\r\n", "* 1 FETCH (FLAGS (\\Seen a]b \"q\" \\) UID 5)\r\n",
		"* LIST (\\x ]) \"//\" {3}\r\na&b\r\n", "* LIST () NIL \"&APw-\"\r\n", "* STATUS \"x\" (MESSAGES 1 UIDNEXT 99999999999)\r\n", "* OK [PERMANENTFLAGS (a] \\*)] x\r\n",
		"* OK [UIDVALIDITY 3] \r\n", "* BYE\r\n", "\r\n", "+ \r\n", "* 3 EXISTS\r\n", "T9 OK\r\n", "* X {3}\r\nabc\r\n", "* 1 FETCH (ENVELOPE (NIL {2}\r\nab ((((\"\")))) NIL) X-Y NIL UID 5 BODY[] NIL)\r\n",
		"* 1 FETCH (INTERNALDATE \"00-Jan-0000 00:00:00 +0000\" RFC822.SIZE 99999999999999999999 UID 5 BODY[] \"x\")\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		if bytes.Contains(said, []byte("T1 ")) {
			t.Skip() // the answer itself
		}
		all := slicesOf(said, []byte("\r\nT1 OK done\r\n"))
		g := newGate(&wireOf{bytes.NewReader(all)}, &words{notes: func(string) {}}, func(string) {})
		lib := imapclient.New(g, nil)
		defer lib.Close()
		if err := lib.WaitGreeting(); err != nil {
			t.Fatal(err)
		}
		g.expect(theBody, 5)
		cmd := lib.Fetch(goimap.UIDSetNum(5), &goimap.FetchOptions{UID: true, BodySection: []*goimap.FetchItemBodySection{wholeBody}})
		broken := false
		for m := cmd.Next(); m != nil && !broken; m = cmd.Next() {
			for it := m.Next(); it != nil && !broken; it = m.Next() {
				if b, ok := it.(imapclient.FetchItemDataBodySection); ok {
					n, err := io.Copy(io.Discard, b.Literal)
					if err == nil && n != b.Literal.Size() {
						t.Errorf("a body of %d octets ended after %d as if it were whole", b.Literal.Size(), n)
					}
					broken = err != nil
				}
			}
			if broken {
				break
			}
		}
		if broken {
			return
		}
		err := cmd.Close()
		if cause := g.cause(); err != nil && cause == nil && !errors.As(err, new(*goimap.Error)) {
			t.Errorf("the library does not understand what the gate gave it: %v\n%q", err, said)
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

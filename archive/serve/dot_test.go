package serve

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
)

// FuzzDotWriter: what is stuffed, in pieces of any size, and unstuffed by RFC 1939 §3 is what it was, and
// a final CRLF is all that is added.
func FuzzDotWriter(f *testing.F) {
	for _, s := range []string{"", ".", "..", "\r\n.", "\r\n.\r\n", "a\n.\r.\r\n..b", "\r\r\n.", ".\r\n.\r\n.\r\n", "x\r", "x\r\n"} {
		f.Add([]byte(s), uint8(1))
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, body []byte, piece uint8) {
		var wire bytes.Buffer
		w := &dotWriter{w: &wire}
		for rest := body; len(rest) > 0; {
			n := min(len(rest), int(piece)+1)
			w.Write(rest[:n])
			rest = rest[n:]
		}
		w.Close()
		want := string(body)
		if want != "" && !strings.HasSuffix(want, "\r\n") {
			want += "\r\n"
		}
		wire.WriteString("+OK next\r\n")
		r := bufio.NewReader(&wire)
		if got := unstuff(t, r); got != want {
			t.Errorf("%q came out as %q", want, got)
		}
		if next, _ := io.ReadAll(r); string(next) != "+OK next\r\n" {
			t.Errorf("behind it stands %q", next)
		}
	})
}

func unstuff(t *testing.T, r *bufio.Reader) string {
	var b strings.Builder
	for start := true; ; {
		part, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if start && part == ".\r\n" {
			return b.String()
		}
		if start {
			part = strings.TrimPrefix(part, ".")
		}
		b.WriteString(part)
		start = strings.HasSuffix(part, "\r\n")
	}
}

package pop3

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"mailmv/formats/mail"
)

// chunks is a peeker over text that comes in pieces of a fixed size.
type chunks struct {
	text  []byte
	size  int
	have  int // octets that "have come"
	given int
}

func (c *chunks) Peek(n int) ([]byte, error) {
	for c.have < n && c.given+c.have < len(c.text) {
		c.have = min(c.have+c.size, len(c.text)-c.given)
	}
	p := c.text[c.given : c.given+c.have]
	if len(p) < n {
		return p, io.EOF
	}
	return p, nil
}

func (c *chunks) Discard(n int) { c.given += n; c.have -= n }

// stuff is RFC 1939 §3 as a server does it: a dot before each line that begins with one, then the end line. A message
// that does not end in CRLF is given one.
func stuff(m []byte, end string) []byte {
	var b bytes.Buffer
	for line := range bytes.SplitAfterSeq(m, []byte(end)) {
		if bytes.HasPrefix(line, []byte(".")) {
			b.WriteByte('.')
		}
		b.Write(line)
	}
	if len(m) > 0 && !bytes.HasSuffix(m, []byte(end)) {
		b.WriteString(end)
	}
	b.WriteString("." + end)
	return b.Bytes()
}

func TestBody(t *testing.T) {
	for _, c := range []struct{ name, wire, want, rest string }{
		{"empty", ".\r\n+OK", "", "+OK"},
		{"one line", "a\r\n.\r\n", "a\r\n", ""},
		{"stuffed", "..\r\n...\r\n..a\r\n.\r\nx", ".\r\n..\r\n.a\r\n", "x"},
		{"only CRLF", "\r\n.\r\n", "\r\n", ""},
		{"bare LF and dot", "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", ""},
		{"CRLF dot LF", "a\r\n..\nb\r\n.\r\n", "a\r\n.\nb\r\n", ""},
		{"LF dot CRLF", "a\n.\r\n.\r\n", "a\n.\r\n", ""},
		{"bare CR", "a\rb\r\r\n.\r\n", "a\rb\r\r\n", ""},
		{"CR before dot", "a\r.\r\n.\r\n", "a\r.\r\n", ""},
		{"NUL", "a\x00b\r\n.\r\n", "a\x00b\r\n", ""},
		{"dot, CR, no LF", "a\r\n..\rb\r\n.\r\n", "a\r\n.\rb\r\n", ""},
		{"an unstuffed dot, as bad servers send it", "a\r\n.b\r\n.\r\n", "a\r\nb\r\n", ""},
		{"8 bit", "\xff\xfe\r\n.\r\n", "\xff\xfe\r\n", ""},
	} {
		for size := 1; size < len(c.wire)+2; size++ {
			from := &chunks{text: []byte(c.wire), size: size}
			b := newBody(from, false, -1)
			var got bytes.Buffer
			if _, err := b.WriteTo(&got); err != nil {
				t.Errorf("%s, %d at a time: %v", c.name, size, err)
			}
			if got.String() != c.want || string(from.text[from.given:]) != c.rest || !b.whole() {
				t.Errorf("%s, %d at a time: %q, then %q; want %q, then %q", c.name, size, got.String(), from.text[from.given:], c.want, c.rest)
			}
		}
	}
}

// With a server whose greeting ended in a bare LF, so do its lines.
func TestBodyBareLF(t *testing.T) {
	for _, c := range []struct{ name, wire, want string }{
		{"plain", "a\n..b\n.\n", "a\n.b\n"},
		{"CRLF inside", "a\r\n.\r\n", "a\r\n"},
		{"empty", ".\n", ""},
	} {
		for size := 1; size < 8; size++ {
			got, err := io.ReadAll(newBody(&chunks{text: []byte(c.wire), size: size}, true, -1))
			if string(got) != c.want || err != nil {
				t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
			}
		}
	}
}

// A connection that ends within a message is never a shorter message.
func TestBodyCut(t *testing.T) {
	wire := string(stuff([]byte("Subject: x\r\n\r\n.\r\nlast\r\n"), "\r\n"))
	for n := range len(wire) {
		got, err := io.ReadAll(newBody(&chunks{text: []byte(wire[:n]), size: 3}, false, -1))
		if !errors.Is(err, mail.ErrCut) || errors.Is(err, io.EOF) {
			t.Fatalf("cut after %d octets: %q, %v", n, got, err)
		}
	}
}

// A message without end line, then the next answer.
func TestBodyRunsIntoNextAnswer(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		announced  int64
		end        error
	}{
		{"no end line", "a\r\nb\r\n+OK 5\r\nc\r\n.\r\n", 6, errNoEnd},
		{"no end line, refusal next", "a\r\nb\r\n-ERR\r\n.\r\n", 6, errNoEnd},
		{"+OK is text before the end", "a\r\n+OK\r\nb\r\n.\r\n", 11, nil},
		{"a plus where the message should end, but no answer", "a\r\n+1\r\n.\r\n", 3, nil},
		{"the size lies", "a\r\nb\r\n.\r\n", 4, nil},
		{"longer than announced", "a\r\nb\r\n.\r\n", 3, nil},
	} {
		_, err := io.ReadAll(newBody(&chunks{text: []byte(c.wire), size: 100}, false, c.announced))
		if !errors.Is(err, c.end) {
			t.Errorf("%s: %v, want %v", c.name, err, c.end)
		}
	}
}

func TestBodyReader(t *testing.T) {
	m := []byte(strings.Repeat("a line of text\r\n.dot\r\n", 50))
	if err := iotest.TestReader(newBody(&chunks{text: stuff(m, "\r\n"), size: 7}, false, int64(len(m))), m); err != nil {
		t.Error(err)
	}
}

func BenchmarkBody(b *testing.B) {
	m := []byte(strings.Repeat(strings.Repeat("x", 70)+"\r\n", 70))
	wire := stuff(m, "\r\n")
	b.SetBytes(int64(len(wire)))
	for b.Loop() {
		if err := newBody(&chunks{text: wire, size: len(wire)}, false, int64(len(m))).skip(); err != nil {
			b.Fatal(err)
		}
	}
}

// unstuff(stuff(x)) == x, whatever x is and however it arrives, and nothing behind the end line is touched.
func FuzzBody(f *testing.F) {
	for _, s := range []string{"", ".", "..", "\r\n", ".\r\n", "a\r\n.\r\n", "\r", "\n", "\n.\n", "\r\n.", "\r\r\n..", "a\r\n.\rb", "+OK\r\n"} {
		f.Add([]byte(s), uint8(1), false)
		f.Add([]byte(s), uint8(255), true)
	}
	f.Fuzz(func(t *testing.T, m []byte, size uint8, bareLF bool) {
		end := "\r\n"
		if bareLF {
			end = "\n"
			m = bytes.ReplaceAll(m, []byte("\r"), nil) // a CR at a line's end is that server's line end
		}
		want := m
		if len(m) > 0 && !bytes.HasSuffix(m, []byte(end)) {
			want = append(bytes.Clone(m), end...)
		}
		from := &chunks{text: append(stuff(m, end), "+OK"...), size: int(size) + 1}
		b := newBody(from, bareLF, int64(len(want)))
		got, err := io.ReadAll(b)
		if err != nil || !bytes.Equal(got, want) || b.n != int64(len(want)) || string(from.text[from.given:]) != "+OK" {
			t.Fatalf("got %q, %v, rest %q; want %q", got, err, from.text[from.given:], want)
		}
	})
}

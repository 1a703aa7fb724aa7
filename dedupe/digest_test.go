package dedupe

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
)

// fold is the folded form written down plainly, against which Digest is held.
func fold(x []byte) []byte {
	x = bytes.ReplaceAll(x, []byte("\r\n"), []byte("\n"))
	x = bytes.ReplaceAll(x, []byte("\r"), nil)
	if !bytes.HasSuffix(x, []byte("\n")) {
		x = append(x, '\n')
	}
	head, body := x, []byte(nil)
	if x[0] == '\n' {
		head, body = x[:1], x[1:]
	} else if i := bytes.Index(x, []byte("\n\n")); i >= 0 {
		head, body = x[:i+2], x[i+2:]
	}
	head = masked(head, 'X')
	return bytes.ReplaceAll(append(head, bytes.ReplaceAll(body, []byte{0}, []byte{0x80})...), []byte("\n"), []byte("\r\n"))
}

// masked puts to in the place of NUL and all octets from 0x80 on.
func masked(x []byte, to byte) []byte {
	out := bytes.Clone(x)
	for i, c := range out {
		if c == 0 || c >= 0x80 {
			out[i] = to
		}
	}
	return out
}

func sumsOf(parts ...[]byte) Sums {
	d := NewDigest()
	for _, p := range parts {
		d.Write(p)
	}
	return d.Sums()
}

// checkSums holds every law about the Sums of x, written in two pieces.
func checkSums(t *testing.T, x []byte, at int) {
	t.Helper()
	got := sumsOf(x[:at], x[at:])
	want := Sums{int64(len(x)), sha256.Sum256(x), sha256.Sum256(fold(x))}
	if got != want {
		t.Errorf("%q split at %d: exact right %v, wire right %v, octets %d",
			x, at, got.Exact == want.Exact, got.Wire == want.Wire, got.Octets)
	}
	folded, err := io.ReadAll(Folded(io.MultiReader(bytes.NewReader(x[:at]), bytes.NewReader(x[at:]))))
	if err != nil || !bytes.Equal(folded, fold(x)) {
		t.Errorf("%q split at %d is read as %q, %v", x, at, folded, err)
	}
}

var foldCases = []struct{ name, in, want string }{
	{"ordinary", "A: 1\r\n\r\nx\r\n", "A: 1\r\n\r\nx\r\n"},
	{"bare LF", "A: 1\n\nx\n", "A: 1\r\n\r\nx\r\n"},
	{"mixed", "A: 1\r\n\nx\r\ny\n", "A: 1\r\n\r\nx\r\ny\r\n"},
	{"bare CR", "A: 1\r\n\r\nx\ry\r\r\nz\r\n", "A: 1\r\n\r\nxy\r\nz\r\n"},
	{"CR at the end", "A: 1\r\n\r\nx\r", "A: 1\r\n\r\nx\r\n"},
	{"NUL in the body", "A: 1\r\n\r\nx\x00y\r\n", "A: 1\r\n\r\nx\x80y\r\n"},
	{"NUL in the header", "A: \x00\r\n\r\nx\r\n", "A: X\r\n\r\nx\r\n"},
	{"8 bits in the header", "A: \xc3\xa4\r\n\r\nx\r\n", "A: XX\r\n\r\nx\r\n"},
	{"8 bits in the body", "A: 1\r\n\r\n\xc3\xa4\r\n", "A: 1\r\n\r\n\xc3\xa4\r\n"},
	{"no final CRLF", "A: 1\r\n\r\nx", "A: 1\r\n\r\nx\r\n"},
	{"no final LF", "A: 1\r\n\r\nx\r", "A: 1\r\n\r\nx\r\n"},
	{"no body", "A: 1\r\n\r\n", "A: 1\r\n\r\n"},
	{"no empty line", "A: 1\r\nB: \xe4\r\n", "A: 1\r\nB: X\r\n"},
	{"no header", "\r\n\xe4\r\n", "\r\n\xe4\r\n"},
	{"empty line once folded", "A: 1\r\n\r\r\n\xe4\r\n", "A: 1\r\n\r\n\xe4\r\n"},
	{"only CRLF", "\r\n", "\r\n"},
	{"only LF", "\n", "\r\n"},
	{"only CR", "\r", "\r\n"},
	{"empty", "", "\r\n"},
}

func TestWire(t *testing.T) {
	for _, c := range foldCases {
		t.Run(c.name, func(t *testing.T) {
			if got := string(fold([]byte(c.in))); got != c.want {
				t.Errorf("fold(%q) = %q, want %q", c.in, got, c.want)
			}
			for at := range len(c.in) + 1 {
				checkSums(t, []byte(c.in), at)
			}
		})
	}
}

// A message and what a server made of it have one Wire.
func TestWireOfWhatServersMake(t *testing.T) {
	in := "A: \xe4\n\nx\r\ny\rz \x00\n."
	want := sumsOf([]byte(in)).Wire
	for name, server := range map[string]func(string) string{
		"Dovecot": func(s string) string { return strings.ReplaceAll(lines(s), "\x00", "\x80") },
		"Cyrus":   func(s string) string { return strings.ReplaceAll(lines(s), "\xe4", "X") },
		"Courier": func(s string) string { return strings.ReplaceAll(lines(s), "\rz", "z") + "\r\n" },
	} {
		if got := sumsOf([]byte(server(in))).Wire; got != want {
			t.Errorf("%s: another sum", name)
		}
	}
}

func lines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// Sums may be asked for at any time.
func TestSumsOnTheWay(t *testing.T) {
	in := []byte("A: \xe4\r\n\r\nx\ry\r\n\x00z\n.")
	d := NewDigest()
	for i := range in {
		if got, want := d.Sums(), sumsOf(in[:i]); got != want {
			t.Errorf("after %d octets: %+v, want %+v", i, got, want)
		}
		d.Write(in[i : i+1])
	}
}

func FuzzDigest(f *testing.F) {
	for _, c := range foldCases {
		f.Add([]byte(c.in), 3, 5)
	}
	f.Fuzz(func(t *testing.T, x []byte, a, b int) {
		a, b = min(max(a, 0), len(x)), min(max(b, 0), len(x))
		checkSums(t, x, a)
		once := fold(x)
		if twice := fold(once); !bytes.Equal(once, twice) {
			t.Errorf("fold(%q) = %q, folded again %q", x, once, twice)
		}
		if got := sumsOf(x[:min(a, b)], x[min(a, b):max(a, b)], x[max(a, b):]); got != sumsOf(x) {
			t.Errorf("%q split at %d and %d gives other sums", x, a, b)
		}
		if s := sumsOf(once); s.Wire != s.Exact {
			t.Errorf("%q is folded, but its wire sum is not the exact one", once)
		}
	})
}

// ordinary is mail of about n octets as most of it is.
func ordinary(n int) []byte {
	head := strings.Repeat("Received: from a.example (a.example [192.0.2.1]) by b.example with ESMTP\r\n", 8) +
		"Subject: the weather\r\nFrom: A <a@example.org>\r\nDate: Thu, 22 Aug 2002 12:34:00 +0100\r\nMessage-ID: <1@example.org>\r\nTo: me@isp.example\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
	line := "It was a dark and stormy night; the rain fell in torrents \xe2\x80\x93 except.\r\n"
	return []byte(head + strings.Repeat(line, (n-len(head))/len(line)))
}

func BenchmarkDigest(b *testing.B) {
	for _, size := range []int{5 << 10, 1 << 20} {
		x := ordinary(size)
		lf := bytes.ReplaceAll(x, crlf, crlf[1:])
		b.Run(fmt.Sprintf("%dK/sha256", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(x)))
			for b.Loop() {
				h := sha256.New()
				h.Write(x)
				var s Sum
				h.Sum(s[:0])
			}
		})
		b.Run(fmt.Sprintf("%dK/clean", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(x)))
			for b.Loop() {
				sumsOf(x)
			}
		})
		b.Run(fmt.Sprintf("%dK/folded", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(lf)))
			for b.Loop() {
				sumsOf(lf)
			}
		})
	}
}

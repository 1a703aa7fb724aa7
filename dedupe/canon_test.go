package dedupe

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"mailmv/formats/header"
)

func canon(t *testing.T, msg string) *Canonical {
	t.Helper()
	c, err := Canon(strings.NewReader(msg))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compare(t *testing.T, a, b string) Verdict {
	t.Helper()
	v, err := Compare(strings.NewReader(a), strings.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	back, err := Compare(strings.NewReader(b), strings.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	if back.Kind != v.Kind {
		t.Errorf("verdict is %v one way and %v the other", v, back)
	}
	if v.Merges() && v.Kind != Identical && canon(t, a).Sum() != canon(t, b).Sum() {
		t.Errorf("%v, but the sums are not equal", v)
	}
	return v
}

func TestContentHash(t *testing.T) {
	for in, want := range map[string]string{
		"x\r\ny\r\n": "x\ny", "x\ny": "x\ny", "x\r\r\ny": "x\r\ny", "x\ry": "x\ry", "x\r": "x\r",
		"x\r\n\r\n\n": "x", "\r\n\r\nx": "\n\nx", "": "", "\r\n": "", "\r": "\r", "x\r\n\r": "x\n\r",
	} {
		for at := range len(in) + 1 {
			c := newContentHash(anyTail)
			for _, p := range []string{in[:at], in[at:]} {
				c.Write([]byte(p))
			}
			if got := c.sum(); got != sha256.Sum256([]byte(want)) {
				t.Errorf("content of %q split at %d is not %q", in, at, want)
			}
		}
	}
}

func TestCompareReadError(t *testing.T) {
	broken := errors.New("broken")
	if _, err := Compare(strings.NewReader("A: 1\n\n"), iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error = %v, want %v", err, broken)
	}
}

// A message too big to be taken apart is compared all the same, and does not fill the memory.
func TestCanonOfHugeMessages(t *testing.T) {
	id := "Message-ID: <a@b>\r\n"
	huge := func(head string, last byte) io.Reader {
		return io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, 6<<20), bytes.NewReader([]byte{last}))
	}
	for _, c := range []struct {
		name string
		a, b io.Reader
		want Kind
	}{
		{"equal", huge(id+"\r\n", 1), huge(id+"\r\n", 1), Identical},
		{"line ends", huge(id+"\r\n", 1), huge("Message-ID: <a@b>\n\n", 1), Identical},
		{"other state", huge(id+"\r\n", 1), huge("X-UIDL: 1\r\n"+id+"\r\n", 1), Same},
		{"last bit", huge(id+"\r\n", 1), huge(id+"\r\n", 0), Near},
		{"header without end", huge(id, 1), huge("X-UIDL: 1\r\n"+id, 1), Different},
		{"many fields", huge(strings.Repeat("A: 1\r\n", 20_000)+"\r\n", 1), huge(strings.Repeat("A: 1\n", 20_000)+"\n", 1), Identical},
		{"many fields, other state", huge(strings.Repeat("A: 1\r\n", 20_000)+id+"\r\n", 1), huge(strings.Repeat("A: 1\r\n", 20_000)+id+"X-UID: 1\r\n\r\n", 1), Different},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := Compare(c.a, c.b)
			if err != nil || v.Kind != c.want {
				t.Errorf("Compare = %v, %v, want %v", v, err, c.want)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Whatever the octets: a verdict, the same both ways; a message is itself, whatever its line ends and
// its mail program's fields; and no line of a body that is added goes unseen.
func FuzzCanon(f *testing.F) {
	f.Add([]byte(base))
	for _, p := range pairs {
		if len(p.b) < 20_000 {
			f.Add([]byte(p.b))
		}
	}
	f.Fuzz(func(t *testing.T, x []byte) {
		msg := strings.ReplaceAll(string(x), "\r", "")
		c := canon(t, msg)
		if got := compare(t, msg, strings.ReplaceAll(msg, "\n", "\r\n")); got.Kind != Identical {
			t.Errorf("%q and CRLF: %v, %s", msg, got.Kind, got.Reason)
		}
		marked := "X-UIDL: 1\nX-Mozilla-Status: 0001\n" + msg
		if got := canon(t, marked); got.Sum() != c.Sum() && !strings.HasPrefix(msg, "From ") && !strings.ContainsAny(msg[:min(1, len(msg))], " \t") {
			t.Errorf("%q has another sum with fields of Thunderbird", msg)
		}
		if got := compare(t, msg, "X-Other: 1\n"+msg); got.Merges() || proven(t, msg, "X-Other: 1\n"+msg).OK {
			t.Errorf("%q merges with a copy that has another field", msg)
		}
		if header.End([]byte(msg)) >= 0 {
			if got := compare(t, msg, msg+"\nfooter\n"); got.Merges() || proven(t, msg, msg+"\nfooter\n").OK {
				t.Errorf("%q merges with a copy that has a footer", msg)
			}
		}
	})
}

func BenchmarkCanon(b *testing.B) {
	for _, size := range []int{5 << 10, 1 << 20} {
		x := ordinary(size)
		b.Run(fmt.Sprintf("%dK", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(x)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Canon(bytes.NewReader(x)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

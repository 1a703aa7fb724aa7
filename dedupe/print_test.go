package dedupe

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"mailmv/formats/header"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

func printOf(t testing.TB, r *Rules, msg string) Print {
	t.Helper()
	p, err := r.Printer().Print(strings.NewReader(msg))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkPrints holds what Judge relies on for two messages: who is alike has one canonical form and one hint, who is
// equal has one plain sum, and what is proven is proven in both ways.
func checkPrints(t testing.TB, r *Rules, a, b string) {
	t.Helper()
	checkWhole(t, r, a)
	checkWhole(t, r, b)
	p, q := printOf(t, r, a), printOf(t, r, b)
	c, d := canonBy(t, r, a), canonBy(t, r, b)
	if p.like == q.like && c.Sum() != d.Sum() {
		t.Errorf("%q and %q are alike, but not of one canonical form", a, b)
	}
	if c.Sum() == d.Sum() && p.hint != q.hint {
		t.Errorf("%q and %q have one canonical form, but not one hint", a, b)
	}
	if (p.plain == q.plain) != (c.Plain == d.Plain) {
		t.Errorf("%q and %q: equal by print %v, by form %v", a, b, p.plain == q.plain, c.Plain == d.Plain)
	}
	if proven := len(c.MessageIDs()) > 0 || len(c.Stack) > 0 && r.merge&MergeLists == 0; (p.meta&bitProven != 0) != proven {
		t.Errorf("%q: proven by form %v, not by print", a, proven)
	}
	if r.merge&MergeLists == 0 && p.to != 0 && q.to != 0 && (p.to == q.to) == c.conflict(d) {
		t.Errorf("%q and %q: conflict of delivery is %v, not by print", a, b, c.conflict(d))
	}
}

// checkWhole: the Print of a file in memory is that of the mail that is read from it.
func checkWhole(t testing.TB, r *Rules, file string) {
	t.Helper()
	for _, name := range []string{"1.host", "1.M2P3Q4R0123456789abcdefE.host"} { // with line ends of a Maildir, and verbatim
		var text maildir.Text
		text.Set(maildir.Entry{Sub: "cur", File: name}, []byte(file))
		got, err := r.Printer().Print(&text)
		if err != nil {
			t.Fatal(err)
		}
		msg, err := io.ReadAll(&text)
		if err != nil {
			t.Fatal(err)
		}
		if want := printOf(t, r, string(msg)); got != want {
			t.Errorf("%s: %q: the file's Print is %+v, the mail's %+v", name, file, got, want)
		}
	}
}

func canonBy(t testing.TB, r *Rules, msg string) *Canonical {
	t.Helper()
	c, err := r.Canon(strings.NewReader(msg))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPrintsOfPairs(t *testing.T) {
	for _, p := range pairs {
		t.Run(fmt.Sprintf("%d %s", p.n, p.name), func(t *testing.T) { checkPrints(t, Standard(), p.a, p.b) })
	}
}

// What most copies differ in costs no canonical form.
func TestPrintsOfUsualCopies(t *testing.T) {
	want := printOf(t, Standard(), base)
	for name, msg := range map[string]string{
		"Thunderbird": thunderbird + base, "fetchmail": fetched + base, "LF": strings.ReplaceAll(base, "\r\n", "\n"),
		"mbox": "From me Thu Aug 22 12:34:53 2002\n" + base, "empty lines": base + "\r\n\r\n", "no last line end": strings.TrimSuffix(base, "\r\n"),
		"Status": strings.Replace(base, "\r\n\r\n", "\r\nStatus: RO\r\nX-UID: 7\r\n\r\n", 1), "folds": swap("Subject: the weather", "Subject: the\r\n\tweather"),
		"scanner": "X-Spam-Status: No\r\n" + base, "no Return-Path": without(base, "Return-Path: <alice@example.org>\r\n"),
	} {
		if got := printOf(t, Standard(), msg); got.like != want.like || got.hint != want.hint || got.Octets() != int64(len(msg)) {
			t.Errorf("%s: not alike, or %d octets, want %d", name, got.Octets(), len(msg))
		}
	}
}

func TestPrintIsKept(t *testing.T) {
	r := Standard()
	p := printOf(t, r, base)
	got, ok := r.ParsePrintText(r.PrintText(p))
	if !ok || got != p {
		t.Errorf("ParsePrintText = %+v, %v, want %+v", got, ok, p)
	}
	other, err := NewRules([]string{"X-Company-Archive"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := other.ParsePrintText(r.PrintText(p)); ok {
		t.Error("a Print of other rules is read")
	}
	for _, bad := range []string{"", "x", strings.Repeat("A", 91), r.PrintText(p) + "A"} {
		if _, ok := r.ParsePrintText(bad); ok {
			t.Errorf("%q is read as a Print", bad)
		}
	}
}

// The envelope of a message gives the hint of its Print.
func TestHintOfEnvelope(t *testing.T) {
	for _, msg := range []string{base, without(base, id), without(base, id, date, subject), "x: 1\n\n"} {
		want := printOf(t, Standard(), msg).Hint()
		if got := Standard().Hint(header.Envelope([]byte(msg))); got != want {
			t.Errorf("hint of the envelope of %q is another", msg)
		}
	}
	if Standard().Hint(mail.Envelope{MessageID: "<1@example.org>"}) == Standard().Hint(mail.Envelope{MessageID: "<2@example.org>"}) {
		t.Error("two Message-IDs have one hint")
	}
}

// A Print is the same in whatever pieces the message comes, and however big it is.
func TestPrintOfPieces(t *testing.T) {
	long := base + strings.Repeat("a line of text\r\n", 20_000)
	for _, msg := range []string{base, long, strings.Repeat("A: 1\r\n", 30_000) + "\r\nx", strings.Repeat("A", 2<<20)} {
		want := printOf(t, Standard(), msg)
		got, err := Standard().Printer().Print(iotest.HalfReader(strings.NewReader(msg)))
		if err != nil || got != want {
			t.Errorf("%.20q in pieces: another Print, %v", msg, err)
		}
		p := Standard().Printer()
		for range 2 { // buffers are used again
			if got, err := p.Print(strings.NewReader(msg)); err != nil || got != want {
				t.Errorf("%.20q again: another Print, %v", msg, err)
			}
		}
	}
}

func FuzzPrint(f *testing.F) {
	for _, p := range pairs {
		if len(p.a) < 20_000 {
			f.Add([]byte(p.a), []byte(p.b))
		}
	}
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, b := string(x), string(y)
		for _, r := range []*Rules{Standard(), {classes: standard.classes, merge: MergeAliases}, {classes: standard.classes, merge: MergeLists}} {
			checkPrints(t, r, a, b)
		}
		// Two that share no octet by chance say little: hold it against what a program makes of it too.
		checkPrints(t, Standard(), a, benign[len(b)%len(benign)].do(a))
	})
}

func BenchmarkPrint(b *testing.B) {
	for _, size := range []int{5 << 10, 1 << 20} {
		x := bytes.ReplaceAll(ordinary(size), crlf, crlf[1:])
		b.Run(fmt.Sprintf("%dK/sha256", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(x)))
			h, buf := sha256.New(), make([]byte, 64<<10)
			for b.Loop() {
				h.Reset()
				io.CopyBuffer(onlyWriter{h}, onlyReader{bytes.NewReader(x)}, buf)
				var s Sum
				h.Sum(s[:0])
			}
		})
		b.Run(fmt.Sprintf("%dK/print", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(x)))
			b.ReportAllocs()
			p := Standard().Printer()
			for b.Loop() {
				p.Print(bytes.NewReader(x))
			}
		})
	}
}

// What judging a Maildir costs beside reading its files and summing them up.
func BenchmarkPrintFiles(b *testing.B) {
	x := bytes.ReplaceAll(ordinary(5<<10), crlf, crlf[1:])
	dir := b.TempDir()
	var names []string
	for i := range 2000 {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, x, 0o600); err != nil {
			b.Fatal(err)
		}
		names = append(names, name)
	}
	h, buf, p := sha256.New(), make([]byte, 64<<10), Standard().Printer()
	for name, do := range map[string]func(f io.Reader) error{
		"sha256": func(f io.Reader) error {
			h.Reset()
			_, err := io.CopyBuffer(onlyWriter{h}, onlyReader{f}, buf)
			var s Sum
			h.Sum(s[:0])
			return err
		},
		"print": func(f io.Reader) error {
			_, err := p.Print(f)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				f, err := os.Open(names[i%len(names)])
				if err != nil {
					b.Fatal(err)
				}
				if err := do(f); err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
	}
}

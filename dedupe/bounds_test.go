package dedupe

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"mailmv/dedupe/proof"
)

// again yields s over and over, n octets in all.
func again(s string, n int64) io.Reader { return io.LimitReader(&repeat{s: s}, n) }

type repeat struct {
	s  string
	at int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c := copy(p[n:], r.s[r.at:])
		n, r.at = n+c, (r.at+c)%len(r.s)
	}
	return n, nil
}

// monsters are messages made to fill the memory of who reads them. They are 3 MB; 2 GB with MAILMV_FULL.
func monsters(last string) map[string]func() io.Reader {
	size := int64(3 << 20)
	if full() {
		size = 2 << 30
	}
	mime := "Message-ID: <1@b>\r\nMIME-Version: 1.0\r\n"
	b64 := "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	qp := "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	parts := "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
	made := func(pieces ...any) func() io.Reader {
		return func() io.Reader {
			var all []io.Reader
			for _, p := range pieces {
				switch p := p.(type) {
				case string:
					all = append(all, strings.NewReader(p))
				case func() io.Reader:
					all = append(all, p())
				}
			}
			return io.MultiReader(append(all, strings.NewReader(last))...)
		}
	}
	much := func(s string) func() io.Reader {
		return func() io.Reader { return again(s, size/int64(len(s))*int64(len(s))) }
	}
	return map[string]func() io.Reader{
		"attachment":              made(mime, b64, much(strings.Repeat("QUJD", 19)+"\r\n")),
		"text":                    made(mime, qp, much("Gr=FC=DFe an dich\r\n")),
		"one line":                made(mime, "\r\n", much("x")),
		"one line of QP":          made(mime, qp, much("x")),
		"one line of base64":      made(mime, b64, much("QUJD")),
		"empty lines":             made(mime, "\r\n", much("\r\n")),
		"parts":                   made(mime, parts, much("--x\r\n\r\nx\r\n")),
		"parts that nest":         made(mime, parts, much("--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n")),
		"messages that nest":      made(mime, "Content-Type: message/rfc822\r\n\r\n", much("Content-Type: message/rfc822\r\n\r\n")),
		"header":                  made(mime, much("X-Long: and so on\r\n")),
		"header of one field":     made(mime, "X-Long:", much(" and so on\r\n")),
		"header of a part":        made(mime, parts, "--x\r\n", much("X-Long: and so on\r\n")),
		"preamble":                made(mime, parts, much("x\r\n")),
		"a million lines, signed": made(strings.Repeat(signed("c=simple/relaxed;", "x", true), 3), mime, "\r\n", much("\r\n"), "x"),
	}
}

// Whatever the size of a message, it is read in bounded memory: all that is allocated on the way counts, not only
// what is held at once.
func TestBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some gigabytes")
	}
	for name, msg := range monsters("") {
		for job, do := range map[string]func(m io.Reader) error{
			"Canon": func(m io.Reader) error { _, err := Canon(m); return err },
			"Print": func(m io.Reader) error { _, err := Standard().Printer().Print(m); return err },
			"Facts": func(m io.Reader) error { _, err := Standard().Facts(m); return err },
			"State": func(m io.Reader) error { _, err := HeaderState(m); return err },
		} {
			t.Run(name+"/"+job, func(t *testing.T) {
				if used := allocated(t, func() error { return do(msg()) }); used > 24<<20 {
					t.Errorf("%d MB were allocated", used>>20)
				}
			})
		}
	}
}

func allocated(t *testing.T, do func() error) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := do(); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// 76 and 80: two that differ in their last octet alone are told apart, and those that differ in nothing are not, at
// any size.
func TestMonstersAreTold(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some gigabytes")
	}
	one, other := monsters("a\r\n"), monsters("b\r\n")
	for name, msg := range one {
		t.Run(name, func(t *testing.T) {
			marked := func() io.Reader { return io.MultiReader(strings.NewReader("X-UIDL: 1\r\n"), msg()) }
			a, b, c := canonOf(t, msg()), canonOf(t, other[name]()), canonOf(t, marked())
			if v := a.Against(b); v.Merges() {
				t.Errorf("another last octet: %v", v)
			}
			readable := a.field("message-id") != "" || len(a.Kept) > 0
			if v := a.Against(c); v.Merges() != readable {
				t.Errorf("with another field of state: %v", v)
			}
			if full() {
				return // octet by octet is slow
			}
			opener := func(m func() io.Reader) proof.Opener {
				return func() (io.ReadCloser, error) { return io.NopCloser(m()), nil }
			}
			var same, differ proof.Answer
			used := allocated(t, func() (err error) {
				if same, err = proof.Same(opener(msg), opener(marked), proof.Options{}); err == nil {
					differ, err = proof.Same(opener(msg), opener(other[name]), proof.Options{})
				}
				return err
			})
			limit := uint64(64 << 20)
			if strings.HasPrefix(name, "parts") { // some kilobytes for each part that is looked into, four times
				limit += 4 * maxParts * 8 << 10
			}
			if same.OK && !a.Against(c).Merges() || differ.OK || used > limit {
				t.Errorf("proof: %+v, of another last octet %+v, with %d MB", same, differ, used>>20)
			}
		})
	}
}

func canonOf(t *testing.T, m io.Reader) *Canonical {
	t.Helper()
	c, err := Canon(m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

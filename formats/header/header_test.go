package header

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestFields(t *testing.T) {
	type field struct{ name, text string }
	for _, c := range []struct {
		name, in string
		want     []field
	}{
		{"plain", "A: 1\r\nB: 2\r\n\r\nC: 3\r\n", []field{{"A", "1"}, {"B", "2"}}},
		{"bare LF", "A: 1\nB: 2\n\nC: 3\n", []field{{"A", "1"}, {"B", "2"}}},
		{"no end", "A: 1\r\nB: 2", []field{{"A", "1"}, {"B", "2"}}},
		{"folded", "A: 1\r\n\t2\r\n  3\r\nB:\r\n 4\r\n\r\n", []field{{"A", "1 2 3"}, {"B", "4"}}},
		{"blank continuation", "A: 1\r\n \t\r\n 2\r\n\r\n", []field{{"A", "1 2"}}},
		{"runs of blanks", "A: \t 1 \t  2  \r\n\r\n", []field{{"A", "1 2"}}},
		{"no blank", "A:1\r\n\r\n", []field{{"A", "1"}}},
		{"blank before the colon", "A \t: 1\r\n\r\n", []field{{"A", "1"}}},
		{"empty value", "A:\r\nB: \r\n\r\n", []field{{"A", ""}, {"B", ""}}},
		{"From_ line", "From x@example.org Thu Aug 22 12:36:23 2002\nA: 1\n\n",
			[]field{{"", "From x@example.org Thu Aug 22 12:36:23 2002"}, {"A", "1"}}},
		{"no colon", "A: 1\r\nnonsense\r\nB: 2\r\n\r\n", []field{{"A", "1"}, {"", "nonsense"}, {"B", "2"}}},
		{"no name", ": 1\r\n\r\n", []field{{"", ": 1"}}},
		{"8-bit name", "\xc4: 1\r\n\r\n", []field{{"", "\xc4: 1"}}},
		{"continuation of nothing", " x: 1\r\nA: 1\r\n\r\n", []field{{"", "x: 1"}, {"A", "1"}}},
		{"bare CR is content", "A: 1\rB: 2\r\n\r\n", []field{{"A", "1\rB: 2"}}},
		{"CR before CRLF", "A: 1\r\r\nB: 2\r\n\r\n", []field{{"A", "1\r"}, {"B", "2"}}},
		{"empty", "", nil},
		{"no header", "\r\nA: 1\r\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []field
			for f := range Fields([]byte(c.in)) {
				got = append(got, field{string(f.Name), f.Text()})
			}
			if len(got) != len(c.want) {
				t.Fatalf("Fields(%q) = %q, want %q", c.in, got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("Fields(%q)[%d] = %q, want %q", c.in, i, got[i], c.want[i])
				}
			}
		})
	}
}

func TestEnd(t *testing.T) {
	for in, want := range map[string]int{
		"A: 1\r\n\r\nx": 8, "A: 1\n\nx": 6, "A: 1\r\n\nx": 7, "A: 1\n\r\nx": 7, "\r\nx": 2, "\nx": 1,
		"A: 1\r\n": -1, "A: 1": -1, "": -1, "\r": -1, "A: 1\r\n\r": -1, "A: 1\r\n\r\r\n": -1,
	} {
		if got := End([]byte(in)); got != want {
			t.Errorf("End(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestEnvelope(t *testing.T) {
	e := Envelope([]byte("subject: one\r\n two\r\nSubject: three\r\nMESSAGE-ID:\r\n <a@b>\r\n" +
		"From: \"A\" <a@b>\r\n\r\nDate: body\r\n"))
	if e.Subject != "one two" || e.MessageID != "<a@b>" || e.From != `"A" <a@b>` || e.Date != "" {
		t.Errorf("Envelope = %+v", e)
	}
}

// Headers made to be slow must not be: each of these is megabytes.
func TestFieldsOfHugeHeaders(t *testing.T) {
	const n = 100_000
	for name, in := range map[string]string{
		"many fields":      strings.Repeat("A: 1\r\n", n),
		"many folds":       "A: 1\r\n" + strings.Repeat(" x\r\n", n),
		"many bad lines":   strings.Repeat("nonsense\r\n", n),
		"one long line":    "A: " + strings.Repeat("x", 10*n),
		"many fetch lines": strings.Repeat("Received: by a with POP3; x\r\n", n),
		"many hops":        strings.Repeat("Received: by a; x\r\n", n) + "Received: by a with POP3; x\r\n",
		"open comments":    "Received: by a; " + strings.Repeat("(", 10*n) + "\r\nDate: " + strings.Repeat("(", 10*n),
		"many words":       "Date: " + strings.Repeat("1,x ", n),
	} {
		head := []byte(in)
		now := time.Unix(1e9, 0)
		joined := 0
		for f := range Fields(head) {
			joined += len(f.Raw)
		}
		if joined != len(head) {
			t.Errorf("%s: %d octets in fields, want %d", name, joined, len(head))
		}
		if _, source := Received(head, now); source != FromNow {
			t.Errorf("%s: date from %s, want now", name, source)
		}
	}
}

func FuzzFields(f *testing.F) {
	f.Add([]byte("A: 1\r\n\tx\r\nnonsense\r\n\r\nbody"))
	f.Add([]byte("From x\nReceived: from a (b [127.0.0.1]) by c with POP3; 22 Aug 2002 1:2:3 GMT\n\n"))
	f.Add([]byte(" \r\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var joined []byte
		for f := range Fields(b) {
			joined = append(joined, f.Raw...)
			if f.Bad() != bytes.Equal(f.Raw, f.Value) {
				t.Errorf("field %q: bad is %v, value %q", f.Raw, f.Bad(), f.Value)
			}
		}
		end := End(b)
		switch rest := b[len(joined):]; {
		case !bytes.HasPrefix(b, joined):
			t.Errorf("fields of %q joined are %q", b, joined)
		case end < 0 && len(rest) > 0:
			t.Errorf("fields of %q leave %q, which has no end of a header", b, rest)
		case end >= 0 && string(b[len(joined):end]) != "\n" && string(b[len(joined):end]) != "\r\n":
			t.Errorf("fields of %q end at %d, the header at %d", b, len(joined), end)
		}
		if cut := Cut(b); cut > len(joined) {
			t.Errorf("Cut(%q) = %d, behind the header", b, cut)
		}
		Envelope(b)
		Received(b, time.Time{})
	})
}

func BenchmarkReceived(b *testing.B) {
	head := []byte(strings.Repeat("Received: from a.example (a.example [192.0.2.1])\r\n\tby b.example (Postfix) with ESMTP id D03E543C36\r\n"+
		"\tfor <x@example.org>; Thu, 22 Aug 2002 07:36:16 -0400 (EDT)\r\n", 4) + strings.Repeat("X-Other: something\r\n", 16) + "\r\n")
	b.SetBytes(int64(len(head)))
	for b.Loop() {
		Received(head, time.Time{})
	}
}

package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"ordinary", "Grüße, 你好 👨‍👩‍👧 Ω", "Grüße, 你好 👨‍👩‍👧 Ω"},
		{"escape", "\x1b]0;owned\x07", `\x1b]0;owned\x07`},
		{"line ends", "a\r\nb\tc\x00\x7f", `a\x0d\x0ab\x09c\x00\x7f`},
		{"C1", "\u009b31m", `\u009b31m`},
		{"bidi", "\u202egnp.exe\u2066", `\u202egnp.exe\u2066`},
		{"separators", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"zero width", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"tags", "\U000e0041", `\U000e0041`},
		{"not UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := safe(row.in); got != row.want {
				t.Errorf("safe(%q) = %q, want %q", row.in, got, row.want)
			}
		})
	}
	t.Run("long", func(t *testing.T) {
		got := safe(strings.Repeat("ü", 1_000_000))
		if !strings.HasSuffix(got, "ü...") || len(got) > maxForeign+3 {
			t.Errorf("safe cuts to %d octets ending in %q", len(got), got[len(got)-6:])
		}
	})
}

// FuzzSafe: what comes out is UTF-8 without controls and overrides, and bounded.
func FuzzSafe(f *testing.F) {
	for _, s := range []string{"", "a\x1b[0m", "\xff\xfe", "\u202e", strings.Repeat("é", 1001)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := safe(in)
		if !utf8.ValidString(out) || len(out) > 10*maxForeign+3 {
			t.Fatalf("safe(%q) = %q", in, out)
		}
		for _, r := range out {
			if r < ' ' || misleading(r) {
				t.Fatalf("safe(%q) = %q has %U", in, out, r)
			}
		}
	})
}

func TestJSONTextIsSafeAndWhole(t *testing.T) {
	got, err := jsonText(noteJSON{"note", "a\x1b\u202eb\u009b\U000e0041<é>"})
	want := `{"kind":"note","text":"a\u001b\u202eb\u009b\udb40\udc41\u003cé\u003e"}`
	if err != nil || got != want {
		t.Errorf("jsonText = %s, %v, want %s", got, err, want)
	}
}

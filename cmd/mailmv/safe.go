package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxForeign bounds what a server, a sender or a file name can put on one line.
const maxForeign = 2000

// safe makes foreign text (folder names, subjects, servers' words) fit for a terminal, a log and a
// report: controls, C1, invalid octets and what turns the direction of writing become visible
// escapes. Everything else stays. Text beyond maxForeign octets is cut.
func safe(s string) string {
	cut := false
	if len(s) > maxForeign {
		s, cut = s[:maxForeign], true
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if r, n := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && n == 1 {
			s = s[:len(s)-1] // the first octet of the rune that was cut through
		}
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r < 0x80 && unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case misleading(r) && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case misleading(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	if cut {
		b.WriteString("...")
	}
	return b.String()
}

// misleading tells whether r could make a terminal or a reader see something else than what is there:
// C1 controls, line and paragraph separators, marks without a width and the signs that override the
// direction of writing (Unicode TR 9). The zero width joiner is part of ordinary words and emoji.
func misleading(r rune) bool {
	const zeroWidthNonJoiner, zeroWidthJoiner = 0x200c, 0x200d
	switch r {
	case zeroWidthNonJoiner, zeroWidthJoiner:
		return false
	case 0x2028, 0x2029:
		return true
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && r != 0xad
}

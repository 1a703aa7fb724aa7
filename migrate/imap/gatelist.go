package imap

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// condition notes an untagged OK, NO, BAD or BYE; three response codes of SELECT (RFC 9051 §6.3.2) are for the
// library. UIDNOTSTICKY comes with a NO (RFC 4315 §3).
func (g *gate) condition(text []byte) {
	s := parseStatus(text)
	g.words.hear(s, false)
	switch s.code {
	case "UIDVALIDITY", "UIDNEXT":
		if n, err := strconv.ParseUint(strings.TrimSpace(s.args), 10, 32); err == nil {
			g.out = fmt.Appendf(g.out, "* OK [%s %d] ok\r\n", s.code, n)
		}
	case "PERMANENTFLAGS":
		if flags, ok := (&scan{[]byte(s.args)}).list(); ok {
			g.out = fmt.Appendf(g.out, "* OK [PERMANENTFLAGS (%s)] ok\r\n", strings.Join(g.words.flags(flags), " "))
		}
	case "UIDNOTSTICKY":
		g.words.notes("the server says that its UIDs do not last: messages are known by their content alone")
		g.mu.Lock()
		g.fickle = true
		g.mu.Unlock()
	}
}

// list writes a LIST response anew (RFC 9051 §7.3.1); what follows the name is left out.
func (g *gate) list(s scan) {
	s.blanks()
	attrs, ok := s.list()
	s.blanks()
	delim, isNil, delimOK := s.str()
	s.blanks()
	name, _, nameOK := s.str()
	if !ok || !delimOK || !nameOK {
		g.words.notes("a folder is listed in a way that cannot be read: left out")
		return
	}
	sep := "NIL"
	switch {
	case isNil:
	case len(delim) == 1 && delim[0] > ' ' && delim[0] < 0x7f:
		sep, _ = quoted(delim)
	default:
		g.words.notes(fmt.Sprintf("the server has a hierarchy delimiter %q: taken for none", g.words.clean(delim)))
	}
	g.out = fmt.Appendf(g.out, "* LIST (%s) %s %s\r\n", strings.Join(g.words.flags(attrs), " "), sep, g.name(name))
}

// name writes a mailbox name so that the library gives libName of it.
func (g *gate) name(raw string) string {
	if _, ok := decodeName(raw); !ok {
		g.words.notes(fmt.Sprintf("the server has a folder named %q, which is not valid modified UTF-7: its octets are kept", g.words.clean(raw)))
	}
	if strings.HasPrefix(libName(raw), rawMark) {
		return `"` + rawMark + hex.EncodeToString([]byte(raw)) + `"`
	}
	q, _ := quoted(raw)
	return q
}

// mailboxStatus writes a STATUS response anew (RFC 9051 §7.3.4).
func (g *gate) mailboxStatus(s scan) {
	s.blanks()
	name, _, ok := s.str()
	s.blanks()
	items, listed := s.list()
	if !ok || !listed {
		return
	}
	var kept []string
	for i := 0; i+1 < len(items); i += 2 {
		bits := 32
		switch k := strings.ToUpper(items[i]); k {
		case "HIGHESTMODSEQ":
			bits = 63 // RFC 7162 §3.1.2.1
			fallthrough
		case "MESSAGES", "UIDNEXT", "UIDVALIDITY":
			if n, err := strconv.ParseUint(items[i+1], 10, bits); err == nil {
				kept = append(kept, k, strconv.FormatUint(n, 10))
			}
		}
	}
	g.out = fmt.Appendf(g.out, "* STATUS %s (%s)\r\n", g.name(name), strings.Join(kept, " "))
}

package imap

import (
	"strconv"
	"strings"
)

// caps is what the server says that it can do (RFC 9051 §7.2.2), in capitals.
type caps map[string]bool

func parseCaps(s string) caps {
	c := caps{}
	for w := range strings.FieldsSeq(s) {
		c[strings.ToUpper(w)] = true
	}
	return c
}

// mechanisms lists the SASL mechanisms on offer.
func (c caps) mechanisms() []string {
	var m []string
	for name := range c {
		if mech, ok := strings.CutPrefix(name, "AUTH="); ok {
			m = append(m, mech)
		}
	}
	return m
}

// appendLimit is the largest message the server takes (RFC 7889); 0: not told.
func (c caps) appendLimit() int64 {
	for name := range c {
		if v, ok := strings.CutPrefix(name, "APPENDLIMIT="); ok {
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				return n
			}
		}
	}
	return 0
}

// uidPlus tells whether APPENDUID and UID EXPUNGE are there (RFC 4315; part of IMAP4rev2).
func (c caps) uidPlus() bool { return c["UIDPLUS"] || c["IMAP4REV2"] }

// unasked tells whether a literal of n octets may be sent without waiting to be asked for it (RFC 7888).
func (c caps) unasked(n int64) bool {
	return c["LITERAL+"] || n <= 4096 && (c["LITERAL-"] || c["IMAP4REV2"])
}

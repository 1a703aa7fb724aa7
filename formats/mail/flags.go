package mail

import "strings"

// Flags are the system flags of a message (RFC 9051 §2.3.2). \Recent is the server's own and not kept.
type Flags uint8

// The system flags.
const (
	Seen Flags = 1 << iota
	Answered
	Flagged
	Deleted
	Draft
)

var flagNames = [...]struct {
	flag Flags
	name string
}{{Seen, `\Seen`}, {Answered, `\Answered`}, {Flagged, `\Flagged`}, {Deleted, `\Deleted`}, {Draft, `\Draft`}}

// Names lists the flags by their IMAP names, in the order of RFC 9051 §2.3.2.
func (f Flags) Names() []string {
	var names []string
	for _, n := range flagNames {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// String joins the names with blanks.
func (f Flags) String() string { return strings.Join(f.Names(), " ") }

// FlagNamed returns the system flag of that IMAP name, whatever its case; 0 if there is none.
func FlagNamed(name string) Flags {
	for _, n := range flagNames {
		if strings.EqualFold(n.name, name) {
			return n.flag
		}
	}
	return 0
}

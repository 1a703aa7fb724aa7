package mbox

import (
	"bytes"
	"regexp"
	"slices"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// mozillaFields are what Thunderbird (SeaMonkey, Netscape) puts on top of a message when it stores it: on fetching it
// (nsPop3Sink.cpp) the account's and the server's name for it, then its state; on compacting (MboxCompactor.cpp) the
// state comes first. What follows is the message as the server gave it. X-UIDL is not there where the server has no names.
var mozillaFields = []func() *regexp.Regexp{
	mail.Pattern(`^X-Mozilla-Status: [0-9a-fA-F]{4}\r?\n`),
	mail.Pattern(`^X-Mozilla-Status2: [0-9a-fA-F]{8}\r?\n`),
	mail.Pattern(`^X-Mozilla-Keys:[^\r\n]*\r?\n`),
	// An X-UIDL alone may be the server's: some write it into the mail (qpopper).
	mail.Pattern(`^X-Account-Key: [^\r\n]*\r?\n(?:X-UIDL: [^\r\n]*\r?\n)?`),
}

// OwnFieldsMax is how much of a message OwnFields looks at: more than such fields take, with all the keywords that a message
// can have. mozillaMax is what they may take, line ends being LF; so it is the same where they are CRLF.
const (
	OwnFieldsMax = 64 << 10
	mozillaMax   = OwnFieldsMax - 64
)

// byMozilla tells whether a field is one of those that Thunderbird puts on top of messages.
func byMozilla(name []byte) bool {
	return ofMozilla(name) || len(name) > 0 && (name[0] == 'X' || name[0] == 'x') && slices.ContainsFunc(accountFields, func(f []byte) bool { return bytes.EqualFold(f, name) })
}

func ofMozilla(name []byte) bool {
	return len(name) >= len(mozillaPrefix) && bytes.EqualFold(name[:len(mozillaPrefix)], mozillaPrefix)
}

var (
	mozillaPrefix = []byte("X-Mozilla-")
	accountFields = [][]byte{[]byte("X-Account-Key"), []byte("X-UIDL"), []byte("X-Identity-Key")}
)

// MozillaState is the state that Thunderbird keeps in a message that begins with head, in the fields that it names after itself: of a
// maildir of its, where nothing else holds it. Status, X-Status and the like are other programs' there, or the sender's.
func MozillaState(head []byte) State {
	m := &found{}
	h := harvest{s: &Scanner{}, m: m}
	for f := range header.Fields(head) {
		if ofMozilla(f.Name) {
			h.field(f)
		}
		h.below = h.below || !byMozilla(f.Name)
	}
	return m.State
}

// MozillaFields is the length of Thunderbird's own fields on top of a message that begins with head, each once and as it
// writes them; 0: there are none, or head ends within them. It looks at OwnFieldsMax octets at the most.
func MozillaFields(head []byte) int {
	head = head[:min(len(head), OwnFieldsMax)]
	var seen [4]bool
	at := 0
	for at < len(head) {
		n := 0
		for i, f := range mozillaFields {
			if m := f().Find(head[at:]); m != nil && !seen[i] {
				seen[i], n = true, len(m)
				break
			}
		}
		if n == 0 {
			break
		}
		at += n
	}
	if own := head[:at]; len(own)-bytes.Count(own, []byte("\r")) > mozillaMax {
		return 0
	}
	rest := head[at:]
	name, _, _ := bytes.Cut(rest, []byte(":"))
	if !seen[0] || bytes.HasPrefix(rest, []byte(" ")) || bytes.HasPrefix(rest, []byte("\t")) || bytes.IndexByte(rest, '\n') < 0 && byMozilla(name) {
		return 0
	}
	return at
}

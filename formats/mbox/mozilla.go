package mbox

import (
	"bytes"
	"regexp"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// mozillaFields are what Thunderbird (SeaMonkey, Netscape) puts on top of a message when it stores it: on fetching it
// (nsPop3Sink.cpp) the account's and the server's name for it, then its state; on compacting (MboxCompactor.cpp) the
// state comes first. What follows is the message as the server gave it.
var mozillaFields = []func() *regexp.Regexp{
	mail.Pattern(`^X-Mozilla-Status: [0-9a-fA-F]{4}\r?\n`),
	mail.Pattern(`^X-Mozilla-Status2: [0-9a-fA-F]{8}\r?\n`),
	mail.Pattern(`^X-Mozilla-Keys:[^\r\n]*\r?\n`),
	// An X-UIDL alone may be the server's: some write it into the mail (qpopper).
	mail.Pattern(`^X-Account-Key: account[0-9]+\r?\nX-UIDL: [^\r\n]*\r?\n`),
}

// mozillaMax is more than these fields take, with all the keywords one can give.
const mozillaMax = 4 << 10

// MozillaState is the state that Thunderbird keeps in a message that begins with head, in the fields that it names after itself: of a
// maildir of its, where nothing else holds it. Status, X-Status and the like are other programs' there, or the sender's.
func MozillaState(head []byte) State {
	m := &found{}
	h := harvest{s: &Scanner{}, m: m}
	for f := range header.Fields(head) {
		if len(f.Name) >= len(mozillaPrefix) && bytes.EqualFold(f.Name[:len(mozillaPrefix)], mozillaPrefix) {
			h.field(f)
		}
	}
	return m.State
}

var mozillaPrefix = []byte("X-Mozilla-")

// MozillaFields is the length of Thunderbird's own fields on top of a message that begins with head, each once and as it
// writes them; 0: there are none. It looks at 8 KiB at the most.
func MozillaFields(head []byte) int {
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
	if !seen[0] || at < len(head) && bytes.IndexByte([]byte(" \t"), head[at]) >= 0 {
		return 0
	}
	return at
}

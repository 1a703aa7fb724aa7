package dedupe

import (
	"encoding/base64"
	"encoding/binary"
	"strings"

	"mailmv/formats/mail"
)

// Print is what Judge has to know of a message, in 64 octets. It is made by a Printer and holds for its Rules.
type Print struct {
	plain [16]byte // of the octets with LF line ends
	like  [16]byte // of what only harmless additions leave alone: equal means equal canonical form
	hint  uint64   // equal for all that are the same: of the Message-ID, or of Date, From and Subject
	kin   uint64   // of body, From, Subject and day: for those that bear another Message-ID
	to    uint64   // of the addresses of delivery; 0: none
	meta  uint64   // octets<<16 and bits
}

// The bits of Print.meta.
const (
	bitPartial  = 1 << iota // the first are marks
	_                       //
	_                       //
	_                       //
	bitListed               //
	bitProven               // a Message-ID, or Received lines of the server
	bitHeadless             // neither Message-ID nor From, Subject or Date
	bitHolds                // may hold a message/rfc822
	bitEmpty                // has no body
	printBits   = 16
)

// Octets is the length of the message as it was read.
func (p Print) Octets() int64 { return int64(p.meta >> printBits) }

// Partial tells that its program calls the copy incomplete.
func (p Print) Partial() bool { return p.meta&bitPartial != 0 }

// AsPartial is p of a copy that its store calls incomplete (.partial.emlx).
func (p Print) AsPartial() Print {
	p.meta |= bitPartial
	return p
}

// NoCopy says why a message is no copy of anything and does not take part; empty: it does.
func (p Print) NoCopy() string { return marks(p.meta & (bitProven - 1)).noCopy() }

func (m marks) noCopy() string {
	switch {
	case m&ghost != 0:
		return "deleted, and only there until its folder is compacted"
	case m&dataTitle != 0 && m&dataField != 0:
		return "no mail, but a mail program's own data"
	}
	return ""
}

// hintSeed parts the hints by Message-ID from the others.
const (
	hintByID  = "id\x00"
	hintByAll = "no\x00"
)

// hash64 is FNV-1a of parts, a NUL behind each.
func hash64[T string | []byte](parts ...T) uint64 {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
		h *= 1099511628211
	}
	return h
}

// hinting are the fields that make the hint of a message without Message-ID. A list may have put its name in the Subject.
func (r *Rules) hinting() []string {
	if r.merge&MergeLists != 0 {
		return []string{"date", "from"}
	}
	return []string{"date", "from", "subject"}
}

// Hint is a number that is equal for envelopes of messages that are the same, of which a Print has one too:
// who shares it with no other has no copy. It spares reading bodies where a server tells envelopes.
func (r *Rules) Hint(e mail.Envelope) uint64 {
	if e.MessageID != "" {
		if ids := appendID(nil, r.value("message-id", e.MessageID)); len(ids) > 0 {
			return hash64(hintByID, ids[0])
		}
	}
	var lacking [3]string
	text := map[string]string{"date": e.Date, "from": e.From, "subject": e.Subject}
	for i, name := range r.hinting() {
		if text[name] != "" {
			lacking[i] = r.value(name, text[name])
		}
	}
	return hash64(hintByAll, lacking[0], lacking[1], lacking[2])
}

// Hint is the number that Rules.Hint gives for the envelope of the message.
func (p Print) Hint() uint64 { return p.hint }

// printSize is the length of a Print as it is kept: a tag of the rules before it.
const printSize = 4 + 64

// tag is what a kept Print bears of its rules.
func (r *Rules) tag() uint32 { return uint32(hash64("print", r.Key())) }

// AppendPrint appends p for a cache. What other rules or another version wrote, ParsePrint does not read.
func (r *Rules) AppendPrint(b []byte, p Print) []byte {
	b = binary.BigEndian.AppendUint32(b, r.tag())
	b = append(append(b, p.plain[:]...), p.like[:]...)
	for _, n := range []uint64{p.hint, p.kin, p.to, p.meta} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

// ParsePrint reads what AppendPrint wrote; false where these rules did not write it.
func (r *Rules) ParsePrint(b []byte) (p Print, ok bool) {
	if len(b) != printSize || binary.BigEndian.Uint32(b) != r.tag() {
		return Print{}, false
	}
	b = b[4:]
	copy(p.plain[:], b)
	copy(p.like[:], b[16:])
	for i, n := range []*uint64{&p.hint, &p.kin, &p.to, &p.meta} {
		*n = binary.BigEndian.Uint64(b[32+8*i:])
	}
	return p, true
}

// PrintText is AppendPrint for files of text.
func (r *Rules) PrintText(p Print) string {
	return base64.RawURLEncoding.EncodeToString(r.AppendPrint(nil, p))
}

// ParsePrintText reads what PrintText wrote.
func (r *Rules) ParsePrintText(s string) (Print, bool) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return Print{}, false
	}
	return r.ParsePrint(b)
}

// Like tells that the two messages differ in nothing but what programs added to the header, line ends, and empty lines at
// the end: in all else that can be known of them they are alike.
func (p Print) Like(o Print) bool { return p.like == o.like && (p.meta^o.meta)&bitPartial == 0 }

// Surely is what the Canonicals of two messages would say of each other, as far as Prints of Standard rules tell: Identical, Same, or Different for
// what may not be merged. ok is false where only reading both can tell.
func (p Print) Surely(o Print) (k Kind, ok bool) {
	switch {
	case p.plain == o.plain:
		return Identical, true
	case !p.Like(o):
		return Different, false
	case p.NoCopy() != "", o.NoCopy() != "", p.meta&bitProven == 0, p.to != 0 && o.to != 0 && p.to != o.to:
		return Different, true
	}
	return Same, true
}

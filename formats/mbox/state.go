package mbox

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// State is what the header tells of a message's state, written there by the program that kept the file.
// A sender can write such fields too.
type State struct {
	// Told says that any of these fields is there; without one nothing is known, not even that the
	// message is unread.
	Told     bool
	Flags    mail.Flags
	Keywords []string
	// Undeclared are keywords of X-Keywords that no X-IMAPbase of the file declares. Dovecot drops them: a
	// sender may have written them.
	Undeclared []string
	// Labels are Gmail's (X-Gmail-Labels), decoded, those for state included.
	Labels []string
	// Expunged: a ghost. Thunderbird deleted the message and has not compacted the file (0x0008).
	Expunged bool
	// Partial: only header and first lines were fetched by Thunderbird (0x0400).
	Partial bool
	// Internal: the folder's own data, kept by Pine or UW IMAP in the file's first message. It is not mail.
	Internal bool
}

// facts are what the scanner itself wants of a header.
type facts struct {
	length int64 // Content-Length; -1: none, or several that differ
	body   int64 // place where the body begins; -1: out of sight
}

// readHead takes in the header behind the From_ line: Header, State, facts.
func (s *Scanner) readHead(m *found) {
	m.facts = facts{length: -1, body: -1}
	b := s.win.from(m.body, 0)
	end := header.End(b[:min(len(b), headSize)])
	if end < 0 {
		b = s.win.from(m.body, headSize)
		end = header.End(b[:min(len(b), headSize)])
	}
	if end >= 0 {
		m.facts.body = m.body + int64(end)
		m.Header = b[:end]
	} else {
		m.Header = b[:min(len(b), headSize)]
	}
	m.Header = bytes.Clone(m.Header)
	h := harvest{s: s, m: m}
	for f := range header.Fields(m.Header) {
		h.field(f)
	}
	h.internal()
}

// harvest reads the fields of one header. Of a field that is there twice the first counts: Thunderbird
// writes its own at the top.
type harvest struct {
	s      *Scanner
	m      *found
	seen   []string
	fromUW bool
	keep   bool
	imap   bool
}

func (h *harvest) field(f header.Field) {
	if len(f.Name) == 0 || bytes.IndexByte([]byte("scxfSCXF"), f.Name[0]) < 0 {
		return
	}
	name := strings.ToLower(string(f.Name))
	if name == "content-length" {
		h.length(f.Text())
		return
	}
	read := fields[name]
	if read == nil || slices.Contains(h.seen, name) {
		return
	}
	h.seen = append(h.seen, name)
	read(h, f.Text())
}

// fields holds what each field means: of UW IMAP, Pine, Dovecot and mutt (Status, X-Status, X-Keywords,
// X-IMAPbase, X-IMAP), Mozilla (X-Mozilla-*), Gmail (X-Gmail-Labels), and what the scanner itself asks.
var fields = map[string]func(*harvest, string){
	"status":           (*harvest).status,
	"x-status":         (*harvest).xStatus,
	"x-keywords":       (*harvest).keywords,
	"x-imapbase":       (*harvest).imapBase,
	"x-imap":           func(h *harvest, v string) { h.imap = true; h.imapBase(v) },
	"x-mozilla-status": (*harvest).mozilla, "x-mozilla-status2": (*harvest).mozilla2,
	"x-mozilla-keys": (*harvest).mozillaKeys,
	"x-gmail-labels": (*harvest).gmail,
	"content-type":   (*harvest).contentType,
	"subject":        func(h *harvest, v string) { h.keep = v == "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA" },
	"from":           func(h *harvest, v string) { h.fromUW = strings.HasPrefix(v, "Mail System Internal Data") },
}

func (h *harvest) length(v string) {
	n, err := strconv.ParseInt(v, 10, 64)
	switch {
	case err != nil || n < 0:
	case slices.Contains(h.seen, "content-length") && n != h.m.facts.length:
		h.m.facts.length = -1
	default:
		h.m.facts.length = n
	}
	h.seen = append(h.seen, "content-length")
}

func (h *harvest) status(v string) {
	h.m.State.Told = true
	if strings.ContainsRune(v, 'R') {
		h.m.State.Flags |= mail.Seen
	}
}

func (h *harvest) xStatus(v string) {
	h.m.State.Told = true
	for _, c := range v {
		switch c {
		case 'A':
			h.m.State.Flags |= mail.Answered
		case 'F':
			h.m.State.Flags |= mail.Flagged
		case 'T':
			h.m.State.Flags |= mail.Draft
		case 'D':
			h.m.State.Flags |= mail.Deleted
		}
	}
}

// keywords are parted by blanks (Dovecot, c-client) or commas (others).
func (h *harvest) keywords(v string) {
	for _, k := range strings.FieldsFunc(v, func(c rune) bool { return c == ' ' || c == ',' }) {
		if h.s.base[k] {
			h.m.State.add(k)
		} else {
			h.m.State.Undeclared = append(h.m.State.Undeclared, k)
		}
	}
	h.m.State.Told = true
}

// imapBase is "<uidvalidity> <last uid> <keyword>...". Only the file's first message has it.
func (h *harvest) imapBase(v string) {
	if !h.s.first {
		return
	}
	words := strings.Fields(v)
	h.s.base = map[string]bool{}
	for _, k := range words[min(2, len(words)):] {
		h.s.base[k] = true
	}
	var told []string // X-Keywords may have stood before this field
	told, h.m.State.Undeclared = h.m.State.Undeclared, nil
	for _, k := range told {
		h.keywords(k)
	}
}

func (h *harvest) internal() {
	h.m.State.Internal = h.s.first && h.imap && (h.keep || h.fromUW)
}

// mozilla reads the low half of Thunderbird's flags (nsMsgMessageFlags).
func (h *harvest) mozilla(v string) {
	n, err := strconv.ParseUint(v, 16, 32)
	if err != nil {
		return
	}
	st := &h.m.State
	st.Told = true
	st.Flags |= [...]mail.Flags{0, mail.Seen}[n&1] | [...]mail.Flags{0, mail.Answered}[n>>1&1] | [...]mail.Flags{0, mail.Flagged}[n>>2&1]
	st.Expunged = n&0x0008 != 0
	st.Partial = n&0x0400 != 0
	if n&0x1000 != 0 {
		st.add("$Forwarded")
	}
}

// mozilla2 reads the high half: deleted on the IMAP server, receipt sent, and the five labels of old.
func (h *harvest) mozilla2(v string) {
	n, err := strconv.ParseUint(v, 16, 32)
	if err != nil {
		return
	}
	st := &h.m.State
	st.Told = true
	if n&0x00200000 != 0 {
		st.Flags |= mail.Deleted
	}
	if n&0x00800000 != 0 {
		st.add("$MDNSent")
	}
	if label := n >> 25 & 7; label >= 1 && label <= 5 {
		st.add("$label" + strconv.FormatUint(label, 10))
	}
}

func (h *harvest) mozillaKeys(v string) {
	h.m.State.Told = true
	for _, k := range strings.Fields(v) {
		h.m.State.add(k)
	}
}

func (st *State) add(keyword string) {
	if !slices.Contains(st.Keywords, keyword) {
		st.Keywords = append(st.Keywords, keyword)
	}
}

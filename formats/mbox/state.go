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
	Told  bool
	Flags mail.Flags
	// Presumed are those of Flags that nothing tells but that a label of Gmail is missing: Seen without "Unread".
	Presumed mail.Flags
	Keywords []string
	// Undeclared are keywords of X-Keywords that no X-IMAPbase of the file declares. Dovecot drops them: a
	// sender may have written them.
	Undeclared []string
	// Labels are Gmail's (X-Gmail-Labels), decoded, those for state included. The others are in Keywords too, as KeywordOf writes
	// them.
	Labels []string
	// Expunged: a ghost. Thunderbird deleted the message and has not compacted the file (0x0008). So it is only where Thunderbird's
	// fields are on top of the message: further down a sender may have written them.
	Expunged bool
	// Partial: only header and first lines were fetched by Thunderbird (0x0400). As with Expunged only its fields on top count.
	Partial bool
	// Internal: the folder's own data, kept by Pine or UW IMAP in the file's first message. It is not mail.
	Internal bool
}

// ByMutt tells that mutt was the last to write the state of a message with this header. It moves Status and X-Status to the end
// of the header and puts Content-Length and Lines behind them; and it has no word for \Draft: that it is not there tells nothing.
func ByMutt(head []byte) bool {
	var last, before []byte
	for f := range header.Fields(head) {
		before, last = last, f.Name
	}
	return bytes.EqualFold(last, []byte("Lines")) && bytes.EqualFold(before, []byte("Content-Length")) && WriterFields(head) == 0
}

// facts are what the scanner itself wants of a header.
type facts struct {
	length int64 // Content-Length; -1: none, or several that differ
	body   int64 // place where the body begins; -1: out of sight
}

// readHead takes in the header behind the From_ line: Header, State, facts.
func (s *Scanner) readHead(m *found) {
	m.facts = facts{length: -1, body: -1}
	head, end := headIn(s.win.from(m.body, 0), s.dialect)
	if end < 0 {
		head, end = headIn(s.win.from(m.body, headSize), s.dialect)
	}
	if end >= 0 {
		m.facts.body = m.body + int64(end)
	}
	s.head = append(s.head[:0], head...)
	m.Header = s.head
	h := harvest{s: s, m: m}
	for f := range header.Fields(m.Header) {
		h.field(f)
	}
	m.State.Presumed &^= m.State.Flags
	m.State.Flags |= m.State.Presumed
	h.internal()
}

// headIn gives the header that b begins with, and where it ends; -1: that cannot be seen. It looks at no
// more than headSize octets, and not beyond the third line "From " or a frame of MMDF: in a file of many messages
// without any empty line each would be looked at again and again.
func headIn(b []byte, d Dialect) (head []byte, end int) {
	for _, size := range [...]int{4 << 10, headSize} { // mostly the first is enough
		head = b[:min(len(b), size)]
		if d == MMDF {
			head, _, _ = bytes.Cut(head, mmdfFrame)
		} else {
			head = beforeThirdFrom(head)
		}
		if end = header.End(head); end >= 0 {
			return head[:end], end
		}
	}
	return head, -1
}

func beforeThirdFrom(b []byte) []byte {
	mark := []byte("\nFrom ")
	for at, n := 0, 0; ; n++ {
		i := bytes.Index(b[at:], mark)
		if i < 0 {
			return b
		}
		if at += i + 1; n == 2 {
			return b[:at]
		}
	}
}

// harvest reads the fields of one header. Of a field that is there twice the first counts: Thunderbird
// writes its own at the top.
type harvest struct {
	s      *Scanner
	m      *found
	seen   uint // bits, by the numbers in fields
	name   []byte
	fromUW bool
	keep   bool
	imap   bool
	below  bool // another field than Thunderbird's has gone before
}

func (h *harvest) field(f header.Field) {
	h.below = h.below || !byMozilla(f.Name)
	if len(f.Name) == 0 || bytes.IndexByte([]byte("scxfSCXF"), f.Name[0]) < 0 {
		return
	}
	h.name = h.name[:0]
	for _, c := range f.Name[:min(len(f.Name), 32)] {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		h.name = append(h.name, c)
	}
	i, ok := fields[string(h.name)]
	if !ok || h.seen&(1<<i) != 0 && i != contentLength {
		return
	}
	again := h.seen&(1<<i) != 0
	h.seen |= 1 << i
	if i == contentLength {
		h.length(f.Text(), again)
		return
	}
	readers[i](h, f.Text())
}

// fields numbers the fields that are read: of UW IMAP, Pine, Dovecot and mutt (Status, X-Status,
// X-Keywords, X-IMAPbase, X-IMAP), Mozilla (X-Mozilla-*), Gmail (X-Gmail-Labels), and what the scanner itself
// asks. readers says what each means.
var fields = map[string]int{
	"content-length": contentLength, "status": 1, "x-status": 2, "x-keywords": 3, "x-imapbase": 4, "x-imap": 5,
	"x-mozilla-status": 6, "x-mozilla-status2": 7, "x-mozilla-keys": 8, "x-gmail-labels": 9,
	"content-type": 10, "subject": 11, "from": 12,
}

const contentLength = 0

var readers = [...]func(*harvest, string){
	1:  (*harvest).status,
	2:  (*harvest).xStatus,
	3:  (*harvest).keywords,
	4:  (*harvest).imapBase,
	5:  func(h *harvest, v string) { h.imap = true; h.imapBase(v) },
	6:  (*harvest).mozilla,
	7:  (*harvest).mozilla2,
	8:  (*harvest).mozillaKeys,
	9:  (*harvest).gmail,
	10: (*harvest).contentType,
	11: func(h *harvest, v string) { h.keep = v == "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA" },
	12: func(h *harvest, v string) { h.fromUW = strings.HasPrefix(v, "Mail System Internal Data") },
}

// length takes Content-Length; fields that contradict each other tell nothing.
func (h *harvest) length(v string, again bool) {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return
	}
	if again && n != h.m.facts.length {
		n = -1
	}
	h.m.facts.length = n
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
	st.Expunged = n&0x0008 != 0 && !h.below
	st.Partial = n&0x0400 != 0 && !h.below
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

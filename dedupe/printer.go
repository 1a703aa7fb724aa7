package dedupe

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"slices"

	"mailmv/formats/mail"
)

// Printer makes Prints, one after the other, and keeps its buffers between them. One goroutine uses it.
//
// Print.like is of a form that is finer than the canonical one and much cheaper: the fields in their order,
// unfolded, without those that are dropped; the body with LF line ends, without empty lines at its end. The
// canonical form is made of nothing else, so where two are alike, so is their canonical form.
type Printer struct {
	rules *Rules
	sum   hash.Hash
	body  *contentHash
	buf   []byte // start of the message
	norm  []byte // the finer form of its header
	lf    []byte
	addrs []string
	trail []byte // Received lines of the server, where lists are merged
	head  printHead
	items itemBuffer
	rest  [sha256.Size + 8]byte
	full  Sum
}

// printHead is what the header says.
type printHead struct {
	fields              int
	marks               marks
	id                  []byte // the least of the Message-IDs; empty: none that tells messages apart
	stack               bool
	parts               bool // it may have several
	from, subject, date []byte
}

// Printer makes a Printer.
func (r *Rules) Printer() *Printer {
	return &Printer{rules: r, sum: sha256.New(), body: newContentHash(anyTail), buf: make([]byte, searchMax)}
}

// Print reads a message to its end. It fails only if m does. Of a mail.Whole it takes the octets as they are kept: the line
// ends make no difference to a Print, but for the bounds, which are far away.
func (p *Printer) Print(m io.Reader) (Print, error) {
	if w, ok := m.(mail.Whole); ok {
		if kept, octets := w.Whole(); octets <= maxHead {
			return p.print(kept, octets, nil)
		}
	}
	start, whole, err := readHead(m, p.buf)
	if err != nil {
		return Print{}, err
	}
	p.buf = start[:cap(start)]
	if whole {
		m = nil
	}
	return p.print(start, int64(len(start)), m)
}

// print makes the Print of a message of which start holds all of the header, or more than may be; rest is what follows,
// nil where nothing does. octets are those of start as mail.
func (p *Printer) print(start []byte, octets int64, rest io.Reader) (Print, error) {
	end, known := headEnd(start, rest == nil)
	if known {
		known = p.takeHead(start[:end])
	}
	if !known {
		end, p.head, p.addrs, p.trail = 0, printHead{}, p.addrs[:0], p.trail[:0]
		p.norm = append(p.norm[:0], "opaque"...)
	}
	out := Print{to: p.delivered()}
	out.hint = p.hint(start[:end])
	head := start[:end]
	if rest != nil || bytes.IndexByte(head, '\r') >= 0 {
		p.lf = appendLF(p.lf[:0], head)
		head = p.lf
	}
	names := p.head.parts && len(start) <= searchMax && namesMessage(start[end:])
	p.body.reset()
	p.body.Write(start[end:])
	if rest != nil {
		n, err := io.CopyBuffer(onlyWriter{p.body}, onlyReader{rest}, p.buf)
		if err != nil {
			return Print{}, err
		}
		octets += n
	}
	body := p.body.sum()
	out.meta = uint64(octets)<<printBits | p.bits()
	if p.head.parts && (names || octets > searchMax) {
		out.meta |= bitHolds
	}
	if p.body.octets == 0 {
		out.meta |= bitEmpty
	}
	out.plain = p.short(head, body, uint64(p.body.empty))
	out.like = p.short(p.norm, body, 0)
	if out.kin = p.kin(body); !known {
		out.hint = binary.BigEndian.Uint64(out.like[:])
	}
	return out, nil
}

// onlyWriter and onlyReader keep io.Copy to its buffer.
type onlyWriter struct{ io.Writer }
type onlyReader struct{ io.Reader }

// takeHead writes the finer form of the header and notes what is to be known of it; false where there are too
// many fields.
func (p *Printer) takeHead(head []byte) bool {
	p.norm, p.addrs, p.trail = append(p.norm[:0], "head"...), p.addrs[:0], p.trail[:0]
	h := printHead{id: p.head.id[:0], from: p.head.from[:0], subject: p.head.subject[:0], date: p.head.date[:0]}
	lists := p.rules.merge&MergeLists != 0
	for i := range p.rules.items(head, &p.items) {
		if h.fields++; h.fields > maxFields {
			return false
		}
		h.marks |= p.rules.marksOf(i)
		switch {
		case i.top:
			continue
		case i.class == Trace:
			received := string(i.name) == "received"
			if !i.below || !received {
				if i.below && delivers(i.name) {
					p.addrs = append(p.addrs, string(i.text))
				}
				continue
			}
			if h.stack = true; lists {
				p.trail = appendItem(p.trail, i)
				continue
			}
		case i.class != Kept && i.class != Encoding:
			continue
		}
		p.norm = appendItem(p.norm, i)
		p.note(&h, i)
	}
	p.head = h
	return true
}

// appendItem writes an item such that no two lists of them give one text.
func appendItem(b []byte, i item) []byte {
	b = append(append(b, i.name...), ':')
	b = binary.AppendUvarint(b, uint64(len(i.text)))
	return append(b, i.text...)
}

// note keeps what makes the hints.
func (p *Printer) note(h *printHead, i item) {
	switch {
	case i.bad:
	case string(i.name) == "message-id":
		if isPlainID(i.text) {
			h.identify(i.text)
			return
		}
		for _, id := range appendID(nil, p.rules.value("message-id", string(i.text))) {
			h.identify([]byte(id))
		}
	case string(i.name) == "from":
		h.from = append(h.from, i.text...)
	case string(i.name) == "subject":
		h.subject = append(h.subject, i.text...)
	case string(i.name) == "date":
		h.date = append(h.date, i.text...)
	case string(i.name) == "content-type":
		h.parts = h.parts || len(i.text) > 2 && i.text[0]|0x20 == 'm' // multipart/*, message/rfc822
	}
}

// identify takes the id of a Message-ID field.
func (h *printHead) identify(id []byte) {
	if tellsApart(id) && (len(h.id) == 0 || bytes.Compare(id, h.id) < 0) {
		h.id = append(h.id[:0], id...)
	}
}

// isPlainID tells of an id as nearly all are, which is its own canonical form.
func isPlainID(text []byte) bool {
	n := len(text)
	return n > 2 && text[0] == '<' && text[n-1] == '>' && !bytes.ContainsAny(text[1:n-1], " <>\"()")
}

func (p *Printer) bits() uint64 {
	bits := uint64(p.head.marks)
	if len(p.head.id) > 0 || p.head.stack && p.rules.merge&MergeLists == 0 {
		bits |= bitProven
	}
	if h := p.head; len(h.id)+len(h.from)+len(h.subject)+len(h.date) == 0 {
		bits |= bitHeadless
	}
	return bits
}

// searchMax is the length up to which a message is searched for the type of a part that is a message: a longer one may have such
// a part.
const searchMax = 64 << 10

// namesMessage looks for the type message/rfc822.
func namesMessage(body []byte) bool {
	for {
		i := bytes.IndexByte(body, '/')
		if i < 0 {
			return false
		}
		if body = body[i+1:]; len(body) >= 6 && bytes.EqualFold(body[:6], []byte("rfc822")) {
			return true
		}
	}
}

// short is a sum over a text, the body and a number.
func (p *Printer) short(text []byte, body Sum, n uint64) (short [16]byte) {
	copy(p.rest[:], body[:])
	binary.BigEndian.PutUint64(p.rest[sha256.Size:], n)
	p.sum.Reset()
	p.sum.Write(text)
	p.sum.Write(p.rest[:])
	p.sum.Sum(p.full[:0])
	copy(short[:], p.full[:])
	return short
}

// hint is the number that all copies share.
func (p *Printer) hint(head []byte) uint64 {
	if len(p.head.id) > 0 {
		return hash64([]byte(hintByID), p.head.id)
	}
	var lacking [3]string
	for i, name := range p.rules.hinting() {
		var values []string
		for item := range p.rules.items(head, &p.items) {
			if string(item.name) == name && !item.bad && item.class == Kept {
				values = append(values, p.rules.value(name, string(item.text)))
			}
		}
		slices.Sort(values)
		for _, v := range values {
			lacking[i] += v
		}
	}
	return hash64(hintByAll, lacking[0], lacking[1], lacking[2])
}

// kin is a weak number for messages that have all but their Message-ID in common.
func (p *Printer) kin(body Sum) uint64 {
	day, _, _ := bytes.Cut(p.head.date, []byte(":"))
	day = day[:max(0, len(day)-2)]
	return hash64(body[:], p.head.from, p.head.subject, day)
}

// delivered is of the set of addresses of delivery. Where lists are merged it is of the server's trace too, which is
// no part of the canonical form there, and a copy by way of a list goes with any.
func (p *Printer) delivered() uint64 {
	var set []byte
	if p.rules.merge&MergeLists != 0 {
		if p.head.marks&listed != 0 {
			return 0
		}
		set = append(append(set, "trail"...), p.trail...)
	}
	if p.rules.merge&MergeAliases == 0 && p.rules.holds(lawDelivered) {
		slices.Sort(p.addrs)
		for _, a := range slices.Compact(p.addrs) {
			set = append(binary.AppendUvarint(set, uint64(len(a))), a...)
		}
	}
	if len(set) == 0 {
		return 0
	}
	sum := sha256.Sum256(set)
	return max(1, binary.BigEndian.Uint64(sum[:]))
}

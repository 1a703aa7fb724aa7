package pop3

import (
	"bytes"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"mailmv/formats/mail"
)

// What a server can make us list, in messages and in octets.
const (
	maxMessages = 5_000_000
	maxListing  = 128 << 20
)

// maildrop is what one session lists: its messages in the order of their numbers. RFC 1939 §4: nothing
// joins it while the session lasts.
type maildrop struct {
	entries  []entry
	byUIDL   []int32 // indexes of entries that have a UIDL of their own, sorted by it
	fleeting string  // what the made-up IDs begin with: no UIDL here begins so

	noUIDL   bool // the server does not know the command
	shared   int  // messages whose UIDL is not theirs alone
	nameless int  // messages without UIDL, though the server knows the command
	odd      int  // lines of the listings that could not be read
	stat     int  // messages as STAT has them; -1: it was not told
}

// entry is one message.
type entry struct {
	number int32
	octets int64 // as LIST has it; -1: not told
	uidl   string
	own    bool // the UIDL is there, and no other message has it
}

// named and sized are lines of UIDL and LIST.
type named struct {
	number int32
	uidl   string
}

type sized struct {
	number int32
	octets int64
}

// newMaildrop joins what UIDL and LIST told. It takes both out of the listing.
func newMaildrop(session int, l *listing) *maildrop {
	uidls, sizes := l.uidls, l.sizes
	l.uidls, l.sizes = nil, nil
	slices.SortStableFunc(uidls, func(a, b named) int { return int(a.number) - int(b.number) })
	slices.SortStableFunc(sizes, func(a, b sized) int { return int(a.number) - int(b.number) })
	d := &maildrop{stat: l.stat, noUIDL: l.noUIDL, odd: l.odd, entries: make([]entry, 0, max(len(uidls), len(sizes)))}
	for len(uidls) > 0 || len(sizes) > 0 {
		e := entry{number: math.MaxInt32, octets: -1, own: true}
		if len(uidls) > 0 {
			e.number = uidls[0].number
		}
		if len(sizes) > 0 {
			e.number = min(e.number, sizes[0].number)
		}
		for ; len(sizes) > 0 && sizes[0].number == e.number; sizes = sizes[1:] {
			e.octets = max(e.octets, sizes[0].octets)
		}
		for ; len(uidls) > 0 && uidls[0].number == e.number; uidls = uidls[1:] {
			e.own = e.own && (e.uidl == "" || e.uidl == uidls[0].uidl) // two UIDLs for one message: neither is believed
			e.uidl = uidls[0].uidl
		}
		d.entries = append(d.entries, e)
	}
	d.index()
	d.fleeting = d.unused() + strconv.Itoa(session) + "."
	return d
}

// index finds the UIDLs that name one message. Those of several name none.
func (d *maildrop) index() {
	d.byUIDL = make([]int32, 0, len(d.entries))
	for i, e := range d.entries {
		if e.uidl != "" {
			d.byUIDL = append(d.byUIDL, int32(i))
		} else {
			d.entries[i].own = false
			d.nameless++
		}
	}
	slices.SortFunc(d.byUIDL, func(a, b int32) int { return strings.Compare(d.entries[a].uidl, d.entries[b].uidl) })
	for k := 1; k < len(d.byUIDL); k++ {
		if a, b := &d.entries[d.byUIDL[k-1]], &d.entries[d.byUIDL[k]]; a.uidl == b.uidl {
			a.own, b.own = false, false
		}
	}
	d.byUIDL = slices.DeleteFunc(d.byUIDL, func(i int32) bool { return !d.entries[i].own })
	d.shared = len(d.entries) - len(d.byUIDL) - d.nameless
}

// unused finds a mark that no UIDL begins with.
func (d *maildrop) unused() string {
	mark := "#"
	for slices.ContainsFunc(d.entries, func(e entry) bool { return e.own && strings.HasPrefix(e.uidl, mark) }) {
		mark += "#"
	}
	return mark
}

// ref names message i: by its UIDL, or for this session only.
func (d *maildrop) ref(i int) mail.Ref {
	e := d.entries[i]
	if e.own {
		return mail.Ref{Folder: mail.Inbox, ID: e.uidl}
	}
	return mail.Ref{Folder: mail.Inbox, ID: d.fleeting + strconv.Itoa(int(e.number))}
}

func (d *maildrop) message(i int) mail.Message {
	e := d.entries[i]
	return mail.Message{Ref: d.ref(i), Octets: e.octets, Fleeting: !e.own}
}

// find looks a name up in this session. A made-up name of another session finds nothing.
func (d *maildrop) find(ref mail.Ref) (i int, ok bool) {
	if number, made := strings.CutPrefix(ref.ID, d.fleeting); made {
		n, err := strconv.ParseInt(number, 10, 32)
		i := sort.Search(len(d.entries), func(i int) bool { return int64(d.entries[i].number) >= n })
		return i, err == nil && i < len(d.entries) && int64(d.entries[i].number) == n && !d.entries[i].own
	}
	k := sort.Search(len(d.byUIDL), func(k int) bool { return d.entries[d.byUIDL[k]].uidl >= ref.ID })
	if k == len(d.byUIDL) || d.entries[d.byUIDL[k]].uidl != ref.ID {
		return 0, false
	}
	return int(d.byUIDL[k]), true
}

// parseLine reads "number blank text" and gives the text octet for octet, whatever it is: UIDLs of more than 70
// octets, with blanks, controls and 8-bit octets are in use. text is empty where a server leaves it out. Not ok:
// there is no number.
func parseLine(b []byte) (number int32, text []byte, ok bool) {
	n, i := 0, 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9' && n <= math.MaxInt32; i++ {
		n = 10*n + int(b[i]-'0')
	}
	if n < 1 || n > math.MaxInt32 || i < len(b) && b[i] != ' ' && b[i] != '\t' {
		return 0, nil, false
	}
	return int32(n), bytes.TrimLeft(b[i:], " \t"), true
}

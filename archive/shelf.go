package archive

import (
	"cmp"
	"slices"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// shelf is one folder: its files, and what the manifest says of them. Archive.mu guards it.
type shelf struct {
	n         uint32 // in the manifest
	path      mail.Path
	validity  uint32
	role      mail.Role
	next      uint32
	folder    *maildir.Folder
	entries   []entry // by number
	index     index
	pending   map[string]bool // unique parts about to show in cur, whose numbers are given already
	scanned   bool
	whole     bool            // when it was scanned last, no file was missing
	namesakes []maildir.Entry // files with a unique part that another one has
	arriving  <-chan struct{} // closed once the last arrival is in the queue
	queue     queue
	fresh     time.Time        // when Look scanned a source's folder for the List that follows
	told      [32]byte         // what Look told of a source's folder as its Listing
	moved     bool             // a scan since then has found something else
	cleaned   bool             // of what dead runs left in tmp
	keywords  maildir.Keywords // what the folder's file says of the letters
	noted     maildir.Keywords // what the manifest says of them
	names     maildir.Keywords // what they are told as
	courier   map[string][]string
	unnamed   bool // it was said that some letters have no name
}

// entry is one message: some tens of octets beside its name.
type entry struct {
	num    uint32
	cut    uint16 // the length of the unique part in file
	state  entryState
	file   string // its name when it was last seen; before, its unique part
	octets int64  // as mail; -1: not known
	date   int64  // Unix time, where summed
	at     int64  // of its line in the manifest, where summed
}

type entryState uint8

const (
	summed   entryState = 1 << iota // the manifest has its sums
	here                            // a file is there
	inNew                           // in new, not cur
	seen                            // by the listing under way
	gone                            // going or lost: that it is absent is no damage
	extra                           // the manifest has keywords for which there was no letter
	shared                          // another file has its unique part too, and no sums tell which of them was meant
	namesake                        // the further file itself: it goes by its whole name, and has no line
)

// unique is what the entry goes by in the index.
func (e *entry) unique() string {
	if e.state&namesake != 0 {
		return wholeName(e.entry())
	}
	return e.file[:e.cut]
}

func (e *entry) entry() maildir.Entry {
	if e.state&inNew != 0 {
		return maildir.Entry{Sub: "new", File: e.file}
	}
	return maildir.Entry{Sub: "cur", File: e.file}
}

// show notes the name under which a file was seen.
func (e *entry) show(m maildir.Entry) {
	if e.file != m.File {
		e.file = m.File
	}
	e.state = e.state&^inNew | here | seen
	if m.Sub == "new" {
		e.state |= inNew
	}
}

// put adds an entry, or puts it in the place of the one with its number.
func (s *shelf) put(e entry) {
	s.next = max(s.next, e.num+1)
	i, ok := s.position(e.num)
	if ok {
		s.entries[i] = e
		return
	}
	if i < len(s.entries) { // numbers of batches may come in any order
		s.entries = slices.Insert(s.entries, i, e)
		s.index = index{} // made anew when it is needed
		return
	}
	if n := len(s.entries); n == cap(s.entries) && n < doubleBelow {
		s.entries = slices.Grow(s.entries, max(n, 64))
	}
	s.entries = append(s.entries, e)
	if s.index.n > 0 {
		s.index.enter(s.entries, i)
	}
}

// doubleBelow is up to how many entries a list doubles when it grows: append copies four times as much to save some memory.
const doubleBelow = 64 << 10

// take adds entries whose numbers are higher than all others.
func (s *shelf) take(fresh []entry) {
	if len(fresh) == 0 {
		return
	}
	s.next = max(s.next, fresh[len(fresh)-1].num+1)
	if len(s.entries) == 0 {
		s.entries = fresh
	} else {
		s.entries = append(s.entries, fresh...)
	}
	s.index = index{}
}

func (s *shelf) position(num uint32) (int, bool) {
	if n := len(s.entries); n == 0 || s.entries[n-1].num < num {
		return n, false
	}
	return slices.BinarySearchFunc(s.entries, num, func(e entry, num uint32) int { return cmp.Compare(e.num, num) })
}

func (s *shelf) numbered(num uint32) *entry {
	if i, ok := s.position(num); ok {
		return &s.entries[i]
	}
	return nil
}

// named finds the entry with that unique part; of two the later.
func (s *shelf) named(unique string) *entry {
	if s.index.n < len(s.entries) {
		s.index = indexOf(s.entries)
	}
	if i, ok := s.index.find(s.entries, unique); ok {
		return &s.entries[i]
	}
	return nil
}

// count is how many messages are there.
func (s *shelf) count() int {
	n := 0
	for i := range s.entries {
		if s.entries[i].state&here != 0 {
			n++
		}
	}
	return n
}

func extraOf(r record) entryState {
	for _, k := range r.Keywords {
		if k != "$Forwarded" {
			return extra
		}
	}
	return 0
}

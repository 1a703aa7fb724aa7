package archive

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// shelf is one folder: its files, and what the manifest says of them. Archive.mu guards it.
type shelf struct {
	n        uint32 // in the manifest
	path     mail.Path
	validity uint32
	next     uint32
	folder   *maildir.Folder
	entries  []entry          // by number
	index    map[uint64]int32 // by the hash of the unique part; equal hashes follow one another
	pending  map[string]bool  // unique parts about to show in cur, whose numbers are given already
	scanned  bool
	fresh    time.Time // when Look scanned a source's folder for the List that follows
	cleaned  bool      // of what dead runs left in tmp
	keywords maildir.Keywords
	courier  map[string][]string
}

// entry is one message: some tens of octets beside its name.
type entry struct {
	num    uint32
	cut    uint16 // the length of the unique part in file
	state  entryState
	file   string // its name when it was last seen; before, its unique part
	octets int64  // as mail; -1: not known
	date   int64  // Unix time, where summed or dated
	at     int64  // of its line in the manifest, where summed
}

type entryState uint8

const (
	summed entryState = 1 << iota // the manifest has its sums
	here                          // a file is there
	inNew                         // in new, not cur
	seen                          // by the listing under way
	gone                          // going or lost: that it is absent is no damage
	dated                         // the listing told the date, and the octets if the name tells them
	extra                         // the manifest has keywords for which there was no letter
)

var seed = maphash.MakeSeed()

func (e *entry) unique() string { return e.file[:e.cut] }

func (e *entry) entry() maildir.Entry {
	if e.state&inNew != 0 {
		return maildir.Entry{Sub: "new", File: e.file}
	}
	return maildir.Entry{Sub: "cur", File: e.file}
}

// learn notes what the listing told of the file of a message that is not summed.
func (e *entry) learn(m maildir.Sighting) {
	if e.state&summed != 0 {
		return
	}
	i := m.Info()
	if i == nil {
		return
	}
	e.date, e.state = dateOf(maildir.ParseName(m.File), i).Unix(), e.state|dated
	if octets, ok := m.OctetsOf(i.Size()); ok {
		e.octets = octets
	}
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
		s.index = nil
		return
	}
	s.entries = append(s.entries, e)
	s.enter(i)
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

// order makes the index anew.
func (s *shelf) order() {
	s.index = make(map[uint64]int32, len(s.entries))
	for i := range s.entries {
		s.enter(i)
	}
}

// enter puts entry i into the index; of two with one unique part the later is found.
func (s *shelf) enter(i int) {
	if s.index == nil {
		return // made when it is needed
	}
	unique := s.entries[i].unique()
	h := maphash.String(seed, unique)
	for j, ok := s.index[h]; ok && s.entries[j].unique() != unique; j, ok = s.index[h] {
		h++
	}
	s.index[h] = int32(i)
}

// named finds the entry with that unique part.
func (s *shelf) named(unique string) *entry {
	if s.index == nil {
		s.order()
	}
	for h := maphash.String(seed, unique); ; h++ {
		i, ok := s.index[h]
		if !ok {
			return nil
		}
		if s.entries[i].unique() == unique {
			return &s.entries[i]
		}
	}
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

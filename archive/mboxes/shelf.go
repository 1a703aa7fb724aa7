package mboxes

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// shelf is one folder: its file, and what the manifest says of it. Archive.mu guards it.
type shelf struct {
	n        uint32 // in the manifest
	path     mail.Path
	validity uint32
	role     mail.Role
	next     uint32
	file     string   // in the tree
	made     bool     // by us, in the archive's dialect from the first octet on
	entries  []entry  // by number
	stamp    stamp    // of the file when the entries were right
	writing  *writing // a batch that was begun, and of which not all came to its end
	scanned  bool
	byKey    []int32 // entries, also of messages that are gone, by key, then by number; nil: to be made
}

// entry is one message: some seventy octets.
type entry struct {
	num     uint32
	state   uint32 // in states
	offset  int64
	length  int64
	octets  int64 // as mail; of what is not summed, with the state that is in the file
	key     uint64
	date    int64 // Unix time
	at      int64 // of its line in the manifest, where summed
	dialect mbox.Dialect
	bits    bits
}

type bits uint8

const (
	summed bits = 1 << iota // the manifest has its sums
	here                    // it is in the file
	seen                    // by the reading under way
	gone                    // going or lost: that it is absent is no damage
	hidden                  // the file cannot show its state
	sent                    // it came through us, and its From_ line is ours
)

// stamp tells whether a file was changed: its size and times, in nanoseconds. mutt sets the time of modification back to what it was;
// nobody sets that of the last change of its status, where the system tells it (else 0).
type stamp struct{ size, time, change int64 }

func stampOf(i fs.FileInfo) stamp { return stamp{i.Size(), i.ModTime().UnixNano(), changeOf(i)} }

// unstamped is no file's: it is read through the next time.
var unstamped = stamp{-1, -1, 0}

// end is where the message's separator line begins.
func (e *entry) end() int64 { return e.offset + e.length }

// put adds an entry, or puts it in the place of the one with its number.
func (s *shelf) put(e entry) {
	s.next = max(s.next, e.num+1)
	s.byKey = nil
	i, ok := s.position(e.num)
	if ok {
		s.entries[i] = e
		return
	}
	s.entries = slices.Insert(s.entries, i, e)
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

// keyed finds the twin-th entry that has the key.
func (s *shelf) keyed(key uint64, twin int) *entry {
	i := s.firstKeyed(key) + twin
	if i >= len(s.byKey) || s.entries[s.byKey[i]].key != key {
		return nil
	}
	return &s.entries[s.byKey[i]]
}

func (s *shelf) firstKeyed(key uint64) int {
	if s.byKey == nil {
		s.byKey = make([]int32, 0, len(s.entries))
		for i := range s.entries {
			s.byKey = append(s.byKey, int32(i))
		}
		slices.SortStableFunc(s.byKey, func(a, b int32) int { return cmp.Compare(s.entries[a].key, s.entries[b].key) })
	}
	i, _ := slices.BinarySearchFunc(s.byKey, key, func(n int32, key uint64) int { return cmp.Compare(s.entries[n].key, key) })
	return i
}

// keyOf is the lasting name of an entry: its key, and how many before it have, or had, the same.
func (s *shelf) keyOf(e *entry) string {
	i := s.firstKeyed(e.key)
	twin := 0
	for s.entries[s.byKey[i+twin]].num != e.num {
		twin++
	}
	if twin == 0 {
		return keyText(e.key)
	}
	return fmt.Sprintf("%016x.%d", e.key, twin)
}

func keyText(key uint64) string { return fmt.Sprintf("%016x", key) }

// count is how many messages are there.
func (s *shelf) count() int {
	n := 0
	for i := range s.entries {
		if s.entries[i].bits&here != 0 {
			n++
		}
	}
	return n
}

// states keeps each set of flags and keywords once.
type states struct {
	all []mbox.Shown
	at  map[string]uint32
}

// statesMax bounds how many sets a made-up file can make us keep; beyond it only flags are.
const statesMax = 1 << 16

func (s *states) add(flags mail.Flags, keywords []string) uint32 {
	if len(s.all) >= statesMax {
		keywords = nil
	}
	key := string(rune(flags)) + strings.Join(keywords, "\x00")
	if n, ok := s.at[key]; ok {
		return n
	}
	if s.at == nil {
		s.at = map[string]uint32{}
	}
	n := uint32(len(s.all))
	s.at[key] = n
	s.all = append(s.all, mbox.Shown{Flags: flags, Keywords: slices.Clone(keywords)})
	return n
}

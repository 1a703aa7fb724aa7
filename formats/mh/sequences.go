package mh

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// Sequences are the named sets of messages of one folder. The zero value tells nothing.
type Sequences struct {
	// Told says that there was a .mh_sequences at all: only then is a message that is not unseen seen.
	Told bool
	// Unseen are the names that "unseen" has beside (UnseenNames).
	Unseen []string
	names  []string
	sets   map[string][]span
}

// span is a run of numbers, both ends included. Runs are never spelt out: a file may say 1-4294967295.
type span struct{ first, last uint32 }

// ParseSequences reads the content of .mh_sequences: lines "name: 1 3-7 12", which may be folded as header
// fields are. What makes no sense is passed over.
func ParseSequences(b []byte) Sequences {
	s := Sequences{Told: true, sets: map[string][]span{}}
	for f := range header.Fields(b) {
		if f.Bad() {
			continue
		}
		name := string(f.Name)
		if _, again := s.sets[name]; !again {
			s.names = append(s.names, name)
		}
		for _, word := range strings.Fields(f.Text()) {
			if r, ok := parseSpan(word); ok {
				s.sets[name] = append(s.sets[name], r)
			}
		}
	}
	for name, set := range s.sets {
		s.sets[name] = merge(set)
	}
	return s
}

func parseSpan(word string) (span, bool) {
	first, last, isRange := strings.Cut(word, "-")
	if !isRange {
		last = first
	}
	a, err1 := strconv.ParseUint(first, 10, 32)
	b, err2 := strconv.ParseUint(last, 10, 32)
	return span{uint32(a), uint32(b)}, errors.Join(err1, err2) == nil && 0 < a && a <= b
}

// merge sorts the runs and joins those that overlap, so that they can be searched.
func merge(set []span) []span {
	slices.SortFunc(set, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	var out []span
	for _, r := range set {
		if n := len(out); n > 0 && r.first <= out[n-1].last {
			out[n-1].last = max(out[n-1].last, r.last)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// Has tells whether a sequence holds that message.
func (s Sequences) Has(name string, number uint32) bool {
	_, found := slices.BinarySearchFunc(s.sets[name], number, func(r span, n uint32) int {
		switch {
		case r.last < n:
			return -1
		case r.first > n:
			return 1
		default:
			return 0
		}
	})
	return found
}

// State gives a message's flags, by the names that nmh and its kin use (unseen, replied, flagged) or the profile gives, and as
// keywords the other sequences it is in, "cur" excepted, which is the reader's place.
func (s Sequences) State(number uint32) (flags mail.Flags, keywords []string) {
	if !s.Told {
		return 0, nil
	}
	flags = mail.Seen
	for _, name := range s.names {
		switch {
		case !s.Has(name, number), name == "cur":
		case name == "unseen", slices.Contains(s.Unseen, name):
			flags &^= mail.Seen
		case name == "replied":
			flags |= mail.Answered
		case name == "flagged":
			flags |= mail.Flagged
		default:
			keywords = append(keywords, name)
		}
	}
	return flags, keywords
}

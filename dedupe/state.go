package dedupe

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"mailmv/formats/header"
	"mailmv/formats/mail"
	"mailmv/formats/mime"
)

// CopyState is what programs and people noted about one copy.
type CopyState struct {
	Flags mail.Flags
	// Keywords are IMAP's; $Forwarded, $MDNSent, $Junk and $NotJunk among them (RFC 5788).
	Keywords []string
	// Labels are those of Gmail, mutt and their like, decoded.
	Labels []string
	// UIDLs are by which the message was fetched.
	UIDLs []string
}

// Unite merges the states of all copies of one message into that of the copy which stays. notes say in words what
// could not be merged.
func Unite(states []CopyState) (all CopyState, notes []string) {
	draft, deleted := len(states) > 0, len(states) > 0
	for _, s := range states {
		all.Flags |= s.Flags
		draft, deleted = draft && s.Flags&mail.Draft != 0, deleted && s.Flags&mail.Deleted != 0
		all.Keywords = append(all.Keywords, s.Keywords...)
		all.Labels = append(all.Labels, s.Labels...)
		all.UIDLs = append(all.UIDLs, s.UIDLs...)
	}
	if !draft {
		all.Flags &^= mail.Draft
	}
	if !deleted {
		all.Flags &^= mail.Deleted
	}
	all.Keywords, notes = uniteKeywords(all.Keywords)
	all.Labels, all.UIDLs = distinct(all.Labels), distinctUIDLs(all.UIDLs)
	return all, notes
}

// uniteKeywords joins keywords whatever their case. Junk and not junk contradict each other: then neither counts.
func uniteKeywords(words []string) (all []string, notes []string) {
	for i, w := range words {
		words[i] = keyword(w)
	}
	all = distinct(words)
	if slices.Contains(all, "$Junk") && slices.Contains(all, "$NotJunk") {
		notes = append(notes, "one copy is marked as junk, another as no junk: neither is kept")
		all = slices.DeleteFunc(all, func(w string) bool { return w == "$Junk" || w == "$NotJunk" })
	}
	return all, notes
}

// keyword is the registered spelling of a keyword that programs spell in several ways.
func keyword(w string) string {
	switch strings.ToLower(w) {
	case "junk", "$junk":
		return "$Junk"
	case "nonjunk", "notjunk", "$notjunk", "$nonjunk":
		return "$NotJunk"
	case "forwarded", "$forwarded":
		return "$Forwarded"
	case "mdnsent", "$mdnsent":
		return "$MDNSent"
	}
	return w
}

// distinct sorts words and leaves each once, whatever its case.
func distinct(words []string) []string {
	slices.SortStableFunc(words, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return slices.CompactFunc(words, strings.EqualFold)
}

// distinctUIDLs sorts UIDLs and leaves each once; their case counts.
func distinctUIDLs(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// HeaderState reads what programs noted in the header of a copy. A sender can write such fields too, so it
// is for what only stands there; where a store has flags of its own, these are to be believed. m is read to the end of the header.
func HeaderState(m io.Reader) (CopyState, error) {
	start, whole, err := readHead(m, make([]byte, 16<<10))
	if err != nil {
		return CopyState{}, err
	}
	end, ok := headEnd(start, whole)
	if !ok {
		return CopyState{}, nil
	}
	var s CopyState
	for f := range header.Fields(start[:end]) {
		if read := stateFields[strings.ToLower(string(f.Name))]; read != nil {
			read(&s, f.Text())
		}
	}
	s.Keywords, s.Labels, s.UIDLs = distinct(s.Keywords), distinct(s.Labels), distinctUIDLs(s.UIDLs)
	return s, nil
}

var stateFields = map[string]func(s *CopyState, text string){
	"status":            func(s *CopyState, text string) { s.letters(text, map[rune]mail.Flags{'R': mail.Seen}) },
	"x-status":          func(s *CopyState, text string) { s.letters(text, xStatus) },
	"x-mozilla-status":  func(s *CopyState, text string) { s.bits(text, mozillaFlags, map[uint64]string{0x1000: "$Forwarded"}) },
	"x-mozilla-status2": func(s *CopyState, text string) { s.bits(text, nil, map[uint64]string{0x00800000: "$MDNSent"}) },
	"x-mozilla-keys":    func(s *CopyState, text string) { s.words(text) },
	"x-keywords":        func(s *CopyState, text string) { s.words(text) },
	"x-evolution":       (*CopyState).evolution,
	"x-uidl":            func(s *CopyState, text string) { s.UIDLs = appendFull(s.UIDLs, text) },
	"x-label":           func(s *CopyState, text string) { s.Labels = appendFull(s.Labels, text) },
	"x-gmail-labels":    (*CopyState).gmail,
}

var (
	xStatus      = map[rune]mail.Flags{'A': mail.Answered, 'F': mail.Flagged, 'T': mail.Draft, 'D': mail.Deleted}
	mozillaFlags = map[uint64]mail.Flags{1: mail.Seen, 2: mail.Answered, 4: mail.Flagged}
	camelFlags   = map[uint64]mail.Flags{1: mail.Answered, 2: mail.Deleted, 4: mail.Draft, 8: mail.Flagged, 16: mail.Seen}
)

func (s *CopyState) letters(text string, flags map[rune]mail.Flags) {
	for _, c := range text {
		s.Flags |= flags[c]
	}
}

func (s *CopyState) bits(text string, flags map[uint64]mail.Flags, keywords map[uint64]string) {
	n, err := strconv.ParseUint(text, 16, 32)
	if err != nil {
		return
	}
	for bit, f := range flags {
		if n&bit != 0 {
			s.Flags |= f
		}
	}
	for bit, k := range keywords {
		if n&bit != 0 {
			s.Keywords = append(s.Keywords, k)
		}
	}
}

// words are parted by blanks or commas.
func (s *CopyState) words(text string) {
	for _, w := range strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' }) {
		s.Keywords = append(s.Keywords, keyword(w))
	}
}

// evolution reads "<8 hex uid>-<4 hex flags>" (camel-enums.h).
func (s *CopyState) evolution(text string) {
	if _, rest, ok := strings.Cut(text, "-"); ok && len(rest) >= 4 {
		s.bits(rest[:4], camelFlags, map[uint64]string{128: "$Junk"})
	}
}

// gmail reads a list parted by commas, perhaps one encoded-word around it.
func (s *CopyState) gmail(text string) {
	if decoded, ok := mime.DecodeWords(text); ok {
		text = decoded
	}
	for l := range strings.SplitSeq(text, ",") {
		s.Labels = appendFull(s.Labels, strings.Trim(strings.TrimSpace(l), `"`))
	}
}

func appendFull(list []string, text string) []string {
	if text == "" {
		return list
	}
	return append(list, text)
}

package migrate

import (
	"fmt"

	"mailmv/formats/mail"
)

// flagged notes that the source's flags were carried over, and which of those that the copy has its user had set before.
func (j *Journal) flagged(k key, flags mail.Flags, keywords []string, theirs mail.Flags, theirWords []string) error {
	j.lock()
	defer j.mu.Unlock()
	s := flagSet{theirs, wordsOf(theirWords)}
	j.learn(keywords)
	j.learn(theirWords)
	j.recordFlags(k, flags, wordsOf(keywords), s)
	e := j.entries.find(k)
	e.flags, e.words = flags, wordsOf(keywords)
	j.putTheirs(k, s)
	return j.flush()
}

// flagSet is a set of flags, and the hash of one of keywords.
type flagSet struct {
	flags mail.Flags
	words uint32
}

func (j *Journal) recordFlags(k key, flags mail.Flags, words uint32, theirs flagSet) {
	fields := []any{recFlag, fmt.Sprintf("%x", k[:]), int(flags), int(words)}
	if theirs != (flagSet{}) {
		fields = append(fields, int(theirs.flags), int(theirs.words))
	}
	j.record(fields...)
}

// putTheirs changes what is in memory. The caller holds mu.
func (j *Journal) putTheirs(k key, s flagSet) {
	if s == (flagSet{}) {
		delete(j.own, k)
	} else {
		j.own[k] = s
	}
}

// theirs are flags and keywords of a copy that its user had set before the source did.
func (j *Journal) theirs(k key) (mail.Flags, []string) {
	j.lock()
	defer j.mu.Unlock()
	s := j.own[k]
	return s.flags, j.words[s.words]
}

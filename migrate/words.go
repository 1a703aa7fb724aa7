package migrate

import (
	"hash/crc32"
	"slices"
	"strings"

	"mailmv/formats/line"
)

// wordsOf is a hash of keywords, whatever their order and case.
func wordsOf(keywords []string) uint32 {
	if len(keywords) == 0 {
		return 0
	}
	words := slices.Clone(keywords)
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	slices.Sort(words)
	return crc32.ChecksumIEEE([]byte(strings.Join(words, " ")))
}

// wordsWithout are the keywords of a that are not in b, whatever their case.
func wordsWithout(a, b []string) []string {
	var rest []string
	for _, w := range a {
		if !slices.ContainsFunc(b, func(o string) bool { return strings.EqualFold(o, w) }) {
			rest = append(rest, w)
		}
	}
	return rest
}

// learn writes down which keywords a hash stands for, once: sets of keywords are few, messages many. The caller holds mu.
func (j *Journal) learn(keywords []string) {
	n := wordsOf(keywords)
	if _, ok := j.words[n]; ok || n == 0 {
		return
	}
	j.words[n] = slices.Clone(keywords)
	fields := []any{recWord, int(n)}
	for _, w := range keywords {
		fields = append(fields, w)
	}
	j.record(fields...)
}

// wordsNamed are the keywords that a hash stands for; none where a damaged line told them.
func (j *Journal) wordsNamed(n uint32) []string {
	j.lock()
	defer j.mu.Unlock()
	return j.words[n]
}

func (j *Journal) replayWords(p *line.Reader) {
	n := uint32(p.Number(32))
	var names []string
	for p.Peek() != "" {
		names = append(names, p.Text())
	}
	if p.Err == nil && wordsOf(names) == n {
		j.words[n] = names
	}
}

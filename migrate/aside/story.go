package aside

import "mailmv/formats/mail"

// Story is what a manifest tells of a message that was a further copy.
type Story struct {
	Place string // the word of the place it was in
	From  mail.Ref
	// KeptIn and Kept are the place and the name of the one that stayed for it.
	KeptIn string
	Kept   mail.Ref
	// Fate is what became of it, in words.
	Fate string
}

// Stories are those of messages with these octets.
func (m *Manifest) Stories(sum [32]byte) (all []Story) {
	for _, e := range m.copies {
		if e.sum != sum {
			continue
		}
		s := Story{Place: m.places[m.folders[e.folder].place].word, From: m.ref(e), KeptIn: m.places[m.folders[e.keepIn].place].word,
			Kept: m.refIn(e.keepIn, e.keep), Fate: "it was about to be set aside, and stayed"}
		switch {
		case e.state == away && e.held:
			s.Fate = "it was set aside"
		case e.state == away:
			s.Fate = "it was removed"
		case e.state == going:
			s.Fate = "it was about to be removed when the run was cut"
		case e.state == back:
			s.Fate = "it was set aside and put back"
		}
		all = append(all, s)
	}
	return all
}

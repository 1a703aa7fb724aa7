package files

import (
	"slices"

	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// labels is what the messages of one file have of Gmail's labels.
type labels struct {
	state    bool     // some tell what is read or starred
	others   bool     // some are not Gmail's own in English
	presumed []uint32 // numbers of places that only the lack of a label calls read
}

func (l *labels) add(n int, st mbox.State) {
	for _, label := range st.Labels {
		l.state = l.state || mbox.TellsState(label)
		l.others = l.others || mbox.KeywordOf(label) != ""
	}
	if st.Presumed != 0 {
		l.presumed = append(l.presumed, uint32(n))
	}
}

// foreign tells that the labels are in another language, which each message by itself does not show: "Inbox" is the same in some.
func (l *labels) foreign() bool { return l.others && !l.state }

// presume takes back what the lack of a label was taken for.
func (b *box) presume(l *labels) {
	if !l.foreign() {
		return
	}
	for _, n := range l.presumed {
		st := b.states.all[b.places[n].state]
		b.places[n].state = b.states.add(st.flags&^mail.Seen, st.keywords)
	}
}

// foreign notes a file with labels in another language. One that is scanned again counts once.
func (n *notes) foreign(where string) {
	if !slices.Contains(n.strange, where) {
		n.strange = append(n.strange, where)
	}
}

// endForeign tells of those files in one note: Takeout may give one for each label.
func (n *notes) endForeign() {
	const text = `labels of Gmail are in another language, for none is "Unread", "Opened" or "Starred": ` +
		"nothing is known of what was read or starred, and the labels are carried over as keywords"
	switch len(n.strange) {
	case 0:
	case 1:
		n.say("%s: "+text, n.strange[0])
	default:
		n.say("%d folders, such as %s: "+text, len(n.strange), n.strange[0])
	}
	n.strange = nil
}

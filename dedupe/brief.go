package dedupe

// Brief is what of a Canonical is needed to tell whether another message is the same, and nothing to say why: some tens of
// octets that can be kept of very many messages. It is for rules that merge nothing (Standard); it is comparable, and where
// two Briefs are equal the messages have one canonical form.
type Brief struct {
	plain, form [16]byte
	to          uint64 // of the addresses of delivery; 0: none
	marks       marks
	proven      bool
}

// Brief gives the Brief of a message.
func (c *Canonical) Brief() Brief {
	form := c.Sum()
	b := Brief{plain: [16]byte(c.Plain[:]), form: [16]byte(form[:]), marks: c.marks,
		proven: len(c.MessageIDs()) > 0 || len(c.Stack) > 0}
	if len(c.Delivered) > 0 {
		b.to = hash64(c.Delivered...) | 1
	}
	return b
}

// Form is equal for all messages that may be the same, and as good as never for others.
func (b Brief) Form() [16]byte { return b.form }

// Against is what the Canonicals' Against says where that merges, and Different otherwise.
func (b Brief) Against(o Brief) Kind {
	switch {
	case b.plain == o.plain:
		return Identical
	case b.marks.noCopy() != "" || o.marks.noCopy() != "":
		return Different
	case b.form != o.form, (b.marks^o.marks)&partial != 0, !b.proven, b.to != 0 && o.to != 0 && b.to != o.to:
		return Different
	}
	return Same
}

package migrate

import (
	"context"
	"errors"
	"slices"

	"mailmv/formats/mail"
)

// flagging is a change of flags on its way from source to sink.
type flagging struct {
	key    key
	change mail.Flagging
	flags  mail.Flags // of the source, as they are once this is made
	words  []string
	unites bool // with those of others
}

// follows tells whether changes of flags are carried over to the sink.
func (x *runner) follows() bool {
	_, ok := x.Sink.(Flagger)
	return ok && !x.KeepFlags && !x.DryRun
}

// follow notes what has changed in the flags of a message that was carried over before. What the sink's
// user set there stays, also where the source set it later; taken away is only what came from the source, and is known to be gone there.
func (x *runner) follow(m *move, s Step) {
	e, msg := s.entry, s.Message
	if msg.MoreKeywords { // what it had may be among them
		msg.Keywords = slices.Concat(msg.Keywords, wordsWithout(x.Journal.wordsNamed(e.words), msg.Keywords))
	}
	if s.Outcome == Duplicate {
		m.uniteFlags(x, s.key, e, msg, s.to)
		return
	}
	words := wordsOf(msg.Keywords)
	if s.Outcome != Present || e.uid == 0 || !x.follows() || msg.Flags == e.flags && words == e.words {
		return
	}
	theirs, theirWords := x.Journal.theirs(s.key)
	change := mail.Flagging{Ref: m.refOf(e.uid), Add: msg.Flags &^ e.flags, Remove: e.flags &^ msg.Flags &^ theirs}
	if words != e.words {
		old := x.Journal.wordsNamed(e.words)
		change.AddKeywords, change.RemoveKeywords = wordsWithout(msg.Keywords, old), wordsWithout(wordsWithout(old, msg.Keywords), theirWords)
	}
	m.flagging = append(m.flagging, flagging{key: s.key, change: change, flags: msg.Flags, words: msg.Keywords})
}

// followFound notes the flags of a message that was found in the sink.
func (c *carrier) followFound(p *parcel, uid uint32) {
	if p.Flags == 0 && len(p.Keywords) == 0 || !c.follows() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m.flagging = append(c.m.flagging, flagging{key: p.key,
		change: mail.Flagging{Ref: c.m.refOf(uid), Add: p.Flags, AddKeywords: p.Keywords}, flags: p.Flags, words: p.Keywords})
}

// followKnown is follow for a message that had to be fetched before the journal knew it.
func (c *carrier) followKnown(p *parcel, e entry, o Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.follow(c.m, Step{Message: p.Message, Outcome: o, key: p.key, entry: e})
}

// reflag carries the changes over, and writes each down once it is made.
func (x *runner) reflag(ctx context.Context, m *move) error {
	if len(m.flagging) == 0 {
		return nil
	}
	if err := x.noteUnmoved(m); err != nil {
		return err
	}
	folders, byRef := byFolder(m)
	for _, f := range folders {
		if err := x.reflagFolder(ctx, m, f.Folder, f.changes, byRef); err != nil {
			return err
		}
	}
	m.flagging = nil
	return nil
}

// noteUnmoved writes down what the source has taken away and the sink's user keeps: nothing changes there.
func (x *runner) noteUnmoved(m *move) error {
	left := m.flagging[:0]
	for _, f := range m.flagging {
		if !f.change.None() {
			left = append(left, f)
			continue
		}
		theirs, theirWords := x.Journal.theirs(f.key)
		if err := x.Journal.flagged(f.key, f.flags, f.words, theirs, theirWords); err != nil {
			return err
		}
	}
	m.flagging = left
	return nil
}

// theirsBy are those of a copy's flags and keywords that its user has set before the source did, by what it had before a change.
func (x *runner) theirsBy(f flagging, was mail.Message) (mail.Flags, []string) {
	flags, words := x.Journal.theirs(f.key)
	if f.unites {
		return flags, words
	}
	flags = flags&^f.change.Add | was.Flags&f.change.Add
	words = wordsWithout(words, f.change.AddKeywords)
	return flags, append(words, wordsWithout(f.change.AddKeywords, wordsWithout(f.change.AddKeywords, was.Keywords))...)
}

// changesIn are the changes of flags in one folder of the sink.
type changesIn struct {
	mail.Folder
	changes []mail.Flagging
}

// byFolder sorts the changes by the folders where the copies lie: those of twins lie anywhere. Several for one copy are one.
func byFolder(m *move) (folders []changesIn, byRef map[mail.Ref][]flagging) {
	byRef = map[mail.Ref][]flagging{}
	at := map[mail.Ref]int{}
	for _, f := range m.flagging {
		ref := f.change.Ref
		n := slices.IndexFunc(folders, func(c changesIn) bool { return c.Path == ref.Folder && c.Validity == ref.Validity })
		if n < 0 {
			n = len(folders)
			folders = append(folders, changesIn{Folder: mail.Folder{Path: ref.Folder, Validity: ref.Validity, Messages: -1}})
		}
		all := &folders[n].changes
		if byRef[ref] == nil {
			at[ref] = len(*all)
			*all = append(*all, f.change)
		} else {
			c := &(*all)[at[ref]]
			c.Add |= f.change.Add
			c.Remove = (c.Remove | f.change.Remove) &^ c.Add
			c.AddKeywords = slices.Concat(c.AddKeywords, f.change.AddKeywords)
			c.RemoveKeywords = wordsWithout(slices.Concat(c.RemoveKeywords, f.change.RemoveKeywords), c.AddKeywords)
		}
		byRef[ref] = append(byRef[ref], f)
	}
	return folders, byRef
}

func (x *runner) reflagFolder(ctx context.Context, m *move, folder mail.Folder, changes []mail.Flagging, byRef map[mail.Ref][]flagging) error {
	for was, err := range x.Sink.(Flagger).SetFlags(ctx, folder, changes) {
		switch {
		case err != nil && mail.ScopeOf(err) == mail.ScopeFolder && folder.Path != m.to.Path:
			m.unflagged = true
			x.note("some flags could not be carried over: %v", err)
			return nil
		case err != nil && mail.ScopeOf(err) != mail.ScopeMessage:
			return err
		case err != nil: // the copy is gone, or takes no such flag
			m.unflagged = m.unflagged || !errors.Is(err, mail.ErrGone)
			x.note("some flags could not be carried over: %v", err)
			continue
		}
		for _, f := range byRef[was.Ref] {
			theirs, theirWords := x.theirsBy(f, was)
			if err := x.Journal.flagged(f.key, f.flags, f.words, theirs, theirWords); err != nil {
				return err
			}
			m.counts.Flagged++
		}
	}
	return nil
}

// fewUnknown folders of the sink that may rest are looked at one by one.
const fewUnknown = 2

// learn has the sink ask for its folders where there are many whose moves may rest: over a distance a look at each takes
// minutes.
func (x *runner) learn(ctx context.Context, m *move) error {
	s, ok := x.Sink.(Learner)
	if !ok || x.learned || x.verify != nil {
		return nil
	}
	if _, known := s.Known(x.target(m)); known {
		return nil
	}
	if x.unknown++; x.unknown <= fewUnknown {
		return nil
	}
	x.learned = true
	return s.Learn(ctx)
}

// restsUnseen is rests for a sink that knows its folders without looking into them.
func (x *runner) restsUnseen(m *move) bool {
	s, ok := x.Sink.(Knower)
	if !ok || x.verify != nil {
		return false
	}
	to, ok := s.Known(x.target(m))
	if !ok {
		return false
	}
	from, toN := x.Journal.peekFrom(m.src.ID, m.folder), x.Journal.peekTo(to)
	if from == nowhere || toN == nowhere || len(x.Journal.pending(toN)) > 0 {
		return false
	}
	m.to, m.from, m.toN = to, from, toN
	return x.rests(m)
}

// rests tells whether the source folder is as it was when all of it was in the sink; then it is not listed.
// Only a folder can that tells its generation, its next UID and its number, and where flags follow, of every change; or
// one that sums up its listing.
func (x *runner) rests(m *move) bool {
	if x.Refetch || x.Each || !x.mayRest(m) {
		return false
	}
	r, ok := x.Journal.rested(m.from, m.toN)
	if !ok || r.kept && x.follows() {
		return false
	}
	if r.kept = false; r != restOf(m.folder) {
		return false
	}
	m.listed = r.messages
	m.counts.Seen, m.counts.Present = r.messages, r.messages
	x.observe(FolderStarted{Source: m.src.Name, Folder: m.folder.Path, To: m.to.Path, Messages: r.messages})
	return true
}

func (x *runner) mayRest(m *move) bool {
	f := m.folder
	tells := f.Validity != 0 && f.Next != 0 && (f.ModSeq != 0 || !x.follows())
	return (tells || f.Listing != [32]byte{}) && f.Messages >= 0 && !m.fleeting && !x.Remove.On && x.Select == (Selection{})
}

// restNow notes the folder as it was before this pass, if all of it is in the sink now.
func (x *runner) restNow(m *move) error {
	if x.DryRun || !x.mayRest(m) || m.unflagged || m.counts.Failed > 0 || m.counts.Skipped > 0 || m.counts.Duplicate > 0 || m.listed != m.folder.Messages || !toldAs(m) {
		return nil
	}
	r := restOf(m.folder)
	r.kept = !x.follows()
	return x.Journal.rests(m.from, m.toN, r)
}

// toldAs tells whether the flags that were carried over are those of the folder as it was before this pass. Else the folder may be
// so again one day, and the sink has what was in between.
func toldAs(m *move) bool {
	w, ok := m.src.Source.(Witness)
	return !ok || m.folder.Listing == [32]byte{} || w.ToldAs(m.folder)
}

package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mailmv/formats/mail"
)

// ErrNoRemover: removal was asked for and the source cannot remove.
var ErrNoRemover = errors.New("mail cannot be removed there")

// proveAtOnce is how many copies are read back by one fetch.
const proveAtOnce = 1000

// doomed is a message of the source that may be removed once its copy is proven.
type doomed struct {
	ref      mail.Ref
	key      key
	date     time.Time // internal date
	deleted  bool      // marked so
	fleeting bool
}

// doom notes that a message is in the sink, where that is asked for.
func (x *runner) doom(m *move, msg mail.Message, k key) {
	if !x.Remove.On {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	m.doomed = append(m.doomed, doomed{msg.Ref, k, msg.InternalDate, msg.Flags&mail.Deleted != 0, msg.Fleeting})
}

// remove is the checklist of DESIGN.md's first promise:
//
//  1. the journal is durable;
//  2. the message is old enough, and its copy is not known to differ (unless that is accepted);
//  3. no more than the user's share of the folder;
//  4. the copy is not marked \Deleted, unless the message is; its octets are read back from where they lie, and are the message's;
//  5. one message goes first, and the folder of its copy is looked at again: source and destination may be one mailbox
//     under two names, or the server may have merged the two, and then a copy is an original;
//  6. the source compares what it has under that name now, and removes;
//  7. what was removed is written down.
func (x *runner) remove(ctx context.Context, m *move) error {
	remover, ok := m.src.Source.(Remover)
	if !ok {
		return fmt.Errorf("%s: %w", m.src.Name, ErrNoRemover)
	}
	eligible := x.eligible(m)
	if x.DryRun {
		for _, d := range eligible {
			x.account(m, mail.Message{Ref: d.ref}, mail.Ref{}, Removed, "once its copy is proven", nil)
		}
		return nil
	}
	if err := x.Journal.Sync(); err != nil {
		return err
	}
	for _, g := range x.byCopies(m, eligible) {
		if err := x.removeGroup(ctx, m, remover, g); err != nil {
			return err
		}
	}
	return nil
}

// group are messages of a source folder whose copies lie in one folder of the sink.
type group struct {
	at     mail.Folder
	doomed []doomed
}

// byCopies parts the doomed by where their copies lie: m's own folder first, then those of twins.
func (x *runner) byCopies(m *move, all []doomed) []group {
	groups := []group{{at: m.to}}
	for _, d := range all {
		_, at := x.copyOf(m, d.key)
		i := slices.IndexFunc(groups, func(g group) bool { return g.at.Path == at.Path && g.at.Validity == at.Validity })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group{at: at})
		}
		groups[i].doomed = append(groups[i].doomed, d)
	}
	return groups
}

// copyOf is the copy of a settled message, and the folder of the sink where it lies: of a twin, the copy that stands for it.
func (x *runner) copyOf(m *move, k key) (mail.Ref, mail.Folder) {
	if s, ok := x.Journal.sameAs(k); ok {
		at := x.Journal.placeOf(s.to)
		folder := mail.Folder{Path: at.path, Validity: at.validity, Messages: -1}
		of := move{to: folder}
		return of.refOf(s.uid), folder
	}
	e, _ := x.Journal.find(k, m.toN)
	return m.refOf(e.uid), m.to
}

func (x *runner) removeGroup(ctx context.Context, m *move, remover Remover, g group) error {
	living, err := x.livingCopies(ctx, m, g)
	if err != nil {
		return err
	}
	var proven []proof
	for part := range slices.Chunk(living, proveAtOnce) {
		some, err := x.prove(ctx, m, g.at, part)
		if err != nil {
			return err
		}
		proven = append(proven, some...)
	}
	if len(proven) == 0 {
		return nil
	}
	if !proven[0].fleeting { // else the names would not hold for the rest
		if err := x.removeOne(ctx, m, remover, proven[0]); err != nil {
			return err
		}
		proven = proven[1:]
	}
	return x.removeProven(ctx, m, remover, proven)
}

var errOneMailbox = errors.New("source and destination are one mailbox under two names")

// removeOne removes a single message and looks whether its copy has gone with it. Then the message is
// put back from what was kept of it, and nothing more is removed.
func (x *runner) removeOne(ctx context.Context, m *move, remover Remover, p proof) error {
	ref, at := x.copyOf(m, p.key)
	kept, err := x.keepCopy(ctx, at, ref)
	if err != nil || kept == nil {
		return err
	}
	defer kept.release()
	before, err := x.uidsIn(ctx, at)
	if err != nil {
		return err
	}
	if err := x.removeProven(ctx, m, remover, []proof{p}); err != nil {
		return err
	}
	now, err := x.uidsIn(ctx, at)
	if err != nil {
		return err
	}
	gone := func(uid uint32) bool { _, there := slices.BinarySearch(now, uid); return !there }
	_, isTwin := x.Journal.sameAs(p.key)
	// Of two twins each may be the other's copy, so with them anything that is gone there is the message itself.
	if !gone(uidOf(ref)) && !(isTwin && slices.ContainsFunc(before, gone)) {
		return nil
	}
	back := "it was put back"
	wait, err := x.Sink.Append(ctx, at, []mail.Parcel{{Message: kept.Message, Body: kept}})
	if err == nil {
		var stored []mail.Stored
		if stored, err = wait(); err == nil {
			err = stored[0].Err
		}
	}
	if err != nil {
		back = fmt.Sprintf("it could not be put back: %v", err)
	}
	return &mail.Error{Op: "remove", Place: m.src.Name, Ref: p.ref, Hint: "leave out --remove between these two places",
		Err: fmt.Errorf("%w: one message that was removed is gone from both, and %s; nothing else was removed", errOneMailbox, back)}
}

// uidsIn lists the UIDs in a folder of the sink, ascending.
func (x *runner) uidsIn(ctx context.Context, f mail.Folder) (uids []uint32, err error) {
	for msg, err := range x.Sink.List(ctx, f) {
		if err != nil {
			return nil, err
		}
		uids = append(uids, uidOf(msg.Ref))
	}
	slices.Sort(uids)
	return uids, nil
}

// keepCopy reads the copy of a message with its flags and date; nil where it is not there.
func (x *runner) keepCopy(ctx context.Context, at mail.Folder, ref mail.Ref) (*parcel, error) {
	var kept *parcel
	for f, err := range x.Sink.Fetch(ctx, at, []mail.Ref{ref}) {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			continue
		}
		if err != nil {
			return kept, err
		}
		if kept == nil {
			kept, err = x.spool.spool(ctx, f)
			if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				return nil, err
			}
		}
	}
	return kept, nil
}

// eligible are the doomed that may be looked at more closely.
func (x *runner) eligible(m *move) []doomed {
	most := m.listed
	if p := x.Remove.LimitPercent; p >= 0 {
		most = int(float64(m.listed) * p / 100)
	}
	var all []doomed
	for _, d := range m.doomed {
		e, ok := x.Journal.find(d.key, m.toN)
		ref, at := x.copyOf(m, d.key)
		switch {
		case !ok && !x.DryRun, e.state&(damaged|removed) != 0:
			continue
		case ok && x.start.Sub(time.Unix(int64(e.first), 0)) < x.Remove.After:
			continue
		case !ok && x.Remove.After > 0:
			continue
		case e.state&altered != 0 && !x.Remove.AcceptAltered:
			x.stays(m, d.ref, "its copy at the destination differs from it")
			continue
		case m.folder.Validity != 0 && m.folder.Validity == at.Validity && ref.ID != "" && uidOf(ref) == uidOf(d.ref) && x.maybeOneServer(m):
			x.note("source and destination seem to be one folder under two names: nothing is removed from it")
			continue
		case len(all) == most:
			x.note("the limit of removals for one run is reached; the rest stay for the next")
			return all
		}
		all = append(all, d)
	}
	return all
}

// maybeOneServer tells whether source and sink may be one server. Two that answer at different places count UIDs from 1 each, and then
// equal ones tell nothing. Should they be one all the same, removeOne finds that out.
func (x *runner) maybeOneServer(m *move) bool {
	from, ok := m.src.Source.(Peered)
	to, ok2 := x.Sink.(Peered)
	return !ok || !ok2 || from.Peer() == to.Peer()
}

// stays tells that a message is not removed, and why; the first of a kind is told to everybody.
func (x *runner) stays(m *move, ref mail.Ref, why string) {
	x.noteOnce(why, "not removed: "+why+" (--verbose lists each; --accept-altered removes what differs only as servers alter it)")
	x.observe(Kept{Source: m.src.Name, Ref: ref, Reason: why})
}

// removeProven lets the source remove, and writes down what it did.
func (x *runner) removeProven(ctx context.Context, m *move, remover Remover, proven []proof) error {
	if len(proven) == 0 {
		return nil
	}
	keys := make(map[mail.Ref]key, len(proven))
	list := make([]mail.Doomed, len(proven))
	for i, p := range proven {
		keys[p.ref], list[i] = p.key, p.what
	}
	var left error
	failed := 0
	for ref, err := range remover.Remove(ctx, m.folder, list) {
		k, ok := keys[ref]
		switch {
		case err != nil && mail.ScopeOf(err) != mail.ScopeMessage:
			return err
		case errors.Is(err, mail.ErrGone):
		case err != nil:
			failed++
			left = err
		case ok:
			if err := x.Journal.gone(k); err != nil {
				return err
			}
			x.account(m, mail.Message{Ref: ref}, mail.Ref{}, Removed, "proven to be at the destination", nil)
		}
	}
	if failed > 0 {
		return &mail.Error{Op: "remove", Place: m.src.Name, Scope: mail.ScopeFolder,
			Err: fmt.Errorf("%w: %d could not be removed, such as: %w", ErrMessages, failed, left)}
	}
	return nil
}

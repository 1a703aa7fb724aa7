package migrate

import (
	"context"
	"slices"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// changed is a parcel under a name that the journal knows for other octets. It may be other mail (a server that was restored
// gives old UIDLs anew), or the same message in which a program has noted its state, as mutt does in an mbox file.
type changed struct {
	*parcel
	was    entry
	kept   dedupe.Sums // of the copy in the sink; zero: it could not be read
	reason string      // why that is the same message; empty: it is not
}

// accountChanged accounts for the parcels that are known messages with other octets by now, and returns the others. Their
// copies tell: one fetch serves all.
func (c *carrier) accountChanged(ctx context.Context, batch []*parcel) ([]*parcel, error) {
	all := c.changed(batch)
	if len(all) == 0 {
		return batch, nil
	}
	if err := c.compareCopies(ctx, all); err != nil {
		c.release(batch...)
		return nil, err
	}
	for _, p := range all {
		if p.reason == "" {
			c.noteOther(p)
			continue
		}
		if err := c.isChanged(p); err != nil {
			c.release(batch...)
			return nil, err
		}
		batch = slices.DeleteFunc(batch, func(b *parcel) bool { return b == p.parcel })
		c.release(p.parcel)
	}
	return batch, nil
}

// changed are the parcels of a batch which the journal knows by name and not by their octets.
func (c *carrier) changed(batch []*parcel) (all []*changed) {
	for _, p := range batch {
		e, ok := c.Journal.find(p.key, c.m.toN)
		if ok && e.sum != p.sums.Exact && e.state&twin == 0 {
			all = append(all, &changed{parcel: p, was: e})
		}
	}
	return all
}

// compareCopies reads the copies of messages that may have changed and finds out which of these are the same still.
func (c *carrier) compareCopies(ctx context.Context, all []*changed) error {
	copies := map[uint32][]*changed{}
	var refs []mail.Ref
	for _, p := range all {
		if p.was.uid == 0 || c.m.absent {
			continue
		}
		if copies[p.was.uid] == nil {
			refs = append(refs, c.m.refOf(p.was.uid))
		}
		copies[p.was.uid] = append(copies[p.was.uid], p)
	}
	if len(refs) == 0 {
		return nil
	}
	for f, err := range c.Sink.Fetch(ctx, c.m.to, refs) {
		var kept *parcel
		if err == nil {
			kept, err = c.spool.spool(ctx, f)
		}
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			continue // gone, or it cannot be read: it proves nothing
		}
		if err != nil {
			return err
		}
		err = compareCopy(copies[uidOf(f.Ref)], kept)
		if kept.release(); err != nil {
			return err
		}
	}
	return nil
}

func compareCopy(all []*changed, kept *parcel) (err error) {
	for _, p := range all {
		p.kept = kept.sums
		if p.reason, err = stillSame(p.parcel, kept); err != nil {
			return err
		}
	}
	return nil
}

// stillSame is sameMessage for a message that has changed on one side, while the other may be what a server has altered.
func stillSame(p, kept *parcel) (string, error) {
	reason, err := sameMessage(p, kept)
	if reason != "" || err != nil || p.sums.Wire == p.sums.Exact && kept.sums.Wire == kept.sums.Exact {
		return reason, err
	}
	v, err := dedupe.Compare(dedupe.Folded(p.reader()), dedupe.Folded(kept.reader()))
	if err == nil && (v.Merges() || v.Alike) {
		reason = v.Reason + ", but for what servers alter"
	}
	return reason, err
}

// isChanged accounts for a message whose octets the source has changed. What it is now is noted, so that the next run need
// not read it, and what its copy is: that is not removed for it but where the user accepts copies with other octets.
func (c *carrier) isChanged(p *changed) error {
	c.Journal.listed(p.key, c.pass)
	if !c.DryRun {
		it := p.itemKnown(c.m.from, p.was)
		f := fate{kind: stored, uid: p.was.uid, outcome: p.was.now}
		if p.kept.Exact != p.sums.Exact {
			it.wire, f.state = p.kept.Wire, altered
		}
		if err := c.Journal.here(it, c.m.toN, f); err != nil {
			return err
		}
		c.progressed.Store(true)
	}
	c.settleKnown(p.parcel, p.was, "in the journal, and the source has changed it: "+p.reason)
	return nil
}

// noteOther tells of a message that is not the one which the journal knows by its name.
func (c *carrier) noteOther(p *changed) {
	switch {
	case p.was.uid == 0: // where its copy is nobody knows: it is looked for by content
	case p.kept == dedupe.Sums{}:
		c.note("the source has changed messages whose copies are no longer to be read at the destination (%q among them): they are treated as new", p.id)
	default:
		c.note("the source gave a known message name to other mail (%q among them): that mail is treated as new", p.id)
	}
}

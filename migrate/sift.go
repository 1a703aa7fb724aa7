package migrate

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
)

// sift accounts for the parcels that are in the sink already and returns the others: by the journal,
// whose entry fits by content though not by name, or by name though not by octets; else by what is in the sink.
func (c *carrier) sift(ctx context.Context, batch []*parcel) ([]*parcel, error) {
	for _, p := range batch {
		c.name(p)
	}
	batch, err := c.accountChanged(ctx, batch)
	if err != nil {
		return nil, err
	}
	var fresh []*parcel
	for i, p := range batch {
		known, err := c.knownByContent(p)
		if err != nil {
			c.release(append(fresh, batch[i:]...)...)
			return nil, err
		}
		if known {
			c.release(p)
		} else {
			fresh = append(fresh, p)
		}
	}
	hits, err := c.findPresent(ctx, c.m, fresh)
	if err != nil {
		c.release(fresh...)
		return nil, err
	}
	rest := fresh[:0]
	for i, p := range fresh {
		hit, ok := hits[p]
		if !ok {
			rest = append(rest, p)
			continue
		}
		if err := c.isHere(ctx, p, hit); err != nil {
			c.release(append(rest, fresh[i:]...)...)
			return nil, err
		}
		c.release(p)
	}
	return rest, nil
}

// name gives a parcel the name under which the journal knows it.
func (c *carrier) name(p *parcel) {
	if p.id = p.ID; p.Fleeting {
		p.id = c.m.contentID(p)
	}
	p.key = keyOf(c.m.from, c.m.to.Path, p.id)
}

// knownByContent asks the journal, now that the octets are known.
func (c *carrier) knownByContent(p *parcel) (bool, error) {
	m := c.m
	if e, ok := c.Journal.find(p.key, m.toN); ok && e.state&twin != 0 {
		return c.knownTwin(p, e)
	} else if ok && e.sum == p.sums.Exact {
		c.Journal.listed(p.key, c.pass)
		return true, c.isKnown(p, e, "in the journal")
	}
	if c.Journal.isLost(p.key, m.toN) {
		c.Journal.listed(p.key, c.pass)
		return false, nil
	}
	if m.renamed == nil {
		m.renamed = c.Journal.unlisted(m.from, m.toN, c.pass)
	}
	old, e, ok := c.unlisted(p)
	if !ok {
		return false, nil
	}
	if !c.DryRun {
		f := fate{kind: stored, uid: e.uid, state: e.state, outcome: e.now}
		if err := c.Journal.renamed(old, p.itemKnown(m.from, e), m.toN, f); err != nil {
			return true, err
		}
	}
	if e.from != m.from {
		c.note("the source has made folder %q anew (it has another UIDVALIDITY): its messages are told apart by their octets, which costs fetching them", m.folder.Path)
	} else {
		c.note("messages of the source have other names than before: they are told apart by their octets, which costs fetching them")
	}
	return true, c.isKnown(p, e, "in the journal under another name")
}

// unlisted takes a settled message with p's octets that the source has not listed in this pass.
func (c *carrier) unlisted(p *parcel) (key, entry, bool) {
	keys := c.m.renamed[p.sums.Exact]
	for i, k := range keys {
		// One that came by meanwhile, under the name of its octets, is another twin's.
		if e, ok := c.Journal.find(k, c.m.toN); ok && e.pass != c.pass {
			c.m.renamed[p.sums.Exact] = keys[i+1:]
			return k, e, true
		}
	}
	return key{}, entry{}, false
}

// contentID names a message that its source gives no lasting name: by its octets, and which of its twins it is.
func (m *move) contentID(p *parcel) string {
	if m.twins == nil {
		m.twins = map[string]int{}
	}
	sum := base64.RawURLEncoding.EncodeToString(p.sums.Exact[:])
	m.twins[sum]++
	return fmt.Sprintf("=%s#%d", sum, m.twins[sum])
}

// isKnown accounts for a message that the journal knows.
func (c *carrier) isKnown(p *parcel, e entry, reason string) error {
	if e.announced != p.announced && e.sum == p.sums.Exact && !p.Fleeting && !c.DryRun {
		f := fate{kind: stored, uid: e.uid, state: e.state, outcome: e.now}
		if err := c.Journal.here(p.itemKnown(c.m.from, e), c.m.toN, f); err != nil {
			return err
		}
	}
	c.settleKnown(p, e, reason)
	return nil
}

// settleKnown counts a message that the journal knows, and lets its flags follow.
func (c *carrier) settleKnown(p *parcel, e entry, reason string) {
	o := cmp.Or(e.now, Present)
	c.account(c.m, p.Message, c.m.refOf(e.uid), o, reason, nil)
	c.Journal.told(p.key, o)
	c.followKnown(p, e, o)
	c.doom(c.m, p.Message, p.key)
}

// isHere accounts for a message that is in the sink already, and notes it.
func (c *carrier) isHere(ctx context.Context, p *parcel, hit found) error {
	if c.verify != nil {
		c.verify.found(ctx, c.runner, c.m, p, hit)
		return nil
	}
	uid := c.m.snap.copies[hit.copy].uid
	if !c.DryRun {
		f := fate{kind: stored, uid: uid, outcome: Present, state: hit.state}
		it := p.item(c.m.from, c.start)
		it.flags, it.words, it.keywords = 0, wordsOf(nil), nil // not carried over yet
		if err := c.Journal.here(it, c.m.toN, f); err != nil {
			return err
		}
		c.progressed.Store(true)
	}
	c.account(c.m, p.Message, c.m.refOf(uid), Present, hit.reason, nil)
	c.followFound(p, uid)
	c.doom(c.m, p.Message, p.key)
	return nil
}

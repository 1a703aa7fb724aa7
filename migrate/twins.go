package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// Twins says what becomes of a message that is the same as another.
type Twins uint8

const (
	// KeepTwins copies each: what somebody has twice stays twice.
	KeepTwins Twins = iota
	// DropTwins copies one of them. What is identical to, or the same as (package dedupe), a message that is in the sink by then,
	// in whatever folder, is Duplicate, and its flags and keywords are united with that copy's, and where the sink is a Dater, that has
	// the earliest date of all (dedupe.EarlierDate). Of messages in
	// several folders of the sources the best filed one is copied: folders before INBOX, INBOX before Junk, Junk before
	// Trash; else that of the first source. A copy in the sink's Junk or Trash stands only for what would go there too.
	DropTwins
)

// queue yields the moves of all sources whose turn has come. With DropTwins the best filed folders come first.
func (x *runner) queue(ctx context.Context, yield func(*move) error) error {
	var all []*move
	for _, src := range x.Sources {
		folders, err := src.Source.Folders(ctx)
		if err != nil {
			return err
		}
		for _, f := range folders {
			if !x.wants(src, f) {
				continue
			}
			m := x.moveOf(src, f)
			if m.done {
				continue
			}
			if x.Twins == DropTwins {
				all = append(all, m)
			} else if err := yield(m); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *move) int { return cmp.Compare(x.filing(a), x.filing(b)) })
	for _, m := range all {
		if err := yield(m); err != nil {
			return err
		}
	}
	return nil
}

// filing is that of a move's folder: what is called INBOX may be but the only folder of its source, and then it is as good as
// where it goes.
func (x *runner) filing(m *move) filing {
	if m.folder.Path == mail.Inbox {
		return filingOf(mail.Folder{Path: x.target(m)})
	}
	return filingOf(m.folder)
}

// judgeTwins has what is known of a parcel's content ready for dropTwins.
func (c *carrier) judgeTwins(p *parcel) error {
	if c.Twins != DropTwins {
		return nil
	}
	canon, err := dedupe.Canon(p.reader())
	if err == nil {
		p.brief = canon.Brief()
	}
	return err
}

// dropTwins accounts for the parcels that are the same as a message of the sink. fresh are those that are not; waiting is to
// be asked for again once all that was sent has landed, for they may be the same as something that is under way.
func (c *carrier) dropTwins(ctx context.Context, batch []*parcel) (fresh, waiting []*parcel, err error) {
	var twins []twinOf
	defer func() {
		for _, t := range twins {
			c.release(t.parcel)
		}
	}()
	for i, p := range batch {
		var like []int32
		if like, err = c.likeInStock(ctx, p); err != nil {
			c.release(slices.Concat(fresh, waiting, batch[i:])...)
			return nil, nil, err
		}
		best, kind := c.stock.same(p, like)
		switch {
		case best >= 0 && c.stock.anyAloft([]int32{best}):
			waiting = append(waiting, p)
		case best >= 0:
			twins = append(twins, twinOf{p, best, kind})
		default:
			if at, ok := c.stock.add(p, c.m.to); ok && !c.DryRun {
				c.stock.aloft[at] = p.key
			}
			fresh = append(fresh, p)
		}
	}
	if err := c.areTwins(ctx, twins); err != nil {
		c.release(slices.Concat(fresh, waiting)...)
		return nil, nil, err
	}
	return fresh, waiting, nil
}

// twinOf is a parcel and the copy that it is the same as.
type twinOf struct {
	*parcel
	at   int32
	kind dedupe.Kind
}

// areTwins accounts for some twins, whose dates are united with those of their copies before it is written down that they are twins.
func (c *carrier) areTwins(ctx context.Context, twins []twinOf) error {
	if err := c.uniteDates(ctx, twins); err != nil {
		return err
	}
	for _, t := range twins {
		if err := c.isTwin(t.parcel, t.at, t.kind); err != nil {
			return err
		}
	}
	if len(c.m.flagging) < flagsAtOnce { // of very many twins not all at the end
		return nil
	}
	c.aloft.Wait()
	return c.reflag(ctx, c.m)
}

// flagsAtOnce is how many changes of flags wait while messages are carried.
const flagsAtOnce = 2000

// likeInStock lists the copies that may be the same as p, all of which were looked at.
func (c *carrier) likeInStock(ctx context.Context, p *parcel) ([]int32, error) {
	if c.stock == nil {
		c.aloft.Wait()
		var err error
		if c.stock, err = c.takeStock(ctx); err != nil {
			return nil, err
		}
	}
	like := c.stock.like(p, c.filing(c.m))
	unseen := map[uint16][]int32{}
	if err := c.recall(p, like); err != nil {
		return nil, err
	}
	for _, i := range like {
		if _, known := p.known[i]; known {
			continue
		}
		if s := c.stock.copies[i]; s.brief == notLooked {
			unseen[s.folder] = append(unseen[s.folder], i)
		}
	}
	for _, some := range unseen {
		c.aloft.Wait() // one thing at a time is read of a store
		if err := c.look(ctx, some); err != nil {
			return nil, err
		}
	}
	return like, nil
}

// look reads copies of one folder. What cannot be read is no copy.
func (c *carrier) look(ctx context.Context, some []int32) error {
	s := c.stock
	at := map[uint32]int32{}
	refs := make([]mail.Ref, len(some))
	for n, i := range some {
		refs[n] = s.ref(i)
		at[s.copies[i].uid] = i
		s.copies[i].brief = noCopy
	}
	folder := s.folders[s.copies[some[0]].folder].Folder
	for f, err := range c.Sink.Fetch(ctx, folder, refs) {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			continue
		}
		if err != nil && mail.ScopeOf(err) == mail.ScopeFolder {
			c.note("%s is not looked at for copies: %v", folder.Path, err)
			return nil
		}
		if err != nil {
			return err
		}
		kept, err := c.spool.spool(ctx, f)
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			continue
		}
		if err != nil {
			return err
		}
		i, ok := at[uidOf(f.Ref)]
		if ok {
			err = c.looked(i, kept)
		}
		if kept.release(); err != nil {
			return err
		}
	}
	return nil
}

// looked takes over what a copy that was read is.
func (c *carrier) looked(i int32, kept *parcel) error {
	canon, err := dedupe.Canon(kept.reader())
	if err != nil {
		return err
	}
	if c.Prints != nil {
		print, err := c.stock.rules.Printer().Print(kept.reader())
		if err != nil {
			return err
		}
		c.Prints.Learn(c.stock.message(i), print)
	}
	c.stock.setBrief(i, canon.Brief())
	if c.verify != nil {
		c.stock.states[i] = copyState{facts{kept.InternalDate, noted, kept.Flags, kept.Keywords}, kept.sums}
	}
	return nil
}

// verifyTwins tells of the parcels that are the same as a copy in any folder, and returns the others. Of the copy's state only
// flags and keywords count: its date is that of another, and not every sink can change it.
func (c *carrier) verifyTwins(ctx context.Context, batch []*parcel) ([]*parcel, error) {
	if c.Twins != DropTwins {
		return batch, nil
	}
	var rest []*parcel
	for i, p := range batch {
		like, err := c.likeInStock(ctx, p)
		if err != nil {
			c.release(slices.Concat(rest, batch[i:])...)
			return nil, err
		}
		best, kind := c.stock.same(p, like)
		if best < 0 {
			rest = append(rest, p)
			continue
		}
		kept := c.stock.states[best]
		ref := c.stock.ref(best)
		e := Verified{Message: p.Message, To: ref, Finding: Proven, Sums: p.sums, Kept: kept.sums.Exact, KeptDate: kept.date,
			Reason: fmt.Sprintf("%s, and %s", sameText(ref), kindText[kind])}
		brings := p.facts()
		brings.flags &^= mail.Deleted // no twin brings that
		wrong := brings.lost(kept.facts, c.Ignore|Dates)
		if gone := brings.lostKeywords(kept.facts, c.Ignore); len(gone) > 0 {
			wrong = append(wrong, keywordText(gone))
		}
		if len(wrong) > 0 {
			e.Apart = brings.apart(kept.facts, c.Ignore|Dates)
			e.Finding, e.Reason = Differs, fmt.Sprintf("%s: %s", sameText(ref), strings.Join(wrong, ", "))
		}
		c.verify.settle(c.runner, c.m, p.key, p.Message)
		c.verify.tell(c.runner, c.m, e, likenessOf(p.sums, kept.sums))
		c.release(p)
	}
	return rest, nil
}

// allLanded waits until it is known what became of all that was sent.
func (c *carrier) allLanded(ctx context.Context) error {
	c.aloft.Wait()
	if c.failed.Load() || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), errNotLanded)
	}
	if c.m.unnamed > 0 {
		if err := c.settleDoubts(ctx, c.m); err != nil {
			return err
		}
	}
	c.stock.learn(c.Journal, c.m)
	return nil
}

// errNotLanded stands for an error that is told by whoever waits for answers.
var errNotLanded = errors.New("what was sent did not land")

// isTwin accounts for a parcel that is the same as a copy in the sink, and notes it.
func (c *carrier) isTwin(p *parcel, at int32, kind dedupe.Kind) error {
	ref := c.stock.ref(at)
	if !c.DryRun {
		n, err := c.Journal.to(mail.Folder{Path: ref.Folder, Validity: ref.Validity})
		if err != nil {
			return err
		}
		it := p.item(c.m.from, c.start)
		it.flags, it.words, it.keywords = 0, 0, nil // not carried over yet
		if err := c.Journal.twin(it, c.m.toN, sameAs{to: n, uid: uidOf(ref), form: p.brief.Form()}); err != nil {
			return err
		}
		c.progressed.Store(true)
	}
	c.account(c.m, p.Message, ref, Duplicate, fmt.Sprintf("%s, and %s", sameText(ref), kindText[kind]), nil)
	c.m.uniteFlags(c.runner, p.key, entry{}, p.Message, ref)
	c.doom(c.m, p.Message, p.key)
	return nil
}

var kindText = map[dedupe.Kind]string{dedupe.Identical: "has its octets", dedupe.Same: "has its content"}

func sameText(ref mail.Ref) string {
	if ref.ID == "" {
		return fmt.Sprintf("is there already, in %s", ref.Folder)
	}
	return fmt.Sprintf("is there already, as %s/%s", ref.Folder, ref.ID)
}

// uniteFlags notes what flags and keywords a twin brings to the copy that stands for it. Nothing is taken away from that, and no twin
// marks it \Deleted.
func (m *move) uniteFlags(x *runner, k key, e entry, msg mail.Message, ref mail.Ref) {
	words := wordsOf(msg.Keywords)
	if ref.ID == "" || !x.follows() || msg.Flags == e.flags && words == e.words {
		return
	}
	change := mail.Flagging{Ref: ref, Add: msg.Flags &^ e.flags &^ mail.Deleted}
	if words != e.words {
		change.AddKeywords = msg.Keywords
	}
	m.flagging = append(m.flagging, flagging{k, change, msg.Flags, msg.Keywords, true})
}

// twinNow gives the copy that stands for a message which an earlier run found to be a twin; false where twins are not
// dropped, or the copy's folder is not what it was.
func (x *runner) twinNow(k key) (mail.Ref, bool) {
	t, ok := x.Journal.sameAs(k)
	if !ok || x.Twins != DropTwins || !x.stands[t.to] {
		return mail.Ref{}, false
	}
	at := x.Journal.placeOf(t.to)
	m := move{to: mail.Folder{Path: at.path, Validity: at.validity}}
	return m.refOf(t.uid), true
}

// knownTwin accounts for a parcel that an earlier run found to be a twin, if it still is; else it is judged anew.
func (c *carrier) knownTwin(p *parcel, e entry) (bool, error) {
	ref, ok := c.twinNow(p.key)
	if !ok || e.sum != p.sums.Exact {
		return false, nil
	}
	c.Journal.listed(p.key, c.pass)
	if e.announced != p.announced && !p.Fleeting && !c.DryRun {
		it := p.item(c.m.from, c.start)
		it.flags, it.words = e.flags, e.words
		s, _ := c.Journal.sameAs(p.key)
		if err := c.Journal.twin(it, c.m.toN, s); err != nil {
			return false, err
		}
	}
	c.account(c.m, p.Message, ref, Duplicate, sameText(ref), nil)
	c.Journal.told(p.key, Duplicate)
	c.m.uniteFlags(c.runner, p.key, e, p.Message, ref)
	c.doom(c.m, p.Message, p.key)
	return true, nil
}

// lookAtTwins finds out, once in a run, which folders with copies that stand for others are still what they were.
func (x *runner) lookAtTwins(ctx context.Context) error {
	if x.Twins != DropTwins || x.stands != nil {
		return nil
	}
	stands := map[uint16]bool{}
	for _, n := range x.Journal.twinFolders() {
		at := x.Journal.placeOf(n)
		now, err := x.Sink.Look(ctx, at.path)
		if err != nil && mail.ScopeOf(err) != mail.ScopeFolder {
			return err
		}
		if stands[n] = err == nil && now.Validity == at.validity; !stands[n] {
			continue
		}
		if err := x.lookForLost(ctx, n, now); err != nil {
			return err
		}
	}
	x.stands = stands
	return nil
}

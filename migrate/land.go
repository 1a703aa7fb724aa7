package migrate

import (
	"context"
	"errors"
	"fmt"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

var errAltered = errors.New("the destination keeps other octets than it was given")

// verdict is what became of one parcel, with what is to be told of it.
type verdict struct {
	fate
	to     mail.Ref
	told   Outcome // 0: nothing yet
	reason string
	err    error
}

// land waits for a batch's answer, judges each parcel, and writes it down before it is told.
func (c *carrier) land(ctx context.Context, f *flight) error {
	defer c.release(f.sent...)
	kept, err := f.wait()
	read, readErr := c.readBack(ctx, f, kept)
	err = errors.Join(err, readErr)
	fates := make([]fate, len(f.sent))
	verdicts := make([]verdict, len(f.sent))
	acked := false
	for i, p := range f.sent {
		var s mail.Stored
		if i < len(kept) {
			s = kept[i]
		}
		v, judgeErr := c.judge(ctx, p, s, f.given[i], err == nil && i < len(kept), read)
		err = errors.Join(err, judgeErr)
		verdicts[i], fates[i] = v, v.fate
		acked = acked || v.told == Copied && v.kind == inDoubt
	}
	if acked {
		c.remember(f.batch, sentBatch{acked: true})
	}
	if settleErr := c.Journal.settle(f.batch, fates); settleErr != nil {
		return errors.Join(err, settleErr)
	}
	for i, p := range f.sent {
		c.tellLanding(p, verdicts[i])
	}
	return err
}

// readBack reads, in one go, the copies that may have been altered on the way in: those whose size is another, and
// those with octets that servers are known to alter without changing the size.
func (c *carrier) readBack(ctx context.Context, f *flight, kept []mail.Stored) (map[uint32]dedupe.Sums, error) {
	var refs []mail.Ref
	for i, s := range kept {
		p := f.sent[i]
		if uid := uidOf(s.Ref); uid != 0 && s.Octets >= 0 && (s.Octets != f.given[i] || p.sums.Wire != p.sums.Exact) {
			refs = append(refs, c.m.refOf(uid))
		}
	}
	read := map[uint32]dedupe.Sums{}
	if len(refs) == 0 {
		return read, nil
	}
	return read, readSums(c.Sink.Fetch(ctx, c.m.to, refs), func(ref mail.Ref, s dedupe.Sums) error {
		read[uidOf(ref)] = s
		return nil
	})
}

// judge tells the fate of one parcel from the sink's answer. ok: the sink said so for the whole batch.
func (c *carrier) judge(ctx context.Context, p *parcel, s mail.Stored, given int64, ok bool, read map[uint32]dedupe.Sums) (verdict, error) {
	uid := uidOf(s.Ref)
	switch {
	case s.Err != nil:
		return c.judgeRefused(p, s.Err)
	case uid == 0 && ok: // no UIDPLUS: looked for at the end
		return verdict{told: Copied, reason: c.whyCopied(p.key, c.m), to: c.m.refOf(0)}, nil
	case uid == 0 || s.Octets < 0:
		return verdict{}, nil // in doubt
	}
	v := verdict{fate: fate{kind: stored, uid: uid, outcome: Copied}, to: c.m.refOf(uid), told: Copied, reason: c.whyCopied(p.key, c.m)}
	if given != p.Octets {
		v.state, v.reason = altered, "mended"
	}
	sums, wasRead := read[uid]
	switch {
	case wasRead && sums.Exact == p.sums.Exact:
		return v, nil
	case wasRead && sums.Wire == p.sums.Wire:
		v.state = altered
		c.note("the server alters messages as it stores them (line ends, NUL octets or octets above 127 in headers): they are counted as altered")
		return v, nil
	case s.Octets == given && !wasRead:
		if p.sums.Wire != p.sums.Exact {
			return verdict{}, nil // it was to be read and is not: in doubt
		}
		return v, nil
	}
	return c.examine(ctx, p, s, v)
}

// whyCopied says why a message had to be copied.
func (x *runner) whyCopied(k key, m *move) string {
	if x.Journal.isLost(k, m.toN) {
		return "gone from the destination since"
	}
	return "new"
}

func (c *carrier) judgeRefused(p *parcel, err error) (verdict, error) {
	v := verdict{fate: fate{kind: refused}, told: Failed, reason: err.Error(), err: err}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.OnBad == StopBad:
		return v, err
	case c.OnBad == RepairBad && !c.repairs[p.key] && mendable(p):
		c.repairs[p.key] = true
		v.told = 0 // it has another try
	}
	return v, nil
}

// examine compares, by its content, a copy with other octets than any known alteration gives. What is not the same
// message is a failure, though a copy is there.
func (c *carrier) examine(ctx context.Context, p *parcel, s mail.Stored, v verdict) (verdict, error) {
	if p.spent {
		return verdict{}, nil // in doubt
	}
	match := ""
	for f, err := range c.Sink.Fetch(ctx, c.m.to, []mail.Ref{v.to}) {
		if err != nil {
			return verdict{}, err // in doubt
		}
		kept, err := c.spool.spool(ctx, f)
		if err != nil {
			return verdict{}, err
		}
		defer kept.release()
		if match, err = sameMessage(p, kept); err != nil {
			return verdict{}, err
		}
	}
	if match != "" {
		v.state = altered
		c.note("the server alters messages as it stores them (%s): they are counted as altered", match)
		return v, nil
	}
	v.state, v.outcome, v.told = damaged, 0, Failed
	v.reason = fmt.Sprintf("the server keeps %s of %d", mail.Count(s.Octets, "octet", "octets"), p.Octets)
	v.err = &mail.Error{Op: "append", Ref: p.Ref, Scope: mail.ScopeMessage, Err: fmt.Errorf("%w: %s", errAltered, v.reason)}
	return v, nil
}

func (c *carrier) tellLanding(p *parcel, v verdict) {
	if v.told == 0 {
		return
	}
	c.account(c.m, p.Message, v.to, v.told, v.reason, v.err)
	if v.told != Copied {
		return
	}
	c.progressed.Store(true)
	c.doom(c.m, p.Message, p.key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if v.kind == inDoubt {
		c.m.unnamed++
	}
	if v.state&altered != 0 {
		c.m.counts.Altered++
	}
}

package mboxes

import (
	"bytes"
	"context"
	"io"
	"iter"
	"slices"
	"strings"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// SetFlags changes flags where other programs see them. Where the fields at the top of a message have the room, they change in place; for
// what else is left the file is written anew, once. Each fate is told when that is durable.
func (a *Archive) SetFlags(ctx context.Context, f mail.Folder, changes []mail.Flagging) iter.Seq2[mail.Message, error] {
	refs, was := refsOf(changes, func(c mail.Flagging) mail.Ref { return c.Ref }), map[mail.Ref]mail.Message{}
	return mail.Before(was, a.changing(ctx, "flags", f, refs, func(a *Archive, s *shelf, h maildir.File) ([]error, error) {
		return a.setFlags(ctx, s, h, changes, was)
	}))
}

func (a *Archive) setFlags(ctx context.Context, s *shelf, h maildir.File, changes []mail.Flagging, was map[mail.Ref]mail.Message) (fates []error, err error) {
	fates = make([]error, len(changes))
	inPlace, anew := map[uint32]change{}, map[uint32]change{}
	for i, c := range changes {
		e, ok := a.lookup(s, c.Ref)
		if !ok {
			fates[i] = a.fail("flags", mail.ScopeMessage, c.Ref, mail.ErrGone)
			continue
		}
		if _, told := was[c.Ref]; !told {
			now := a.stateOf(e)
			was[c.Ref] = mail.Message{Ref: c.Ref, Flags: now.Flags, Keywords: now.Keywords}
		}
		show, drops := a.changed(e, c, inPlace[e.num], anew[e.num])
		done := false
		if _, already := anew[e.num]; !already && !drops { // a field X-Keywords of another program's may have it too, anywhere in the header
			if done, err = a.restate(h, e, show); err != nil {
				return nil, err
			}
		}
		if done {
			inPlace[e.num] = change{show: show}
		} else {
			anew[e.num] = change{show: show}
			delete(inPlace, e.num)
		}
	}
	if len(inPlace) > 0 {
		if err := a.wroteInPlace(s, h, inPlace); err != nil {
			return nil, err
		}
	}
	if len(anew) > 0 {
		err = a.rewrite(ctx, s, h, rewriting{changes: anew}, func() error { return nil })
	}
	return fates, err
}

// stateOf is the state of a message as it is.
func (a *Archive) stateOf(e entry) mbox.Shown {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.manifest.states.all[e.state]
}

// changed is the state of a message after a change, and after those that were made to it before. drops tells that it loses a keyword.
func (a *Archive) changed(e entry, c mail.Flagging, before ...change) (show mbox.Shown, drops bool) {
	now := a.stateOf(e)
	for _, b := range before {
		if b.show.Flags != 0 || b.show.Keywords != nil {
			now = b.show
		}
	}
	show = mbox.Shown{Flags: now.Flags&^c.Remove | c.Add, Keywords: slices.DeleteFunc(slices.Clone(now.Keywords), func(k string) bool {
		return slices.ContainsFunc(c.RemoveKeywords, func(r string) bool { return strings.EqualFold(k, r) })
	})}
	drops = len(show.Keywords) < len(now.Keywords)
	for _, k := range c.AddKeywords {
		if !slices.Contains(show.Keywords, k) {
			show.Keywords = append(show.Keywords, k)
		}
	}
	return show, drops
}

// restate changes the fields of a message in place, if they have the room. Of one that shows no state nothing has to be changed.
func (a *Archive) restate(h maildir.File, e entry, show mbox.Shown) (done bool, err error) {
	if e.bits&hidden != 0 {
		return true, nil
	}
	buf := make([]byte, min(e.length, 2048))
	n, err := h.ReadAt(buf, e.offset)
	if err != nil && err != io.EOF {
		return false, err
	}
	i := bytes.IndexByte(buf[:n], '\n') + 1
	if i == 0 {
		return false, nil
	}
	text, ok := show.Restate(buf[i:n])
	if !ok {
		return false, nil
	}
	if _, err := h.Seek(e.offset+int64(i), io.SeekStart); err != nil {
		return false, err
	}
	_, err = io.WriteString(h, text)
	return true, err
}

// wroteInPlace makes changes durable that were made in place.
func (a *Archive) wroteInPlace(s *shelf, h maildir.File, changes map[uint32]change) error {
	if err := h.Sync(); err != nil {
		return err
	}
	now, err := h.Stat()
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.manifest
	for num, c := range changes {
		s.numbered(num).state = m.states.add(c.show.Flags, c.show.Keywords)
		m.Add(append([]any{lineState, s.n, num}, stateFields(c.show)...)...)
	}
	s.stamp = stampOf(now)
	m.noteStamp(s)
	return m.Flush()
}

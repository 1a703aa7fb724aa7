package mboxes

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// again is a message that is written as it once lay.
type again struct {
	trace
	body io.WriterTo
}

// Restore puts messages that were removed back as they were: the same octets of the file in the same places, as far as what was around them is there.
// Parcels and traces go together. All of them are durable when it returns; what is there already is left as it is.
func (a *Archive) Restore(ctx context.Context, f mail.Folder, batch []mail.Parcel, traces []string) (done int, err error) {
	w, err := a.changer("restore")
	if err != nil {
		return 0, err
	}
	if _, err := w.Open(ctx, f.Path); err != nil {
		return 0, err
	}
	var back []again
	for i, p := range batch {
		t, err := parseTrace(traces[i])
		if err != nil {
			return 0, a.fail("restore", mail.ScopeStore, p.Ref, err)
		}
		back = append(back, again{t, p.Body})
	}
	_, err = w.whileHeld(ctx, f.Path, func(a *Archive, s *shelf, h maildir.File) ([]error, error) {
		back = slices.DeleteFunc(back, func(b again) bool { e := s.numbered(b.num); return e != nil && e.bits&here != 0 })
		for _, b := range back {
			if s.numbered(b.num) == nil {
				return nil, mail.ErrGone // no line tells of it: it is another archive
			}
		}
		if len(back) == 0 {
			return nil, nil
		}
		return nil, a.rewrite(ctx, s, h, rewriting{back: s.behind(back)}, func() error { return nil })
	})
	if err != nil {
		return 0, a.fail("restore", scopeOf(err), mail.Ref{Folder: f.Path}, err)
	}
	return len(batch), nil
}

// behind sorts messages that come back by the number of the one that they go behind; 0: at the beginning.
func (s *shelf) behind(back []again) map[uint32][]again {
	var order []uint32 // of what is there, as it lies
	for _, e := range s.inFile() {
		order = append(order, e.num)
	}
	slices.SortStableFunc(back, func(x, y again) int { return cmp.Compare(x.num, y.num) })
	all := map[uint32][]again{}
	for _, b := range back {
		// Of those that came back before it some may have lain between.
		at := slices.Index(order, b.after) + 1
		for at < len(order) && order[at] < b.num && (at == 0 || order[at] > order[at-1]) {
			at++
		}
		anchor := uint32(0)
		if at > 0 {
			anchor = order[at-1]
		}
		all[anchor] = append(all[anchor], b)
	}
	return all
}

// inFile are the entries of what is there, as it lies.
func (s *shelf) inFile() (order []*entry) {
	for i := range s.entries {
		if s.entries[i].bits&here != 0 {
			order = append(order, &s.entries[i])
		}
	}
	slices.SortFunc(order, func(x, y *entry) int { return cmp.Compare(x.offset, y.offset) })
	return order
}

// putBack writes messages that come back, each with what stood behind it. ended tells whether what is before them ends in an empty line.
func (w *rewriter) putBack(all []again, ended bool) error {
	for _, b := range all {
		if !ended {
			if err := w.write([]byte("\n")); err != nil {
				return err
			}
		}
		if err := w.rewritten(b.num, b); err != nil {
			return err
		}
		if err := w.write([]byte(cmp.Or(b.sep, "\n"))); err != nil {
			return err
		}
		ended = true
	}
	return nil
}

// rewritten writes a message as it once lay.
func (w *rewriter) rewritten(num uint32, b again) error {
	start := w.n
	n, err := b.write(w.w, b.body)
	w.n += n
	w.lies(num, start)
	return err
}

func (w *rewriter) write(b []byte) error {
	n, err := w.w.Write(b)
	w.n += int64(n)
	return err
}

// Retrace gives a message that is there the very octets in the file that it had when its trace was taken, if its flags and keywords are what they were.
func (a *Archive) Retrace(ctx context.Context, f mail.Folder, ref mail.Ref, text string) error {
	t, err := parseTrace(text)
	if err != nil {
		return a.fail("restore", mail.ScopeMessage, ref, err)
	}
	w, err := a.changer("restore")
	if err != nil {
		return err
	}
	_, err = w.whileHeld(ctx, f.Path, func(a *Archive, s *shelf, h maildir.File) ([]error, error) {
		e, ok := a.lookup(s, ref)
		if !ok {
			return nil, mail.ErrGone
		}
		if now := a.manifest.states.all[e.state]; !sameState(now, t.show) {
			return nil, nil
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, io.NewSectionReader(h, e.offset, e.length)); err != nil || dedupe.Sum(sum.Sum(nil)) == t.sum {
			return nil, err
		}
		r := &reader{a: a, s: s}
		defer r.close() // only read
		if err := r.open(ctx); err != nil {
			return nil, err
		}
		change := map[uint32]change{e.num: {show: t.show, as: &again{t, octetsOf{r, e}}}}
		err := a.rewrite(ctx, s, h, rewriting{changes: change}, func() error { return nil })
		if errors.Is(err, errUntraced) {
			err = nil // others changed it meanwhile
		}
		return nil, err
	})
	if err != nil {
		return a.fail("restore", scopeOf(err), ref, err)
	}
	return nil
}

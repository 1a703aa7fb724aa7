package mboxes

import (
	"context"
	"io"
	"iter"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// SetDates changes internal dates: in the From_ lines, where other programs see them, and in the manifest. A line that keeps its length changes in
// place; for what else is left the file is written anew, once. Each fate is told when that is durable.
func (a *Archive) SetDates(ctx context.Context, f mail.Folder, changes []mail.Dating) iter.Seq2[mail.Ref, error] {
	refs := refsOf(changes, func(c mail.Dating) mail.Ref { return c.Ref })
	return a.changing(ctx, "date", f, refs, func(a *Archive, s *shelf, h maildir.File) ([]error, error) { return a.setDates(ctx, s, h, changes) })
}

func (a *Archive) setDates(ctx context.Context, s *shelf, h maildir.File, changes []mail.Dating) (fates []error, err error) {
	fates = make([]error, len(changes))
	anew, dates := map[uint32]change{}, map[uint32]time.Time{}
	for i, c := range changes {
		e, ok := a.lookup(s, c.Ref)
		if !ok {
			fates[i] = a.fail("date", mail.ScopeMessage, c.Ref, mail.ErrGone)
			continue
		}
		line, err := a.redate(h, &e, c.Date)
		if err != nil {
			return nil, err
		}
		delete(anew, e.num)
		if dates[e.num] = c.Date; line != nil {
			anew[e.num] = change{from: line}
		}
	}
	if err := a.redatedInPlace(s, h); err != nil {
		return nil, err
	}
	if len(anew) > 0 {
		if err := a.rewrite(ctx, s, h, rewriting{changes: anew}, func() error { return nil }); err != nil {
			return nil, err
		}
	}
	return fates, a.noteDates(s, dates)
}

// redate writes a date into a From_ line in place; where it does not fit it gives the new line.
func (a *Archive) redate(h maildir.File, e *entry, date time.Time) (line []byte, err error) {
	old, err := fromLine(h, e)
	if err != nil {
		return nil, err
	}
	line = mbox.Redated(old, date)
	if len(line) != len(old) {
		return line, nil
	}
	if _, err := h.Seek(e.offset, io.SeekStart); err != nil {
		return nil, err
	}
	_, err = h.Write(line)
	return nil, err
}

// redatedInPlace makes durable what was written into the file.
func (a *Archive) redatedInPlace(s *shelf, h maildir.File) error {
	if err := h.Sync(); err != nil {
		return err
	}
	now, err := h.Stat()
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.stamp = stampOf(now)
	return nil
}

// noteDates writes the lines of messages anew, with their dates.
func (a *Archive) noteDates(s *shelf, dates map[uint32]time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for num, date := range dates {
		e := s.numbered(num)
		var r *record
		if e.bits&summed != 0 {
			known, err := a.manifest.recordAt(e.at)
			if err != nil {
				return err
			}
			known.Flags, known.Keywords = a.manifest.states.all[e.state].Flags, a.manifest.states.all[e.state].Keywords
			r = &known
		}
		e.date = date.Unix()
		if r == nil {
			a.manifest.Add(a.manifest.foundFields(s, e)...)
			continue
		}
		r.Date, e.at = date.UTC().Truncate(time.Second), a.manifest.Next()
		a.manifest.Add(r.fields(s.n, e)...)
	}
	a.manifest.noteStamp(s)
	return a.manifest.Flush()
}

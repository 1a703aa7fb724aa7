package archive

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// SetDates changes internal dates: the times of files, where other programs see them, and the manifest's lines of those that are summed.
// Each fate is told once that is durable.
func (a *Archive) SetDates(ctx context.Context, f mail.Folder, changes []mail.Dating) iter.Seq2[mail.Ref, error] {
	return changing(ctx, a, "date", f, changes, func(c mail.Dating) mail.Ref { return c.Ref }, func(w *Archive, s *shelf, some []mail.Dating) ([]error, error) {
		fates, err := w.dateSome(ctx, s, some)
		for i, c := range some {
			if err == nil && fates[i] == nil && w != a {
				a.dated(c)
			}
		}
		return fates, err
	})
}

// dateSome makes some changes durable. fates are errors of ScopeMessage.
func (a *Archive) dateSome(ctx context.Context, s *shelf, changes []mail.Dating) (fates []error, err error) {
	for _, c := range changes {
		err := a.dateOne(ctx, s, c)
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return nil, err
		}
		fates = append(fates, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.manifest.Flush(); err != nil {
		return nil, a.fail("date", mail.ScopeStore, mail.Ref{Folder: s.path}, err)
	}
	return fates, nil
}

func (a *Archive) dateOne(ctx context.Context, s *shelf, c mail.Dating) error {
	for range 3 {
		e, ok := a.lookup(s, c.Ref)
		if !ok {
			break
		}
		err := s.folder.Redate(e.entry(), c.Date)
		if errors.Is(err, fs.ErrNotExist) { // renamed by another program
			if err := a.scan(ctx, s); err != nil {
				return err
			}
			continue
		}
		if err == nil {
			err = a.noteDate(s, e, c.Date)
		}
		if err != nil {
			return a.fail("date", mail.ScopeMessage, c.Ref, err)
		}
		return nil
	}
	return a.fail("date", mail.ScopeMessage, c.Ref, mail.ErrGone)
}

// noteDate writes a message's line anew, if it has one.
func (a *Archive) noteDate(s *shelf, e entry, date time.Time) error {
	if e.state&summed == 0 {
		return nil
	}
	r, err := a.recordOf(e)
	if err != nil {
		return err
	}
	r.Date = date.Truncate(time.Second)
	a.mu.Lock()
	defer a.mu.Unlock()
	s.put(a.line(s, e.num, e.entry(), &r))
	return nil
}

// redated tells whether the file of a summed message shows another date than was written. That of one which another program
// put there may have been read off its name. FAT keeps every other second.
func (e *entry) redated(i fs.FileInfo) (shown time.Time, moved bool) {
	shown = i.ModTime().Truncate(time.Second)
	return shown, shown.Unix() != e.date && shown.Unix() != e.date&^1 && dateOf(maildir.ParseName(e.file), i).Unix() != e.date
}

// dated takes over a date that was written by the archive that this one opened for writing.
func (a *Archive) dated(c mail.Dating) {
	s, err := a.find(c.Folder)
	if err != nil {
		return // its folder is listed anew when it is asked for
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := s.named(c.ID); e != nil && e.state&summed != 0 {
		e.date = c.Date.Unix()
	}
}

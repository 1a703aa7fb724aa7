package archive

import (
	"context"
	"errors"
	"io/fs"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// Trace tells, in a line of text, what of a message's file its octets as mail do not tell: name, line ends, mode, owner, time of change.
// With both Restore makes the same file again.
func (a *Archive) Trace(ctx context.Context, f mail.Folder, ref mail.Ref) (string, error) {
	s, err := a.find(f.Path)
	if err == nil {
		err = a.ready(ctx, s)
	}
	if err != nil {
		return "", err
	}
	for range 3 {
		e, ok := a.lookup(s, ref)
		if !ok {
			break
		}
		t, err := s.folder.Trace(e.entry())
		if err == nil {
			return t.String(), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", a.fail("trace", mail.ScopeMessage, ref, err)
		}
		if err := a.scan(ctx, s); err != nil {
			return "", err
		}
	}
	return "", a.fail("trace", mail.ScopeMessage, ref, mail.ErrGone)
}

// Restore puts messages that were removed back as they were: the same files by the same names. Parcels and traces go
// together. The first that cannot be restored ends it; those before it are durable when it returns.
func (a *Archive) Restore(ctx context.Context, f mail.Folder, batch []mail.Parcel, traces []string) (done int, err error) {
	w, err := a.changer("restore")
	if err != nil {
		return 0, err
	}
	if _, err := w.openToRestore(ctx, f.Path); err != nil {
		return 0, err
	}
	s, err := w.find(f.Path)
	if err != nil {
		return 0, err
	}
	fail := func(ref mail.Ref, err error) error { return w.fail("restore", mail.ScopeStore, ref, err) }
	for i, p := range batch {
		t, err := maildir.ParseTrace(traces[i])
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = s.folder.Restore(t, p.Body)
		}
		if errors.Is(err, maildir.ErrOwner) {
			a.tell("%s: %v", a.root, err)
			err = nil
		}
		if err != nil {
			return done, errors.Join(fail(p.Ref, err), s.folder.Sync())
		}
		done++
	}
	if err := s.folder.Sync(); err != nil {
		return 0, fail(mail.Ref{Folder: f.Path}, err)
	}
	return done, a.relist(ctx, w, f.Path)
}

// relist lists a folder that w has changed, for w and for a.
func (a *Archive) relist(ctx context.Context, w *Archive, p mail.Path) error {
	s, err := w.find(p)
	if err == nil {
		err = w.scan(ctx, s)
	}
	if err != nil || w == a {
		return err
	}
	s, err = a.find(p)
	if err == nil {
		a.mu.Lock()
		s.scanned = false
		a.mu.Unlock()
	}
	return err
}

// openToRestore makes a folder again that is gone, where there is a manifest to say which directory it was.
func (a *Archive) openToRestore(ctx context.Context, p mail.Path) (mail.Folder, error) {
	if a.ReadOnly {
		return a.Look(ctx, p)
	}
	return a.Open(ctx, p)
}

// Retrace gives a message's file the time that it had when its trace was taken, and the name, if its flags are what they were.
func (a *Archive) Retrace(ctx context.Context, f mail.Folder, ref mail.Ref, trace string) error {
	w, err := a.changer("restore")
	if err != nil {
		return err
	}
	s, err := w.find(f.Path)
	if err == nil {
		err = w.scan(ctx, s)
	}
	if err != nil {
		return err
	}
	t, err := maildir.ParseTrace(trace)
	if err != nil {
		return w.fail("restore", mail.ScopeMessage, ref, err)
	}
	e, ok := w.lookup(s, ref)
	if !ok {
		return w.fail("restore", mail.ScopeMessage, ref, mail.ErrGone)
	}
	if err := s.folder.Retrace(e.entry(), t); err != nil {
		return w.fail("restore", mail.ScopeMessage, ref, err)
	}
	if err := s.folder.Sync(); err != nil {
		return w.fail("restore", mail.ScopeStore, ref, err)
	}
	return a.relist(ctx, w, f.Path)
}

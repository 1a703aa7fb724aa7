package archive

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"iter"
	"slices"

	"mailmv/formats/mail"
)

// removeAtOnce is how many messages are removed by one sync.
const removeAtOnce = 500

// Remove removes those of doomed whose octets are what they were: all are compared first, the manifest says what is
// about to go, files are removed, and once their folder is synced each one's fate is told.
func (a *Archive) Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	return func(yield func(mail.Ref, error) bool) {
		w, err := a.changer("remove")
		if err != nil {
			yield(mail.Ref{}, err)
			return
		}
		for part := range slices.Chunk(doomed, removeAtOnce) {
			for ref, err := range w.removeSome(ctx, f, part) {
				if !yield(ref, err) || err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
					return
				}
			}
		}
	}
}

// changer is the archive itself; where it was opened as a source and has a manifest, one that may write that, which is
// opened once and holds the lock until Close.
func (a *Archive) changer(op string) (*Archive, error) {
	if !a.ReadOnly {
		return a, nil
	}
	if !a.byName {
		return nil, a.fail(op, mail.ScopeStore, mail.Ref{}, ErrReadOnly)
	}
	if a.writing != nil {
		return a.writing, nil
	}
	if _, err := a.disk.Lstat(stateDir); errors.Is(err, fs.ErrNotExist) {
		return a, nil // mail of other programs: there is no manifest to keep
	}
	o := a.Options
	o.ReadOnly = false
	w, err := Open(a.root, o)
	if err != nil {
		return nil, err
	}
	w.byName = true
	a.writing = w
	return w, nil
}

// condemned is a message that was compared and may go.
type condemned struct {
	ref mail.Ref
	e   entry
}

func (a *Archive) removeSome(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	return func(yield func(mail.Ref, error) bool) {
		proven := make([]condemned, 0, len(doomed))
		byRef := map[mail.Ref]mail.Doomed{}
		refs := make([]mail.Ref, len(doomed))
		for i, d := range doomed {
			refs[i], byRef[d.Ref] = d.Ref, d
		}
		var s *shelf
		for o, err := range a.chosen(ctx, f, refs, fromTop) {
			if s = o.s; err == nil {
				err = a.compare(o, byRef[o.ref])
			}
			if err == nil {
				proven = append(proven, condemned{o.ref, o.e})
			} else if !yield(o.ref, err) {
				return
			}
		}
		if len(proven) == 0 {
			return
		}
		if err := a.foretell(s, proven); err != nil {
			yield(mail.Ref{}, a.fail("remove", mail.ScopeStore, mail.Ref{Folder: s.path}, err))
			return
		}
		fates := a.unlink(s, proven)
		if err := s.folder.Sync(); err != nil {
			yield(mail.Ref{}, a.fail("remove", mail.ScopeStore, mail.Ref{Folder: s.path}, err))
			return
		}
		for i, c := range proven {
			if !yield(c.ref, fates[i]) {
				return
			}
		}
	}
}

// compare reads what is there now and holds it against what is to go.
func (a *Archive) compare(o opened, d mail.Doomed) error {
	h := sha256.New()
	n, err := io.Copy(h, o.e.entry().Mail(o.file))
	if err == nil && (n != d.Octets || [32]byte(h.Sum(nil)) != d.Sum) {
		err = mail.ErrChanged
	}
	if err != nil {
		return a.fail("remove", mail.ScopeMessage, o.ref, err)
	}
	return nil
}

// foretell writes down what is about to go, so that its absence is no damage. What is cut off behind it is
// still there under its number.
func (a *Archive) foretell(s *shelf, proven []condemned) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range proven {
		a.manifest.Add(lineGoing, s.n, c.e.num)
	}
	if err := a.manifest.Flush(); err != nil {
		return err
	}
	for _, c := range proven {
		if e := s.numbered(c.e.num); e != nil {
			e.state |= gone
		}
	}
	return nil
}

// unlink removes the files. One that another program renamed since it was compared stays for the next run.
func (a *Archive) unlink(s *shelf, proven []condemned) []error {
	fates := make([]error, len(proven))
	for i, c := range proven {
		err := s.folder.Remove(c.e.entry())
		if errors.Is(err, fs.ErrNotExist) {
			err = mail.ErrGone
		}
		if err != nil {
			fates[i] = a.fail("remove", mail.ScopeMessage, c.ref, err)
			continue
		}
		a.mu.Lock()
		if e := s.numbered(c.e.num); e != nil {
			e.state &^= here
		}
		a.mu.Unlock()
	}
	return fates
}

package mboxes

import (
	"context"
	"errors"
	"iter"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// changing does something to messages of a folder, by the archive that may write, while the file is locked and the entries are right, and then tells the
// fate of each: fates go with refs.
func (a *Archive) changing(ctx context.Context, op string, f mail.Folder, refs iter.Seq[mail.Ref],
	do func(a *Archive, s *shelf, h maildir.File) (fates []error, err error)) iter.Seq2[mail.Ref, error] {
	return func(yield func(mail.Ref, error) bool) {
		w, err := a.changer(op)
		var fates []error
		if err == nil {
			fates, err = w.whileHeld(ctx, f.Path, do)
		}
		if err != nil {
			if _, ok := errors.AsType[*mail.Error](err); !ok {
				err = a.fail(op, scopeOf(err), mail.Ref{Folder: f.Path}, err)
			}
			yield(mail.Ref{}, err)
			return
		}
		i := 0
		for ref := range refs {
			if !yield(ref, fates[i]) {
				return
			}
			i++
		}
	}
}

func (a *Archive) whileHeld(ctx context.Context, p mail.Path, do func(a *Archive, s *shelf, h maildir.File) ([]error, error)) (fates []error, err error) {
	s, err := a.find(p)
	if err != nil {
		return nil, err
	}
	a.settle()
	h, err := a.hold(ctx, s.file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.release()) }()
	if err := a.current(ctx, s, h); err != nil {
		return nil, err
	}
	return do(a, s, h)
}

// refsOf are the references of changes.
func refsOf[C any](changes []C, ref func(C) mail.Ref) iter.Seq[mail.Ref] {
	return func(yield func(mail.Ref) bool) {
		for _, c := range changes {
			if !yield(ref(c)) {
				return
			}
		}
	}
}

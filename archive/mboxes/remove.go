package mboxes

import (
	"context"
	"crypto/sha256"
	"io"
	"iter"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// Remove removes those of doomed whose octets are what they were: all are compared while the file is locked, the manifest says what is about
// to go, and the file is written anew without them. Each one's fate is told once that is durable.
func (a *Archive) Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	refs := refsOf(doomed, func(c mail.Doomed) mail.Ref { return c.Ref })
	return a.changing(ctx, "remove", f, refs, func(a *Archive, s *shelf, h maildir.File) ([]error, error) { return a.remove(ctx, s, h, doomed) })
}

func (a *Archive) remove(ctx context.Context, s *shelf, h maildir.File, doomed []mail.Doomed) (fates []error, err error) {
	file, err := mbox.New(keepOpen{h}, s.file)
	if err != nil {
		return nil, err
	}
	fates = make([]error, len(doomed))
	changes := map[uint32]change{}
	for i, d := range doomed {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		num, err := a.compare(s, file, d)
		if err != nil {
			fates[i] = a.fail("remove", mail.ScopeMessage, d.Ref, err)
			continue
		}
		changes[num] = change{drop: true}
	}
	if len(changes) == 0 {
		return fates, nil
	}
	return fates, a.rewrite(ctx, s, h, rewriting{changes: changes}, func() error { return a.foretell(s, changes) })
}

// compare reads what is there now and holds it against what is to go.
func (a *Archive) compare(s *shelf, file *mbox.File, d mail.Doomed) (num uint32, err error) {
	e, ok := a.lookup(s, d.Ref)
	if !ok {
		return 0, mail.ErrGone
	}
	body, err := (&reader{a: a, s: s, file: file}).unproven(e)
	if err != nil {
		return 0, damaged(err)
	}
	h := sha256.New()
	n, err := io.Copy(h, body)
	if err != nil {
		return 0, damaged(err)
	}
	if n != d.Octets || [32]byte(h.Sum(nil)) != d.Sum {
		return 0, mail.ErrChanged
	}
	return e.num, nil
}

// foretell writes down what is about to go, so that its absence is no damage. What is cut off behind it is found again, under its number.
func (a *Archive) foretell(s *shelf, changes map[uint32]change) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for num, c := range changes {
		if c.drop {
			a.manifest.Add(lineGoing, s.n, num)
		}
	}
	return a.manifest.Flush()
}

package archive

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// errNoLetter: a Maildir of another program has no place for a keyword.
var errNoLetter = errors.New("the folder has no letter left for the keyword")

// SetFlags changes flags in the names of files, where other programs see them; keywords beyond the folder's letters go
// into the manifest. Each fate is told once the folder is synced.
func (a *Archive) SetFlags(ctx context.Context, f mail.Folder, changes []mail.Flagging) iter.Seq2[mail.Message, error] {
	was := map[mail.Ref]mail.Message{}
	return mail.Before(was, changing(ctx, a, "flags", f, changes, func(c mail.Flagging) mail.Ref { return c.Ref }, func(w *Archive, s *shelf, some []mail.Flagging) ([]error, error) {
		return w.flagSome(ctx, s, some, was)
	}))
}

// flagSome makes some changes durable, and notes what was before. fates are errors of ScopeMessage.
func (a *Archive) flagSome(ctx context.Context, s *shelf, changes []mail.Flagging, was map[mail.Ref]mail.Message) (fates []error, err error) {
	words := make([]mail.Parcel, len(changes))
	for i, c := range changes {
		words[i].Keywords = c.AddKeywords
	}
	if err := a.giveLetters(s, words); err != nil {
		return nil, a.fail("flags", mail.ScopeStore, mail.Ref{Folder: s.path}, err)
	}
	for _, c := range changes {
		err := a.flagOne(ctx, s, c, was)
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return nil, err
		}
		fates = append(fates, err)
	}
	err = s.folder.Sync()
	if err == nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		err = a.manifest.Flush()
	}
	if err != nil {
		return nil, a.fail("flags", mail.ScopeStore, mail.Ref{Folder: s.path}, err)
	}
	return fates, nil
}

func (a *Archive) flagOne(ctx context.Context, s *shelf, c mail.Flagging, was map[mail.Ref]mail.Message) error {
	for range 3 {
		e, ok := a.lookup(s, c.Ref)
		if !ok {
			break
		}
		now, err := s.folder.Reflag(e.entry(), s.keywords, c)
		if errors.Is(err, fs.ErrNotExist) { // renamed by another program
			if err := a.scan(ctx, s); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return a.fail("flags", mail.ScopeMessage, c.Ref, err)
		}
		if _, told := was[c.Ref]; !told {
			m := mail.Message{Ref: c.Ref}
			a.tellState(&m, s, maildir.ParseName(e.file))
			m.Keywords = append(m.Keywords, a.beyond(s, e)...)
			was[c.Ref] = m
		}
		a.mu.Lock()
		s.numbered(e.num).show(now)
		a.mu.Unlock()
		return a.noteKeywords(ctx, s, c)
	}
	return a.fail("flags", mail.ScopeMessage, c.Ref, mail.ErrGone)
}

// noteKeywords puts keywords for which there was no letter into the message's line, and takes them out.
func (a *Archive) noteKeywords(ctx context.Context, s *shelf, c mail.Flagging) error {
	_, rest := s.keywords.Letters(0, c.AddKeywords)
	_, fewer := s.keywords.Letters(0, c.RemoveKeywords)
	e, ok := a.lookup(s, c.Ref)
	if len(rest)+len(fewer) == 0 || !ok {
		return nil
	}
	if !a.manifest.Writes() || e.state&namesake != 0 {
		return a.fail("flags", mail.ScopeMessage, c.Ref, errNoLetter)
	}
	var r record
	var err error
	if e.state&summed != 0 {
		r, err = a.recordOf(e)
	} else {
		r, err = a.sum(ctx, s, e.entry())
	}
	if err != nil {
		return a.fail("flags", mail.ScopeMessage, c.Ref, err)
	}
	for _, k := range rest {
		if !slices.Contains(r.Keywords, k) {
			r.Keywords = append(r.Keywords, k)
		}
	}
	r.Keywords = slices.DeleteFunc(r.Keywords, func(k string) bool { return slices.Contains(fewer, k) })
	a.mu.Lock()
	defer a.mu.Unlock()
	s.put(a.line(s, e.num, e.entry(), &r))
	return nil
}

package memstore

import (
	"context"
	"iter"
	"slices"

	"mailmv/formats/mail"
)

// SetFlags changes flags. Each message is one side effect.
func (s *Store) SetFlags(ctx context.Context, f mail.Folder, changes []mail.Flagging) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		for _, c := range changes {
			was := mail.Message{Ref: c.Ref}
			err := s.setFlags(f.Path, c, &was)
			if !yield(was, err) || err != nil && mail.ScopeOf(err) == mail.ScopeStore {
				return
			}
		}
	}
}

func (s *Store) setFlags(p mail.Path, c mail.Flagging, was *mail.Message) error {
	return s.change(p, c.Ref, func(m *Message) {
		was.Flags, was.Keywords = m.Flags, m.Keywords
		m.Flags = m.Flags&^c.Remove | c.Add
		for _, k := range c.AddKeywords {
			if !slices.Contains(m.Keywords, k) {
				m.Keywords = append(slices.Clone(m.Keywords), k)
			}
		}
		m.Keywords = slices.DeleteFunc(slices.Clone(m.Keywords), func(k string) bool { return slices.Contains(c.RemoveKeywords, k) })
	})
}

// SetDates changes internal dates. Each message is one side effect.
func (s *Store) SetDates(ctx context.Context, f mail.Folder, changes []mail.Dating) iter.Seq2[mail.Ref, error] {
	return func(yield func(mail.Ref, error) bool) {
		for _, c := range changes {
			err := s.change(f.Path, c.Ref, func(m *Message) { m.InternalDate = c.Date })
			if !yield(c.Ref, err) || err != nil && mail.ScopeOf(err) == mail.ScopeStore {
				return
			}
		}
	}
}

// change is one side effect on one message.
func (s *Store) change(p mail.Path, ref mail.Ref, do func(*Message)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folders[p]
	i := slices.IndexFunc(f.messages, func(m Message) bool { return m.ID == ref.ID })
	if i < 0 {
		return &mail.Error{Op: "store", Ref: ref, Scope: mail.ScopeMessage, Err: mail.ErrGone}
	}
	if err := s.Fuse.step(func() {
		do(&f.messages[i])
		f.modSeq++
	}); err != nil {
		return s.dead()
	}
	return nil
}

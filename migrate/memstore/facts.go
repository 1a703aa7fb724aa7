package memstore

import (
	"context"
	"crypto/sha256"
	"fmt"

	"mailmv/formats/mail"
)

func (s *Store) facts(p mail.Path) mail.Folder {
	f := s.folders[p]
	facts := mail.Folder{Path: p, Validity: f.validity, Next: f.next, Messages: len(f.messages), ModSeq: f.modSeq}
	if s.Summed {
		facts.Next, facts.ModSeq = 0, 0
		h := sha256.New()
		for _, m := range f.messages {
			fmt.Fprintf(h, "%q %d %d %q\n", m.ID, len(m.Octets), m.Flags, m.Keywords)
		}
		h.Sum(facts.Listing[:0])
	}
	return facts
}

// Look tells of a folder.
func (s *Store) Look(ctx context.Context, p mail.Path) (mail.Folder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Fuse.blown() {
		return mail.Folder{}, s.dead()
	}
	if s.folders[p] == nil {
		return mail.Folder{}, &mail.Error{Op: "select", Ref: mail.Ref{Folder: p}, Scope: mail.ScopeFolder, Err: mail.ErrNoFolder}
	}
	return s.facts(p), nil
}

// ToldAs tells whether List has told of a folder what its Listing sums up.
func (s *Store) ToldAs(f mail.Folder) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told[f.Path] == f.Listing
}

// tell notes as what a folder is listed.
func (s *Store) tell(f mail.Folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told == nil {
		s.told = map[mail.Path][32]byte{}
	}
	s.told[f.Path] = f.Listing
}

// Known tells of a folder that is there, and is no step of a Fuse: nobody is asked.
func (s *Store) Known(p mail.Path) (mail.Folder, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.folders[p] == nil {
		return mail.Folder{}, false
	}
	f := s.facts(p)
	f.Messages = -1
	return f, true
}

package imap

import (
	"context"
	"time"

	"mailmv/formats/mail"
)

// goodFor is how long it holds what was asked ahead.
const goodFor = 10 * time.Second

// listing is what Folders tells.
type listing struct {
	folders []mail.Folder
	err     error
	until   time.Time
}

// lookAhead asks for the folders, and selects the one that is read first, while the caller does other things. It gives back the
// session's turn.
func (st *Store) lookAhead(ctx context.Context, s *session) {
	early := make(chan listing, 1)
	st.mu.Lock()
	first := st.first
	st.early, st.first = early, ""
	st.mu.Unlock()
	go func() {
		defer s.giveTurn()
		defer s.watch(ctx)()
		folders, err := s.foldersWith(ctx, st.names, first)
		early <- listing{folders, err, time.Now().Add(goodFor)}
	}()
}

// listsAhead tells whether Folders has something that was asked ahead.
func (st *Store) listsAhead() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.early != nil
}

// listedAhead gives what was asked ahead, once.
func (st *Store) listedAhead() (folders []mail.Folder, ok bool) {
	st.mu.Lock()
	early := st.early
	st.early = nil
	st.mu.Unlock()
	if early == nil {
		return nil, false
	}
	l := <-early
	return l.folders, l.err == nil && time.Now().Before(l.until)
}

// foldersWith lists the folders. Where that is one command that tells of their state too, the folder that is read first is selected in the
// same breath, before: Dovecot 2.3 looks through the whole of a Maildir each time it is asked for its state, or opened, once
// the session has listed folders, but not if it is open by then.
func (s *session) foldersWith(ctx context.Context, n *names, first mail.Path) ([]mail.Folder, error) {
	raw, err := n.raw(first)
	if err != nil || !s.caps["LIST-STATUS"] || !s.caps["LIST-EXTENDED"] {
		return s.folders(ctx, n, s.listing(s.statusItems()))
	}
	var listed lister
	err = s.selectAnd(ctx, "list", first.Clean(), raw, forReading, func() error {
		listed = s.listing(s.statusItems())
		return nil
	})
	if s.dead.Load() {
		return nil, err
	}
	if err == nil {
		s.box.freshUntil = time.Now().Add(goodFor)
	}
	return s.folders(ctx, n, listed)
}

// isFresh tells, once, whether a folder was selected just now.
func (s *session) isFresh(raw string) bool {
	if s.box == nil || s.box.raw != raw {
		return false
	}
	until := s.box.freshUntil
	s.box.freshUntil = time.Time{}
	return time.Now().Before(until)
}

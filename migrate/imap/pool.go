package imap

import (
	"context"
	"slices"
)

// open adds a session. Where the server refuses one more beside those it has, it is never asked again.
func (st *Store) open(ctx context.Context) (*session, error) {
	st.dialing.Lock()
	defer st.dialing.Unlock()
	s, err := st.connect(ctx)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.prune()
	if err != nil {
		if n := len(st.sessions); n > 0 && ctx.Err() == nil {
			st.max = n
			return nil, nil
		}
		return nil, err
	}
	st.opened++
	s.number = st.opened
	st.sessions = append(st.sessions, s)
	return s, nil
}

// prune forgets the sessions that are dead. st.mu is held.
func (st *Store) prune() {
	st.sessions = slices.DeleteFunc(st.sessions, func(s *session) bool { return s.dead.Load() })
	for i, s := range st.uplinks {
		if s != nil && s.dead.Load() {
			st.uplinks[i] = nil
		}
	}
}

// reader gives a session for reading, with its turn. release gives the turn back.
func (st *Store) reader(ctx context.Context) (*session, error) {
	for {
		s, full := st.free()
		if s == nil && !full {
			opened, err := st.open(ctx)
			if err != nil {
				return nil, err
			}
			s = opened
			if s != nil && !s.tryTurn() {
				s = nil // another was quicker
			}
		}
		if s == nil {
			if s = st.last(); s == nil {
				continue
			}
			if err := s.takeTurn(ctx); err != nil {
				return nil, err
			}
		}
		if err := s.uplink.settle(ctx); err != nil {
			s.giveTurn()
			return nil, err
		}
		if !s.dead.Load() {
			return s, nil
		}
		s.giveTurn()
	}
}

// free takes the turn of a session that has nothing to do. full: there is none, and no more may be opened.
func (st *Store) free() (s *session, full bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.prune()
	for _, s := range st.sessions {
		if !s.tryTurn() {
			continue
		}
		if s.uplink.idle() {
			return s, true
		}
		s.giveTurn()
	}
	return nil, len(st.sessions) >= st.max
}

// last gives the session that is the least likely to store; nil if there is none.
func (st *Store) last() *session {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.prune()
	if len(st.sessions) == 0 {
		return nil
	}
	return st.sessions[len(st.sessions)-1]
}

// nextSlot counts batches: each goes to the next of the sessions that store.
func (st *Store) nextSlot() int {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.batches++
	return st.batches % len(st.uplinks)
}

// storer gives the session of a slot, with its turn.
func (st *Store) storer(ctx context.Context, slot int) (*session, error) {
	for {
		s, full := st.uplink(slot)
		if s == nil && !full {
			opened, err := st.open(ctx)
			if err != nil {
				return nil, err
			}
			s = opened
		}
		if s == nil {
			if s = st.shared(); s == nil {
				continue
			}
		}
		st.mu.Lock()
		st.uplinks[slot] = s
		st.mu.Unlock()
		if err := s.takeTurn(ctx); err != nil {
			return nil, err
		}
		if !s.dead.Load() {
			return s, nil
		}
		s.giveTurn()
	}
}

// uplink gives the session of a slot, or one that is free and in no slot.
func (st *Store) uplink(slot int) (s *session, full bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.prune()
	if s := st.uplinks[slot]; s != nil {
		return s, true
	}
	for _, s := range st.sessions {
		if !slices.Contains(st.uplinks, s) && s.tryTurn() {
			s.giveTurn()
			return s, true
		}
	}
	return nil, len(st.sessions) >= st.max
}

// shared gives the first session, for whoever cannot have his own.
func (st *Store) shared() *session {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.prune()
	if len(st.sessions) == 0 {
		return nil
	}
	return st.sessions[0]
}

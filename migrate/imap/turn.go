package imap

import "context"

// tryTurn takes the turn if it is free.
func (s *session) tryTurn() bool {
	select {
	case <-s.turn:
		return true
	default:
		return false
	}
}

// takeTurn waits for the turn.
func (s *session) takeTurn(ctx context.Context) error {
	select {
	case <-s.turn:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *session) giveTurn() { s.turn <- struct{}{} }

// watch ends the session when ctx ends; the returned function ends the watch.
func (s *session) watch(ctx context.Context) func() {
	stop := context.AfterFunc(ctx, s.close)
	return func() { stop() }
}

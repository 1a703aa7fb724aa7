package imap

import (
	"fmt"
	"sync"

	"mailmv/formats/mail"
)

// suspects remembers messages over which a connection broke: some servers die on a message, or answer BAD.
// They are sent alone from then on, so that it is known which one it was; one that broke the connection
// alone and twice is refused.
type suspects struct {
	mu sync.Mutex
	by map[mail.Ref]*suspicion
}

type suspicion struct {
	times int
	why   string
}

const maxBlame = 2

// maxSuspects bounds the memory; beyond it all messages are trusted.
const maxSuspects = 100_000

// blame notes that the connection broke while ref was under way. It gives an error when that is enough.
func (s *suspects) blame(ref mail.Ref, alone bool, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[ref] == nil {
		if len(s.by) >= maxSuspects {
			return nil
		}
		s.by[ref] = &suspicion{}
	}
	if alone {
		s.by[ref].times++
		s.by[ref].why = why
	}
	return s.by[ref].verdict()
}

func (s *suspicion) verdict() error {
	if s.times < maxBlame {
		return nil
	}
	return fmt.Errorf("tried %d times: %s", s.times, s.why)
}

// verdict gives the error of a message that is not to be tried again.
func (s *suspects) verdict(ref mail.Ref) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.by[ref]; f != nil {
		return f.verdict()
	}
	return nil
}

// alone tells whether ref is to be sent alone.
func (s *suspects) alone(ref mail.Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[ref] != nil
}

// clear forgets ref: it is stored.
func (s *suspects) clear(ref mail.Ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, ref)
}

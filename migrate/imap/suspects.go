package imap

import (
	"fmt"
	"sync"

	"mailmv/formats/mail"
)

// suspects remembers messages over which a connection broke: some servers die on a message, or answer BAD.
// Connections break for other reasons too, so it is from the second time on (after a BAD from the first) that
// they are sent alone, for it to be known which one it was. One that broke the connection alone and twice is refused.
type suspects struct {
	mu sync.Mutex
	by map[mail.Ref]*suspicion
}

type suspicion struct {
	cuts  int // while it was under way with others
	times int // while it was known to be the one
	why   string
}

const maxBlame = 2

// maxSuspects bounds the memory; beyond it all messages are trusted.
const maxSuspects = 100_000

// blame notes that the connection broke while ref was under way, weight times. sure: ref is the one. It gives an
// error when that is enough.
func (s *suspects) blame(ref mail.Ref, weight int, sure bool, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.by[ref]
	if f == nil {
		if len(s.by) >= maxSuspects {
			return nil
		}
		f = &suspicion{}
		s.by[ref] = f
	}
	f.cuts += weight
	if sure {
		f.times++
		f.why = why
	}
	return f.verdict()
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
	return s.by[ref] != nil && s.by[ref].cuts > 1
}

// clear forgets ref: it is stored.
func (s *suspects) clear(ref mail.Ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, ref)
}

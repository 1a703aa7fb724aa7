package pop3

import (
	"strings"
)

// Bounds of what is under way at once. A lost or abandoned session wastes no more than this, and a round trip
// of 40 ms is filled with messages of 5 KB at 50 MB a second.
const (
	octetsInFlight = 4 << 20
	leastInFlight  = 2
	usualMessage   = 16 << 10 // stands for a size that is not told
)

// series is a run of commands of one kind, pipelined as far as the session allows: many go out in one write, and
// more before the answers run out.
type series struct {
	ses     *session
	count   int
	command func(k int) string
	octets  func(k int) int64 // how long the answer will be, about
	// answer is called for each command in order with its status: text of +OK or a refusal. It reads the lines
	// that follow. An error ends the series.
	answer func(k int, text string, refused error) error

	sent, answered int
	flying         int64
}

func (s *series) run() error {
	for s.answered < s.count {
		if err := s.send(); err != nil {
			return err
		}
		text, err := s.ses.answer()
		if err != nil && !refused(err) {
			return err
		}
		k := s.answered
		s.answered++
		s.flying -= s.weight(k)
		if err := s.answer(k, text, err); err != nil {
			return err
		}
	}
	return nil
}

// send refills the window once half of it is empty, in one write.
func (s *series) send() error {
	depth := s.ses.depth
	inFlight := s.sent - s.answered
	low := inFlight*2 <= depth && s.flying*2 <= octetsInFlight || inFlight < min(leastInFlight, depth)
	if s.sent == s.count || !low || inFlight >= depth {
		return nil
	}
	var b strings.Builder
	for s.sent < s.count && s.sent-s.answered < depth &&
		(s.flying < octetsInFlight || s.sent-s.answered < leastInFlight) {
		if b.Len() > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(s.command(s.sent))
		s.flying += s.weight(s.sent)
		s.sent++
	}
	return s.ses.send(b.String())
}

func (s *series) weight(k int) int64 {
	if n := s.octets(k); n >= 0 {
		return min(n, octetsInFlight) // an absurd size must not overflow the sum
	}
	return usualMessage
}

// unanswered is how many answers are still to come, and about how long they are.
func (s *series) unanswered() (answers int, octets int64) { return s.sent - s.answered, s.flying }

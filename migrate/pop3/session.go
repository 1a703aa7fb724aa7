package pop3

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	lib "github.com/knadh/go-pop3"

	"mailmv/migrate/wire"
)

const (
	maxLine  = 16 << 10 // of an answer or a listing; RFC 2449 §4 allows 512
	quitWait = 5 * time.Second
)

// session is one login, from greeting to QUIT.
type session struct {
	number int // of the sessions of this store, from 1
	conn   *wire.Conn
	tame   *tame
	lib    *lib.Conn
	cancel context.CancelCauseFunc
	ended  func() error // why the session was cancelled; nil: it was not
	caps   capabilities
	stamp  string       // of the greeting, for APOP
	bareLF bool         // the server ends its lines in LF alone
	depth  int          // commands that may be in flight
	hasTop bool         // TOP was tried, and known
	noTop  bool         // TOP was tried, and refused
	heard  *listing     // nil: it was not asked
	drop   *maildrop    // what was heard, joined; nil: nobody needed that
	sums   []remembered // by index in drop; nil: nothing is remembered
}

// remembered is what a fetch of this session found.
type remembered struct {
	sum    [sha256.Size]byte
	octets int64
	known  bool
}

// refusal is -ERR with the server's own words.
type refusal string

func (r refusal) Error() string {
	if r == "" {
		return "the server refuses and gives no reason"
	}
	return fmt.Sprintf("the server refuses: %q", string(r))
}

// send writes command lines at once. Each but the last ends in CRLF.
func (s *session) send(lines string) error { return s.lib.Send(lines) }

// answer reads one status line: text of +OK, a refusal, or why the session is over.
func (s *session) answer() (string, error) {
	text, err := s.lib.ReadOne()
	switch {
	case s.tame.err != nil:
		return "", s.tame.err
	case err != nil:
		return "", refusal(s.tame.words)
	}
	return string(text), nil
}

// ask sends one command and reads its status line.
func (s *session) ask(line string) (string, error) {
	if err := s.send(line); err != nil {
		return "", err
	}
	return s.answer()
}

// refused tells whether err is the server's -ERR, after which the session goes on.
func refused(err error) bool { return errors.As(err, new(refusal)) }

// leave says QUIT, with nothing marked for removal, and does not wait long for the answer.
func (s *session) leave() {
	defer s.abandon()
	defer time.AfterFunc(quitWait, s.abandon).Stop()
	_, _ = s.ask("QUIT") // whatever the answer is, nothing depends on it
}

// abandon closes the connection without QUIT: the server then removes nothing (RFC 1939 §6).
func (s *session) abandon() {
	_ = s.conn.Close() // nothing is written that could be lost
	s.cancel(nil)
}

// multiline reads the lines after +OK up to the lone dot, with dot-stuffing undone (RFC 1939 §3).
func (s *session) multiline(each func(line []byte) error) error {
	for {
		line, err := s.conn.ReadLine(maxLine)
		if err != nil {
			return err
		}
		if len(line) > 0 && line[0] == '.' {
			if line = line[1:]; len(line) == 0 {
				return nil
			}
		}
		if err := each(line); err != nil {
			return err
		}
	}
}

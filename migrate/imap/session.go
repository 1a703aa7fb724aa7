package imap

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// session is one connection that is logged in. Whoever holds its turn may speak: through the library
// (lib, behind the gate) or, with nothing of the library's open, on the wire himself.
type session struct {
	server wire.Server
	number int // counts the connections of a Store
	conn   *wire.Conn
	cancel context.CancelFunc
	words  words
	caps   caps
	gate   *gate
	lib    *imapclient.Client
	box    *box // the folder that is selected; nil: none
	uplink uplink

	turn chan struct{} // holds one token, which is the right to write
	dead atomic.Bool

	tagMu sync.Mutex
	tags  string // random, so that no server can answer a command before it was given
	tagNo int
	idTag string // of the ID command, whose answer nobody waits for
}

// box is a selected mailbox.
type box struct {
	raw      string
	readOnly bool
	folder   mail.Folder
	// keywords that may be set; nil: all.
	keywords map[string]bool
	// freshUntil is set where it was selected ahead of its use: until then it need not be selected anew.
	freshUntil time.Time
}

func newSession(server wire.Server, conn *wire.Conn, cancel context.CancelFunc, notes func(string)) *session {
	s := &session{server: server, conn: conn, cancel: cancel, caps: caps{}, turn: make(chan struct{}, 1), tags: "m" + rand.Text()[:8]}
	s.words.notes = notes
	s.turn <- struct{}{}
	s.uplink.init(s)
	return s
}

func (s *session) nextTag() string {
	s.tagMu.Lock()
	defer s.tagMu.Unlock()
	s.tagNo++
	return s.tags + strconv.Itoa(s.tagNo)
}

// command sends one command and reads up to its answer. other, if not nil, sees the untagged responses.
func (s *session) command(text string, other func(reply)) (status, error) {
	tag := s.nextTag()
	if err := s.send(tag + " " + text + "\r\n"); err != nil {
		return status{}, err
	}
	return s.until(tag, other)
}

// send writes, and where that fails listens for what the server said before it hung up.
func (s *session) send(text string) error {
	_, err := io.WriteString(s.conn, text)
	if err != nil {
		s.lastWords()
	}
	return err
}

// lastWords reads what is still there to be read, for the BYE in it.
func (s *session) lastWords() {
	for range 100 {
		r, err := readReply(s.conn)
		if err != nil {
			return
		}
		if r.tag == "*" && r.isStatus() {
			s.words.hear(parseStatus(r.text), false)
		}
	}
}

// until reads up to the answer to tag. The answer to another tag is stale, and never taken for this one.
func (s *session) until(tag string, other func(reply)) (status, error) {
	for range maxUnread {
		r, err := readReply(s.conn)
		if err != nil {
			return status{}, cut(err)
		}
		switch {
		case r.tag == tag:
			return s.answer(r)
		case r.tag == "*" && r.isStatus():
			s.words.hear(parseStatus(r.text), false)
		}
		if r.tag == "*" && other != nil {
			other(r)
		}
	}
	return status{}, errBounds
}

// answer reads the status of a tagged response.
func (s *session) answer(r reply) (status, error) {
	st := parseStatus(r.text)
	s.words.hear(st, true)
	switch st.kind {
	case "OK", "NO", "BAD":
		return st, nil
	}
	return st, fmt.Errorf("%w: answer %q", errSyntax, s.words.clean(st.kind))
}

// close ends the connection. What waits on it gets an error.
func (s *session) close() {
	s.dead.Store(true)
	if s.gate != nil {
		s.gate.Close()
	}
	s.conn.Close()
	s.cancel()
}

// fail turns an error of the library's into ours. A NO or BAD leaves the connection usable; anything else ends it.
func (s *session) fail(ctx context.Context, op string, scope mail.Scope, err error) error {
	if err == nil {
		return nil
	}
	if no := (*goimap.Error)(nil); errors.As(err, &no) && ctx.Err() == nil {
		e := s.words.refused(op, status{kind: string(no.Type), code: string(no.Code), text: no.Text}, scope)
		e.Place = s.server.Host
		return e
	}
	return s.lost(ctx, op, err)
}

// lost ends the connection and says why it is lost: the server's BYE where it gave one.
func (s *session) lost(ctx context.Context, op string, err error) error {
	if s.gate != nil {
		if cause := s.gate.cause(); cause != nil {
			err = cause
		}
	}
	s.close()
	if cause := context.Cause(ctx); cause != nil {
		return &mail.Error{Op: op, Place: s.server.Host, Err: cause}
	}
	if e := (*mail.Error)(nil); errors.As(err, &e) {
		return e
	}
	e := &mail.Error{Op: op, Place: s.server.Host, Retry: true, Err: fmt.Errorf("connection lost: %w", err)}
	if errors.Is(err, errTwice) {
		e.Scope, e.Retry = mail.ScopeFolder, false
	}
	if bye, ok := s.words.goodbye(); ok {
		e.Err = fmt.Errorf("server closes the connection: %q", bye)
		if isBusy("", bye) {
			e.Err = fmt.Errorf("%w: %w", mail.ErrLimit, e.Err)
			e.After = backoff(bye)
		}
	}
	return e
}

// at adds the folder to an error.
func at(err error, p mail.Path) error {
	if e := (*mail.Error)(nil); errors.As(err, &e) && e.Ref.Folder == "" {
		e.Ref.Folder = p
	}
	return err
}

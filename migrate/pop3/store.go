// Package pop3 is a maildrop as a source of mail (RFC 1939): it lists by UIDL, fetches many messages in one
// round trip where the server allows it (PIPELINING, RFC 2449 §6.6), and removes only what it has compared
// in the same session.
//
// A message number means nothing outside its session, so none is kept: every session lists anew. The
// library go-pop3 sends the commands and reads the status lines; everything of more than one line is read
// off the connection by this package, octet for octet.
package pop3

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// Options of a Store. The zero value is good.
type Options struct {
	// Remember keeps the SHA-256 of what a session fetched (40 octets a message), so that Remove can
	// compare in that session without fetching again.
	Remember bool
	// Notes is told in one line, once of a kind, what the user should know about the server; nil: nobody is.
	Notes func(string)
}

// Store is the maildrop of one account: a Source and a Remover. It connects when it is first used and
// keeps one session until it is lost, Remove ends it, or Close. Its methods run one at a time.
type Store struct {
	server  wire.Server
	login   wire.Login
	options Options
	secrets wire.Secrets
	session *session
	opened  int // sessions so far
	told    map[string]bool
	// careful: a message came without its end, so nothing is pipelined any more.
	careful bool
}

// New makes the store of one login on one server. Nothing is sent before it is used.
func New(s wire.Server, l wire.Login, o Options) *Store {
	return &Store{server: s, login: l, options: o, told: map[string]bool{}}
}

// Connect logs in, unless a session is open. Errors: mail.ErrTLS, mail.ErrAuth, mail.ErrInUse, mail.ErrLimit.
func (s *Store) Connect(ctx context.Context) error {
	_, err := s.open(ctx)
	return err
}

// open gives the session, a new one where there is none.
func (s *Store) open(ctx context.Context) (*session, error) {
	if s.session != nil && s.session.ended() == nil {
		return s.session, nil
	}
	s.forget()
	ses, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	s.session = ses
	return ses, nil
}

// listed gives a session whose messages are known, and ends it when ctx does. Call release when done.
func (s *Store) listed(ctx context.Context) (ses *session, release func(), err error) {
	ses, release, err = s.hear(ctx)
	if err == nil && ses.drop == nil {
		ses.drop = newMaildrop(ses.number, ses.heard)
		s.noteListing(ses.drop)
	}
	return ses, release, err
}

// hear is listed for one who does not ask about single messages.
func (s *Store) hear(ctx context.Context) (ses *session, release func(), err error) {
	ses, err = s.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { ses.cancel(context.Cause(ctx)) })
	release = func() { stop() }
	if ses.heard == nil {
		if ses.heard, err = ses.list(); err != nil {
			release()
			return nil, nil, s.lost("list", err)
		}
	}
	return ses, release, nil
}

// lost ends the session because of err, and says so.
func (s *Store) lost(op string, err error) error {
	err = s.failure(s.session, op, err)
	s.careful = s.careful || errors.Is(err, errNoEnd)
	s.forget()
	return err
}

// forget drops the connection, if any, without QUIT: the server then removes nothing (RFC 1939 §6).
func (s *Store) forget() {
	if s.session != nil {
		s.session.abandon()
		s.session = nil
	}
}

// note tells the user something once.
func (s *Store) note(kind, format string, args ...any) {
	if s.options.Notes == nil || s.told[kind] {
		return
	}
	s.told[kind] = true
	s.options.Notes(s.server.Host + ": " + fmt.Sprintf(format, args...))
}

// Folders gives the one folder that a maildrop is.
func (s *Store) Folders(ctx context.Context) ([]mail.Folder, error) {
	ses, release, err := s.hear(ctx)
	if err != nil {
		return nil, err
	}
	release()
	f := mail.Folder{Path: mail.Inbox, Messages: ses.heard.stat}
	if ses.heard.plain {
		f.Listing = ses.heard.sum
		return []mail.Folder{f}, nil
	}
	ses, release, err = s.listed(ctx)
	if err != nil {
		return nil, err
	}
	release()
	f.Messages = len(ses.drop.entries)
	return []mail.Folder{f}, nil
}

// List yields the messages of the maildrop as the session found it. A message whose UIDL is absent or not its
// own is Fleeting. A session lists once, in one round trip where the server pipelines.
func (s *Store) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		if err := s.only(f); err != nil {
			yield(mail.Message{}, err)
			return
		}
		ses, release, err := s.listed(ctx)
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		release() // nothing more is read
		for i := range ses.drop.entries {
			if !yield(ses.drop.message(i), nil) {
				return
			}
		}
	}
}

// only refuses folders that a maildrop does not have.
func (s *Store) only(f mail.Folder) error {
	if f.Path.Clean() == mail.Inbox {
		return nil
	}
	return &mail.Error{Op: "list", Place: s.server.Address(), Ref: mail.Ref{Folder: f.Path}, Scope: mail.ScopeFolder, Err: mail.ErrNoFolder}
}

// Limits: a maildrop is locked by its one session (RFC 1939 §4).
func (s *Store) Limits() mail.Limits { return mail.Limits{Connections: 1} }

// Close ends the session without removing anything.
func (s *Store) Close() error {
	if s.session != nil {
		s.session.leave()
		s.session = nil
	}
	return nil
}

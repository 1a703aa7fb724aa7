package imap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2/imapclient"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// connect opens a session. A secret that the server refuses is asked for once more, and tried if it is another one.
func (st *Store) connect(ctx context.Context) (*session, error) {
	used := ""
	login := st.login
	if login.Secret != nil {
		login.Secret = func(ctx context.Context, again bool) (string, error) {
			secret, err := st.login.Secret(ctx, again)
			used = secret
			return secret, err
		}
	}
	s, err := st.attempt(ctx, login)
	if used == "" || !errors.Is(err, mail.ErrAuth) {
		return s, err
	}
	fresh, ferr := st.login.Secret(ctx, true)
	if ferr != nil || fresh == used {
		return nil, err
	}
	login.Secret = func(context.Context, bool) (string, error) { return fresh, nil }
	return st.attempt(ctx, login)
}

// attempt connects and logs in once. The connection outlives ctx; until it is there, ctx ends it.
func (st *Store) attempt(ctx context.Context, login wire.Login) (*session, error) {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	conn, err := wire.Dial(life, st.server)
	if err != nil {
		cancel()
		if cause := context.Cause(ctx); cause != nil {
			err = &mail.Error{Op: "connect", Place: st.server.Host, Err: cause}
		}
		return nil, err
	}
	st.mu.Lock()
	st.peer = conn.RemoteAddr().String()
	st.mu.Unlock()
	s := newSession(st.server, conn, cancel, st.note)
	if err := s.begin(ctx, login); err != nil {
		return nil, s.lost(ctx, "connect", err)
	}
	if err := st.learn(s); err != nil {
		return nil, s.lost(ctx, "connect", err)
	}
	s.gate = newGate(conn, &s.words)
	s.lib = imapclient.New(s.gate, nil)
	if err := s.lib.WaitGreeting(); err != nil {
		return nil, s.lost(ctx, "connect", err)
	}
	return s, nil
}

// begin greets, starts TLS where that is asked for, logs in and introduces us. Capabilities from before TLS
// are forgotten, and asked for anew after the login.
func (s *session) begin(ctx context.Context, login wire.Login) error {
	hello, err := s.greeting()
	if err != nil {
		return err
	}
	if s.server.Security == wire.StartTLS {
		if err := s.startTLS(ctx, hello); err != nil {
			return err
		}
		hello = status{}
	}
	if hello.kind != "PREAUTH" {
		if err := s.capability(hello); err != nil {
			return err
		}
		if hello, err = s.login(ctx, login); err != nil {
			return err
		}
	}
	if err := s.capability(hello); err != nil {
		return err
	}
	if !s.caps["ID"] {
		return nil
	}
	// RFC 2971. Some large providers let nobody select a folder who has not introduced himself. A NO is no
	// harm, and the next command need not wait for the answer.
	s.idTag = s.nextTag()
	return s.send(s.idTag + ` ID ("name" "mailmv")` + "\r\n")
}

// greeting reads the first line. BYE means that there are too many of us, or a bad time.
func (s *session) greeting() (status, error) {
	r, err := readLine(s.conn)
	if err != nil {
		return status{}, fmt.Errorf("no greeting: %w", cut(err))
	}
	hello := parseStatus(r.text)
	s.words.hear(hello, false)
	switch {
	case r.tag == "*" && hello.kind == "BYE":
		said := s.words.clean(hello.text)
		return hello, &mail.Error{Op: "connect", Place: s.server.Host, Retry: true, After: backoff(said),
			Err: fmt.Errorf("%w: server greets with BYE: %q", mail.ErrLimit, said)}
	case r.tag == "*" && (hello.kind == "OK" || hello.kind == "PREAUTH"):
		return hello, nil
	}
	return hello, &mail.Error{Op: "connect", Place: s.server.Host, Err: errors.New("what answers there is no IMAP server"),
		Hint: "check the port: IMAP is 143, with TLS 993"}
}

// startTLS upgrades the connection (RFC 9051 §6.2.1), or gives it up. PREAUTH leaves no way to (RFC 9051
// §7.1.4), and so nothing is sent.
func (s *session) startTLS(ctx context.Context, hello status) error {
	refuse := func(why string) error {
		return &mail.Error{Op: "connect", Place: s.server.Host, Err: fmt.Errorf("%w: %s", mail.ErrTLS, why),
			Hint: "nothing was sent in the clear; imaps:// (port 993) may work, tls=none would give up all protection"}
	}
	if hello.kind == "PREAUTH" {
		return refuse("the server claims that we are logged in before TLS (PREAUTH)")
	}
	if err := s.capability(hello); err != nil {
		return err
	}
	if !s.caps["STARTTLS"] {
		return refuse("the server does not offer STARTTLS")
	}
	answer, err := s.command("STARTTLS", nil)
	if err != nil {
		return err
	}
	if answer.kind != "OK" {
		return refuse(fmt.Sprintf("the server answers %s to STARTTLS: %q", answer.kind, s.words.clean(answer.text)))
	}
	s.caps = caps{}
	return s.conn.Upgrade(ctx)
}

// capability takes the capabilities out of said, or asks for them.
func (s *session) capability(said status) error {
	if said.code == "CAPABILITY" {
		s.caps = parseCaps(said.args)
		return nil
	}
	list := ""
	answer, err := s.command("CAPABILITY", func(r reply) {
		if kind, rest, _ := strings.Cut(string(r.text), " "); strings.EqualFold(kind, "CAPABILITY") {
			list = rest
		}
	})
	if err != nil {
		return err
	}
	if answer.kind != "OK" {
		return fmt.Errorf("%w: CAPABILITY answered %s", errSyntax, answer.kind)
	}
	s.caps = parseCaps(list)
	return nil
}

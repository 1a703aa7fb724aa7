package pop3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	lib "github.com/knadh/go-pop3"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// Commands in flight where the server pipelines, and where it does not.
const (
	manyInFlight = 1000
	oneInFlight  = 1
)

// connect opens a session. Where the server refuses the secret, the login is asked once for another.
func (s *Store) connect(ctx context.Context) (*session, error) {
	var first string
	ses, err := s.connectWith(ctx, func(ctx context.Context, _ bool) (string, error) {
		secret, err := s.login.Secret(ctx, false)
		first = secret
		return secret, err
	})
	if !errors.Is(err, mail.ErrAuth) || !refused(err) {
		return ses, err
	}
	second, again := s.login.Secret(ctx, true)
	if again != nil || second == first {
		return nil, err
	}
	return s.connectWith(ctx, func(context.Context, bool) (string, error) { return second, nil })
}

func (s *Store) connectWith(ctx context.Context, secret func(context.Context, bool) (string, error)) (*session, error) {
	login := s.login
	if login.Secret != nil {
		login.Secret = func(ctx context.Context, again bool) (string, error) {
			text, err := secret(ctx, again)
			s.secrets.Hide(text)
			return text, err
		}
	}
	// The session outlives ctx, which bounds the login alone.
	life, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
	d := &dialer{store: s, login: login, ctx: life, ses: &session{
		number: s.opened + 1, cancel: cancel, depth: oneInFlight,
		ended: func() error { return context.Cause(life) },
	}}
	conn, err := lib.New(lib.Opt{Host: s.server.Host, Port: s.server.Port, Dialer: d}).NewConn()
	if err != nil {
		err = s.failure(d.ses, "login", err)
		if d.ses.conn != nil {
			d.ses.abandon()
		}
		cancel(nil)
		return nil, err
	}
	s.opened++
	d.ses.lib = conn
	return d.ses, nil
}

// dialer brings a session as far as the library can take it over: connected, secured, logged in.
type dialer struct {
	store *Store
	login wire.Login
	ctx   context.Context // of the session: the library's Dial has none to pass on
	ses   *session
}

// Dial connects to the store's server, whatever the library's idea of the address.
func (d *dialer) Dial(string, string) (net.Conn, error) {
	conn, err := wire.Dial(d.ctx, d.store.server)
	if err != nil {
		return nil, err
	}
	d.ses.conn = conn
	steps := []func() error{d.greeting, d.capa, d.startTLS, d.logIn, d.capaAgain}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if d.ses.caps.has("PIPELINING") && !d.store.careful {
		d.ses.depth = manyInFlight
	}
	d.ses.tame = newTame(conn)
	return d.ses.tame, nil
}

func (d *dialer) greeting() error {
	text, err := d.answer()
	if r := refusal(""); errors.As(err, &r) {
		return d.store.refusedLogin(atGreeting, nil, r)
	}
	if n := notStatus(""); errors.As(err, &n) {
		return &mail.Error{Op: "login", Place: d.store.server.Address(), Hint: "check the port: POP3 is 110, with TLS 995",
			Err: fmt.Errorf("what answers there is no POP3 server: %q", d.store.clean(string(n)))}
	}
	if err != nil {
		return err
	}
	d.ses.bareLF = d.ses.conn.BareLF()
	if from, to := strings.IndexByte(text, '<'), strings.IndexByte(text, '>'); from >= 0 && to > from {
		d.ses.stamp = text[from : to+1] // RFC 1939 §7, APOP
	}
	return nil
}

// capa asks what the server can do; many old ones do not know the question.
func (d *dialer) capa() error {
	d.ses.caps = nil
	switch _, err := d.ask("CAPA"); {
	case refused(err):
		return nil
	case err != nil:
		return err
	}
	d.ses.caps = capabilities{}
	const enough = 200 // about ten are usual
	lines := 0
	return d.ses.multiline(func(line []byte) error {
		if lines++; lines > enough {
			return errors.New("CAPA: the list does not come to an end")
		}
		d.ses.caps.add(string(line))
		return nil
	})
}

// startTLS secures the connection where the place says so (RFC 2595 §4), and forgets what was announced before.
// CAPA need not list STLS: servers without CAPA may have it.
func (d *dialer) startTLS() error {
	if d.store.server.Security != wire.StartTLS {
		return nil
	}
	_, err := d.ask("STLS")
	if r := refusal(""); errors.As(err, &r) {
		return &mail.Error{Op: "start TLS", Place: d.store.server.Address(), Err: fmt.Errorf("%w: %w", mail.ErrTLS, d.store.quote(r)),
			Hint: "the server offers no STLS here: use pop3s:// (port 995), or tls=none to send the password in the clear"}
	}
	if err != nil {
		return err
	}
	if err := d.ses.conn.Upgrade(d.ctx); err != nil {
		return err
	}
	return d.capa()
}

// capaAgain asks after the login where something that matters was not announced before it.
func (d *dialer) capaAgain() error {
	c := d.ses.caps
	if c == nil || c.has("PIPELINING") && c.has("UIDL") && c.has("TOP") {
		return nil
	}
	return d.capa()
}

// ask and answer speak for the dialer, before the library has the connection.
func (d *dialer) ask(line string) (string, error) {
	if _, err := d.ses.conn.Write([]byte(line + "\r\n")); err != nil {
		return "", err
	}
	return d.answer()
}

func (d *dialer) answer() (string, error) {
	line, err := d.ses.conn.ReadLine(maxLine)
	if err != nil {
		return "", err
	}
	ok, text, err := parseStatus(line)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "", refusal(text)
	}
	return string(text), nil
}

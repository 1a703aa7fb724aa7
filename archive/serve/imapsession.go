package serve

import (
	"errors"
	"io"
	"net"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
)

// imapSession is one connection: go-imap's session on its store in memory, with our logins and faults.
type imapSession struct {
	*imapmemserver.UserSession // nil before login
	srv                        *IMAP
	conn                       *imapserver.Conn
}

// limitedSession tells its limit; a session that has this method at all has one.
type limitedSession struct{ *imapSession }

// AppendLimit implements imapserver.SessionAppendLimit.
func (s limitedSession) AppendLimit() uint32 { return s.srv.AppendLimit }

var (
	_ imapserver.SessionSASL        = (*imapSession)(nil)
	_ imapserver.SessionIMAP4rev2   = (*imapSession)(nil)
	_ imapserver.SessionAppendLimit = limitedSession{}
)

func (s *IMAP) newSession(c *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
	one := &imapSession{srv: s, conn: c}
	if s.AppendLimit > 0 {
		return limitedSession{one}, nil, nil
	}
	return one, nil, nil
}

// Login implements imapserver.Session.
func (s *imapSession) Login(name, password string) error {
	u := s.srv.user(name)
	if u == nil || !same(u.password, password) {
		return imapserver.ErrAuthFailed
	}
	s.UserSession = imapmemserver.NewUserSession(u.store)
	return nil
}

// AuthenticateMechanisms implements imapserver.SessionSASL.
func (s *imapSession) AuthenticateMechanisms() []string {
	if s.srv.Mechanisms == nil {
		return []string{"PLAIN"}
	}
	return s.srv.Mechanisms
}

// Authenticate implements imapserver.SessionSASL.
func (s *imapSession) Authenticate(mech string) (sasl.Server, error) {
	for _, m := range s.AuthenticateMechanisms() {
		if m == mech {
			return &imapExchange{newExchange(mech, s.srv.password), s}, nil
		}
	}
	return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Text: "mechanism not offered"}
}

func (s *IMAP) password(name string) (string, bool) {
	u := s.user(name)
	if u == nil {
		return "", false
	}
	return u.password, true
}

// imapExchange opens the store of the user that the exchange proves.
type imapExchange struct {
	*exchange
	session *imapSession
}

// Next implements sasl.Server.
func (e *imapExchange) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := e.exchange.Next(response)
	if err != nil {
		return nil, false, imapserver.ErrAuthFailed
	}
	if done {
		e.session.UserSession = imapmemserver.NewUserSession(e.session.srv.user(e.user).store)
	}
	if len(challenge) == 0 {
		challenge = nil // go-imap writes an empty one as "=", which is a client's word (RFC 9051 §6.2.2)
	}
	return challenge, done, nil
}

// Append implements imapserver.Session.
func (s *imapSession) Append(folder string, r imap.LiteralReader, o *imap.AppendOptions) (*imap.AppendData, error) {
	hook := s.srv.OnAppend
	if hook == nil {
		return s.UserSession.Append(folder, r, o)
	}
	octets, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	fault := hook(folder, int(s.srv.appends.Add(1)))
	if refusal := (*Refusal)(nil); errors.As(fault, &refusal) {
		return nil, &imap.Error{
			Type: imap.StatusResponseTypeNo, Code: imap.ResponseCode(refusal.Code), Text: refusal.Text,
		}
	}
	if errors.Is(fault, ErrCut) {
		s.conn.NetConn().Close()
		return nil, fault
	}
	data, err := s.UserSession.Append(folder, newLiteral(octets), o)
	if errors.Is(fault, ErrLost) {
		s.conn.NetConn().Close()
		return nil, fault
	}
	return data, err
}

// single is a listener that has one connection to give.
type single struct {
	conn chan net.Conn
	over chan struct{}
}

func newSingle(c net.Conn) *single {
	l := &single{make(chan net.Conn, 1), make(chan struct{})}
	l.conn <- c
	return l
}

func (l *single) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	case <-l.over:
		return nil, net.ErrClosed
	}
}

func (l *single) Close() error {
	close(l.over)
	return nil
}

func (l *single) Addr() net.Addr { return &net.UnixAddr{Name: "inside", Net: "pipe"} }

package serve

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"
)

var errLogin = errors.New("login refused")

// Mechanisms lists the SASL mechanisms that both servers can offer. For the OAuth ones the password is the token.
func Mechanisms() []string {
	return []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"}
}

// exchange is one SASL login (RFC 4422). After Next was done without an error, user is whom it proved.
type exchange struct {
	sasl.Server
	user     string
	password func(user string) (string, bool)
}

// newExchange begins a login with one of Mechanisms().
func newExchange(mech string, password func(user string) (string, bool)) *exchange {
	e := &exchange{password: password}
	switch mech {
	case "PLAIN":
		e.Server = sasl.NewPlainServer(e.plain)
	case "LOGIN":
		e.Server = &loginServer{e: e}
	case "CRAM-MD5":
		e.Server = &cramServer{e: e}
	case "SCRAM-SHA-256":
		e.Server = &scramServer{e: e}
	case "XOAUTH2":
		e.Server = &xoauth2Server{e: e}
	case "OAUTHBEARER":
		e.Server = sasl.NewOAuthBearerServer(e.bearer)
	default:
		e.Server = refusing{}
	}
	return e
}

func (e *exchange) plain(identity, user, password string) error {
	if identity != "" && identity != user {
		return errLogin
	}
	return e.check(user, password)
}

func (e *exchange) check(user, password string) error {
	want, known := e.password(user)
	if !known || !same(want, password) {
		return errLogin
	}
	e.user = user
	return nil
}

func (e *exchange) bearer(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
	if e.check(o.Username, o.Token) != nil {
		return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
	}
	return nil
}

// refusing is the exchange of a mechanism that is not there.
type refusing struct{}

func (refusing) Next([]byte) ([]byte, bool, error) { return nil, false, errLogin }

// loginServer is LOGIN, never standardised: two prompts.
type loginServer struct {
	e    *exchange
	step int
	user string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	if l.step == 0 && response != nil {
		l.step++ // the name came with the command
	}
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.e.check(l.user, string(response))
}

// cramServer is CRAM-MD5 (RFC 2195).
type cramServer struct {
	e         *exchange
	challenge string
}

func (c *cramServer) Next(response []byte) ([]byte, bool, error) {
	if c.challenge == "" {
		c.challenge = fmt.Sprintf("<%d@localhost>", time.Now().UnixNano())
		return []byte(c.challenge), false, nil
	}
	text := string(response)
	at := strings.LastIndexByte(text, ' ')
	if at < 0 {
		return nil, false, errLogin
	}
	password, known := c.e.password(text[:at])
	mac := hmac.New(md5.New, []byte(password))
	mac.Write([]byte(c.challenge))
	if !known || !same(hex.EncodeToString(mac.Sum(nil)), text[at+1:]) {
		return nil, false, errLogin
	}
	c.e.user = text[:at]
	return nil, true, nil
}

// scramServer is SCRAM-SHA-256 (RFC 5802, RFC 7677).
type scramServer struct {
	e    *exchange
	conv *scram.ServerConversation
}

func (s *scramServer) Next(response []byte) ([]byte, bool, error) {
	if s.conv == nil {
		server, err := scram.SHA256.NewServer(s.lookup)
		if err != nil {
			return nil, false, err
		}
		s.conv = server.NewConversation()
		if response == nil {
			return []byte{}, false, nil
		}
	}
	if s.conv.Done() {
		if !s.conv.Valid() {
			return nil, false, errLogin
		}
		s.e.user = s.conv.Username()
		return nil, true, nil
	}
	challenge, err := s.conv.Step(string(response))
	return []byte(challenge), false, err
}

func (s *scramServer) lookup(user string) (scram.StoredCredentials, error) {
	password, known := s.e.password(user)
	if !known {
		return scram.StoredCredentials{}, errLogin
	}
	c, err := scram.SHA256.NewClient(user, password, "")
	if err != nil {
		return scram.StoredCredentials{}, err
	}
	return c.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "mailmv salt", Iters: 4096})
}

// xoauth2Server is XOAUTH2, Google's and Microsoft's: one response, and on failure a challenge that tells why.
type xoauth2Server struct {
	e      *exchange
	asked  bool
	failed bool
}

func (x *xoauth2Server) Next(response []byte) ([]byte, bool, error) {
	if x.failed {
		return nil, false, errLogin
	}
	if response == nil && !x.asked {
		x.asked = true
		return []byte{}, false, nil
	}
	fields := strings.Split(string(response), "\x01")
	if len(fields) == 4 {
		user, isUser := strings.CutPrefix(fields[0], "user=")
		token, isToken := strings.CutPrefix(fields[1], "auth=Bearer ")
		if isUser && isToken && x.e.check(user, token) == nil {
			return nil, true, nil
		}
	}
	x.failed = true
	return []byte(`{"status":"401","schemes":"bearer","scope":"mail"}`), false, nil
}

package wire

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"
)

// cramMD5 answers one challenge with a keyed digest of it (RFC 2195).
type cramMD5 struct {
	user, secret string
	answered     bool
}

func (m *cramMD5) Start() (string, []byte, error) { return "CRAM-MD5", nil, nil }

func (m *cramMD5) Next(challenge []byte) ([]byte, error) {
	if m.answered {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	m.answered = true
	h := hmac.New(md5.New, []byte(m.secret))
	h.Write(challenge)
	return []byte(m.user + " " + hex.EncodeToString(h.Sum(nil))), nil
}

// login answers the first question with the name and the second with the secret, whatever the prompts say:
// "Username:", "User Name", "Password:" and nothing at all are all in use. It sends no initial response,
// which some servers do not know for LOGIN.
type login struct{ answers []string }

func (m *login) Start() (string, []byte, error) { return "LOGIN", nil, nil }

func (m *login) Next([]byte) ([]byte, error) {
	if len(m.answers) == 0 {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	answer := m.answers[0]
	m.answers = m.answers[1:]
	return []byte(answer), nil
}

// oauthBearer sends a token (RFC 7628). A challenge is the reason of a refusal, and has to be acknowledged
// with one 0x01 before the server ends the exchange (§3.2.3).
type oauthBearer struct {
	login   Login
	server  Server
	token   string
	refused bool
}

func (m *oauthBearer) Start() (string, []byte, error) {
	id := m.login.Authzid
	if id == "" {
		id = m.login.User
	}
	id = strings.NewReplacer("=", "=3D", ",", "=2C").Replace(id)
	return "OAUTHBEARER", []byte("n,a=" + id + ",\x01host=" + m.server.Host +
		"\x01port=" + strconv.Itoa(m.server.Port) + "\x01auth=Bearer " + m.token + "\x01\x01"), nil
}

func (m *oauthBearer) Next([]byte) ([]byte, error) {
	if m.refused {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	m.refused = true
	return []byte{1}, nil
}

// xoauth2 is what OAUTHBEARER was before it was a standard: Gmail, Outlook, Yahoo. A challenge is the
// reason of a refusal; the answer to it is empty.
type xoauth2 struct {
	user, token string
	refused     bool
}

func (m *xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + m.user + "\x01auth=Bearer " + m.token + "\x01\x01"), nil
}

func (m *xoauth2) Next([]byte) ([]byte, error) {
	if m.refused {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	m.refused = true
	return []byte{}, nil
}

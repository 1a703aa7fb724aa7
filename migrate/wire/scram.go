package wire

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"

	"mailmv/formats/mail"
)

// maxRounds bounds what a server may make us compute (net-imap CVE-2026-42256).
const maxRounds = 600_000

// scramClient is SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding. The library checks the proof
// and at least 4096 rounds; the upper bound and a nonce that is really longer are checked here.
type scramClient struct {
	talk  *scram.ClientConversation
	nonce string
	step  int
}

func newScram(user, secret, authzid string) (*scramClient, error) {
	client, err := scram.SHA256.NewClient(user, secret, authzid)
	if err != nil { // outside SASLprep, an emoji for one: as it is
		client, err = scram.SHA256.NewClientUnprepped(user, secret, authzid)
	}
	if err != nil {
		return nil, err
	}
	return &scramClient{talk: client.NewConversation()}, nil
}

func (m *scramClient) Start() (string, []byte, error) {
	first, err := m.talk.Step("")
	m.nonce = field(first, "r=")
	return "SCRAM-SHA-256", []byte(first), err
}

func (m *scramClient) Next(challenge []byte) ([]byte, error) {
	m.step++
	switch text := string(challenge); m.step {
	case 1:
		if err := m.checkFirst(text); err != nil {
			return nil, err
		}
		answer, err := m.talk.Step(text)
		return []byte(answer), m.wrap(err)
	case 2:
		_, err := m.talk.Step(text)
		return []byte{}, m.wrap(err)
	}
	return nil, sasl.ErrUnexpectedServerChallenge
}

func (m *scramClient) checkFirst(text string) error {
	rounds, err := strconv.ParseUint(field(text, "i="), 10, 64)
	if err != nil || rounds > maxRounds {
		return fmt.Errorf("%w: SCRAM: the server asks for %q rounds, at most %d are done", mail.ErrAuth, shorten(field(text, "i="), 20), maxRounds)
	}
	if nonce := field(text, "r="); len(nonce) <= len(m.nonce) || !strings.HasPrefix(nonce, m.nonce) {
		return fmt.Errorf("%w: SCRAM: the server did not extend our nonce", mail.ErrAuth)
	}
	return nil
}

func (m *scramClient) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: SCRAM: %v", mail.ErrAuth, err)
}

func (m *scramClient) proven() error {
	if !m.talk.Valid() {
		return fmt.Errorf("%w: SCRAM: the server did not prove that it knows the password", mail.ErrAuth)
	}
	return nil
}

// field finds one attribute of a SCRAM message.
func field(message, name string) string {
	for f := range strings.SplitSeq(message, ",") {
		if value, ok := strings.CutPrefix(f, name); ok {
			return value
		}
	}
	return ""
}

func shorten(s string, n int) string { return s[:min(len(s), n)] }

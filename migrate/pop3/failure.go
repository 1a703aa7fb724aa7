package pop3

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// failure makes an error of the whole store: what broke a session can be tried again on a new one. What ended
// because its ctx did is that ctx's error.
func (s *Store) failure(ses *session, op string, err error) error {
	if cause := ses.ended(); cause != nil && errors.Is(err, cause) {
		return cause
	}
	if errors.As(err, new(*mail.Error)) || wire.Cancelled(err) {
		return err
	}
	e := &mail.Error{Op: op, Place: s.server.Address(), Retry: true, Err: err}
	r, n := refusal(""), notStatus("")
	switch {
	case errors.As(err, &r):
		e.Err = s.quote(r)
	case errors.As(err, &n):
		e.Err = notStatus(s.clean(string(n)))
	case errors.Is(err, io.EOF):
		e.Err = fmt.Errorf("the server closed the connection: %w", io.ErrUnexpectedEOF)
	}
	return e
}

// ofMessage makes an error of one message.
func (s *Store) ofMessage(op string, ref mail.Ref, err error) error {
	if r, bare := err.(refusal); bare {
		err = s.quote(r)
	}
	return &mail.Error{Op: op, Place: s.server.Address(), Ref: ref, Scope: mail.ScopeMessage, Err: err}
}

// quote keeps the server's words.
func (s *Store) quote(r refusal) refusal { return refusal(s.clean(string(r))) }

// clean takes our secrets out of a server's text, as some servers echo them, and what is too much of it.
func (s *Store) clean(text string) string {
	const enough = 200
	text = s.secrets.Redact(text)
	if len(text) > enough {
		text = text[:enough] + "..."
	}
	return text
}

// stage says when the server refused.
type stage uint8

const (
	atGreeting stage = iota
	atLogin
)

// refusedLogin sorts -ERR of a greeting or a login by its response code (RFC 2449 §8, RFC 3206), else by words
// that servers without codes are known to use.
func (s *Store) refusedLogin(at stage, caps capabilities, r refusal) error {
	r = s.quote(r)
	e := &mail.Error{Op: "login", Place: s.server.Address()}
	because := func(sentinel error) { e.Err = fmt.Errorf("%w: %w", sentinel, r) }
	code, words := responseCode(string(r)), strings.ToLower(string(r))
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(words, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("too many", "connection limit", "maximum number of connections", "connections exceeded"):
		because(mail.ErrLimit)
		e.Retry, e.Hint = true, "another program may be connected; wait, or close it"
	case code == "LOGIN-DELAY":
		because(mail.ErrInUse)
		e.Retry, e.After = true, caps.loginDelay()
	case code == "IN-USE", code == "" && has("already locked", "maildrop lock", "mailbox lock", "mailbox is locked", "maildrop is locked", "lock busy", "in use", "unable to lock"):
		because(mail.ErrInUse)
		e.Retry, e.After, e.Hint = true, inUsePause, "another program reads this maildrop now"
	case code == "SYS/TEMP", code == "" && has("temporar", "try again", "unavailable"):
		e.Err, e.Retry = r, true
	case at == atGreeting, code == "SYS/PERM":
		e.Err = r
	default:
		because(mail.ErrAuth)
		e.Hint = "check user name and password; some providers want an app password, or OAuth2 (auth=xoauth2)"
	}
	return e
}

// inUsePause is how long a session that another program holds may well last.
const inUsePause = 5 * time.Second

// responseCode reads "[CODE]" at the front of an answer's text, in capitals.
func responseCode(text string) string {
	rest, ok := strings.CutPrefix(text, "[")
	code, _, closed := strings.Cut(rest, "]")
	if !ok || !closed {
		return ""
	}
	code, _, _ = strings.Cut(code, " ")
	return strings.ToUpper(code)
}

package imap

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/emersion/go-sasl"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// login proves who we are. On failure the connection is given up: servers differ in what they expect next.
// The library's own AUTHENTICATE is not used: it sends "=" for an empty response, which breaks SCRAM and
// hides the reason of a refused token, and it leaves a refused OAUTHBEARER exchange open.
func (s *session) login(ctx context.Context, l wire.Login) (status, error) {
	login := l
	if l.Secret != nil {
		login.Secret = func(ctx context.Context, again bool) (string, error) {
			secret, err := l.Secret(ctx, again)
			s.words.secrets.Hide(secret)
			return secret, err
		}
	}
	if s.byCommand(login) {
		return s.loginCommand(ctx, login)
	}
	name, mech, err := wire.Mechanism(ctx, s.caps.mechanisms(), login, s.server, s.conn.Secure(), false)
	if err != nil {
		return status{}, err
	}
	answer, err := s.authenticate(mech)
	if e := (*mail.Error)(nil); l.Mechanism == "" && name != "PLAIN" && s.caps["AUTH=PLAIN"] && errors.Is(err, mail.ErrAuth) && errors.As(err, &e) {
		// GNU Mailutils offers SCRAM and CRAM-MD5 for accounts of whose passwords it keeps only a hash.
		e.Hint = "check user name and password; some providers want an app password, or OAuth2 (auth=xoauth2); some servers offer " + name + " in vain, and auth=plain works"
	}
	if err != nil {
		return answer, err
	}
	return answer, wire.Proven(mech)
}

// byCommand tells whether the LOGIN command is the way in: where no mechanism is offered that we speak,
// the server does not forbid it (LOGINDISABLED), and the password is safe on this connection.
func (s *session) byCommand(l wire.Login) bool {
	if s.caps["LOGINDISABLED"] || l.Authzid != "" || !s.conn.Secure() && s.server.Security != wire.None {
		return false
	}
	spoken := []string{"SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5", "OAUTHBEARER", "XOAUTH2"}
	switch l.Mechanism {
	case "":
	case "login":
		spoken = []string{"LOGIN"}
	default:
		return false
	}
	return !slices.ContainsFunc(s.caps.mechanisms(), func(m string) bool { return slices.Contains(spoken, m) })
}

// loginCommand sends LOGIN (RFC 9051 §6.2.3).
func (s *session) loginCommand(ctx context.Context, l wire.Login) (status, error) {
	secret, err := wire.Password(ctx, l, s.server, false)
	if err != nil {
		return status{}, err
	}
	tag := s.nextTag()
	text := tag + " LOGIN"
	for _, arg := range []string{l.User, secret} {
		if isASCII(arg) {
			q, err := quoted(arg)
			if err != nil {
				return status{}, err
			}
			text += " " + q
			continue
		}
		if s.caps.unasked(int64(len(arg))) {
			text += " {" + strconv.Itoa(len(arg)) + "+}\r\n" + arg
			continue
		}
		answer, err := s.ask(tag, text+" {"+strconv.Itoa(len(arg))+"}\r\n")
		if err != nil || answer != nil {
			return s.judge(answer, err)
		}
		text = arg
	}
	if err := s.send(text + "\r\n"); err != nil {
		return status{}, err
	}
	answer, err := s.until(tag, nil)
	return s.judge(&answer, err)
}

// ask sends text, which ends in a literal's announcement, and waits for the "+". An answer means a refusal.
func (s *session) ask(tag, text string) (*status, error) {
	if err := s.send(text); err != nil {
		return nil, err
	}
	r, err := s.challenge(tag)
	if err != nil || r.tag == "+" {
		return nil, err
	}
	answer, err := s.answer(r)
	return &answer, err
}

// challenge reads up to a "+" or the answer to tag.
func (s *session) challenge(tag string) (reply, error) {
	for range maxUnread {
		r, err := readReply(s.conn)
		if err != nil {
			return r, cut(err)
		}
		switch {
		case r.tag == "+" || r.tag == tag:
			return r, nil
		case r.tag == "*" && r.isStatus():
			s.words.hear(parseStatus(r.text), false)
		}
	}
	return reply{}, errBounds
}

// authenticate runs a SASL exchange (RFC 9051 §6.2.2), with the initial response where it may be sent (RFC 4959).
func (s *session) authenticate(c sasl.Client) (status, error) {
	name, first, err := c.Start()
	if err != nil {
		return status{}, &mail.Error{Op: "login", Place: s.server.Host, Err: fmt.Errorf("%w: %w", mail.ErrAuth, err)}
	}
	tag := s.nextTag()
	text := tag + " AUTHENTICATE " + name
	if first != nil && s.caps["SASL-IR"] {
		if text += " ="; len(first) > 0 {
			text = text[:len(text)-1] + base64.StdEncoding.EncodeToString(first)
		}
		first = nil
	}
	for {
		if err := s.send(text + "\r\n"); err != nil {
			return status{}, err
		}
		r, err := s.challenge(tag)
		if err != nil {
			return status{}, err
		}
		if r.tag == tag {
			answer, err := s.answer(r)
			return s.judge(&answer, err)
		}
		if text, err = s.respond(c, r, &first); err != nil {
			return status{}, &mail.Error{Op: "login", Place: s.server.Host, Err: fmt.Errorf("%w: %s: %w", mail.ErrAuth, name, err)}
		}
	}
}

// respond gives the answer to one challenge: the initial response if that is still to be sent.
func (s *session) respond(c sasl.Client, r reply, first *[]byte) (string, error) {
	if *first != nil {
		ir := *first
		*first = nil
		return base64.StdEncoding.EncodeToString(ir), nil
	}
	if string(r.text) == "=" { // some servers write an empty challenge as an empty initial response
		r.text = nil
	}
	challenge, err := base64.StdEncoding.DecodeString(string(r.text))
	if err != nil {
		return "", fmt.Errorf("a challenge that is not base64")
	}
	answer, err := c.Next(challenge)
	return base64.StdEncoding.EncodeToString(answer), err
}

// judge turns the answer to a login into an error unless it is OK.
func (s *session) judge(answer *status, err error) (status, error) {
	if err != nil {
		return status{}, err
	}
	if answer.kind == "OK" {
		return *answer, nil
	}
	e := s.words.refused("login", *answer, mail.ScopeStore)
	e.Place = s.server.Host
	return *answer, e
}

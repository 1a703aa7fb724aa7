package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"

	"mailmv/formats/mail"
)

// Mechanism chooses the safest SASL mechanism that the server offers and the login allows, and prepares it.
// Where none is common: mail.ErrAuth, naming what is offered. Cleartext mechanisms are never used on a
// connection that is not secure unless plaintext (tls=none) was asked for. After the server's good answer
// ask Proven: the mechanism may have something to say about the server.
func Mechanism(ctx context.Context, offered []string, l Login, s Server, secure, again bool) (name string, c sasl.Client, err error) {
	name, err = choose(offered, l.Mechanism, s, secure)
	if err != nil {
		return "", nil, &mail.Error{Op: "login", Place: s.Address(), Err: err,
			Hint: "auth=MECH chooses a mechanism; without it the safest one offered is used"}
	}
	secret, err := Password(ctx, l, s, again)
	if err != nil {
		return "", nil, err
	}
	switch name {
	case "SCRAM-SHA-256":
		c, err = newScram(l.User, secret, l.Authzid)
	case "CRAM-MD5":
		c = &cramMD5{user: l.User, secret: secret}
	case "PLAIN":
		c = sasl.NewPlainClient(l.Authzid, l.User, secret)
	case "LOGIN":
		c = &login{answers: []string{l.User, secret}}
	case "OAUTHBEARER":
		c = &oauthBearer{login: l, server: s, token: secret}
	case "XOAUTH2":
		c = &xoauth2{user: l.User, token: secret}
	}
	if err == nil && l.Authzid != "" && !slices.Contains([]string{"PLAIN", "SCRAM-SHA-256", "OAUTHBEARER"}, name) {
		err = fmt.Errorf("%w: %s cannot act as another user (authzid)", mail.ErrAuth, name)
	}
	if err != nil {
		return "", nil, &mail.Error{Op: "login", Place: s.Address(), Err: err}
	}
	return name, c, nil
}

// Order of preference. CRAM-MD5 is weak but hides the secret, so it comes before cleartext only where
// nothing else does; tokens are used only where named or where nothing else is offered.
var (
	overTLS   = []string{"SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5", "OAUTHBEARER", "XOAUTH2"}
	plaintext = []string{"SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"}
	hiding    = []string{"SCRAM-SHA-256", "CRAM-MD5"}
)

func choose(offered []string, named string, s Server, secure bool) (string, error) {
	order := overTLS
	switch {
	case !secure && s.Security == None:
		order = plaintext
	case !secure:
		order = hiding
	}
	if named != "" {
		want := strings.ToUpper(named)
		if !slices.Contains(overTLS, want) {
			return "", fmt.Errorf("%w: no SASL mechanism %q", mail.ErrAuth, named)
		}
		order = slices.DeleteFunc(slices.Clone(order), func(m string) bool { return m != want })
	}
	for _, m := range order {
		if slices.ContainsFunc(offered, func(o string) bool { return strings.EqualFold(o, m) }) {
			return m, nil
		}
	}
	var shown []string
	for _, o := range offered[:min(len(offered), 20)] {
		shown = append(shown, printable(o[:min(len(o), 40)]))
	}
	switch {
	case len(shown) == 0:
		return "", fmt.Errorf("%w: the server offers no SASL mechanism", mail.ErrAuth)
	case named != "":
		return "", fmt.Errorf("%w: %s is not offered or not safe here; offered: %s", mail.ErrAuth, named, strings.Join(shown, " "))
	}
	return "", fmt.Errorf("%w: no common mechanism; offered: %s", mail.ErrAuth, strings.Join(shown, " "))
}

// Password asks the login for its secret and hides it in the trace. User and secret with CR, LF or NUL are
// refused: they would end a command or a field and begin another.
func Password(ctx context.Context, l Login, s Server, again bool) (string, error) {
	fail := func(err error) (string, error) {
		return "", &mail.Error{Op: "login", Place: s.Address(), Err: err}
	}
	if strings.ContainsAny(l.User+l.Authzid, "\r\n\x00") {
		return fail(fmt.Errorf("%w: user name with CR, LF or NUL", mail.ErrAuth))
	}
	if l.Secret == nil {
		return fail(fmt.Errorf("%w: no password", mail.ErrAuth))
	}
	secret, err := l.Secret(ctx, again)
	if err != nil {
		if Cancelled(err) || errors.As(err, new(*mail.Error)) {
			return "", err
		}
		return fail(fmt.Errorf("%w: %w", mail.ErrAuth, err))
	}
	if s.Trace != nil {
		s.Trace.Hide(secret)
	}
	switch {
	case secret == "":
		return fail(fmt.Errorf("%w: the password is empty", mail.ErrAuth))
	case strings.ContainsAny(secret, "\r\n\x00"):
		return fail(fmt.Errorf("%w: password with CR, LF or NUL", mail.ErrAuth))
	}
	return secret, nil
}

// Proven is asked after the server's good answer: an error (mail.ErrAuth) where the mechanism lets the
// server prove itself (SCRAM, RFC 5802 §3) and it did not.
func Proven(c sasl.Client) error {
	if p, ok := c.(interface{ proven() error }); ok {
		return p.proven()
	}
	return nil
}

package pop3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// method is a way to log in.
type method uint8

const (
	bySASL method = iota // AUTH (RFC 5034)
	byUser               // USER and PASS (RFC 1939 §7)
	byAPOP               // APOP (RFC 1939 §7)
)

// logIn proves who we are, in the safest way that the server offers and the login allows.
func (d *dialer) logIn() error {
	m := d.method()
	if m != bySASL && d.login.Authzid != "" {
		return d.cannot("only SASL can act as another user (authzid), and none that can is offered", "")
	}
	var err error
	switch m {
	case bySASL:
		err = d.auth()
	case byUser:
		err = d.userPass()
	case byAPOP:
		err = d.apop()
	}
	if r := refusal(""); errors.As(err, &r) {
		return d.store.refusedLogin(atLogin, d.ses.caps, r)
	}
	return err
}

// method chooses. In TLS any password is safe, and SASL comes first; without it (tls=none) what hides the
// password comes first. A mechanism that the login names is taken or nothing.
func (d *dialer) method() method {
	offers := func(names ...string) bool {
		return slices.ContainsFunc(d.ses.caps["SASL"], func(o string) bool { return slices.Contains(names, strings.ToUpper(o)) })
	}
	user := d.ses.caps.may("USER")
	switch named := strings.ToUpper(d.login.Mechanism); named {
	case "":
	case "APOP":
		return byAPOP
	case "PLAIN", "LOGIN": // USER and PASS are no less, and no more
		if !offers(named) && user && d.login.Authzid == "" {
			return byUser
		}
		return bySASL
	default:
		return bySASL
	}
	secure := d.ses.conn.Secure()
	switch {
	case offers("SCRAM-SHA-256"), !secure && offers("CRAM-MD5"):
		return bySASL
	case !secure && d.ses.stamp != "":
		return byAPOP
	case offers("PLAIN", "LOGIN"):
		return bySASL
	case user:
		return byUser
	case offers("CRAM-MD5"):
		return bySASL
	case d.ses.stamp != "":
		return byAPOP
	case offers("OAUTHBEARER", "XOAUTH2"):
		return bySASL
	}
	return byUser // not announced, but nothing is
}

// cannot is a login that cannot be tried.
func (d *dialer) cannot(why, hint string) error {
	return &mail.Error{Op: "login", Place: d.store.server.Address(), Err: fmt.Errorf("%w: %s", mail.ErrAuth, why), Hint: hint}
}

func (d *dialer) userPass() error {
	secret, err := wire.Password(d.ctx, d.login, d.store.server, false)
	if err != nil {
		return err
	}
	if _, err := d.ask("USER " + d.login.User); err != nil {
		return err
	}
	_, err = d.ask("PASS " + secret)
	return err
}

// apop sends a digest of the greeting's timestamp and the secret.
func (d *dialer) apop() error {
	if d.ses.stamp == "" {
		return d.cannot("the server's greeting has no timestamp for APOP", "without auth=apop the safest way that is offered is used")
	}
	secret, err := wire.Password(d.ctx, d.login, d.store.server, false)
	if err != nil {
		return err
	}
	sum := md5.Sum([]byte(d.ses.stamp + secret))
	_, err = d.ask("APOP " + d.login.User + " " + hex.EncodeToString(sum[:]))
	return err
}

// auth runs a SASL exchange (RFC 5034 §4). The first response is never put on the AUTH line: Office 365 wants two
// steps, and old servers know no other way.
func (d *dialer) auth() error {
	name, client, err := wire.Mechanism(d.ctx, d.ses.caps["SASL"], d.login, d.store.server, d.ses.conn.Secure(), false)
	if err != nil {
		return err
	}
	_, first, err := client.Start()
	if err != nil {
		return d.cannot(name+": "+err.Error(), "")
	}
	line := "AUTH " + name
	const most = 10 // the longest exchange known has three
	for range most {
		challenge, done, err := d.step(line)
		if err != nil {
			return err
		}
		if done {
			return d.proven(client)
		}
		response := first
		if first != nil {
			first = nil
		} else if response, err = client.Next(challenge); err != nil {
			// "*" takes the attempt back; the server answers -ERR (RFC 5034 §4).
			if _, _, end := d.step("*"); end != nil && !refused(end) {
				return end
			}
			return d.cannot(name+": "+strings.TrimPrefix(err.Error(), mail.ErrAuth.Error()+": "), "")
		}
		line = base64.StdEncoding.EncodeToString(response)
	}
	return d.cannot(name+": the server does not come to an end", "")
}

// step sends one line of an exchange and reads a challenge, or the end of it.
func (d *dialer) step(line string) (challenge []byte, done bool, err error) {
	if _, err := d.ses.conn.Write([]byte(line + "\r\n")); err != nil {
		return nil, false, err
	}
	answer, err := d.ses.conn.ReadLine(maxLine)
	if err != nil {
		return nil, false, err
	}
	if text, ok := bytes.CutPrefix(answer, []byte("+")); ok && (len(text) == 0 || text[0] == ' ') {
		challenge, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(text)))
		if err != nil {
			// Some servers explain in plain words what they wait for, first of all.
			challenge = nil
		}
		return challenge, false, nil
	}
	ok, text, err := parseStatus(answer)
	if err == nil && !ok {
		err = refusal(text)
	}
	return nil, ok, err
}

// proven asks the mechanism whether the server is the one that knows the secret, too.
func (d *dialer) proven(client sasl.Client) error {
	if err := wire.Proven(client); err != nil {
		return &mail.Error{Op: "login", Place: d.store.server.Address(), Err: err}
	}
	return nil
}

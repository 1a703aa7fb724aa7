package imap

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// TestGreetings: who must not be let go on, and that nothing is sent to him.
func TestGreetings(t *testing.T) {
	for _, tt := range []struct {
		name, greeting string
		security       wire.Security
		is             error
		retry          bool
		commands       int
	}{
		{"BYE", "* BYE too many connections from your address", wire.None, mail.ErrLimit, true, 0},
		{"BYE with code", "* BYE [UNAVAILABLE] maintenance", wire.None, mail.ErrLimit, true, 0},
		{"PREAUTH where TLS was asked", "* PREAUTH come in", wire.StartTLS, mail.ErrTLS, false, 0},
		{"no STARTTLS in the greeting", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi", wire.StartTLS, mail.ErrTLS, false, 0},
		{"no STARTTLS", "* OK hi", wire.StartTLS, mail.ErrTLS, false, 1},
		{"STARTTLS refused", "* OK [CAPABILITY IMAP4rev1 STARTTLS] hi", wire.StartTLS, mail.ErrTLS, false, 1},
		{"a POP3 server", "+OK hi", wire.None, nil, false, 0},
		{"an SMTP server", "220 hi", wire.None, nil, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.greet(tt.greeting)
			st.server.Security = tt.security
			f.on = func(c *client, cmd command) bool {
				if cmd.verb == "STARTTLS" {
					c.send("%s NO not now\r\n", cmd.tag)
					return true
				}
				return false
			}
			_, err := st.Look(t.Context(), "INBOX")
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) || mail.Retryable(err) != tt.retry || mail.ScopeOf(err) != mail.ScopeStore {
				t.Errorf("got %v", err)
			}
			if len(f.commands) != tt.commands {
				t.Errorf("commands %q", f.commands)
			}
		})
	}
}

// TestPreauth: without TLS, or within it, PREAUTH is what it says.
func TestPreauth(t *testing.T) {
	f, st := newFake(t)
	f.greet("* PREAUTH [CAPABILITY IMAP4rev1] come in")
	if _, err := st.Look(t.Context(), "INBOX"); err != nil || f.logins != 0 {
		t.Errorf("%v, %d logins", err, f.logins)
	}
}

// TestInjectionAtStartTLS: what follows the OK in the clear must not be heard after the handshake.
func TestInjectionAtStartTLS(t *testing.T) {
	f, st := newFake(t)
	f.greet("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi")
	st.server.Security = wire.StartTLS
	f.on = func(c *client, cmd command) bool {
		c.send("%s OK go\r\n* PREAUTH injected\r\n", cmd.tag)
		return true
	}
	if _, err := st.Look(t.Context(), "INBOX"); !errors.Is(err, mail.ErrTLS) || len(f.commands) != 1 {
		t.Errorf("%v, commands %q", err, f.commands)
	}
}

// TestAnswerBeforeCommand: a server that guesses tags cannot answer before it was asked.
func TestAnswerBeforeCommand(t *testing.T) {
	f, st := newFake(t)
	f.greet("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\na1 OK go\r\nT1 OK go\r\n1 OK go\r\nm1 OK go")
	st.server.Security = wire.StartTLS
	f.on = func(c *client, cmd command) bool {
		c.send("%s NO\r\n", cmd.tag)
		return true
	}
	if _, err := st.Look(t.Context(), "INBOX"); !errors.Is(err, mail.ErrTLS) || !strings.Contains(err.Error(), "answers NO") {
		t.Errorf("got %v", err)
	}
}

// TestWaysIn: LOGIN and AUTHENTICATE as servers offer them.
func TestWaysIn(t *testing.T) {
	plain := base64.StdEncoding.EncodeToString([]byte("\x00me\x00pw"))
	for _, tt := range []struct {
		name, caps, secret, mech string
		want                     string // in the commands
		is                       error
	}{
		{"LOGIN", "IMAP4rev1", `p w"\`, "", `LOGIN "me" "p w\"\\"`, nil},
		{"LOGIN with a literal", "IMAP4rev1", "pä", "", `LOGIN "me" {3}`, nil},
		{"LOGIN with a literal at once", "IMAP4rev1 LITERAL+", "pä", "", `LOGIN "me" {3+}`, nil},
		{"AUTH=PLAIN", "IMAP4rev1 AUTH=PLAIN", "pw", "", "AUTHENTICATE PLAIN", nil},
		{"AUTH=PLAIN SASL-IR", "IMAP4rev1 AUTH=PLAIN SASL-IR", "pw", "", "AUTHENTICATE PLAIN " + plain, nil},
		{"LOGINDISABLED", "IMAP4rev1 LOGINDISABLED", "pw", "", "", mail.ErrAuth},
		{"LOGINDISABLED, odd mechanisms", "IMAP4rev1 LOGINDISABLED AUTH=NTLM AUTH=GSSAPI", "pw", "", "", mail.ErrAuth},
		{"named and not offered", "IMAP4rev1 AUTH=PLAIN", "pw", "scram-sha-256", "", mail.ErrAuth},
		{"login named, only the command", "IMAP4rev1 AUTH=XOAUTH2", "pw", "login", `LOGIN "me" "pw"`, nil},
		{"secret with CR LF", "IMAP4rev1", "pw\r\nx DELETE INBOX", "", "", mail.ErrAuth},
		{"token", "IMAP4rev1 AUTH=XOAUTH2 SASL-IR", "tok", "xoauth2", "AUTHENTICATE XOAUTH2 dXNlcj1tZQ", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.caps = tt.caps
			st.login.Secret, st.login.Mechanism = secret(tt.secret), tt.mech
			f.on = func(c *client, cmd command) bool {
				if cmd.verb != "AUTHENTICATE" {
					return false
				}
				if !strings.Contains(cmd.args, " ") {
					c.send("+ \r\n")
					if line, err := c.r.ReadString('\n'); err != nil || line != plain+"\r\n" {
						t.Errorf("response %q", line)
					}
				}
				c.send("%s OK [CAPABILITY IMAP4rev1 UIDPLUS] in\r\n", cmd.tag)
				return true
			}
			_, err := st.Look(t.Context(), "INBOX")
			if !errors.Is(err, tt.is) || tt.is == nil && err != nil {
				t.Errorf("got %v, want %v", err, tt.is)
			}
			if f.seen("DELETE") > 0 || tt.want != "" && f.seen(tt.want) != 1 {
				t.Errorf("commands %q, want %q", f.commands, tt.want)
			}
			if strings.HasPrefix(tt.name, "LOGINDISABLED, odd") && !strings.Contains(err.Error(), "GSSAPI") {
				t.Errorf("%v does not say what is offered", err)
			}
		})
	}
}

// TestLoginRefused: what the words of a refusal mean, and that they are shown without the secret.
func TestLoginRefused(t *testing.T) {
	for _, tt := range []struct {
		answer string
		is     error
		retry  bool
	}{
		{"NO [AUTHENTICATIONFAILED] wrong", mail.ErrAuth, false},
		{"NO user \"me\" password \"sesame\" c2VzYW1l is wrong", mail.ErrAuth, false},
		{"BAD what", mail.ErrAuth, false},
		{"NO [UNAVAILABLE] the database is down", mail.ErrLimit, true},
		{"NO [INUSE] locked", mail.ErrLimit, true},
		{"NO [LIMIT] Too many connections", mail.ErrLimit, true},
		{"NO Rate limit hit, try again in 7 seconds", mail.ErrLimit, true},
		{"NO Maximum number of connections from user+IP exceeded", mail.ErrLimit, true},
	} {
		f, st := newFake(t)
		st.login.Secret = secret("sesame")
		f.on = func(c *client, cmd command) bool {
			if cmd.verb != "LOGIN" {
				return false
			}
			c.send("%s %s\r\n", cmd.tag, tt.answer)
			return true
		}
		_, err := st.Look(t.Context(), "INBOX")
		if !errors.Is(err, tt.is) || mail.Retryable(err) != tt.retry || mail.ScopeOf(err) != mail.ScopeStore {
			t.Errorf("%s: got %v, retry %v", tt.answer, err, mail.Retryable(err))
		}
		if s := fmt.Sprint(err); strings.Contains(s, "sesame") || strings.Contains(s, "c2VzYW1l") {
			t.Errorf("the error shows the secret: %v", err)
		}
		if n := f.seen("LOGIN"); n != 1 {
			t.Errorf("%s: tried %d times with one secret", tt.answer, n)
		}
	}
}

// TestFreshToken: a refused token is asked for once more, and no more often.
func TestFreshToken(t *testing.T) {
	for _, good := range []string{"new", "none"} {
		f, st := newFake(t)
		asked := 0
		st.login.Secret = func(_ context.Context, again bool) (string, error) {
			if asked++; again {
				return "new", nil
			}
			return "old", nil
		}
		f.on = func(c *client, cmd command) bool {
			if cmd.verb == "LOGIN" && !strings.Contains(cmd.args, good) {
				c.send("%s NO [AUTHENTICATIONFAILED] expired\r\n", cmd.tag)
				return true
			}
			return false
		}
		_, err := st.Look(t.Context(), "INBOX")
		if (err == nil) != (good == "new") || asked != 2 || f.seen("LOGIN") != 2 {
			t.Errorf("%v, asked %d times, %d logins", err, asked, f.seen("LOGIN"))
		}
	}
}

// TestRefusedTokenSaysWhy: the exchange is brought to its end, so that the server's reason is heard.
func TestRefusedTokenSaysWhy(t *testing.T) {
	for mech, want := range map[string]string{"xoauth2": "\r\n", "oauthbearer": "AQ==\r\n"} {
		f, st := newFake(t)
		f.caps = "IMAP4rev1 SASL-IR AUTH=" + strings.ToUpper(mech)
		st.login.Mechanism = mech
		f.on = func(c *client, cmd command) bool {
			if cmd.verb != "AUTHENTICATE" {
				return false
			}
			c.send("+ %s\r\n", base64.StdEncoding.EncodeToString([]byte(`{"status":"400"}`)))
			if line, _ := c.r.ReadString('\n'); line != want {
				t.Errorf("%s: response %q, want %q", mech, line, want)
			}
			c.send("%s NO [AUTHENTICATIONFAILED] token expired\r\n", cmd.tag)
			return true
		}
		if _, err := st.Look(t.Context(), "INBOX"); !errors.Is(err, mail.ErrAuth) || !strings.Contains(err.Error(), "token expired") {
			t.Errorf("%s: %v", mech, err)
		}
	}
}

// TestReferral: nobody goes where a referral points.
func TestReferral(t *testing.T) {
	f, st := newFake(t)
	f.on = func(c *client, cmd command) bool {
		if cmd.verb == "LOGIN" {
			c.send("%s NO [REFERRAL imap://127.0.0.9:1/] elsewhere\r\n", cmd.tag)
			return true
		}
		return false
	}
	if _, err := st.Look(t.Context(), "INBOX"); !errors.Is(err, mail.ErrAuth) || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("got %v", err)
	}
}

// TestIntroduction: ID is sent where it is offered, the capabilities are asked for after the login, and a server
// that forgets to offer UIDPLUS before it is believed after it.
func TestIntroduction(t *testing.T) {
	f, st := newFake(t)
	f.caps = "IMAP4rev1 ID NAMESPACE UIDPLUS MULTIAPPEND LITERAL+"
	if _, err := st.Look(t.Context(), "INBOX"); err != nil {
		t.Fatal(err)
	}
	if f.seen(`ID ("name" "mailmv")`) != 1 || f.seen("CAPABILITY") != 2 || f.seen("NAMESPACE") != 1 {
		t.Errorf("commands %q", f.commands)
	}
}

// TestBounds: endless answers end in an error, and cost no memory.
func TestBounds(t *testing.T) {
	line := strings.Repeat("x", 1<<16)
	for _, tt := range []struct {
		name string
		talk func(c *client, tag string)
	}{
		{"line without end", func(c *client, tag string) {
			for range 64 {
				c.send("%s", line)
			}
		}},
		{"huge literal in LIST", func(c *client, tag string) { c.send("* LIST () \"/\" {2147483648}\r\n") }},
		{"literal of 2^64", func(c *client, tag string) { c.send("* LIST () \"/\" {18446744073709551616}\r\n") }},
		{"silence", func(c *client, tag string) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			st.server.Timeout = 300e6
			f.on = func(c *client, cmd command) bool {
				if cmd.verb == "STATUS" {
					tt.talk(c, cmd.tag)
					return true
				}
				return false
			}
			if _, err := st.Look(t.Context(), "INBOX"); mail.ScopeOf(err) != mail.ScopeStore || !mail.Retryable(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestManyAlerts: each is told once, short, and without control characters.
func TestManyAlerts(t *testing.T) {
	f, st := newFake(t)
	var mu sync.Mutex
	var told []string
	st.notes = func(s string) { mu.Lock(); told = append(told, s); mu.Unlock() }
	f.on = func(c *client, cmd command) bool {
		if cmd.verb == "STATUS" {
			for i := range 3000 {
				c.send("* OK [ALERT] %d \x1b]0;x\x07 %s\r\n", i/2, strings.Repeat("long ", 1000))
			}
		}
		return false
	}
	if _, err := st.Look(t.Context(), "INBOX"); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 1000 || len(told[0]) > 400 || strings.ContainsAny(told[0], "\x1b\x07") {
		t.Errorf("told %d, the first %q", len(told), told[0])
	}
}

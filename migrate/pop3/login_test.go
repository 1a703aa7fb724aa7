package pop3_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/pop3"
	"mailmv/migrate/wire"
)

// What a refusal of greeting or login means.
func TestRefusedLogin(t *testing.T) {
	for _, c := range []struct {
		at, reply string
		is        error
		retry     bool
		after     time.Duration
	}{
		{"PASS", "-ERR [AUTH] no", mail.ErrAuth, false, 0},
		{"PASS", "-ERR Authentication failed.", mail.ErrAuth, false, 0},
		{"PASS", "-ERR your account is locked", mail.ErrAuth, false, 0},
		{"USER", "-ERR never heard of", mail.ErrAuth, false, 0},
		{"PASS", "-ERR [IN-USE] someone else", mail.ErrInUse, true, 5 * time.Second},
		{"PASS", "-ERR maildrop already locked", mail.ErrInUse, true, 5 * time.Second},
		{"PASS", "-ERR [LOGIN-DELAY] too soon", mail.ErrInUse, true, 90 * time.Second},
		{"PASS", "-ERR [SYS/TEMP] later", nil, true, 0},
		{"PASS", "-ERR [SYS/PERM] never", nil, false, 0},
		{"GREETING", "-ERR too many connections from your address", mail.ErrLimit, true, 0},
		{"GREETING", "-ERR go away", nil, false, 0},
	} {
		f := three([]string{"USER", "LOGIN-DELAY 90"})
		f.hook = func(_ int, line string) (string, bool) {
			if strings.HasPrefix(line, c.at) {
				return c.reply + "\r\n", false
			}
			return "", false
		}
		err := f.start(t, pop3.Options{}).Connect(t.Context())
		e := cause(t, err)
		if c.is != nil && !errors.Is(err, c.is) || c.is == nil && errors.Is(err, mail.ErrAuth) || e.Retry != c.retry || e.After != c.after || e.Scope != mail.ScopeStore {
			t.Errorf("%s %s: %v (%+v)", c.at, c.reply, err, e)
		}
	}
}

// A server that echoes the password, in the clear or in base64, does not get it into our errors.
func TestPasswordEcho(t *testing.T) {
	inBase64 := base64.StdEncoding.EncodeToString([]byte("\x00me\x00s3cr3t-Pass"))
	for word, echo := range map[string]string{"-ERR": "s3cr3t-Pass", "-ERR ": inBase64, "WHAT?": "s3cr3t-Pass"} {
		f := three([]string{"USER"})
		f.hook = func(_ int, line string) (string, bool) {
			if strings.HasPrefix(line, "PASS") {
				return word + " not " + echo + " of all things\r\n", false
			}
			return "", false
		}
		s := f.startAs(t, wire.Login{User: "me", Secret: password("s3cr3t-Pass")}, pop3.Options{})
		if err := s.Connect(t.Context()); err == nil || strings.Contains(err.Error(), echo) || !strings.Contains(err.Error(), "of all things") {
			t.Errorf("Connect = %v", err)
		}
	}
}

// A refused secret is asked for once more, and used where it is another.
func TestSecretAgain(t *testing.T) {
	for _, c := range []struct {
		second string
		ok     bool
		passes int
	}{{"new", true, 2}, {"old", false, 1}, {"wrong", false, 2}} {
		f := three([]string{"USER"})
		f.hook = func(_ int, line string) (string, bool) {
			if strings.HasPrefix(line, "PASS") && line != "PASS new" {
				return "-ERR no\r\n", false
			}
			return "", false
		}
		secret := func(_ context.Context, again bool) (string, error) {
			if again {
				return c.second, nil
			}
			return "old", nil
		}
		err := f.startAs(t, wire.Login{User: "me", Secret: secret}, pop3.Options{}).Connect(t.Context())
		if (err == nil) != c.ok || f.count("PASS") != c.passes {
			t.Errorf("then %q: %v, %d PASS; want ok %v, %d", c.second, err, f.count("PASS"), c.ok, c.passes)
		}
	}
}

// Nothing that would end the command is sent.
func TestUnsendable(t *testing.T) {
	for _, l := range []wire.Login{
		{User: "me\r\nDELE 1", Secret: password("x")},
		{User: "me", Secret: password("x\r\nDELE 1")},
		{User: "me", Secret: password("x\x00")},
		{User: "me", Secret: password("")},
		{User: "me"},
		{User: "me", Secret: func(context.Context, bool) (string, error) { return "", errors.New("no keyring") }},
	} {
		f := three(nil)
		if err := f.startAs(t, l, pop3.Options{}).Connect(t.Context()); !errors.Is(err, mail.ErrAuth) {
			t.Errorf("Connect = %v", err)
		}
		if n := f.count("USER") + f.count("PASS"); n != 0 {
			t.Errorf("%d commands sent", n)
		}
	}
}

// Which way in is taken without TLS: what hides the password first.
func TestMethodInTheClear(t *testing.T) {
	stamp := "+OK ready <1.2@x>"
	for _, c := range []struct {
		name, greeting string
		caps           []string
		mechanism      string
		want           string
	}{
		{"APOP before cleartext", stamp, []string{"USER", "SASL PLAIN"}, "", "APOP me"},
		{"no CAPA", "+OK", nil, "", "USER me"},
		{"no CAPA, APOP", stamp, nil, "", "APOP me"},
		{"CRAM-MD5", stamp, []string{"USER", "SASL PLAIN CRAM-MD5"}, "", "AUTH CRAM-MD5"},
		{"SCRAM", stamp, []string{"SASL PLAIN CRAM-MD5 SCRAM-SHA-256"}, "", "AUTH SCRAM-SHA-256"},
		{"PLAIN", "+OK", []string{"USER", "SASL LOGIN PLAIN"}, "", "AUTH PLAIN"},
		{"nothing is announced", "+OK", []string{"UIDL"}, "", "USER me"},
		{"tokens are no passwords", "+OK", []string{"USER", "SASL XOAUTH2"}, "", "USER me"},
		{"only tokens", "+OK", []string{"SASL XOAUTH2"}, "", "AUTH XOAUTH2"},
		{"named", stamp, []string{"USER", "SASL PLAIN CRAM-MD5"}, "plain", "AUTH PLAIN"},
		{"named, by USER", stamp, []string{"USER"}, "plain", "USER me"},
		{"apop", stamp, []string{"USER", "SASL CRAM-MD5"}, "apop", "APOP me"},
	} {
		f := three(c.caps)
		f.greeting = c.greeting
		var first string
		f.hook = func(_ int, line string) (string, bool) {
			verb, _, _ := strings.Cut(line, " ")
			if verb == "APOP" || verb == "USER" || verb == "AUTH" {
				first = line
				return "-ERR\r\n", false
			}
			return "", false
		}
		err := f.startAs(t, wire.Login{User: "me", Mechanism: c.mechanism, Secret: password("x")}, pop3.Options{}).Connect(t.Context())
		if !strings.HasPrefix(first, c.want) {
			t.Errorf("%s: sent %q, want %q (%v)", c.name, first, c.want, err)
		}
	}
}

// RFC 1939 §7 has this example.
func TestAPOP(t *testing.T) {
	f := three(nil)
	f.greeting = "+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>"
	if err := f.startAs(t, wire.Login{User: "mrose", Secret: password("tanstaaf")}, pop3.Options{}).Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.count("APOP mrose c4c9334bac560ecc979e58001b3e22fb") != 1 {
		t.Errorf("sent %q", f.lines)
	}
	f.greeting = "+OK"
	err := f.startAs(t, wire.Login{User: "mrose", Mechanism: "apop", Secret: password("x")}, pop3.Options{}).Connect(t.Context())
	if !errors.Is(err, mail.ErrAuth) {
		t.Errorf("no timestamp: %v", err)
	}
}

// Office 365 takes XOAUTH2 in two steps only; a refusal comes with a reason that wants an empty answer.
func TestXOAUTH2(t *testing.T) {
	for _, token := range []string{"good", "bad"} {
		f := three([]string{"SASL PLAIN XOAUTH2", "USER"})
		reply := "+OK\r\n"
		f.hook = func(_ int, line string) (string, bool) {
			switch line {
			case "AUTH XOAUTH2":
				return "+ \r\n", false
			case base64.StdEncoding.EncodeToString([]byte("user=me\x01auth=Bearer good\x01\x01")):
				return reply, false
			case base64.StdEncoding.EncodeToString([]byte("user=me\x01auth=Bearer bad\x01\x01")):
				return "+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", false
			case "":
				return "-ERR Authentication failure: token\r\n", false
			}
			return "", false
		}
		err := f.startAs(t, wire.Login{User: "me", Mechanism: "xoauth2", Secret: password(token)}, pop3.Options{}).Connect(t.Context())
		if (err == nil) != (token == "good") || err != nil && !errors.Is(err, mail.ErrAuth) {
			t.Errorf("%s: %v", token, err)
		}
	}
}

// No STLS, or something smuggled behind its answer: no login.
func TestSTLSRefused(t *testing.T) {
	for name, reply := range map[string]string{"-ERR": "-ERR what?\r\n", "injected": "+OK go\r\n+OK logged in\r\n"} {
		f := three([]string{"USER", "STLS"})
		f.hook = func(_ int, line string) (string, bool) {
			if line == "STLS" {
				return reply, false
			}
			return "", false
		}
		f.start(t, pop3.Options{})
		s := pop3.New(wire.Server{Host: "127.0.0.1", Port: f.port, Security: wire.StartTLS, Timeout: time.Second},
			wire.Login{User: "me", Secret: password("x")}, pop3.Options{})
		err := s.Connect(t.Context())
		if !errors.Is(err, mail.ErrTLS) || f.count("USER") != 0 {
			t.Errorf("%s: %v, sent %q", name, err, f.lines)
		}
	}
}

// Greeting, answers and listings without end are errors; silence is one within the timeout.
func TestEndless(t *testing.T) {
	for _, at := range []string{"GREETING", "CAPA", "PASS", "UIDL"} {
		f := three(pipelining)
		f.hook = func(_ int, line string) (string, bool) {
			if strings.HasPrefix(line, at) {
				return "+OK " + strings.Repeat("x", 1<<20), false
			}
			return "", false
		}
		if _, _, err := tryList(t, f.start(t, pop3.Options{})); err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", at, err)
		}
	}
	f := three(pipelining)
	f.hook = func(_ int, line string) (string, bool) {
		if line == "CAPA" {
			return "+OK\r\n" + strings.Repeat("SASL X\r\n", 1000), false
		}
		return "", false
	}
	if err := f.start(t, pop3.Options{}).Connect(t.Context()); err == nil || !strings.Contains(err.Error(), "CAPA") {
		t.Errorf("CAPA without end: %v", err)
	}
	f = three(pipelining)
	f.hook = func(_ int, line string) (string, bool) {
		if line == "UIDL" {
			return "+OK\r\nnot a status\r\n.\r\nnot a status\r\n", false
		}
		return "", false
	}
	if _, _, err := tryList(t, f.start(t, pop3.Options{})); err == nil || !strings.Contains(err.Error(), "neither +OK nor -ERR") {
		t.Errorf("answers out of step: %v", err)
	}
}

// A trace shows what was said, counts what was fetched, and hides the password.
func TestTrace(t *testing.T) {
	f := three(pipelining)
	f.start(t, pop3.Options{})
	var trace bytes.Buffer
	s := pop3.New(wire.Server{Host: "127.0.0.1", Port: f.port, Security: wire.None, Trace: wire.NewTrace(&trace)},
		wire.Login{User: "me", Secret: password("topsecret")}, pop3.Options{})
	_, refs, _ := tryList(t, s)
	tryFetch(t, s, refs[:1])
	s.Close()
	for _, want := range []string{"1 C: PASS [hidden]\n", "1 S: 2 b\n", "1 C: RETR 1\n", "1 S: <22 octets>\n", "1 C: QUIT\n"} {
		if !strings.Contains(trace.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(trace.String(), "topsecret") || strings.Contains(trace.String(), "one") {
		t.Errorf("the trace shows too much")
	}
	if t.Failed() {
		t.Log(trace.String())
	}
}

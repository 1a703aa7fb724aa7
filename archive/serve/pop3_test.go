package serve_test

import (
	"crypto/md5"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"mailmv/archive/serve"
)

func TestPOP3Session(t *testing.T) {
	d, accounts := account("Subject: one\r\n\r\n.dot\r\nlast\r\n", "Subject: two\r\n\r\nno end", "Subject: three\r\n\r\n")
	addr := startPOP3(t, &serve.POP3{Accounts: accounts, InsecureAuth: true}, nil)
	c := dialPOP3(t, addr)
	c.say("", "+OK")
	c.say("STAT", "-ERR not before login")
	c.say("PASS x", "-ERR send USER")
	c.say("USER me", "+OK")
	c.say("PASS wrong", "-ERR [AUTH]")
	c.say("USER me", "+OK")
	c.say("PASS p w", "+OK")
	c.say("USER me", "-ERR not after login")
	c.say("stat", "+OK 3 70")
	c.say("LIST", "+OK")
	if got := c.lines(); !slices.Equal(got, []string{"1 28", "2 24", "3 18"}) {
		t.Errorf("LIST = %q", got)
	}
	c.say("UIDL 2", "+OK 2 id2")
	c.say("UIDL 4", "-ERR")
	c.say("TOP 1 1", "+OK")
	if got := c.lines(); !slices.Equal(got, []string{"Subject: one", "", ".dot"}) {
		t.Errorf("TOP = %q", got)
	}
	c.say("RETR 1", "+OK 28 octets")
	if got := c.lines(); !slices.Equal(got, []string{"Subject: one", "", ".dot", "last"}) {
		t.Errorf("RETR = %q", got)
	}
	c.say("DELE 1", "+OK")
	c.say("RETR 1", "-ERR")
	c.say("STAT", "+OK 2 42")
	c.say("RSET", "+OK")
	c.say("STAT", "+OK 3 70")
	c.say("DELE 2", "+OK")
	if n := len(d.Messages()); n != 3 {
		t.Errorf("%d messages before QUIT, want 3", n)
	}
	c.say("QUIT", "+OK")
	if n := len(d.Messages()); n != 2 {
		t.Errorf("%d messages after QUIT, want 2", n)
	}
}

func TestPOP3LostConnectionRemovesNothing(t *testing.T) {
	d, accounts := account("a\r\n", "b\r\n")
	addr := startPOP3(t, &serve.POP3{Accounts: accounts, InsecureAuth: true}, nil)
	c := loggedIn(t, addr)
	c.say("DELE 1", "+OK")

	other := dialPOP3(t, addr)
	other.say("", "+OK")
	other.say("USER me", "+OK")
	other.say("PASS p w", "-ERR [IN-USE]")

	c.Close()
	for { // the lock goes when the server notices
		other.say("USER me", "+OK")
		other.PrintfLine("PASS p w")
		if line, err := other.ReadLine(); err != nil {
			t.Fatal(err)
		} else if strings.HasPrefix(line, "+OK") {
			break
		}
	}
	if n := len(d.Messages()); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

// What goes in comes out, octet for octet, many RETRs in flight.
func TestPOP3RetrExact(t *testing.T) {
	samples := serve.Samples(120, 3)
	samples = append(samples, []byte{}, []byte("."), []byte("\r\n.\r\n"), []byte("a\n.\nb\r\n"), []byte("\r\r\n.x"))
	d := &serve.Drop{}
	d.Add(samples...)
	accounts := map[string]serve.Account{"me": {Password: "p w", Maildrop: d}}
	addr := startPOP3(t, &serve.POP3{Accounts: accounts, InsecureAuth: true}, nil)
	c := loggedIn(t, addr)
	go func() {
		for i := range samples {
			c.W.WriteString(fmt.Sprintf("RETR %d\r\n", i+1))
		}
		c.W.Flush()
	}()
	for i, want := range d.Messages() {
		c.say("", "+OK")
		if got := readStuffed(t, c); got != string(want) {
			t.Fatalf("message %d: got %d octets, want %d", i+1, len(got), len(want))
		}
	}
}

func TestPOP3STLS(t *testing.T) {
	ca, config := authority(t)
	_, accounts := account("a\r\n")
	addr := startPOP3(t, &serve.POP3{Accounts: accounts, TLS: config}, nil)
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, raw)
	c.say("", "+OK")
	c.say("CAPA", "+OK")
	if got := c.lines(); !slices.Contains(got, "STLS") || slices.Contains(got, "USER") {
		t.Errorf("CAPA before TLS = %q", got)
	}
	c.say("USER me", "-ERR")
	c.say("AUTH PLAIN AG1lAHAgdw==", "-ERR")
	c.say("STLS", "+OK")
	c = newClient(t, tls.Client(raw, &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"}))
	c.say("CAPA", "+OK")
	if got := c.lines(); slices.Contains(got, "STLS") || !slices.Contains(got, "USER") || !slices.Contains(got, "PIPELINING") {
		t.Errorf("CAPA inside TLS = %q", got)
	}
	c.say("AUTH PLAIN AG1lAHAgdw==", "+OK")
	c.say("STAT", "+OK 1 3")
}

func TestPOP3ImplicitTLS(t *testing.T) {
	ca, config := authority(t)
	_, accounts := account("a\r\n")
	addr := startPOP3(t, &serve.POP3{Accounts: accounts}, config)
	raw, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, raw)
	c.say("", "+OK")
	c.say("USER me", "+OK")
	c.say("PASS p w", "+OK")
}

func TestPOP3APOP(t *testing.T) {
	_, accounts := account()
	c := dialPOP3(t, startPOP3(t, &serve.POP3{Accounts: accounts, InsecureAuth: true, APOP: true}, nil))
	greeting := c.say("", "+OK ready <")
	stamp := greeting[strings.IndexByte(greeting, '<'):]
	c.say("APOP me 00000000000000000000000000000000", "-ERR [AUTH]")
	sum := md5.Sum([]byte(stamp + "p w"))
	c.say("APOP me "+hex.EncodeToString(sum[:]), "+OK")
}

func TestPOP3AUTH(t *testing.T) {
	for name, mechanism := range clients() {
		for _, password := range []string{"p w", "wrong"} {
			t.Run(name+" "+password, func(t *testing.T) {
				_, accounts := account()
				s := &serve.POP3{Accounts: accounts, InsecureAuth: true, Mechanisms: serve.Mechanisms()}
				c := dialPOP3(t, startPOP3(t, s, nil))
				c.say("", "+OK")
				ok, err := authenticate(c, mechanism(password))
				if want := password == "p w"; ok != want {
					t.Errorf("login = %v, %v, want %v", ok, err, want)
				}
				c.say("NOOP", map[bool]string{true: "+OK", false: "-ERR"}[ok])
			})
		}
	}
}

func TestPOP3Odd(t *testing.T) {
	// Each session has a maildrop of its own: the one before may still be letting go of its lock.
	var accounts map[string]serve.Account
	start := func(o serve.Odd) string {
		_, accounts = account("Subject: a\r\n\r\n" + strings.Repeat("x", 1000) + "\r\n")
		return startPOP3(t, &serve.POP3{Accounts: accounts, InsecureAuth: true, Odd: o}, nil)
	}
	t.Run("no CAPA, UIDL, TOP", func(t *testing.T) {
		c := loggedIn(t, start(serve.Odd{NoCAPA: true, NoUIDL: true, NoTOP: true}))
		c.say("CAPA", "-ERR")
		c.say("UIDL", "-ERR")
		c.say("TOP 1 0", "-ERR")
	})
	t.Run("no pipelining", func(t *testing.T) {
		c := loggedIn(t, start(serve.Odd{NoPipelining: true}))
		c.PrintfLine("NOOP\r\nSTAT") // STAT is thrown away
		c.say("", "+OK")
		c.say("UIDL 1", "+OK 1 id1")
	})
	t.Run("silent", func(t *testing.T) {
		c, err := net.Dial("tcp", start(serve.Odd{Silent: true}))
		if err != nil {
			t.Fatal(err)
		}
		c.(*net.TCPConn).CloseWrite()
		if said, err := io.ReadAll(c); len(said) > 0 || err != nil {
			t.Errorf("said %q, %v", said, err)
		}
	})
	t.Run("cut", func(t *testing.T) {
		c := loggedIn(t, start(serve.Odd{CutAt: 2}))
		c.say("RETR 1", "+OK")
		c.lines()
		c.say("RETR 1", "+OK")
		if got, err := io.ReadAll(c.R); len(got) != 508 || err != nil {
			t.Errorf("got %d octets, %v, want 508", len(got), err)
		}
	})
	t.Run("QUIT fails", func(t *testing.T) {
		c := loggedIn(t, start(serve.Odd{QuitFails: true}))
		c.say("DELE 1", "+OK")
		c.say("QUIT", "-ERR")
		if d := accounts["me"].Maildrop.(*serve.Drop); len(d.Messages()) != 1 {
			t.Error("message was removed")
		}
	})
	t.Run("own answer", func(t *testing.T) {
		c := loggedIn(t, start(serve.Odd{Answer: func(line string) (string, bool) {
			return "+OK 7 seven\r\n", line == "STAT"
		}}))
		c.say("STAT", "+OK 7 seven")
	})
}

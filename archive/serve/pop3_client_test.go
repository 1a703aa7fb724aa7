package serve_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"

	"mailmv/archive/serve"
)

// listen gives a listener on loopback, inside TLS where config is set.
func listen(t *testing.T, config *tls.Config) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		return tls.NewListener(l, config)
	}
	return l
}

func startPOP3(t *testing.T, s *serve.POP3, config *tls.Config) string {
	t.Helper()
	l := listen(t, config)
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

// client is a POP3 client made of net/textproto.
type client struct {
	*textproto.Conn
	t *testing.T
}

func dialPOP3(t *testing.T, addr string) client {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, c)
}

func newClient(t *testing.T, c net.Conn) client {
	t.Cleanup(func() { c.Close() })
	return client{textproto.NewConn(c), t}
}

// say sends a line and wants an answer that begins so.
func (c client) say(line, want string) string {
	c.t.Helper()
	if line != "" {
		if err := c.PrintfLine("%s", line); err != nil {
			c.t.Fatal(err)
		}
	}
	got, err := c.ReadLine()
	if err != nil || !strings.HasPrefix(got, want) {
		c.t.Fatalf("%q answers %q, %v, want %q", line, got, err, want)
	}
	return got
}

func (c client) lines() []string {
	c.t.Helper()
	lines, err := c.ReadDotLines()
	if err != nil {
		c.t.Fatal(err)
	}
	return lines
}

func account(messages ...string) (*serve.Drop, map[string]serve.Account) {
	d := &serve.Drop{}
	for i, m := range messages {
		d.AddAs(fmt.Sprintf("id%d", i+1), []byte(m))
	}
	return d, map[string]serve.Account{"me": {Password: "p w", Maildrop: d}}
}

func loggedIn(t *testing.T, addr string) client {
	t.Helper()
	c := dialPOP3(t, addr)
	c.say("", "+OK")
	c.say("USER me", "+OK")
	c.say("PASS p w", "+OK")
	return c
}

// readStuffed reads a multi-line answer by RFC 1939 §3 to the letter (textproto would change line ends).
func readStuffed(t *testing.T, c client) string {
	t.Helper()
	var b strings.Builder
	for start := true; ; {
		part, err := c.R.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if start && part == ".\r\n" {
			return b.String()
		}
		if start {
			part = strings.TrimPrefix(part, ".")
		}
		b.WriteString(part)
		start = strings.HasSuffix(part, "\r\n")
	}
}

func authority(t *testing.T) (*serve.CA, *tls.Config) {
	t.Helper()
	ca, err := serve.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	config, err := ca.Server(serve.Good)
	if err != nil {
		t.Fatal(err)
	}
	return ca, config
}

// authenticate runs AUTH with the initial response where the mechanism has one.
func authenticate(c client, m sasl.Client) (bool, error) {
	name, first, err := m.Start()
	if err != nil {
		return false, err
	}
	line := "AUTH " + name
	if first != nil {
		line += " " + b64(first)
	}
	for {
		if err := c.PrintfLine("%s", line); err != nil {
			return false, err
		}
		answer, err := c.ReadLine()
		if err != nil || !strings.HasPrefix(answer, "+ ") {
			return strings.HasPrefix(answer, "+OK"), err
		}
		response, err := m.Next(unb64(answer[2:]))
		if line = b64(response); err != nil {
			line = "*"
		}
	}
}

// clients are a client of each of serve.Mechanisms() for user "me".
func clients() map[string]func(password string) sasl.Client {
	return map[string]func(string) sasl.Client{
		"PLAIN": func(p string) sasl.Client { return sasl.NewPlainClient("", "me", p) },
		"LOGIN": func(p string) sasl.Client { return sasl.NewLoginClient("me", p) },
		"OAUTHBEARER": func(p string) sasl.Client {
			return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: "me", Token: p})
		},
		"XOAUTH2": func(p string) sasl.Client {
			return &steps{name: "XOAUTH2", first: []byte("user=me\x01auth=Bearer " + p + "\x01\x01"), next: func([]byte) ([]byte, error) {
				return []byte{}, nil
			}}
		},
		"CRAM-MD5": func(p string) sasl.Client {
			return &steps{name: "CRAM-MD5", next: func(challenge []byte) ([]byte, error) {
				mac := hmac.New(md5.New, []byte(p))
				mac.Write(challenge)
				return []byte("me " + hex.EncodeToString(mac.Sum(nil))), nil
			}}
		},
		"SCRAM-SHA-256": func(p string) sasl.Client {
			c, err := scram.SHA256.NewClient("me", p, "")
			if err != nil {
				panic(err)
			}
			conv := c.NewConversation()
			step := func(challenge []byte) ([]byte, error) {
				if conv.Done() {
					return []byte{}, nil
				}
				answer, err := conv.Step(string(challenge))
				return []byte(answer), err
			}
			first, _ := step(nil)
			return &steps{name: "SCRAM-SHA-256", first: first, next: step}
		},
	}
}

type steps struct {
	name  string
	first []byte
	next  func([]byte) ([]byte, error)
}

func (s *steps) Start() (string, []byte, error) { return s.name, s.first, nil }

func (s *steps) Next(challenge []byte) ([]byte, error) { return s.next(challenge) }

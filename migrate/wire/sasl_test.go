package wire

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"

	"mailmv/formats/mail"
)

func secret(s string) func(context.Context, bool) (string, error) {
	return func(context.Context, bool) (string, error) { return s, nil }
}

func TestMechanismChoice(t *testing.T) {
	all := []string{"XOAUTH2", "LOGIN", "PLAIN", "CRAM-MD5", "scram-sha-256", "OAUTHBEARER", "GSSAPI"}
	for _, c := range []struct {
		name     string
		offered  []string
		named    string
		security Security
		secure   bool
		want     string
	}{
		{"best in TLS", all, "", Implicit, true, "SCRAM-SHA-256"},
		{"PLAIN before CRAM-MD5 in TLS", []string{"CRAM-MD5", "LOGIN", "PLAIN"}, "", Implicit, true, "PLAIN"},
		{"LOGIN", []string{"CRAM-MD5", "LOGIN"}, "", StartTLS, true, "LOGIN"},
		{"only CRAM-MD5", []string{"CRAM-MD5"}, "", StartTLS, true, "CRAM-MD5"},
		{"CRAM-MD5 before PLAIN in the clear", []string{"PLAIN", "CRAM-MD5"}, "", None, false, "CRAM-MD5"},
		{"PLAIN in the clear, asked for", []string{"PLAIN"}, "", None, false, "PLAIN"},
		{"never PLAIN in the clear otherwise", []string{"PLAIN", "LOGIN", "XOAUTH2"}, "", StartTLS, false, ""},
		{"nor when named", []string{"PLAIN"}, "plain", StartTLS, false, ""},
		{"tokens only where named", []string{"PLAIN", "XOAUTH2"}, "xoauth2", Implicit, true, "XOAUTH2"},
		{"or nothing else", []string{"XOAUTH2", "OAUTHBEARER"}, "", Implicit, true, "OAUTHBEARER"},
		{"named and not offered", []string{"PLAIN"}, "scram-sha-256", Implicit, true, ""},
		{"no such thing", all, "rot13", Implicit, true, ""},
		{"nothing common", []string{"GSSAPI", "NTLM"}, "", Implicit, true, ""},
		{"nothing at all", nil, "", Implicit, true, ""},
	} {
		l := Login{User: "me", Mechanism: c.named, Secret: secret("pw")}
		got, client, err := Mechanism(t.Context(), c.offered, l, Server{Security: c.security}, c.secure, false)
		if got != c.want || (client == nil) != (c.want == "") || (err != nil) != (c.want == "") || err != nil && !errors.Is(err, mail.ErrAuth) {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
		if err != nil && len(c.offered) > 0 && c.named != "rot13" && !strings.Contains(err.Error(), c.offered[0]) {
			t.Errorf("%s: %v does not name what is offered", c.name, err)
		}
	}
}

func TestMechanismAuthzid(t *testing.T) {
	for mech, ok := range map[string]bool{"PLAIN": true, "SCRAM-SHA-256": true, "OAUTHBEARER": true, "LOGIN": false, "CRAM-MD5": false, "XOAUTH2": false} {
		l := Login{User: "admin", Authzid: "user", Mechanism: strings.ToLower(mech), Secret: secret("pw")}
		_, client, err := Mechanism(t.Context(), []string{mech}, l, Server{}, true, false)
		if (err == nil) != ok {
			t.Errorf("%s with authzid: %v", mech, err)
			continue
		}
		if ok {
			if _, first, _ := client.Start(); !strings.Contains(string(first), "user") {
				t.Errorf("%s: %q", mech, first)
			}
		}
	}
}

// talk runs an exchange: the challenges in order, and what was answered to each.
func talk(c sasl.Client, challenges ...string) (answers []string, err error) {
	_, first, err := c.Start()
	if first != nil {
		answers = append(answers, string(first))
	}
	for _, challenge := range challenges {
		if err != nil {
			break
		}
		var a []byte
		if a, err = c.Next([]byte(challenge)); err == nil {
			answers = append(answers, string(a))
		}
	}
	return answers, err
}

func TestExchanges(t *testing.T) {
	l, s := Login{User: "a=b,c", Secret: secret("tok")}, Server{Host: "h", Port: 993}
	for _, c := range []struct {
		mech       string
		challenges []string
		want       string
	}{
		{"PLAIN", nil, "\x00a=b,c\x00tok"},
		{"LOGIN", []string{"User Name\x00", "Password"}, "a=b,c|tok"},
		{"XOAUTH2", []string{"{}"}, "user=a=b,c\x01auth=Bearer tok\x01\x01|"},
		{"OAUTHBEARER", []string{"{}"}, "n,a=a=3Db=2Cc,\x01host=h\x01port=993\x01auth=Bearer tok\x01\x01|\x01"},
	} {
		l.Mechanism = strings.ToLower(c.mech)
		_, client, err := Mechanism(t.Context(), []string{c.mech}, l, s, true, false)
		if err != nil {
			t.Fatal(err)
		}
		got, err := talk(client, c.challenges...)
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q, %v; want %q", c.mech, strings.Join(got, "|"), err, c.want)
		}
		if c.challenges != nil {
			if _, err := client.Next([]byte("more")); err == nil {
				t.Errorf("%s answers without end", c.mech)
			}
		}
		if err := Proven(client); err != nil {
			t.Errorf("%s: %v", c.mech, err)
		}
	}
	got, err := talk(&cramMD5{user: "tim", secret: "tanstaaftanstaaf"}, "<1896.697170952@postoffice.reston.mci.net>")
	if err != nil || got[0] != "tim b913a602c7eda7a495b4e6e7334d3890" {
		t.Errorf("the example of RFC 2195: %q, %v", got, err)
	}
}

// scramServer answers as a server that knows the password does.
func scramServer(t *testing.T) *scram.ServerConversation {
	t.Helper()
	server, err := scram.SHA256.NewServer(func(user string) (scram.StoredCredentials, error) {
		c, err := scram.SHA256.NewClient(user, "pencil", "")
		if err != nil {
			return scram.StoredCredentials{}, err
		}
		return c.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt", Iters: 4096})
	})
	if err != nil {
		t.Fatal(err)
	}
	return server.NewConversation()
}

// A server that asks for too much, or does not prove itself, is refused.
func TestScram(t *testing.T) {
	for _, c := range []struct {
		name          string
		first, second func(string) string // what the server's answers are made into; nil: good as they are
		skip          bool                // the server says OK without its signature
		says          string
	}{
		{name: "good"},
		{name: "too many rounds", first: func(s string) string { return strings.Replace(s, "i=4096", "i=2147483648", 1) }, says: "rounds"},
		{name: "just too many", first: func(s string) string { return strings.Replace(s, "i=4096", "i=600001", 1) }, says: "rounds"},
		{name: "no number", first: func(s string) string { return strings.Replace(s, "i=4096", "i=x", 1) }, says: "rounds"},
		{name: "too few", first: func(s string) string { return strings.Replace(s, "i=4096", "i=1", 1) }, says: "too few"},
		{name: "nonce not ours", first: func(s string) string { return strings.Replace(s, "r=", "r=x", 1) }, says: "nonce"},
		{name: "wrong signature", second: func(string) string {
			return "v=" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 32)))
		}, says: "SCRAM"},
		{name: "server's error", second: func(string) string { return "e=other-error" }, says: "other-error"},
		{name: "no signature", skip: true, says: "did not prove"},
	} {
		_, client, err := Mechanism(t.Context(), []string{"SCRAM-SHA-256"}, Login{User: "user", Secret: secret("pencil")}, Server{}, true, false)
		if err != nil {
			t.Fatal(err)
		}
		err = func() error {
			server := scramServer(t)
			_, answer, err := client.Start()
			for step, change := range []func(string) string{c.first, c.second} {
				if err != nil || step == 1 && c.skip {
					break
				}
				challenge, serverErr := server.Step(string(answer))
				if serverErr != nil {
					return fmt.Errorf("server: %w", serverErr)
				}
				if change != nil {
					challenge = change(challenge)
				}
				answer, err = client.Next([]byte(challenge))
			}
			if err != nil {
				return err
			}
			return Proven(client)
		}()
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, mail.ErrAuth) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A nonce that is ours and nothing more would let an old conversation be played again.
func TestScramNonceNotExtended(t *testing.T) {
	client, err := newScram("user", "pencil", "")
	if err != nil {
		t.Fatal(err)
	}
	_, first, _ := client.Start()
	_, err = client.Next([]byte("r=" + field(string(first), "r=") + ",s=c2FsdA==,i=4096"))
	if !errors.Is(err, mail.ErrAuth) || !strings.Contains(err.Error(), "nonce") {
		t.Errorf("Next = %v", err)
	}
}

package serve_test

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mailmv/archive/serve"
)

func b64(p []byte) string { return base64.StdEncoding.EncodeToString(p) }

func unb64(s string) []byte {
	p, _ := base64.StdEncoding.DecodeString(s)
	return p
}

func startIMAP(t *testing.T, s *serve.IMAP, config *tls.Config) string {
	t.Helper()
	if err := s.AddUser("me", "p w"); err != nil {
		t.Fatal(err)
	}
	l := listen(t, config)
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

func dialIMAP(t *testing.T, addr string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestIMAPKeepsWhatItIsGiven(t *testing.T) {
	s := &serve.IMAP{InsecureAuth: true, AppendLimit: 1 << 20}
	c := dialIMAP(t, startIMAP(t, s, nil))
	if err := c.Login("me", "wrong").Wait(); err == nil {
		t.Fatal("wrong password accepted")
	}
	if err := c.Login("me", "p w").Wait(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []imap.Cap{imap.CapUIDPlus, imap.CapLiteralPlus, imap.CapNamespace, imap.CapStatusSize, imap.CapListExtended, "APPENDLIMIT=1048576"} {
		if _, ok := c.Caps()[want]; !ok {
			t.Errorf("no capability %s", want)
		}
	}
	samples := serve.Samples(60, 1)
	date := time.Date(2004, 2, 29, 12, 0, 0, 0, time.FixedZone("", -3*3600))
	for i, m := range samples {
		cmd := c.Append("INBOX", int64(len(m)), &imap.AppendOptions{Time: date, Flags: []imap.Flag{imap.FlagSeen}})
		cmd.Write(m)
		cmd.Close()
		if got, err := cmd.Wait(); err != nil || got.UID != imap.UID(i+1) {
			t.Fatalf("Append = %+v, %v", got, err)
		}
	}
	kept, err := s.Messages("me", "INBOX")
	if err != nil || len(kept) != len(samples) {
		t.Fatalf("%d messages, %v, want %d", len(kept), err, len(samples))
	}
	for i, k := range kept {
		if !bytes.Equal(k.Octets, samples[i]) || !k.InternalDate.Equal(date) || !slices.Equal(k.Flags, []string{`\Seen`}) {
			t.Errorf("message %d came back as %d octets, %v, %v", i, len(k.Octets), k.InternalDate, k.Flags)
		}
	}
}

func TestIMAPPut(t *testing.T) {
	s := &serve.IMAP{InsecureAuth: true}
	c := dialIMAP(t, startIMAP(t, s, nil))
	if err := s.Put("me", "Old/Work", []byte("Subject: x\r\n\r\n"), time.Unix(1e9, 0), "$Work"); err != nil {
		t.Fatal(err)
	}
	if err := c.Login("me", "p w").Wait(); err != nil {
		t.Fatal(err)
	}
	status, err := c.Status("Old/Work", &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil || *status.NumMessages != 1 {
		t.Fatalf("Status = %+v, %v", status, err)
	}
	if _, err := s.Messages("me", "absent"); err == nil {
		t.Error("a folder that is not there was read")
	}
	if _, err := s.Messages("nobody", "INBOX"); err == nil {
		t.Error("an account that is not there was read")
	}
}

func TestIMAPFaults(t *testing.T) {
	s := &serve.IMAP{InsecureAuth: true}
	s.OnAppend = func(folder string, n int) error {
		switch n {
		case 2:
			return &serve.Refusal{Code: "OVERQUOTA", Text: "full"}
		case 3:
			return serve.ErrCut
		case 4:
			return serve.ErrLost
		}
		return nil
	}
	addr := startIMAP(t, s, nil)
	put := func(c *imapclient.Client) error {
		cmd := c.Append("INBOX", 4, nil)
		cmd.Write([]byte("a\r\n\n"))
		cmd.Close()
		_, err := cmd.Wait()
		return err
	}
	login := func() *imapclient.Client {
		c := dialIMAP(t, addr)
		if err := c.Login("me", "p w").Wait(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := login()
	if err := put(c); err != nil {
		t.Fatal(err)
	}
	if e := (*imap.Error)(nil); !errors.As(put(c), &e) || e.Code != imap.ResponseCodeOverQuota {
		t.Errorf("second append: %v", e)
	}
	if err := put(c); err == nil {
		t.Error("third append: no error")
	}
	if err := put(login()); err == nil {
		t.Error("fourth append: no error")
	}
	kept, err := s.Messages("me", "INBOX")
	if err != nil || len(kept) != 2 {
		t.Errorf("%d messages, %v, want the first and the fourth", len(kept), err)
	}
}

func TestIMAPAuthenticate(t *testing.T) {
	for name, mechanism := range clients() {
		for _, password := range []string{"p w", "wrong"} {
			t.Run(name+" "+password, func(t *testing.T) {
				s := &serve.IMAP{InsecureAuth: true, Mechanisms: serve.Mechanisms()}
				c := dialIMAP(t, startIMAP(t, s, nil))
				err := c.Authenticate(mechanism(password))
				if (err == nil) != (password == "p w") {
					t.Errorf("Authenticate = %v", err)
				}
			})
		}
	}
}

func TestIMAPTLS(t *testing.T) {
	ca, config := authority(t)
	trust := &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"}
	t.Run("STARTTLS", func(t *testing.T) {
		addr := startIMAP(t, &serve.IMAP{TLS: config}, nil)
		if err := dialIMAP(t, addr).Login("me", "p w").Wait(); err == nil {
			t.Error("login in the clear was accepted")
		}
		c, err := imapclient.DialStartTLS(addr, &imapclient.Options{TLSConfig: trust})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Login("me", "p w").Wait(); err != nil {
			t.Error(err)
		}
	})
	t.Run("implicit", func(t *testing.T) {
		addr := startIMAP(t, &serve.IMAP{}, config)
		c, err := imapclient.DialTLS(addr, &imapclient.Options{TLSConfig: trust})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Login("me", "p w").Wait(); err != nil {
			t.Error(err)
		}
	})
}

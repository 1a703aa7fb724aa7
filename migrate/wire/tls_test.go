package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailmv/archive/serve"
	"mailmv/formats/mail"
)

// secured serves TLS with a certificate of that kind; every connection is greeted.
func secured(t *testing.T, ca *serve.CA, kind serve.Kind) (Server, *tls.Config) {
	t.Helper()
	config, err := ca.Server(kind)
	if err != nil {
		t.Fatal(err)
	}
	s := tlsPeer(t, config)
	s.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(s.CAFile, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, config
}

func tlsPeer(t *testing.T, config *tls.Config) Server {
	s := plainPeer(t, func(c net.Conn) {
		secure := tls.Server(c, config)
		if secure.Handshake() == nil {
			io.WriteString(secure, "hello\r\n")
			secure.Close()
		}
	})
	s.Security = Implicit
	return s
}

func newCA(t *testing.T) *serve.CA {
	t.Helper()
	ca, err := serve.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// Each bad certificate is refused before a word is said, in one line that says why, with the key's
// pin in the hint; and that pin alone then lets us in.
func TestBadCertificates(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	for _, c := range []struct {
		name      string
		authority *serve.CA
		kind      serve.Kind
		says      string
	}{
		{"expired", ca, serve.Expired, "expired on "},
		{"not yet valid", ca, serve.NotYetValid, "not valid before "},
		{"wrong name", ca, serve.WrongName, "is for other.example, not for 127.0.0.1"},
		{"self-signed", ca, serve.SelfSigned, "self-signed"},
		{"unknown authority", other, serve.Good, "unknown authority"},
	} {
		s, config := secured(t, c.authority, c.kind)
		if err := os.WriteFile(s.CAFile, ca.PEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Dial(t.Context(), s)
		e := (*mail.Error)(nil)
		if !errors.Is(err, mail.ErrTLS) || !errors.As(err, &e) || e.Retry || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		pin, err := serve.Pin(config)
		if err != nil || !strings.Contains(e.Hint, "pin="+pin) {
			t.Errorf("%s: hint %q without %s", c.name, e.Hint, pin)
		}
		s.Pin = strings.ToUpper(pin)
		conn, err := Dial(t.Context(), s)
		if err != nil {
			t.Errorf("%s, pinned: %v", c.name, err)
			continue
		}
		conn.Close()
	}
}

// A good certificate with another key than the pinned one is refused.
func TestPin(t *testing.T) {
	ca := newCA(t)
	s, _ := secured(t, ca, serve.Good)
	s.Pin = "sha256:" + strings.Repeat("ab", 32)
	_, err := Dial(t.Context(), s)
	if !errors.Is(err, mail.ErrTLS) || !strings.Contains(err.Error(), "not the pinned one") {
		t.Errorf("other key: %v", err)
	}
	for _, bad := range []string{"sha256:", "sha1:00", strings.Repeat("ab", 32), "sha256:zz"} {
		s.Pin = bad
		if _, err := Dial(t.Context(), s); err == nil || !strings.Contains(err.Error(), "pin:") {
			t.Errorf("pin %q: %v", bad, err)
		}
	}
}

func TestGoodCertificate(t *testing.T) {
	s, _ := secured(t, newCA(t), serve.Good)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		s.Host = host
		c := dial(t, s)
		if line, err := c.ReadLine(100); string(line) != "hello" || err != nil || !c.Secure() {
			t.Errorf("%s: %q, %v", host, line, err)
		}
	}
	s.CAFile = ""
	if _, err := Dial(t.Context(), s); !errors.Is(err, mail.ErrTLS) {
		t.Errorf("without ca: %v", err)
	}
}

// Nothing older than TLS 1.2.
func TestOldTLS(t *testing.T) {
	ca := newCA(t)
	config, err := ca.Server(serve.Good)
	if err != nil {
		t.Fatal(err)
	}
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	s := tlsPeer(t, config)
	if _, err := Dial(t.Context(), s); !errors.Is(err, mail.ErrTLS) {
		t.Errorf("TLS 1.1: %v", err)
	}
}

// A port that does not speak TLS, or says nothing, or hangs up: an error within the timeout.
func TestNoHandshake(t *testing.T) {
	for _, c := range []struct {
		name string
		peer func(net.Conn)
		says string
	}{
		{"plaintext", func(c net.Conn) { io.WriteString(c, "+OK ready\r\n"); io.Copy(io.Discard, c) }, "does not speak TLS"},
		{"silence", func(c net.Conn) { io.Copy(io.Discard, c) }, "no handshake within"},
		{"hangs up", func(c net.Conn) { c.Read(make([]byte, 1)) }, ""},
	} {
		s := plainPeer(t, c.peer)
		s.Security, s.Timeout = Implicit, time.Second
		_, err := Dial(t.Context(), s)
		if !errors.Is(err, mail.ErrTLS) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A ctx that ends within the handshake is no fault of the server's.
func TestCancelledHandshake(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	s := plainPeer(t, func(c net.Conn) {
		c.Read(make([]byte, 1))
		cancel(why)
		io.Copy(io.Discard, c)
	})
	s.Security = Implicit
	if _, err := Dial(ctx, s); err != why {
		t.Errorf("Dial = %v, want %v", err, why)
	}
}

func upgrade(t *testing.T, extra string) error {
	t.Helper()
	ca := newCA(t)
	config, err := ca.Server(serve.Good)
	if err != nil {
		t.Fatal(err)
	}
	s := plainPeer(t, func(c net.Conn) {
		io.WriteString(c, "+OK go\r\n"+extra)
		secure := tls.Server(c, config)
		if secure.Handshake() == nil {
			io.WriteString(secure, "hello\r\n")
			secure.Close()
		}
	})
	s.Security, s.CAFile = StartTLS, filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(s.CAFile, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	c := dial(t, s)
	if _, err := c.ReadLine(100); err != nil || c.Secure() {
		t.Fatal(err)
	}
	if err := c.Upgrade(t.Context()); err != nil {
		if _, again := c.Write([]byte("PASS secret\r\n")); again == nil {
			t.Error("the connection can be written to after a refused upgrade")
		}
		return err
	}
	line, err := c.ReadLine(100)
	if string(line) != "hello" || !c.Secure() {
		t.Errorf("after the upgrade: %q, %v", line, err)
	}
	return err
}

// What comes in one packet with the agreement to TLS is refused.
func TestUpgrade(t *testing.T) {
	if err := upgrade(t, ""); err != nil {
		t.Error(err)
	}
	if err := upgrade(t, "+OK logged in\r\n"); !errors.Is(err, mail.ErrTLS) {
		t.Errorf("injected: %v", err)
	}
}

// A certificate that was good once is checked again on every connection.
func TestOtherCertificateOnReconnection(t *testing.T) {
	good, err := newCA(t).Server(serve.Good)
	if err != nil {
		t.Fatal(err)
	}
	ca := newCA(t)
	s, config := secured(t, ca, serve.Good)
	connections := 0
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if connections++; connections > 1 {
			return good, nil // of an authority that we do not trust
		}
		return nil, nil
	}
	dial(t, s).Close()
	if _, err := Dial(t.Context(), s); !errors.Is(err, mail.ErrTLS) {
		t.Errorf("second connection: %v", err)
	}
}

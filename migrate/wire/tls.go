package wire

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"mailmv/formats/mail"
)

// tlsConfig is the one configuration of all connections to s: TLS 1.2 at least, chain and name checked,
// or the pin. There is no session cache, so nothing of one connection weakens another.
func (s Server) tlsConfig() (*tls.Config, error) {
	if s.Security == None {
		return nil, nil
	}
	host, _, _ := strings.Cut(s.Host, "%") // an IPv6 zone is no part of the name
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if s.Pin != "" {
		return config, pinned(config, s.Pin)
	}
	if s.CAFile != "" {
		pem, err := os.ReadFile(s.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca: %w", err)
		}
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca: no PEM certificate in %s", s.CAFile)
		}
		config.RootCAs = roots
	}
	return config, nil
}

// pinned makes the public key alone decide, in place of chain, name and date.
func pinned(config *tls.Config, pin string) error {
	digits, ok := strings.CutPrefix(strings.ToLower(pin), "sha256:")
	want, err := hex.DecodeString(digits)
	if !ok || err != nil || len(want) != sha256.Size {
		return fmt.Errorf("pin: want sha256: and 64 hexadecimal digits, got %q", pin)
	}
	config.InsecureSkipVerify = true // replaced by VerifyConnection, which runs on every handshake
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the server shows no certificate")
		}
		got := keySum(state.PeerCertificates[0])
		if subtle.ConstantTimeCompare(got[:], want) != 1 {
			return pinError(got[:])
		}
		return nil
	}
	return nil
}

// pinError is another key than the pinned one.
type pinError []byte

func (e pinError) Error() string {
	return "the server's key is not the pinned one but sha256:" + hex.EncodeToString(e)
}

func keySum(cert *x509.Certificate) [sha256.Size]byte {
	return sha256.Sum256(cert.RawSubjectPublicKeyInfo)
}

// Upgrade starts TLS on an open connection, after the server agreed to STLS or STARTTLS. It refuses
// (mail.ErrTLS) where the server has sent anything behind its answer: that would be injected (RFC 9051 §11.1).
// What the server announced before is worth nothing afterwards: ask again.
func (c *Conn) Upgrade(ctx context.Context) error {
	config, err := c.server.tlsConfig()
	if err == nil && config == nil {
		err = errors.New("TLS was not asked for")
	}
	if n := c.Buffered(); err == nil && n > 0 {
		err = fmt.Errorf("the server sent %s between its agreement to TLS and the handshake", mail.Count(n, "octet", "octets"))
	}
	if err != nil {
		err = c.server.refuse("start TLS", err)
		c.end(err)
		return err
	}
	return c.startTLS(ctx, config, "start TLS")
}

func (c *Conn) startTLS(life context.Context, config *tls.Config, op string) error {
	ctx, cancel := context.WithTimeout(life, c.server.timeout())
	defer cancel()
	// The idle deadline of an earlier answer must not cut the handshake; ctx bounds it as a whole.
	c.raw.SetDeadline(time.Time{})
	secured := tls.Client(c.raw, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		if life.Err() != nil {
			err = context.Cause(life)
		} else {
			err = c.server.refuse(op, err)
		}
		c.unhook()
		c.end(err)
		return err
	}
	c.conn, c.secure = secured, true
	c.in.Reset((*filler)(c))
	return nil
}

// refuse says in one line why there is no trusted connection, and the way out where there is one.
func (s Server) refuse(op string, err error) error {
	why, hint := s.explain(err)
	e := &mail.Error{Op: op, Place: s.Address(), Hint: hint, Err: fmt.Errorf("%w: %s", mail.ErrTLS, why)}
	// A connection that broke says nothing about the certificate.
	broken := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, new(*net.OpError))
	e.Retry = broken && !errors.As(err, new(tls.AlertError))
	return e
}

func (s Server) explain(err error) (why, hint string) {
	var (
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  tls.AlertError
		pin    pinError
	)
	switch {
	case errors.As(err, &pin):
		return err.Error(), "if the server has a new key on purpose, set pin=sha256:" + hex.EncodeToString(pin)
	case errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0:
		return s.explainCertificate(verify)
	case errors.As(err, &record):
		return "the server does not speak TLS here", "check the port, or use tls=starttls"
	case errors.As(err, &alert):
		return fmt.Sprintf("the server ended the handshake: %v", alert), "it may be too old: TLS 1.2 is the least"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("no handshake within %v", s.timeout()), "check the port: it may not speak TLS"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server hung up in the handshake", ""
	case strings.Contains(err.Error(), "protocol version"):
		return "the server offers no TLS 1.2 or newer", "it is too old to be trusted with a password"
	}
	return plainError(err).Error(), ""
}

// explainCertificate names what is wrong with the certificate, and the ways to trust it all the same.
func (s Server) explainCertificate(verify *tls.CertificateVerificationError) (why, hint string) {
	var (
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
	)
	cert := verify.UnverifiedCertificates[0]
	sum := keySum(cert)
	trust := "pin=sha256:" + hex.EncodeToString(sum[:]) + " trusts this key alone, once you know that it is the server's"
	switch now := time.Now(); {
	case errors.As(verify, &invalid) && invalid.Reason == x509.Expired && now.Before(invalid.Cert.NotBefore):
		return "the certificate is not valid before " + invalid.Cert.NotBefore.Format(time.DateOnly), "is this computer's clock right? " + trust
	case errors.As(verify, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate expired on " + invalid.Cert.NotAfter.Format(time.DateOnly), trust
	case errors.As(verify, &name):
		return fmt.Sprintf("the certificate is for %s, not for %s", names(cert), s.Host), "use a name that it has, or " + trust
	case errors.As(verify, &unknown) && selfSigned(cert):
		return "the certificate is self-signed", "ca=FILE trusts it from a file; " + trust
	case errors.As(verify, &unknown):
		return fmt.Sprintf("the certificate is signed by an unknown authority (%q)", cert.Issuer.CommonName), "ca=FILE trusts an authority; " + trust
	}
	return verify.Err.Error(), trust
}

func selfSigned(cert *x509.Certificate) bool {
	return cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil
}

// names lists whom the certificate is for, a few of them.
func names(cert *x509.Certificate) string {
	var all []string
	for _, n := range cert.DNSNames {
		all = append(all, printable(n))
	}
	for _, ip := range cert.IPAddresses {
		all = append(all, ip.String())
	}
	switch {
	case len(all) == 0:
		return "no name at all"
	case len(all) > 5:
		return strings.Join(all[:5], ", ") + fmt.Sprintf(" and %d more", len(all)-5)
	}
	return strings.Join(all, ", ")
}

package serve_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"testing"

	"mailmv/archive/serve"
)

func TestCertificates(t *testing.T) {
	ca, _ := authority(t)
	rows := map[string]struct {
		kind serve.Kind
		bad  func(error) bool
	}{
		"good":          {serve.Good, nil},
		"expired":       {serve.Expired, invalid(x509.Expired)},
		"not yet valid": {serve.NotYetValid, invalid(x509.Expired)},
		"wrong name":    {serve.WrongName, func(err error) bool { return errors.As(err, &x509.HostnameError{}) }},
		"self-signed":   {serve.SelfSigned, func(err error) bool { return errors.As(err, &x509.UnknownAuthorityError{}) }},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			config, err := ca.Server(row.kind)
			if err != nil {
				t.Fatal(err)
			}
			addr := startPOP3(t, &serve.POP3{}, config)
			c, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ca.Pool()})
			if row.bad != nil {
				if !row.bad(err) {
					t.Errorf("dial: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			pin, err := serve.Pin(config)
			sum := sha256.Sum256(c.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
			if want := "sha256:" + hex.EncodeToString(sum[:]); pin != want || err != nil {
				t.Errorf("Pin = %q, %v, want %q", pin, err, want)
			}
		})
	}
	if !x509.NewCertPool().AppendCertsFromPEM(ca.PEM()) {
		t.Error("PEM is not read back")
	}
}

func invalid(why x509.InvalidReason) func(error) bool {
	return func(err error) bool {
		e := x509.CertificateInvalidError{}
		return errors.As(err, &e) && e.Reason == why
	}
}

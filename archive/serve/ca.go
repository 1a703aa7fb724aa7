package serve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// CA is a made-up certificate authority that lives in memory and that no system trusts.
type CA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Kind says what is wrong with a server certificate.
type Kind uint8

// All kinds but WrongName name localhost and 127.0.0.1 to 127.0.0.6, as well as ::1.
const (
	Good Kind = iota
	Expired
	NotYetValid
	WrongName  // other.example
	SelfSigned // signed by itself
)

// NewCA makes an authority with a new key.
func NewCA() (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t, err := template("mailmv sample CA", Good)
	if err != nil {
		return nil, err
	}
	t.IsCA, t.BasicConstraintsValid, t.KeyUsage = true, true, x509.KeyUsageCertSign
	t.DNSNames, t.IPAddresses, t.ExtKeyUsage = nil, nil, nil
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &CA{cert, key}, err
}

// PEM gives the certificate of the authority, as a ca=FILE has it.
func (ca *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw})
}

// Pool holds the certificate of the authority alone.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return pool
}

// Server makes a certificate of that kind and gives the TLS configuration of a server that shows it.
func (ca *CA) Server(k Kind) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t, err := template("localhost", k)
	if err != nil {
		return nil, err
	}
	parent, signer := ca.cert, ca.key
	if k == SelfSigned {
		parent, signer = t, key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	cert := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
}

// Pin gives the pin of the key that such a server shows: "sha256:" and the SHA-256 of its SubjectPublicKeyInfo.
func Pin(server *tls.Config) (string, error) {
	if len(server.Certificates) == 0 {
		return "", fmt.Errorf("no certificate")
	}
	cert, err := x509.ParseCertificate(server.Certificates[0].Certificate[0])
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

func template(name string, k Kind) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	const day = 24 * time.Hour
	from, to := -day, 365*day
	switch k {
	case Expired:
		from, to = -365*day, -day
	case NotYetValid:
		from, to = 365*day, 2*365*day
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(from),
		NotAfter:     time.Now().Add(to),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv6loopback},
	}
	for last := byte(1); last <= 6; last++ {
		t.IPAddresses = append(t.IPAddresses, net.IPv4(127, 0, 0, last))
	}
	if k == WrongName {
		t.Subject.CommonName, t.DNSNames, t.IPAddresses = "other.example", []string{"other.example"}, nil
	}
	return t, nil
}

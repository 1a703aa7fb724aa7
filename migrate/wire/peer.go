package wire

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"time"
)

// Peer is what the server showed of itself when the connection was secured.
type Peer struct {
	Version, Cipher   string // of TLS; empty: the connection is in the clear
	Subject, Issuer   string
	Names             []string // that the certificate is good for
	NotBefore, Expiry time.Time
	Pin               string // of its key, as a place takes it: sha256: and hex digits
}

// Peer tells with whom the connection is.
func (c *Conn) Peer() Peer {
	secured, ok := c.conn.(*tls.Conn)
	if !ok {
		return Peer{}
	}
	state := secured.ConnectionState()
	p := Peer{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite)}
	if len(state.PeerCertificates) == 0 {
		return p
	}
	cert := state.PeerCertificates[0]
	sum := keySum(cert)
	p.Subject, p.Issuer, p.Names = cert.Subject.String(), cert.Issuer.String(), allNames(cert)
	p.NotBefore, p.Expiry, p.Pin = cert.NotBefore, cert.NotAfter, "sha256:"+hex.EncodeToString(sum[:])
	return p
}

func allNames(cert *x509.Certificate) []string {
	names := append([]string{}, cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// Package wire is what lies under both wire ends: a TCP connection that is encrypted and verified
// (RFC 8314), that hangs for no one, counts, and can be watched with its secrets hidden; and the SASL
// mechanisms (RFC 4422) that POP3 and IMAP share.
package wire

import (
	"context"
	"net"
	"strconv"
	"time"
)

// Security says how a connection is protected.
type Security uint8

const (
	Implicit Security = iota // TLS from the first octet (RFC 8314)
	StartTLS                 // STLS (RFC 2595) or STARTTLS (RFC 9051 §6.2.1) before login, required
	None                     // plaintext: only where the user wrote tls=none
)

// Server says where and how to connect. It is used for every connection to that place, so that a
// second one can never be weaker than the first.
type Server struct {
	Host     string // name or address, without brackets
	Port     int
	Security Security
	CAFile   string        // PEM, an additional root; empty: the system's roots alone
	Pin      string        // "sha256:HEX" of the key's SubjectPublicKeyInfo; where set it alone decides
	Timeout  time.Duration // longest silence in either direction, and for connecting; 0: 60 s
	Trace    *Trace        // nil: none
	Rate     *Rate         // nil: as fast as it goes
	Meter    *Meter        // counts octets over all connections; nil: not counted
}

// Login says who we are and how to prove it.
type Login struct {
	User      string
	Authzid   string // act as that user; empty: as oneself
	Mechanism string // lower case: plain, xoauth2 ...; empty: the safest offered
	// Secret gives the password or token. again is true after the server refused what it gave last:
	// a password command is then run anew. Never logged.
	Secret func(ctx context.Context, again bool) (string, error)
}

const defaultTimeout = 60 * time.Second

// Address is host and port as one writes them, an IPv6 address in brackets.
func (s Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

func (s Server) timeout() time.Duration {
	if s.Timeout <= 0 {
		return defaultTimeout
	}
	return s.Timeout
}

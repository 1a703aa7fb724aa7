package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"

	"github.com/emersion/go-sasl"
)

// Contract, to be filled in. Names and signatures are relied on by pop3, imap and cmd.

// Trace writes what goes over the wire, with every hidden secret (and its base64) replaced.
type Trace struct{}

func NewTrace(w io.Writer) *Trace { return &Trace{} }

// Hide makes secret unreadable in all that is written from now on.
func (t *Trace) Hide(secret string) {}

// Rate bounds octets read a second over all connections that share it.
type Rate struct{}

func NewRate(octetsPerSecond int64) *Rate { return &Rate{} }

// Meter counts octets and connections.
type Meter struct{ In, Out, Connections atomic.Int64 }

// Conn is one connection: a net.Conn that keeps its own idle deadlines (SetDeadline and kin are ignored,
// so that a library's fixed limits do not cut what is progressing), ends when its ctx does, and whose
// first error is its last: every later call gives it again.
type Conn struct {
	net.Conn
}

// Dial connects, and with Implicit finishes and verifies TLS. ctx bounds the whole life of the connection.
// Errors: mail.ErrTLS for certificate, name, pin and handshake.
func Dial(ctx context.Context, s Server) (*Conn, error) { return nil, errors.New("not yet") }

// Upgrade starts TLS on an open connection, after the server agreed to STLS or STARTTLS. It refuses
// (mail.ErrTLS) where the server has sent anything behind its answer: that would be injected (RFC 9051 §11.1).
func (c *Conn) Upgrade(ctx context.Context) error { return errors.New("not yet") }

// Secure tells whether the connection is encrypted and verified.
func (c *Conn) Secure() bool { return false }

// ReadLine reads up to LF and returns the line without its CRLF; it is valid until the next read.
// More than max octets are an error.
func (c *Conn) ReadLine(max int) ([]byte, error) { return nil, errors.New("not yet") }

// Buffered is how many octets have been read from the wire but not by the caller.
func (c *Conn) Buffered() int { return 0 }

// Mechanism chooses the safest SASL mechanism that the server offers and the login allows, and prepares it.
// Where none is common: mail.ErrAuth, naming what is offered. Cleartext mechanisms are never used on a
// connection that is not secure unless plaintext (tls=none) was asked for.
func Mechanism(ctx context.Context, offered []string, l Login, s Server, secure, again bool) (name string, c sasl.Client, err error) {
	return "", nil, errors.New("not yet")
}

// Package serve shows mail over POP3 (RFC 1939) and IMAP (RFC 9051) to any mail program. It is what
// "mailmv demo" runs on loopback, and the other side of the wire in tests: POP3 is a small server of our own
// over a Maildrop, IMAP is go-imap's server with its store in memory.
//
// Both serve on listeners that the caller makes: a plain one (with STLS or STARTTLS where a TLS
// configuration is set) or one of crypto/tls for implicit TLS (RFC 8314). Neither touches the file system.
//
// Both can be told to misbehave in ways real servers do; see Odd and IMAP.OnAppend.
package serve

import (
	"errors"
	"net"
	"sync"
)

// ErrInUse: another session has the maildrop (RFC 1939 §4, RFC 2449 §8.1.1).
var ErrInUse = errors.New("maildrop is in use by another session")

// open keeps what a server has open, so that Close can end all of it.
type open struct {
	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]bool
	conns     map[net.Conn]bool
	sessions  sync.WaitGroup
}

// accept serves every connection of l with serve until l or o is closed. The error of a closed listener is nil.
func (o *open) accept(l net.Listener, serve func(net.Conn)) error {
	if !o.listening(l) {
		l.Close()
		return nil
	}
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if !o.begin(c) {
			c.Close()
			return nil
		}
		go func() {
			defer o.end(c)
			serve(c)
		}()
	}
}

func (o *open) listening(l net.Listener) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.listeners == nil {
		o.listeners = map[net.Listener]bool{}
		o.conns = map[net.Conn]bool{}
	}
	o.listeners[l] = true
	return !o.closed
}

func (o *open) begin(c net.Conn) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	o.conns[c] = true
	o.sessions.Add(1)
	return true
}

func (o *open) end(c net.Conn) {
	c.Close()
	o.mu.Lock()
	delete(o.conns, c)
	o.mu.Unlock()
	o.sessions.Done()
}

// Close closes every listener and connection and returns when all sessions have ended.
func (o *open) Close() error {
	o.mu.Lock()
	o.closed = true
	for l := range o.listeners {
		l.Close()
	}
	for c := range o.conns {
		c.Close()
	}
	o.mu.Unlock()
	o.sessions.Wait()
	return nil
}

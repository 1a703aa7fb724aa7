package serve

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Maildrop is the one container of messages that a POP3 login opens (RFC 1939 §3).
type Maildrop interface {
	// Lock takes the maildrop for one session and lists its messages in order, or gives ErrInUse.
	Lock() ([]Letter, error)
	// Unlock ends that session and removes the messages at these indexes of what Lock gave. There are
	// none unless the session ended with QUIT (RFC 1939 §6).
	Unlock(gone []int) error
}

// Letter is one message of a maildrop.
type Letter struct {
	UIDL   string // 1 to 70 octets of 0x21 to 0x7E (RFC 1939 §7), unless the server is to be odd
	Octets int64  // exactly what Open gives
	Open   func() (io.ReadCloser, error)
}

// Drop is a maildrop in memory. The zero value is empty and ready. It may be filled while it is served:
// a session sees what was there when it began.
type Drop struct {
	mu      sync.Mutex
	locked  bool
	next    int
	letters []*kept
	opened  []*kept // what the session in progress sees
}

type kept struct {
	uidl   string
	octets []byte
}

// Add puts messages in, under UIDLs of their own. A message that does not end in CRLF is given
// one, as POP3 cannot carry it otherwise (RFC 1939 §3).
func (d *Drop) Add(messages ...[]byte) {
	for _, m := range messages {
		d.mu.Lock()
		d.next++
		n := d.next
		d.mu.Unlock()
		sum := sha256.Sum256(m)
		d.AddAs(fmt.Sprintf("%06d.%s", n, hex.EncodeToString(sum[:8])), m)
	}
}

// AddAs puts one message in under that UIDL, whatever it is: too long, odd, empty or there already.
func (d *Drop) AddAs(uidl string, message []byte) {
	if len(message) > 0 && !bytes.HasSuffix(message, []byte("\r\n")) {
		message = append(slices.Clone(message), "\r\n"...)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.letters = append(d.letters, &kept{uidl, message})
}

// Renumber gives every message another UIDL, as a server does that lost its own record of them.
func (d *Drop) Renumber(uidl func(i int) string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, k := range d.letters {
		d.letters[i] = &kept{uidl(i), k.octets}
	}
}

// Messages gives the octets of what is in the maildrop now, in order. They are not to be changed.
func (d *Drop) Messages() [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([][]byte, len(d.letters))
	for i, k := range d.letters {
		all[i] = k.octets
	}
	return all
}

// Lock implements Maildrop.
func (d *Drop) Lock() ([]Letter, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locked {
		return nil, ErrInUse
	}
	d.locked = true
	d.opened = slices.Clone(d.letters)
	all := make([]Letter, len(d.opened))
	for i, k := range d.opened {
		all[i] = Letter{k.uidl, int64(len(k.octets)), func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(k.octets)), nil
		}}
	}
	return all, nil
}

// Unlock implements Maildrop.
func (d *Drop) Unlock(gone []int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, i := range gone {
		if j := slices.Index(d.letters, d.opened[i]); j >= 0 {
			d.letters = slices.Delete(d.letters, j, j+1)
		}
	}
	d.locked, d.opened = false, nil
	return nil
}

package serve

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// IMAP is a server of RFC 3501 with UIDPLUS, LITERAL+, NAMESPACE, LIST-EXTENDED, LIST-STATUS, STATUS=SIZE,
// ESEARCH and MOVE over folders in memory. It keeps octets and internal dates as they are given, and flags in lower
// case. What go-message cannot parse it keeps but does not show whole: to a header without a blank line behind
// it BODY[] adds one. Set the fields before Serve. Close ends it.
type IMAP struct {
	// TLS is offered by STARTTLS; nil: it is not.
	TLS *tls.Config
	// InsecureAuth takes logins on connections that are not encrypted.
	InsecureAuth bool
	// Mechanisms are the SASL mechanisms that AUTHENTICATE offers, of those that Mechanisms() lists; nil: PLAIN.
	Mechanisms []string
	// AppendLimit is told to clients (RFC 7889) and kept; 0: none.
	AppendLimit uint32
	// OnAppend, where set, is asked about each APPEND once its octets have come; n counts from 1 over all
	// connections. A *Refusal is answered NO; ErrCut and ErrLost end the connection. Called from many goroutines.
	OnAppend func(folder string, n int) error

	mu        sync.Mutex
	users     map[string]*user
	serving   *imapserver.Server // once Serve was called
	listeners []net.Listener
	accepting sync.WaitGroup // calls of Serve
	closed    bool
	appends   atomic.Int64
}

type newSession = func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error)

type user struct {
	password string
	store    *imapmemserver.User
}

// Refusal is the answer NO to an APPEND.
type Refusal struct{ Code, Text string } // Code without brackets: "OVERQUOTA"

func (r *Refusal) Error() string { return r.Code + ": " + r.Text }

// What OnAppend can do to a connection.
var (
	ErrCut  = errors.New("connection ended, nothing stored")
	ErrLost = errors.New("stored, connection ended without an answer")
)

// Kept is a message as an IMAP server keeps it.
type Kept struct {
	UID          uint32
	InternalDate time.Time
	Flags        []string
	Octets       []byte
}

// AddUser makes an account with an empty INBOX.
func (s *IMAP) AddUser(name, password string) error {
	store := imapmemserver.NewUser(name, password)
	if err := store.Create("INBOX", nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == nil {
		s.users = map[string]*user{}
	}
	s.users[name] = &user{password, store}
	return nil
}

func (s *IMAP) user(name string) *user {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users[name]
}

// Put stores a message in a folder of that account, making the folder if absent.
func (s *IMAP) Put(account, folder string, octets []byte, date time.Time, flags ...string) error {
	u := s.user(account)
	if u == nil {
		return fmt.Errorf("no account %q", account)
	}
	options := &imap.AppendOptions{Time: date}
	for _, f := range flags {
		options.Flags = append(options.Flags, imap.Flag(f))
	}
	for {
		_, err := u.store.Append(folder, newLiteral(octets), options)
		if e := (*imap.Error)(nil); !errors.As(err, &e) || e.Code != imap.ResponseCodeTryCreate {
			return err
		}
		if err := u.store.Create(folder, nil); err != nil {
			return err
		}
	}
}

type literal struct{ *bytes.Reader }

func newLiteral(octets []byte) literal { return literal{bytes.NewReader(octets)} }

// Messages gives what a folder of that account holds, in order of UID.
func (s *IMAP) Messages(account, folder string) ([]Kept, error) {
	u := s.user(account)
	if u == nil {
		return nil, fmt.Errorf("no account %q", account)
	}
	here, there := net.Pipe()
	inside := s.server(func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return imapmemserver.NewUserSession(u.store), &imapserver.GreetingData{PreAuth: true}, nil
	}, true)
	go inside.Serve(newSingle(there))
	defer inside.Close()
	c := imapclient.New(here, nil)
	defer c.Close()
	if _, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		return nil, err
	}
	return fetchAll(c)
}

func fetchAll(c *imapclient.Client) ([]Kept, error) {
	body := &imap.FetchItemBodySection{Peek: true}
	all, err := c.Fetch(imap.SeqSet{{Start: 1}}, &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{body},
	}).Collect()
	if err != nil {
		return nil, err
	}
	var kept []Kept
	for _, m := range all {
		k := Kept{UID: uint32(m.UID), InternalDate: m.InternalDate, Octets: m.FindBodySection(body)}
		for _, f := range m.Flags {
			k.Flags = append(k.Flags, string(f))
		}
		slices.Sort(k.Flags)
		kept = append(kept, k)
	}
	return kept, nil
}

// Serve answers on l until l or the server is closed.
func (s *IMAP) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return l.Close()
	}
	s.listeners = append(s.listeners, l)
	s.accepting.Add(1)
	if s.serving == nil {
		s.serving = s.server(s.newSession, s.InsecureAuth)
	}
	serving := s.serving
	s.mu.Unlock()
	defer s.accepting.Done()
	return serving.Serve(l)
}

// Close closes every listener and connection. The library's server is closed only once nobody enters it any
// more: it does not bear both at the same time.
func (s *IMAP) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for _, l := range s.listeners {
		l.Close()
	}
	serving := s.serving
	s.mu.Unlock()
	s.accepting.Wait()
	if serving == nil {
		return nil
	}
	return serving.Close()
}

// server is go-imap's, set up as ours.
func (s *IMAP) server(session newSession, insecure bool) *imapserver.Server {
	return imapserver.New(&imapserver.Options{
		NewSession: session,
		Caps: imap.CapSet{
			imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapLiteralPlus: {}, imap.CapNamespace: {}, imap.CapMove: {},
			imap.CapListExtended: {}, imap.CapListStatus: {}, imap.CapStatusSize: {}, imap.CapESearch: {},
		},
		Logger:       log.New(io.Discard, "", 0),
		TLSConfig:    s.TLS,
		InsecureAuth: insecure,
	})
}

// Package imap reads mail from an IMAP server, stores it there and removes it (RFC 9051, and RFC 3501
// as servers speak it), for the engine in package migrate.
//
// One connection is a session. The library (go-imap's imapclient) lists, selects and fetches through a
// gate of ours, which repairs what servers send before the library sees it; logging in and storing are
// spoken on the wire by ourselves, for STARTTLS, SASL, MULTIAPPEND (RFC 3502) and pipelined literals
// (RFC 7888) are what the library lacks or gets wrong.
//
// A message's Ref.ID is its UID in decimal and means something with its Validity alone; sequence numbers are
// never used. Where the server's UIDs do not last (UIDVALIDITY 0, UIDNOTSTICKY) the ID also bears the number
// of the connection, the message is Fleeting, and nothing is ever removed.
package imap

import (
	"context"
	"sync"
	"sync/atomic"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// Options of a Store. The zero value is good.
type Options struct {
	// Connections is how many may be open at once; 0 chooses. One of them is for reading, the others
	// store in turn, so that from 3 on the order of messages is only kept within a batch.
	Connections int
	// Notes is told what the user should know, once for each kind: the server's alerts, input that had to
	// be repaired, names that had to be changed. It may be called from several goroutines; nil: nobody is told.
	Notes func(string)
	// Ahead is the folder that is read first, as a rule: as soon as Connect has logged in it is selected for reading, and the folders are
	// listed, for Folders and what follows. Empty: they wait until they are asked for.
	Ahead mail.Path
}

// Store is an IMAP account: a migrate.Source, migrate.Sink and migrate.Remover. It connects when first
// needed, and anew after an error of ScopeStore with Retry. With a single connection the reading methods
// wait until what is under way is stored, and Append until they are done; so with Connections 1 neither
// Append nor a wait function may be called inside an iteration.
type Store struct {
	server wire.Server
	login  wire.Login
	notes  func(string)
	first  mail.Path // Options.Ahead, until then

	dialing sync.Mutex // held while a connection is opened, and for names
	names   *names     // nil until the first connection

	mu       sync.Mutex
	sessions []*session
	uplinks  []*session // whose turn it is to store, by batch number; nil: not open
	batches  int
	max      int
	opened   int
	told     map[string]bool
	known    map[mail.Path]mail.Folder // as Folders told last; nil: it was not asked
	peer     string                    // the address that answered
	early    <-chan listing            // what Folders is to tell first; nil: nothing was asked ahead
	limit    atomic.Int64              // APPENDLIMIT
	suspects suspects
}

// defaultConnections: one that stores and one that reads meanwhile.
const defaultConnections = 2

// New makes a Store; it does not connect yet.
func New(s wire.Server, l wire.Login, o Options) *Store {
	st := &Store{server: s, login: l, notes: o.Notes, first: o.Ahead, max: o.Connections, told: map[string]bool{}}
	if st.max <= 0 {
		st.max = defaultConnections
	}
	st.uplinks = make([]*session, max(1, st.max-1))
	st.suspects.by = map[mail.Ref]*suspicion{}
	return st
}

// Peer is the address and port of the server that answered last; empty before the first connection.
func (st *Store) Peer() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.peer
}

// note tells a thing once.
func (st *Store) note(text string) {
	st.mu.Lock()
	news := !st.told[text] && len(st.told) < 1000
	st.told[text] = true
	st.mu.Unlock()
	if news && st.notes != nil {
		st.notes(text)
	}
}

// Sizes of a batch, as measured on Dovecot: larger ones gain nothing, and eight under way hide a round trip of
// 30 ms, their sizes read back included. The octets under way bound the engine's memory.
const (
	batchMessages   = 200
	batchOctets     = 1 << 20
	appendsInFlight = 8  // on each connection that stores
	maxInFlight     = 16 // on all of them
)

// Limits tells what the server bears; MaxOctets once it is connected.
func (st *Store) Limits() mail.Limits {
	st.mu.Lock()
	defer st.mu.Unlock()
	return mail.Limits{
		Connections:   st.max,
		MaxOctets:     st.limit.Load(),
		BatchMessages: batchMessages,
		BatchOctets:   batchOctets,
		InFlight:      min(appendsInFlight*len(st.uplinks), maxInFlight),
	}
}

// Connect logs in ahead of the first use.
func (st *Store) Connect(ctx context.Context) error {
	if st.listsAhead() { // on the connection that there is
		return nil
	}
	s, err := st.reader(ctx)
	if err != nil {
		return err
	}
	if st.first == "" {
		s.giveTurn()
		return nil
	}
	st.lookAhead(ctx, s)
	return nil
}

// Close ends all sessions, with a LOGOUT where nothing is under way.
func (st *Store) Close() error {
	st.mu.Lock()
	open := st.sessions
	st.sessions = nil
	st.mu.Unlock()
	for _, s := range open {
		if !s.tryTurn() {
			s.close()
			continue
		}
		if s.uplink.idle() && !s.dead.Load() {
			s.lib.Logout() // the answer tells nothing
		}
		s.close()
		s.giveTurn()
	}
	return nil
}

// learn takes over from a new session what holds for all of them.
func (st *Store) learn(s *session) error {
	st.limit.Store(s.caps.appendLimit())
	if st.names != nil {
		if s.idTag == "" {
			return nil
		}
		_, err := s.until(s.idTag, nil)
		return err
	}
	n, err := s.namespace() // the answer to ID comes before
	if err != nil {
		return err
	}
	n.note = st.note
	st.names = n
	return nil
}

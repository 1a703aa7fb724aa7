// Package memstore is both ends of a move in memory, for tests: a Source, Sink and Remover with the
// semantics of the real ones, and with faults on request.
package memstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"
	"time"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// Message is one message that a Store keeps.
type Message struct {
	ID           string // UID or UIDL
	Octets       []byte
	InternalDate time.Time
	Flags        mail.Flags
	Keywords     []string
}

// Store keeps folders of messages. Its zero value is an empty store that does everything right. The
// fields are set before it is used.
type Store struct {
	Fuse     *Fuse
	Fleeting bool                     // IDs hold for a session only
	Unnamed  bool                     // Append does not tell UIDs (no UIDPLUS)
	Atomic   bool                     // a batch is stored whole or not at all, as by MULTIAPPEND
	InFlight int                      // Limits().InFlight
	Alter    func([]byte) []byte      // what the store makes of octets it is given
	Refuse   func(mail.Parcel) error  // why it does not take a message
	FetchErr func(id string) error    // why a message cannot be read
	Announce func(octets int64) int64 // what List says of sizes; nil: the truth
	Summed   bool                     // folders tell their Listing, and neither Next nor ModSeq, as a maildrop does
	Unkeeps  []string                 // keywords that messages cannot bear, as far as Unkept is asked

	mu       sync.Mutex
	folders  map[mail.Path]*folder
	appends  sync.Mutex // keeps the order of batches
	Fetches  int        // bodies that were read, counted
	Lists    int
	told     map[mail.Path][32]byte // by List
	validity uint32
}

type folder struct {
	validity, next uint32
	modSeq         uint64
	messages       []Message
}

var errDead = errors.New("connection lost")

func (s *Store) dead() error {
	return &mail.Error{Op: "memory", Scope: mail.ScopeStore, Retry: true, Err: errDead}
}

func (s *Store) folder(p mail.Path, make bool) *folder {
	if f := s.folders[p]; f != nil || !make {
		return f
	}
	if s.folders == nil {
		s.folders = map[mail.Path]*folder{}
	}
	s.validity++
	f := &folder{validity: 1000 + s.validity, next: 1, modSeq: 1}
	s.folders[p] = f
	return f
}

// Put adds a message as if it had come another way. An empty ID gets the next UID.
func (s *Store) Put(p mail.Path, m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(p, m)
}

func (s *Store) put(p mail.Path, m Message) uint32 {
	f := s.folder(p, true)
	uid := f.next
	f.modSeq++
	if f.next++; m.ID == "" {
		m.ID = strconv.FormatUint(uint64(uid), 10)
	}
	f.messages = append(f.messages, m)
	return uid
}

// Messages is what a folder holds now.
func (s *Store) Messages(p mail.Path) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.folders[p]; f != nil {
		return slices.Clone(f.messages)
	}
	return nil
}

// Delete drops a folder; made again it has another Validity.
func (s *Store) Delete(p mail.Path) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.folders, p)
}

// Rename gives a message another ID.
func (s *Store) Rename(p mail.Path, old, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, m := range s.folders[p].messages {
		if m.ID == old {
			s.folders[p].messages[i].ID = id
		}
	}
}

// Drop takes a message away.
func (s *Store) Drop(p mail.Path, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folders[p]
	f.messages = slices.DeleteFunc(f.messages, func(m Message) bool { return m.ID == id })
}

// Folders lists all folders.
func (s *Store) Folders(ctx context.Context) ([]mail.Folder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Fuse.blown() {
		return nil, s.dead()
	}
	var all []mail.Folder
	for p := range s.folders {
		all = append(all, s.facts(p))
	}
	slices.SortFunc(all, func(a, b mail.Folder) int { return bytes.Compare([]byte(a.Path), []byte(b.Path)) })
	return all, nil
}

// Open makes the folder if it is absent.
func (s *Store) Open(ctx context.Context, p mail.Path) (mail.Folder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Fuse.blown() {
		return mail.Folder{}, s.dead()
	}
	if s.folders[p] == nil {
		if err := s.Fuse.step(func() { s.folder(p, true) }); err != nil {
			return mail.Folder{}, s.dead()
		}
	}
	return s.facts(p), nil
}

// snapshot copies what a folder holds, so that an iteration is not disturbed.
func (s *Store) snapshot(p mail.Path) ([]Message, mail.Folder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Fuse.blown() {
		return nil, mail.Folder{}, s.dead()
	}
	if s.folders[p] == nil {
		return nil, mail.Folder{}, &mail.Error{Op: "list", Ref: mail.Ref{Folder: p}, Scope: mail.ScopeFolder, Err: mail.ErrNoFolder}
	}
	return slices.Clone(s.folders[p].messages), s.facts(p), nil
}

func (s *Store) message(f mail.Folder, m Message) mail.Message {
	octets := int64(len(m.Octets))
	if s.Announce != nil {
		octets = s.Announce(octets)
	}
	return mail.Message{Ref: mail.Ref{Folder: f.Path, Validity: f.Validity, ID: m.ID}, Octets: octets,
		InternalDate: m.InternalDate, Flags: m.Flags, Keywords: m.Keywords, Fleeting: s.Fleeting}
}

// count counts under the lock: one store may be read at both ends of a move.
func (s *Store) count(n *int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*n++
}

// List yields all messages of a folder.
func (s *Store) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		s.count(&s.Lists)
		all, f, err := s.snapshot(f.Path)
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		s.tell(f)
		for _, m := range all {
			if !yield(s.message(f, m), nil) {
				return
			}
		}
	}
}

// Describe yields the envelopes of refs.
func (s *Store) Describe(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		for m, err := range s.chosen(f, refs) {
			d := s.message(f, m)
			d.Envelope = header.Envelope(m.Octets)
			if d.InternalDate.IsZero() {
				d.InternalDate, _ = header.Received(m.Octets, time.Time{})
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// Fetch yields the octets of refs.
func (s *Store) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		for m, err := range s.chosen(f, refs) {
			if err == nil {
				err = ctx.Err()
			}
			got := mail.Fetched{Message: s.message(f, m), Body: bytes.NewReader(m.Octets)}
			if err == nil && s.FetchErr != nil {
				err = s.FetchErr(m.ID)
			}
			s.count(&s.Fetches)
			if !yield(got, err) || err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				return
			}
		}
	}
}

func (s *Store) chosen(f mail.Folder, refs []mail.Ref) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		all, _, err := s.snapshot(f.Path)
		if err != nil {
			yield(Message{}, err)
			return
		}
		at := map[string]int{}
		for i, m := range all {
			at[m.ID] = i
		}
		for _, ref := range refs {
			if s.Fuse.blown() {
				yield(Message{}, s.dead())
				return
			}
			if i, ok := at[ref.ID]; ok && !yield(all[i], nil) {
				return
			}
		}
	}
}

// Append stores a batch. Each message, or the batch where Atomic, is one side effect.
func (s *Store) Append(ctx context.Context, f mail.Folder, batch []mail.Parcel) (func() ([]mail.Stored, error), error) {
	if s.Fuse.blown() {
		return nil, s.dead()
	}
	bodies := make([][]byte, len(batch))
	for i, p := range batch {
		var b bytes.Buffer
		if _, err := p.Body.WriteTo(&b); err != nil {
			return nil, err
		}
		if int64(b.Len()) != p.Octets {
			return nil, fmt.Errorf("parcel %q wrote %d octets of %d", p.ID, b.Len(), p.Octets)
		}
		bodies[i] = b.Bytes()
	}
	answer := make(chan struct{})
	var stored []mail.Stored
	var err error
	s.appends.Lock()
	go func() {
		defer close(answer)
		defer s.appends.Unlock()
		stored, err = s.store(f, batch, bodies)
	}()
	return func() ([]mail.Stored, error) {
		<-answer
		return stored, err
	}, nil
}

func (s *Store) store(f mail.Folder, batch []mail.Parcel, bodies [][]byte) ([]mail.Stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := make([]mail.Stored, len(batch))
	keep := func(i int) {
		if s.Refuse != nil {
			if stored[i].Err = s.Refuse(batch[i]); stored[i].Err != nil {
				return
			}
		}
		b := bodies[i]
		if s.Alter != nil {
			b = s.Alter(b)
		}
		uid := s.put(f.Path, Message{Octets: b, InternalDate: batch[i].InternalDate, Flags: batch[i].Flags, Keywords: batch[i].Keywords})
		stored[i] = mail.Stored{Octets: -1}
		if !s.Unnamed {
			ref := mail.Ref{Folder: f.Path, Validity: s.folders[f.Path].validity, ID: strconv.FormatUint(uint64(uid), 10)}
			stored[i] = mail.Stored{Ref: ref, Octets: int64(len(b))}
		}
	}
	if s.Atomic {
		if err := s.Fuse.step(func() {
			for i := range batch {
				keep(i)
			}
		}); err != nil {
			return nil, s.dead()
		}
		return stored, nil
	}
	for i := range batch {
		if err := s.Fuse.step(func() { keep(i) }); err != nil {
			stored[i] = mail.Stored{Octets: -1}
			return stored[:i], s.dead()
		}
	}
	return stored, nil
}

// Remove removes those whose octets are still the same. Each is one side effect.
func (s *Store) Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	return func(yield func(mail.Ref, error) bool) {
		for _, d := range doomed {
			err := s.removeOne(f.Path, d)
			if !yield(d.Ref, err) || err != nil && mail.ScopeOf(err) == mail.ScopeStore {
				return
			}
		}
	}
}

func (s *Store) removeOne(p mail.Path, d mail.Doomed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folders[p]
	i := slices.IndexFunc(f.messages, func(m Message) bool { return m.ID == d.Ref.ID })
	fail := func(err error) error {
		return &mail.Error{Op: "remove", Ref: d.Ref, Scope: mail.ScopeMessage, Err: err}
	}
	if i < 0 {
		return fail(mail.ErrGone)
	}
	if sha256.Sum256(f.messages[i].Octets) != d.Sum {
		return fail(mail.ErrChanged)
	}
	if err := s.Fuse.step(func() { f.messages = slices.Delete(f.messages, i, i+1) }); err != nil {
		return s.dead()
	}
	return nil
}

// Limits tells InFlight.
func (s *Store) Limits() mail.Limits { return mail.Limits{InFlight: s.InFlight, BatchMessages: 3} }

// Close does nothing.
func (s *Store) Close() error { return nil }

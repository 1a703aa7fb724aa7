package migrate

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/line"
	"mailmv/formats/mail"
)

// Errors of opening a journal.
var (
	ErrLocked  = errors.New("another run holds the lock")
	ErrState   = errors.New("the journal cannot be opened")
	ErrVersion = errors.New("journal was written by a newer mailmv")
)

// Journal remembers, for one sink, what was sent and what came of it. It is append-only text, one
// record a line, a checksum behind each (layout: record.go). It is a help and never the only proof:
// without it the next run finds by content what is there.
//
// One goroutine writes at a time; its methods lock.
type Journal struct {
	mu      sync.Mutex
	file    journalFile
	unlock  func() error
	name    string    // of the file; empty: no gist is kept beside it
	asleep  bool      // the lines are not read: what the gist told has been enough so far
	gist    line.Mark // what the gist on disk is one of; zero: there is none that fits
	sink    string    // the sink's lasting name
	froms   []place   // by number
	old     int       // how many of them were there when it was opened
	tos     []place
	named   map[string]string // sources that are archives, by the names that they bear themselves
	entries ledger
	resting map[[2]uint16]resting
	twins   map[key]sameAs      // of entries that are twins
	own     map[key]flagSet     // what the sink's user had set before the source did
	words   map[uint32][]string // sets of keywords by their hash
	wires   map[key]dedupe.Sum  // of messages whose wire form, or their copy's, is not their octets
	sent    map[uint64]*shipment
	batches uint64
	version uint64 // of the file
	lines   int    // in the file; with entries it tells when to compact
	damage  []string
	buf     []byte
	err     error // the first failure to write; sticky, since the file's end is then unknown
	failed  bool  // err was given to somebody

	syncing  chan struct{} // holds one token while a background sync runs
	syncDone sync.WaitGroup
}

// journalFile is what a Journal needs of a disk.
type journalFile interface {
	io.Writer
	Sync() error
	Close() error
}

// place is a folder of a store in one generation.
type place struct {
	store    string
	path     mail.Path
	validity uint32
}

// key stands for one message of one source folder on its way to one sink folder.
type key [16]byte

// entry is what is known of a message that was settled. It has no pointer, so that the collector passes over it.
type entry struct {
	key       key        // zero: a copy that is claimed and nothing else
	sum       dedupe.Sum // exact octets
	octets    int64
	announced int64  // what the source said before it was read; -1: nothing
	uid       uint32 // in the sink; 0: not known
	first     uint32 // Unix time of the run that first dealt with it
	words     uint32 // a hash of the source's keywords as they were carried over
	from, to  uint16
	flags     mail.Flags // the source's flags as they were carried over
	state     state
	now       Outcome // what this run did with it; 0: an earlier run did
	pass      uint8   // the pass that last saw it listed
}

type state uint8

const (
	altered state = 1 << iota // kept with other octets, known to be harmless
	damaged                   // kept, but not what was sent
	removed                   // gone from the source
	dropped                   // superseded: the source gave the message another name
	twin                      // not copied: the same as another copy (Journal.twins)
	lost                      // no longer in the sink; in memory alone (Journal.lose)
)

// item is a message about to be sent.
type item struct {
	key       key
	from      uint16
	id        string
	octets    int64
	announced int64
	sum, wire dedupe.Sum
	first     uint32
	flags     mail.Flags
	words     uint32
	keywords  []string // what words stands for; nil: the journal knows it
}

// shipment is a batch that was begun and not yet settled.
type shipment struct {
	to    uint16
	next  uint32
	items []item
}

// fate is what became of an item. The zero fate is doubt.
type fate struct {
	kind fateKind
	uid  uint32
	state
	outcome Outcome
}

type fateKind uint8

const (
	inDoubt fateKind = iota
	stored
	refused
)

func keyOf(from uint16, to mail.Path, id string) key {
	var room [256]byte // as a rule enough
	b := binary.BigEndian.AppendUint16(room[:0], from)
	b = append(b, to...)
	b = append(b, 0)
	b = append(b, id...)
	sum := sha256.Sum256(b)
	return key(sum[:16])
}

// numberOf finds or declares a place. The caller holds mu.
func (j *Journal) numberOf(list *[]place, record string, p place) (uint16, error) {
	if i := slices.Index(*list, p); i >= 0 {
		return uint16(i), nil
	}
	if len(*list) >= nowhere {
		return 0, errors.New("journal: too many folders")
	}
	*list = append(*list, p)
	n := uint16(len(*list) - 1)
	j.record(record, int(n), p.store, string(p.path), int(p.validity))
	return n, j.flush()
}

// from numbers a source folder.
func (j *Journal) from(store string, f mail.Folder) (uint16, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.numberOf(&j.froms, recFrom, place{store, f.Path, f.Validity})
}

// to numbers a sink folder.
func (j *Journal) to(f mail.Folder) (uint16, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.numberOf(&j.tos, recTo, place{"", f.Path, f.Validity})
}

// told notes the outcome that this run told of a message.
func (j *Journal) told(k key, o Outcome) {
	j.lock()
	defer j.mu.Unlock()
	if e := j.entries.find(k); e != nil {
		e.now = o
	}
}

// begin notes, before its last octet leaves, that a batch is about to be appended. The items are the journal's from then on.
func (j *Journal) begin(to uint16, next uint32, items []item) (uint64, error) {
	j.lock()
	defer j.mu.Unlock()
	j.batches++
	n := j.batches
	j.record(recSend, n, int(to), int(next))
	for _, it := range items {
		j.recordItem(recItem, n, it)
	}
	if err := j.flush(); err != nil {
		return 0, err
	}
	j.sent[n] = &shipment{to, next, items}
	return n, nil
}

// settle notes the fates of a batch, item by item. Items in doubt stay pending.
func (j *Journal) settle(batch uint64, fates []fate) error {
	j.lock()
	defer j.mu.Unlock()
	s := j.sent[batch]
	if s == nil || len(fates) != len(s.items) {
		return fmt.Errorf("journal: batch %d: %d fates for what was not sent", batch, len(fates))
	}
	j.recordFates(batch, fates)
	if err := j.flush(); err != nil {
		return err
	}
	j.apply(batch, fates)
	j.syncSoon()
	return nil
}

// apply changes what is in memory as a record of fates says. The caller holds mu.
func (j *Journal) apply(batch uint64, fates []fate) {
	s := j.sent[batch]
	var doubtful []item
	for i, f := range fates {
		switch f.kind {
		case inDoubt:
			doubtful = append(doubtful, s.items[i])
		case stored:
			j.put(s.items[i], s.to, f)
			delete(j.own, s.items[i].key) // nobody has touched a new copy
		}
	}
	if s.items = doubtful; len(doubtful) == 0 {
		delete(j.sent, batch)
	}
}

func (j *Journal) put(it item, to uint16, f fate) {
	e := entry{key: it.key, sum: it.sum, octets: it.octets, announced: it.announced, uid: f.uid, first: it.first,
		from: it.from, to: to, state: f.state, now: f.outcome, flags: it.flags, words: it.words}
	if delete(j.wires, it.key); it.wire != it.sum {
		j.wires[it.key] = it.wire
	}
	if f.state&twin == 0 {
		delete(j.twins, it.key)
	}
	old := j.entries.find(it.key)
	if old == nil {
		j.entries.add(e)
		return
	}
	e.pass = old.pass
	// The old copy stays claimed: it is this message's still.
	if old.to == to && old.uid != 0 && old.uid != e.uid {
		j.entries.put(entry{uid: old.uid, to: to, state: dropped})
	}
	*old = e
}

// here notes that a message was found to be in the sink already.
func (j *Journal) here(it item, to uint16, f fate) error {
	j.lock()
	defer j.mu.Unlock()
	j.recordHere(it, to, f)
	if err := j.flush(); err != nil {
		return err
	}
	j.put(it, to, f)
	j.syncSoon()
	return nil
}

// renamed notes that the source lists the message old under another name now.
func (j *Journal) renamed(old key, it item, to uint16, f fate) error {
	if err := j.here(it, to, f); err != nil {
		return err
	}
	j.lock()
	defer j.mu.Unlock()
	j.record(recDrop, fmt.Sprintf("%x", old[:]))
	j.entries.find(old).state |= dropped
	if s, ok := j.own[old]; ok {
		j.recordFlags(it.key, it.flags, it.words, s)
		j.putTheirs(it.key, s)
	}
	return j.flush()
}

// gone notes that a message was removed from the source.
func (j *Journal) gone(k key) error {
	j.lock()
	defer j.mu.Unlock()
	j.record(recGone, fmt.Sprintf("%x", k[:]))
	j.entries.find(k).state |= removed
	return j.flush()
}

// Damage lists what of the journal could not be read, for people; empty when all is well.
func (j *Journal) Damage() []string { return j.damage }

// Sync returns once all that was noted is durable.
func (j *Journal) Sync() error {
	j.syncDone.Wait()
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.syncNow()
}

func (j *Journal) syncNow() error {
	if j.err == nil {
		if err := j.file.Sync(); err != nil {
			j.err = writeError(err)
		}
	}
	return j.failure()
}

// failure gives the sticky error; the same one may come back to one caller by several ways.
func (j *Journal) failure() error {
	j.failed = j.failed || j.err != nil
	return j.err
}

// writeError says what cannot be written and the way out. Another folder is none: an archive keeps its journal itself, and what
// a journal knows would be left behind.
func writeError(err error) error {
	return &mail.Error{Op: "journal", Err: err, Hint: "make room there, then run the same command again"}
}

// syncSoon starts a sync unless one is under way; what comes meanwhile is caught by the next or by Sync.
// The caller holds mu.
func (j *Journal) syncSoon() {
	select {
	case j.syncing <- struct{}{}:
	default:
		return
	}
	j.syncDone.Go(func() {
		defer func() { <-j.syncing }()
		if err := j.file.Sync(); err != nil {
			j.mu.Lock()
			defer j.mu.Unlock()
			if j.err == nil {
				j.err = writeError(err)
			}
		}
	})
}

// Close syncs, gives up the lock and closes.
func (j *Journal) Close() error {
	known := j.known()
	err := j.Sync()
	j.keepGist()
	if known {
		err = nil // told before
	}
	err = errors.Join(err, j.file.Close())
	if j.unlock != nil {
		err = errors.Join(err, j.unlock())
	}
	return err
}

// known tells whether the journal has failed and somebody was told.
func (j *Journal) known() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.failed
}

func seconds(t time.Time) uint32 { return uint32(t.Unix()) }

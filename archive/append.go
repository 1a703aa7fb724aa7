package archive

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"mailmv/archive/ledger"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// Append writes a batch into a folder. The wait function returns once octets, names and the manifest's lines are
// durable.
func (a *Archive) Append(ctx context.Context, f mail.Folder, batch []mail.Parcel) (func() ([]mail.Stored, error), error) {
	if a.ReadOnly {
		return nil, a.fail("append", mail.ScopeStore, mail.Ref{Folder: f.Path}, ErrReadOnly)
	}
	s, err := a.find(f.Path)
	if err != nil {
		return nil, err
	}
	if err := a.ready(ctx, s); err != nil {
		return nil, err
	}
	if err := a.giveLetters(s, batch); err != nil {
		return nil, a.fail("append", mail.ScopeStore, mail.Ref{Folder: f.Path}, err)
	}
	b := &arrival{a: a, s: s, parcels: batch, first: a.reserve(s, len(batch)), bodies: make([]ledger.Body, len(batch))}
	b.joined, b.landed = make(chan struct{}), make(chan struct{})
	b.before, s.arriving = s.arriving, b.joined
	go b.arrive(ctx)
	return func() ([]mail.Stored, error) {
		<-b.landed
		return b.stored, b.err
	}, nil
}

// reserve gives numbers to a batch. Should it fail they are never used.
func (a *Archive) reserve(s *shelf, n int) (first uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	first = s.next
	s.next += uint32(n)
	return first
}

// arrival is one batch on its way in: its files are written, beside those of others; then it lands, together with all that are written by then.
type arrival struct {
	a       *Archive
	s       *shelf
	parcels []mail.Parcel
	first   uint32
	bodies  []ledger.Body
	before  <-chan struct{} // closed once the arrival before it is in the queue, or has failed; nil: there was none
	joined  chan struct{}   // the same of this one
	landed  chan struct{}   // closed once stored and err are there
	uniques []string
	files   *maildir.Delivery
	stored  []mail.Stored
	err     error
}

// arrive writes the batch. Whoever finds nobody landing lands all that are in the queue, until that is empty. They are in it in the order of their numbers:
// so are lines then, and whoever reads them need not sort.
func (b *arrival) arrive(ctx context.Context) {
	err := b.write(ctx)
	if b.before != nil {
		<-b.before
	}
	if err != nil {
		b.fail(err)
		close(b.joined)
		close(b.landed)
		return
	}
	q := &b.s.queue
	lands := q.join(b)
	close(b.joined)
	for lands {
		if group := q.take(); len(group) > 0 {
			b.a.land(b.s, group)
		} else {
			lands = false
		}
	}
}

// queue holds the arrivals of a folder that are written.
type queue struct {
	mu      sync.Mutex
	written []*arrival
	landing bool
}

// join puts an arrival into the queue; true: it has to land what is in there.
func (q *queue) join(b *arrival) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.written = append(q.written, b)
	lands := !q.landing
	q.landing = true
	return lands
}

// take gives what is in the queue; where that is nothing, the landing is over.
func (q *queue) take() []*arrival {
	q.mu.Lock()
	defer q.mu.Unlock()
	group := q.written
	q.written = nil
	q.landing = len(group) > 0
	return group
}

// write makes the files.
func (b *arrival) write(ctx context.Context) (err error) {
	letters := make([]maildir.Letter, len(b.parcels))
	b.a.mu.Lock()
	for i, p := range b.parcels {
		text, _ := b.s.keywords.Letters(p.Flags, p.Keywords)
		b.bodies[i].From = p.Body
		letters[i] = maildir.Letter{Body: &b.bodies[i], Octets: p.Octets, Date: p.InternalDate, Letters: text}
	}
	b.a.mu.Unlock()
	if b.files, err = b.s.folder.Write(ctx, b.a.namer, letters); err != nil {
		return err
	}
	b.announce(b.files.Uniques())
	for _, p := range b.parcels {
		if s, ok := p.Body.(mail.Spender); ok {
			s.Spent()
		}
	}
	return nil
}

func (b *arrival) fail(err error) {
	b.err = b.a.fail("append", scopeOf(err), mail.Ref{Folder: b.s.path}, err)
}

// land brings a group into the folder, and writes the lines of what is there.
func (a *Archive) land(s *shelf, group []*arrival) {
	files := make([]*maildir.Delivery, len(group))
	for i, b := range group {
		files[i] = b.files
	}
	maildir.Land(files...)
	err := a.commit(s, group)
	for _, b := range group {
		if b.err = errors.Join(b.files.Err, err); b.err != nil {
			b.fail(b.err)
		}
		close(b.landed)
	}
}

// announce keeps a listing from numbering what has its number already.
func (b *arrival) announce(uniques []string) {
	b.a.mu.Lock()
	defer b.a.mu.Unlock()
	b.uniques = uniques
	if b.s.pending == nil {
		b.s.pending = map[string]bool{}
	}
	for _, u := range uniques {
		b.s.pending[u] = true
	}
}

// commit writes the lines of what is in the folder, of each batch from its first parcel on.
func (a *Archive) commit(s *shelf, group []*arrival) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var entries []entry
	for _, b := range group {
		for _, u := range b.uniques {
			delete(s.pending, u)
		}
		for i, d := range b.files.Done {
			p := b.parcels[i]
			r := record{unique: maildir.ParseName(d.Entry.File).Unique, size: d.Size, Mail: ledger.Mail{Sums: b.bodies[i].Sums,
				Date: p.InternalDate, Flags: p.Flags, Keywords: p.Keywords, From: p.Ref}}
			entries = append(entries, a.line(s, b.first+uint32(i), d.Entry, &r))
		}
	}
	if err := a.manifest.Flush(); err != nil {
		return err
	}
	for _, e := range entries {
		s.put(e)
	}
	for _, b := range group {
		for _, e := range entries[:len(b.files.Done)] {
			ref := mail.Ref{Folder: s.path, Validity: s.validity, ID: strconv.FormatUint(uint64(e.num), 10)}
			b.stored = append(b.stored, mail.Stored{Ref: ref, Octets: e.octets})
		}
		entries = entries[len(b.files.Done):]
	}
	return nil
}

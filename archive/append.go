package archive

import (
	"context"
	"errors"
	"strconv"

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
	done := make(chan struct{})
	b.before, s.arriving = s.arriving, done
	var stored []mail.Stored
	go func() {
		defer close(done)
		stored, err = b.deliver(ctx)
	}()
	return func() ([]mail.Stored, error) {
		<-done
		return stored, err
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

// giveLetters sees to it that the batch's keywords have letters, as far as those go.
func (a *Archive) giveLetters(s *shelf, batch []mail.Parcel) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	added := false
	k := s.keywords
	for _, p := range batch {
		added = k.Add(p.Keywords) || added
	}
	if !added {
		return nil
	}
	if err := s.folder.SetKeywords(k); err != nil {
		return err
	}
	s.keywords = k
	return nil
}

// arrival is one batch on its way in.
type arrival struct {
	a       *Archive
	s       *shelf
	parcels []mail.Parcel
	first   uint32
	bodies  []ledger.Body
	before  <-chan struct{} // closed once the arrival before it has ended; nil: there was none
	uniques []string
}

func (b *arrival) deliver(ctx context.Context) ([]mail.Stored, error) {
	letters := make([]maildir.Letter, len(b.parcels))
	b.a.mu.Lock()
	for i, p := range b.parcels {
		text, _ := b.s.keywords.Letters(p.Flags, p.Keywords)
		b.bodies[i].From = p.Body
		letters[i] = maildir.Letter{Body: &b.bodies[i], Octets: p.Octets, Date: p.InternalDate, Letters: text}
	}
	b.a.mu.Unlock()
	done, err := b.s.folder.Deliver(ctx, b.a.namer, letters, b.announce)
	if b.before != nil {
		<-b.before // lines come in the order of their numbers: whoever reads them need not sort
	}
	stored, commitErr := b.commit(done)
	if err = errors.Join(err, commitErr); err != nil {
		return stored, b.a.fail("append", scopeOf(err), mail.Ref{Folder: b.s.path}, err)
	}
	return stored, nil
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

// commit writes the lines of what is in the folder, from the first parcel on.
func (b *arrival) commit(done []maildir.Delivered) ([]mail.Stored, error) {
	a, s := b.a, b.s
	a.mu.Lock()
	defer a.mu.Unlock()
	defer func() {
		for _, u := range b.uniques {
			delete(s.pending, u)
		}
	}()
	entries := make([]entry, 0, len(done))
	for i, d := range done {
		p := b.parcels[i]
		r := record{unique: maildir.ParseName(d.Entry.File).Unique, size: d.Size, Mail: ledger.Mail{Sums: b.bodies[i].Sums,
			Date: p.InternalDate, Flags: p.Flags, Keywords: p.Keywords, From: p.Ref}}
		entries = append(entries, a.line(s, b.first+uint32(i), d.Entry, &r))
	}
	if err := a.manifest.Flush(); err != nil {
		return nil, err
	}
	stored := make([]mail.Stored, 0, len(entries))
	for _, e := range entries {
		s.put(e)
		ref := mail.Ref{Folder: s.path, Validity: s.validity, ID: strconv.FormatUint(uint64(e.num), 10)}
		stored = append(stored, mail.Stored{Ref: ref, Octets: e.octets})
	}
	return stored, nil
}

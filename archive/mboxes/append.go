package mboxes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"mailmv/archive"
	"mailmv/archive/ledger"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// Append writes a batch behind a folder's messages. The wait function returns once octets and the manifest's lines are durable.
func (a *Archive) Append(ctx context.Context, f mail.Folder, batch []mail.Parcel) (func() ([]mail.Stored, error), error) {
	if a.ReadOnly {
		return nil, a.fail("append", mail.ScopeStore, mail.Ref{Folder: f.Path}, archive.ErrReadOnly)
	}
	s, err := a.find(f.Path)
	if err != nil {
		return nil, err
	}
	if !s.scanned {
		if err := a.scan(ctx, s); err != nil {
			return nil, err
		}
	}
	b := &arrival{a: a, s: s, parcels: batch, items: make([]item, len(batch))}
	before, done := a.last, make(chan struct{})
	a.last = done
	var stored []mail.Stored
	go func() {
		defer close(done)
		if before != nil {
			<-before // batches lie one behind the other
		}
		if stored, err = b.deliver(ctx); err != nil {
			err = a.fail("append", scopeOf(err), mail.Ref{Folder: s.path}, err)
		}
	}()
	return func() ([]mail.Stored, error) {
		<-done
		return stored, err
	}, nil
}

// arrival is one batch on its way in.
type arrival struct {
	a       *Archive
	s       *shelf
	parcels []mail.Parcel
	items   []item // what became of each
	n       int    // how many the dialect can hold
	w       *writing
}

// item is one parcel as it is written.
type item struct {
	refused error // the dialect cannot hold it
	sent    mbox.Written
	body    ledger.Body
}

func (b *arrival) body(i int) *ledger.Body {
	b.items[i].body.From = b.parcels[i].Body
	return &b.items[i].body
}

func (b *arrival) shown(i int) mbox.Shown {
	return mbox.Shown{Flags: b.parcels[i].Flags, Keywords: b.parcels[i].Keywords}
}

// deliver writes the batch. What fails is undone.
func (b *arrival) deliver(ctx context.Context) (stored []mail.Stored, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h, err := b.a.hold(ctx, b.s.file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.release()) }()
	if err := b.a.current(ctx, b.s, h); err != nil {
		return nil, err
	}
	gap, err := b.measure(h)
	if err != nil {
		return nil, err
	}
	if b.n == 0 {
		return b.fates(nil), nil
	}
	if err := b.announce(); err != nil {
		return nil, err
	}
	entries, err := b.write(h, gap)
	if err != nil {
		return nil, errors.Join(err, b.undo(h))
	}
	if err := b.commit(h, entries); err != nil {
		return nil, err
	}
	return b.fates(entries), nil
}

// measure encodes the batch without writing it, and finds out how long each message will be, which ones cannot be held, and
// what the pieces of the file will sum to.
func (b *arrival) measure(h maildir.File) (gap string, err error) {
	size, gap, err := endOf(h)
	if err != nil {
		return "", err
	}
	octets := int64(0)
	for _, p := range b.parcels {
		octets += p.Octets
	}
	b.w = &writing{offset: size, piece: pieceFor(octets)}
	sum := pieces{size: b.w.piece, at: size}
	_, _ = io.WriteString(&sum, gap)
	for i, p := range b.parcels {
		kept := sum
		w, err := mbox.NewWriter(&sum, sum.at, b.a.manifest.dialect)
		if err == nil {
			_, err = w.Append(p.InternalDate, b.shown(i), b.body(i))
		}
		if err == nil {
			err = w.Flush()
		}
		if errors.Is(err, mbox.ErrCannotHold) {
			sum = kept
			b.items[i].refused = &mail.Error{Op: "append", Place: b.a.at, Ref: p.Ref, Scope: mail.ScopeMessage,
				Hint: "an archive in mboxrd, or in Maildirs, holds it", Err: err}
			continue
		}
		if err != nil {
			return "", err
		}
		b.n++
	}
	b.w.length, b.w.sums, b.w.froms = sum.at-size, sum.all(), sum.froms
	return gap, nil
}

// endOf gives a file's length, and what has to stand before a message that is appended.
func endOf(f maildir.File) (size int64, gap string, err error) {
	i, err := f.Stat()
	if err != nil {
		return 0, "", err
	}
	tail := make([]byte, min(i.Size(), 4))
	if _, err := f.ReadAt(tail, i.Size()-int64(len(tail))); err != nil && err != io.EOF {
		return 0, "", err
	}
	return i.Size(), mbox.Gap(tail), nil
}

// announce says durably what is about to be written, and where.
func (b *arrival) announce() error {
	b.a.mu.Lock()
	defer b.a.mu.Unlock()
	b.s.writing = b.w
	b.a.manifest.Add(b.w.fields(b.s.n)...)
	return b.a.manifest.Flush()
}

// write writes the batch, and reads through what it wrote: each message has to be found where it should be.
func (b *arrival) write(h maildir.File, gap string) ([]entry, error) {
	if _, err := h.Seek(b.w.offset, io.SeekStart); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(h, gap); err != nil {
		return nil, err
	}
	w, err := mbox.NewWriter(h, b.w.offset+int64(len(gap)), b.a.manifest.dialect)
	if err != nil {
		return nil, err
	}
	for i, p := range b.parcels {
		if b.items[i].refused == nil && err == nil {
			b.items[i].sent, err = w.Append(p.InternalDate, b.shown(i), b.body(i))
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return nil, err
	}
	h.WriteBack()
	entries, err := b.readBack(h, int64(len(gap)))
	if err != nil {
		return nil, err
	}
	return entries, h.Sync()
}

var errNotReadBack = errors.New("what was written is not read back alike")

// readBack makes the entries of what was written, by reading it.
func (b *arrival) readBack(h maildir.File, gap int64) ([]entry, error) {
	from := b.w.offset + gap
	scanner := mbox.NewScanner(io.NewSectionReader(h, from, b.w.end()-from), mbox.Options{Dialect: b.a.manifest.dialect, Lengths: true})
	entries := make([]entry, 0, b.n)
	i := -1
	for e, err := range scanner.Entries() {
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNotReadBack, err)
		}
		for i++; i < len(b.items) && b.items[i].refused != nil; i++ {
		}
		if i == len(b.items) || e.Offset+from != b.items[i].sent.Offset || e.Length != b.items[i].sent.Length {
			return nil, fmt.Errorf("%w: a message at octet %d of %s", errNotReadBack, from+e.Offset, b.s.file)
		}
		entries = append(entries, entry{offset: e.Offset + from, length: e.Length, key: e.Key(), bits: here})
	}
	if len(entries) != b.n {
		return nil, fmt.Errorf("%w: %d of %d messages in %s", errNotReadBack, len(entries), b.n, b.s.file)
	}
	return entries, nil
}

// undo cuts off what was written of the batch. Should that fail too, the next run does it.
func (b *arrival) undo(h maildir.File) error {
	if err := b.a.mendTail(b.s, h); err != nil {
		return fmt.Errorf("and what was written cannot be cut off again: %w", err)
	}
	return nil
}

// commit writes the lines of what is in the file.
func (b *arrival) commit(h maildir.File, entries []entry) error {
	a, s := b.a, b.s
	i, err := h.Stat()
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	num := s.next
	for i, p := range b.parcels {
		l := &b.items[i]
		if l.refused != nil {
			continue
		}
		e := &entries[n]
		e.num = num + uint32(n)
		r := record{Mail: ledger.Mail{Sums: l.body.Sums, Date: p.InternalDate, Flags: p.Flags, Keywords: p.Keywords, From: p.Ref},
			dialect: a.manifest.dialect, note: l.sent.Note, hidden: l.sent.Hidden}
		e.note(a.manifest, r, a.manifest.Next())
		a.manifest.Add(r.fields(s.n, e)...)
		n++
	}
	now := stampOf(i)
	a.manifest.Add(now.fields(s)...)
	if err := a.manifest.Flush(); err != nil {
		return err
	}
	for _, e := range entries {
		s.put(e)
	}
	s.stamp, s.writing = now, nil
	return nil
}

// fates tells what became of each parcel.
func (b *arrival) fates(entries []entry) []mail.Stored {
	var all []mail.Stored
	for i := range b.parcels {
		if err := b.items[i].refused; err != nil {
			all = append(all, mail.Stored{Octets: -1, Err: err})
			continue
		}
		ref := mail.Ref{Folder: b.s.path, Validity: b.s.validity, ID: strconv.FormatUint(uint64(entries[0].num), 10)}
		all = append(all, mail.Stored{Ref: ref, Octets: entries[0].octets})
		entries = entries[1:]
	}
	return all
}

package migrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"mailmv/dedupe"
	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// spoolInMemory is the length up to which a message waits in memory; a longer one waits in a file.
const spoolInMemory = 256 << 10

// headMax bounds how much of a message is looked at for its header facts.
const headMax = 256 << 10

// parcel is one message between source and sink: its exact octets, read from the wire once, summed on
// the way, and readable as often as needed. release gives back what it holds.
type parcel struct {
	mail.Message
	sums      dedupe.Sums
	brief     dedupe.Brief          // where twins are dropped
	known     map[int32]dedupe.Kind // then: what copies are to it of which an earlier run found out enough
	announced int64                 // what the source said before it was read
	dateFrom  string
	key       key
	id        string // under which the journal knows it
	buf       []byte
	file      *os.File
	unfit     []int32 // of Verify: copies with these octets that have another date, or lack flags
	pool      *buffers
	memory    *semaphore.Weighted // what it holds was acquired there; nil: nowhere
	spent     bool                // its octets were let go
}

// spooler makes parcels.
type spooler struct {
	dir  string // for messages over spoolInMemory; empty: the system's
	now  func() time.Time
	pool *buffers
}

// spool reads a message to its end. The date is the one the source knows, else the best in the header.
func (s spooler) spool(ctx context.Context, m mail.Fetched) (*parcel, error) {
	// The announced size is a hint for the buffer and nothing else.
	p := &parcel{Message: m.Message, announced: m.Octets, pool: s.pool,
		buf: s.pool.get(int(min(max(m.Octets, 0), spoolInMemory)))}
	w := &spoolWriter{p: p, dir: s.dir, digest: digests.Get().(*dedupe.Digest)}
	w.digest.Reset()
	defer digests.Put(w.digest)
	n, err := io.Copy(w, m.Body)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		p.release()
		return nil, err
	}
	p.sums = w.digest.Sums()
	if p.sums.Octets != n || w.n != n {
		p.release()
		return nil, fmt.Errorf("cannot happen: %d octets read, %d spooled, %d summed", n, w.n, p.sums.Octets)
	}
	p.Octets = n
	if err := p.describe(s.now()); err != nil {
		p.release()
		return nil, err
	}
	return p, nil
}

var digests = sync.Pool{New: func() any { return dedupe.NewDigest() }}

// describe fills what the header tells.
func (p *parcel) describe(now time.Time) error {
	head := p.buf
	if p.file != nil {
		head = make([]byte, min(p.Octets, headMax))
		if _, err := p.file.ReadAt(head, 0); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	if end := header.End(head); end >= 0 {
		head = head[:end]
	}
	p.Envelope = header.Envelope(head)
	p.dateFrom = noted
	switch {
	case p.InternalDate.IsZero():
		p.InternalDate, p.dateFrom = header.Received(head, now)
	case p.Undated:
		p.dateFrom = header.FromNow
	}
	return nil
}

// WriteTo writes the message's octets from the first on, as often as it is called.
func (p *parcel) WriteTo(w io.Writer) (int64, error) {
	if p.file == nil {
		n, err := w.Write(p.buf)
		return int64(n), err
	}
	return io.Copy(w, io.NewSectionReader(p.file, 0, p.Octets))
}

// Sums are those of the octets as they were read.
func (p *parcel) Sums() dedupe.Sums { return p.sums }

// reader reads the message's octets from the first on.
func (p *parcel) reader() io.Reader {
	if p.file == nil {
		return bytes.NewReader(p.buf)
	}
	return io.NewSectionReader(p.file, 0, p.Octets)
}

// held is how much memory the parcel holds.
func (p *parcel) held() int64 {
	return int64(cap(p.buf))
}

// Spent lets the octets go.
func (p *parcel) Spent() {
	if p.memory != nil && !p.spent {
		held := p.held()
		p.release()
		p.memory.Release(held)
		p.spent = true
	}
}

// release gives back memory and file. The parcel is dead then.
func (p *parcel) release() {
	if p.buf != nil {
		p.pool.put(p.buf)
		p.buf = nil
	}
	if p.file != nil {
		p.file.Close()
		p.file = nil
	}
}

// item is what the journal notes of the parcel.
func (p *parcel) item(from uint16, first time.Time) item {
	return item{key: p.key, from: from, id: p.id, octets: p.Octets, announced: p.announced,
		sum: p.sums.Exact, wire: p.sums.Wire, first: seconds(first), flags: p.Flags, words: wordsOf(p.Keywords), keywords: p.Keywords}
}

// itemKnown is item for a message that the journal knows: when it was first dealt with, and which flags were carried over, does
// not change by that.
func (p *parcel) itemKnown(from uint16, e entry) item {
	it := p.item(from, time.Time{})
	it.first, it.flags, it.words, it.keywords = e.first, e.flags, e.words, nil
	return it
}

// spoolWriter takes a message's octets: to memory, and to a file when they become many.
type spoolWriter struct {
	p      *parcel
	dir    string
	digest *dedupe.Digest
	n      int64
}

func (w *spoolWriter) Write(b []byte) (int, error) {
	w.digest.Write(b)
	w.n += int64(len(b))
	if w.p.file == nil && w.n > spoolInMemory {
		if err := w.toFile(); err != nil {
			return 0, err
		}
	}
	if w.p.file != nil {
		return w.p.file.Write(b)
	}
	w.p.buf = w.p.pool.append(w.p.buf, b)
	return len(b), nil
}

// toFile moves what came so far to a file that nobody else can open: it has no name once it is open.
func (w *spoolWriter) toFile() error {
	f, err := os.CreateTemp(w.dir, "mailmv-*.spool")
	if err != nil {
		return &mail.Error{Op: "spool", Err: err, Hint: "set TMPDIR to a folder with room for the largest message"}
	}
	// Where an open file cannot be removed (Windows), it is left to the system's temporary folder.
	_ = os.Remove(f.Name())
	if _, err := f.Write(w.p.buf); err != nil {
		return errors.Join(err, f.Close())
	}
	w.p.file = f
	w.p.pool.put(w.p.buf)
	w.p.buf = nil
	return nil
}

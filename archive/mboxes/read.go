package mboxes

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

const (
	smallMax = 256 << 10 // a message up to this length is read once
	headMax  = 256 << 10 // how much of one is looked at for its header
)

// List yields every message of f that is there, by number.
func (a *Archive) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		a := a.live()
		s, err := a.find(f.Path)
		if err == nil {
			err = a.scan(ctx, s)
		}
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		lines, err := a.shownIn(s)
		if err != nil {
			yield(mail.Message{}, a.wider(err, s))
			return
		}
		defer lines.close() // only read
		for i := 0; ; i++ {
			m, e, more := a.entryAt(s, i)
			if !more {
				return
			}
			if e.bits&here == 0 {
				continue
			}
			lines.show(&m, &e)
			if err := ctx.Err(); !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// entryAt tells of entry i; more is false where there is no such entry.
func (a *Archive) entryAt(s *shelf, i int) (m mail.Message, e entry, more bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i >= len(s.entries) {
		return m, e, false
	}
	if e = s.entries[i]; e.bits&here == 0 {
		return m, e, true
	}
	return a.message(s, &e), e, true
}

// message tells what is known of a message. Archive.mu is held.
func (a *Archive) message(s *shelf, e *entry) mail.Message {
	state := a.manifest.states.all[e.state]
	return mail.Message{Ref: a.refOf(s, e), Octets: e.octets, InternalDate: time.Unix(e.date, 0).UTC(), Flags: state.Flags, Keywords: state.Keywords}
}

func (a *Archive) refOf(s *shelf, e *entry) mail.Ref {
	if a.byKey {
		return mail.Ref{Folder: s.path, ID: s.keyOf(e)}
	}
	return mail.Ref{Folder: s.path, Validity: s.validity, ID: strconv.FormatUint(uint64(e.num), 10)}
}

// lookup finds the entry that a Ref means.
func (a *Archive) lookup(s *shelf, ref mail.Ref) (entry, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var e *entry
	if a.byKey {
		e = s.byID(ref.ID)
	} else if n, err := strconv.ParseUint(ref.ID, 10, 32); err == nil && ref.Validity == s.validity {
		e = s.numbered(uint32(n))
	}
	if e == nil || e.bits&here == 0 {
		return entry{}, false
	}
	return *e, true
}

// byID is the reverse of keyOf.
func (s *shelf) byID(id string) *entry {
	word, count, twins := strings.Cut(id, ".")
	key, err := strconv.ParseUint(word, 16, 64)
	twin := 0
	if twins && err == nil {
		twin, err = strconv.Atoi(count)
	}
	if err != nil || twin < 0 {
		return nil
	}
	return s.keyed(key, twin)
}

// reader reads messages of one folder. Its file is open until close.
type reader struct {
	a    *Archive
	s    *shelf
	file *mbox.File
	raw  io.ReaderAt // the same
	at   stamp       // the entries' when the file was opened
	from mbox.From   // of the message that was read last, where it is summed
	buf  []byte
}

// open opens the file as it is now, and sees to it that the entries are right for it.
func (r *reader) open(ctx context.Context) error {
	if r.file != nil && r.at == r.s.stamp {
		return nil
	}
	if err := r.close(); err != nil {
		return err
	}
	if !r.s.scanned {
		if err := r.a.scan(ctx, r.s); err != nil {
			return err
		}
	}
	f, err := r.a.disk.Open(r.s.file)
	if err != nil {
		return err
	}
	r.at, r.raw = r.s.stamp, f
	r.file, err = mbox.New(f, r.s.file)
	return err
}

func (r *reader) close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// message gives the octets of an entry. Those of a message that is summed are what the manifest says: else the error is
// mail.ErrChanged.
func (r *reader) message(e entry) (io.Reader, error) {
	x := mbox.Extent{Offset: e.offset, Length: e.length}
	if e.bits&summed == 0 {
		if rec, ok := r.a.remembered(r, &e); ok {
			_, body, err := r.file.Message(x, rec.dialect, rec.note)
			return body, err
		}
		return r.found(e)
	}
	r.a.mu.Lock()
	rec, err := r.a.manifest.recordAt(e.at)
	r.a.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var body io.Reader
	r.from, body, err = r.file.Message(x, rec.dialect, rec.note)
	if err != nil {
		return nil, damaged(err)
	}
	h := sha256.New()
	r.buf = r.buf[:0]
	small := rec.Sums.Octets <= smallMax
	if small {
		r.buf, err = readInto(r.buf, io.TeeReader(body, h))
	} else {
		_, err = io.Copy(h, body)
	}
	if err != nil {
		return nil, damaged(err)
	}
	if [32]byte(h.Sum(nil)) != rec.Sums.Exact {
		return nil, fmt.Errorf("%w: the archive's copy is damaged: at octet %d of %s are others than were written", mail.ErrChanged, e.offset, r.s.file)
	}
	if small {
		return bytes.NewReader(r.buf), nil
	}
	_, body, err = r.file.Message(x, rec.dialect, rec.note)
	return body, err
}

// found gives the octets of a message that is not summed: as they lie, but for what we put on top of it ourselves.
func (r *reader) found(e entry) (io.Reader, error) {
	_, body, err := r.file.Message(mbox.Extent{Offset: e.offset, Length: e.length}, e.dialect, mbox.Note{})
	if err != nil {
		return nil, err
	}
	return foundBody(body)
}

func foundBody(body io.Reader) (io.Reader, error) {
	br := bufio.NewReader(body)
	head, err := br.Peek(2048)
	if err != nil && err != io.EOF {
		return nil, err
	}
	_, err = br.Discard(mbox.WriterFields(head))
	return br, err
}

// damaged tells an octet that cannot be what it was from a disk that fails.
func damaged(err error) error {
	if errors.Is(err, mbox.ErrMoved) || errors.Is(err, mail.ErrCut) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the archive's copy is damaged: %w", mail.ErrChanged, err)
	}
	return err
}

// proves tells whether what lies there has the sums of a record.
func (a *Archive) proves(file *mbox.File, x mbox.Extent, rec record) bool {
	_, body, err := file.Message(x, rec.dialect, rec.note)
	if err != nil {
		return false
	}
	h := sha256.New()
	_, err = io.Copy(h, body)
	return err == nil && [32]byte(h.Sum(nil)) == rec.Sums.Exact
}

// readInto reads all of r, into a buffer that serves again.
func readInto(buf []byte, r io.Reader) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, max(8<<10, len(buf)))
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// Fetch yields the octets of refs. One that is not what the manifest says is not handed out: its error is mail.ErrChanged
// of ScopeMessage.
func (a *Archive) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		a := a.live()
		s, err := a.find(f.Path)
		if err != nil {
			yield(mail.Fetched{}, err)
			return
		}
		r := &reader{a: a, s: s}
		defer r.close() // only read
		for _, ref := range refs {
			got := mail.Fetched{Message: mail.Message{Ref: ref}}
			err := ctx.Err()
			if err == nil {
				err = a.fetch(ctx, r, &got)
			}
			if !yield(got, err) || err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				return
			}
		}
	}
}

// fetch reads one message, and looks for it once more where the file has changed since.
func (a *Archive) fetch(ctx context.Context, r *reader, got *mail.Fetched) error {
	ref := got.Ref
	fail := func(err error) error { return a.fail("fetch", archive.Narrow(err, mail.ScopeMessage), ref, err) }
	for again := range 2 {
		if err := r.open(ctx); err != nil {
			return a.wider(err, r.s)
		}
		e, ok := a.lookup(r.s, ref)
		var body io.Reader
		err := error(mail.ErrGone)
		if ok {
			body, err = r.message(e)
		}
		if err == nil {
			a.mu.Lock()
			got.Message = a.message(r.s, &e)
			a.mu.Unlock()
			a.show(&got.Message, &e, r.from)
			got.Ref, got.Body = ref, mail.BodyOf(body, fail)
			return nil
		}
		if i, statErr := a.disk.Lstat(r.s.file); again == 0 && statErr == nil && stampOf(i) != r.s.stamp {
			if err := a.scan(ctx, r.s); err != nil {
				return err
			}
			continue
		}
		return fail(err)
	}
	return a.fail("fetch", mail.ScopeMessage, ref, mail.ErrGone)
}

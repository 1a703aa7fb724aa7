package archive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strconv"
	"sync"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

const (
	smallMax = 256 << 10 // a message up to this length is read whole
	headMax  = 256 << 10 // how much of one is looked at for its header
)

func (a *Archive) refOf(s *shelf, e *entry) mail.Ref {
	if a.byName {
		return mail.Ref{Folder: s.path, ID: e.lasting()}
	}
	return mail.Ref{Folder: s.path, Validity: s.validity, ID: strconv.FormatUint(uint64(e.num), 10)}
}

// lookup finds the entry that a Ref means; nil where there is none, or no file.
func (a *Archive) lookup(s *shelf, ref mail.Ref) (entry, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var e *entry
	if a.byName {
		e = s.lasting(ref.ID)
	} else if n, err := strconv.ParseUint(ref.ID, 10, 32); err == nil && ref.Validity == s.validity {
		e = s.numbered(uint32(n))
	}
	if e == nil || e.state&here == 0 {
		return entry{}, false
	}
	return *e, true
}

// open opens a message's file, wherever other programs have put it by now.
func (a *Archive) open(ctx context.Context, s *shelf, ref mail.Ref, open func(maildir.Entry) (maildir.File, error)) (maildir.File, entry, error) {
	for range 3 {
		e, ok := a.lookup(s, ref)
		if !ok {
			break
		}
		f, err := open(e.entry())
		if err == nil {
			return f, e, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, e, a.fail("fetch", Narrow(err, mail.ScopeMessage), ref, err)
		}
		if err := a.scan(ctx, s); err != nil {
			return nil, e, err
		}
	}
	return nil, entry{}, a.fail("fetch", mail.ScopeMessage, ref, mail.ErrGone)
}

// toRead yields the files of refs, open to be read and no more.
func (a *Archive) toRead(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[opened, error] {
	return func(yield func(opened, error) bool) {
		var r *maildir.Reading
		opener := func(s *shelf) func(maildir.Entry) (maildir.File, error) {
			r = s.folder.Reading()
			return r.Open
		}
		a.chosen(ctx, f, refs, opener)(yield)
		if r != nil {
			r.Close()
		}
	}
}

// fromTop opens files by their whole names.
func fromTop(s *shelf) func(maildir.Entry) (maildir.File, error) { return s.folder.OpenNow }

// chosen yields the files of refs, open; an error of ScopeMessage does not end it.
func (a *Archive) chosen(ctx context.Context, f mail.Folder, refs []mail.Ref, opener func(*shelf) func(maildir.Entry) (maildir.File, error)) iter.Seq2[opened, error] {
	return func(yield func(opened, error) bool) {
		s, err := a.find(f.Path)
		if err == nil {
			err = a.ready(ctx, s)
		}
		if err != nil {
			yield(opened{}, err)
			return
		}
		open := opener(s)
		for _, ref := range refs {
			file, e, err := a.open(ctx, s, ref, open)
			o := opened{s, ref, e, file}
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			more := yield(o, err)
			if file != nil {
				file.Close() // only read
			}
			if !more || err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				return
			}
		}
	}
}

// opened is a message whose file is open.
type opened struct {
	s    *shelf
	ref  mail.Ref
	e    entry
	file maildir.File
}

// Fetch yields the octets of refs. One that is not what the manifest says is not handed out: its error is mail.ErrChanged
// of ScopeMessage.
func (a *Archive) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		r := readers.Get().(*reader)
		defer readers.Put(r)
		for o, err := range a.toRead(ctx, f, refs) {
			got := mail.Fetched{Message: mail.Message{Ref: o.ref}}
			if err == nil {
				got, err = a.fetch(r, o)
			}
			if !yield(got, err) {
				return
			}
		}
	}
}

func (a *Archive) fetch(r *reader, o opened) (mail.Fetched, error) {
	m, err := a.message(o.s, o.e, o.file)
	m.Ref = o.ref
	got := mail.Fetched{Message: m}
	if err == nil {
		err = a.refusePacked(o)
	}
	if err == nil {
		got.Octets, got.Body, err = r.read(o.e.entry(), o.file)
	}
	if err == nil && o.e.state&summed != 0 {
		got.Body, err = a.verified(o, got.Body)
	}
	if err != nil {
		return got, a.cannotFetch(o.ref, err)
	}
	if _, whole := got.Body.(*maildir.Text); !whole {
		ref := o.ref
		got.Body = mail.BodyOf(got.Body, func(err error) error { return a.cannotFetch(ref, err) })
	}
	return got, nil
}

func (a *Archive) cannotFetch(ref mail.Ref, err error) error {
	return a.fail("fetch", Narrow(err, mail.ScopeMessage), ref, err)
}

// verified holds octets against the manifest before they are handed out.
func (a *Archive) verified(o opened, body io.Reader) (io.Reader, error) {
	a.mu.Lock()
	rec, err := a.manifest.recordAt(o.e.at)
	a.mu.Unlock()
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	n, err := io.Copy(h, body)
	if err != nil {
		return nil, err
	}
	if n != rec.Sums.Octets || [32]byte(h.Sum(nil)) != rec.Sums.Exact {
		return nil, fmt.Errorf("%w: the archive's copy is damaged: %s has other octets than were written", mail.ErrChanged, o.e.file)
	}
	if t, ok := body.(*maildir.Text); ok {
		t.Rewind()
		return t, nil
	}
	_, err = o.file.Seek(0, io.SeekStart)
	return o.e.entry().Mail(o.file), err
}

// reader reads messages with buffers that serve again.
type reader struct {
	file []byte
	text maildir.Text
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// read gives a message's octets: from memory where it is small, and then file is all of it. octets is -1 where they are not counted yet.
func (r *reader) read(e maildir.Entry, f maildir.File) (octets int64, body io.Reader, err error) {
	i, err := f.Stat()
	if err != nil {
		return 0, nil, err
	}
	if i.Size() > smallMax {
		octets, ok := e.OctetsOf(i.Size())
		if !ok {
			octets = -1
		}
		return octets, e.Mail(f), nil
	}
	r.file = slices.Grow(r.file[:0], int(i.Size()))[:i.Size()]
	if _, err := io.ReadFull(f, r.file); err != nil {
		return 0, nil, fmt.Errorf("%w: %w", mail.ErrCut, err)
	}
	r.text.Set(e, r.file)
	return r.text.Octets(), &r.text, nil
}

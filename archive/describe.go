package archive

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"time"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// Describe yields Octets, InternalDate and Envelope of refs from their headers. A file whose name does not tell the length is read to
// its end.
func (a *Archive) Describe(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return a.described(ctx, f, refs, a.measured)
}

// Dates is Describe without Octets, where a file would have to be read to its end for them: they are -1.
func (a *Archive) Dates(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return a.described(ctx, f, refs, a.headed)
}

// described tells of each message what describe finds in its open file.
func (a *Archive) described(ctx context.Context, f mail.Folder, refs []mail.Ref, describe func(*reader, opened) (mail.Message, error)) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		r := readers.Get().(*reader)
		defer readers.Put(r)
		for o, err := range a.toRead(ctx, f, refs) {
			if errors.Is(err, mail.ErrGone) {
				continue
			}
			m := mail.Message{Ref: o.ref}
			if err == nil {
				if err = a.refusePacked(o); err == nil {
					m, err = describe(r, o)
				}
				if err != nil {
					err = a.fail("fetch", mail.ScopeMessage, o.ref, err)
				}
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// headed reads no more of a message than its header.
func (a *Archive) headed(r *reader, o opened) (mail.Message, error) {
	m, err := a.message(o.s, o.e, o.file)
	if err == nil {
		err = r.readHead(o.file)
	}
	if err == nil {
		tell(&m, r.file)
	}
	return m, err
}

// measured reads a message once, and no more of it than has to be.
func (a *Archive) measured(r *reader, o opened) (mail.Message, error) {
	m, err := a.message(o.s, o.e, o.file)
	if err != nil || m.Octets >= 0 {
		return a.headed(r, o)
	}
	m.Octets, _, err = r.read(o.e.entry(), o.file)
	if err == nil && m.Octets < 0 { // it is too long to be in memory
		if m.Octets, err = o.e.entry().Octets(o.file); err == nil {
			err = r.readHead(o.file)
		}
	}
	if err != nil {
		return m, err
	}
	a.learn(o.s, o.e, m.Octets)
	tell(&m, r.file)
	return m, nil
}

// tell takes from a message's first octets what its header says.
func tell(m *mail.Message, text []byte) {
	head := text
	if end := header.End(text); end >= 0 {
		head = text[:end]
	}
	m.Envelope = header.Envelope(head)
	if m.InternalDate.IsZero() {
		m.InternalDate, _ = header.Received(head, time.Time{})
	}
}

// learn notes a length that it cost a reading to find out.
func (a *Archive) learn(s *shelf, e entry, octets int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := s.numbered(e.num); known != nil && known.octets < 0 {
		known.octets = octets
	}
}

// readHead reads a file as far as its header goes, and maybe further.
func (r *reader) readHead(f io.ReaderAt) error {
	buf := slices.Grow(r.file[:0], 8<<10)
	for {
		n, err := f.ReadAt(buf[len(buf):cap(buf)], int64(len(buf)))
		buf = buf[:len(buf)+n]
		r.file = buf
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case len(buf) >= headMax || header.End(buf) >= 0:
			return nil
		}
		buf = slices.Grow(buf, len(buf))
	}
}

package mboxes

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"

	"mailmv/formats/header"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// Describe yields Octets, InternalDate and Envelope of refs from their headers.
func (a *Archive) Describe(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		a := a.live()
		s, err := a.find(f.Path)
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		r := &reader{a: a, s: s}
		defer r.close() // only read
		for _, ref := range refs {
			m := mail.Message{Ref: ref}
			err := ctx.Err()
			if err == nil {
				err = a.describe(ctx, r, &m)
			}
			if errors.Is(err, mail.ErrGone) {
				continue
			}
			if !yield(m, err) || err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				return
			}
		}
	}
}

func (a *Archive) describe(ctx context.Context, r *reader, m *mail.Message) error {
	if err := r.open(ctx); err != nil {
		return a.wider(err, r.s)
	}
	e, ok := a.lookup(r.s, m.Ref)
	if !ok {
		return a.fail("describe", mail.ScopeMessage, m.Ref, mail.ErrGone)
	}
	body, err := r.unproven(e)
	if err != nil {
		return a.fail("describe", mail.ScopeMessage, m.Ref, damaged(err))
	}
	head, octets, err := readHead(body, e.octets, r)
	if err != nil {
		return a.fail("describe", mail.ScopeMessage, m.Ref, damaged(err))
	}
	ref := m.Ref
	a.mu.Lock()
	*m = a.message(r.s, &e)
	a.mu.Unlock()
	a.show(m, &e, r.from)
	m.Ref, m.Octets, m.Envelope = ref, octets, header.Envelope(head)
	return nil
}

// unproven gives the octets of an entry, without holding them against the manifest.
func (r *reader) unproven(e entry) (io.Reader, error) {
	if e.bits&summed == 0 {
		return r.found(e)
	}
	r.a.mu.Lock()
	rec, err := r.a.manifest.recordAt(e.at)
	r.a.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var body io.Reader
	r.from, body, err = r.file.Message(mbox.Extent{Offset: e.offset, Length: e.length}, rec.dialect, rec.note)
	return body, err
}

// readHead reads as far as the header goes; to the end where the octets are not known yet.
func readHead(body io.Reader, octets int64, r *reader) (head []byte, n int64, err error) {
	buf := slices.Grow(r.buf[:0], 8<<10)
	defer func() { r.buf = buf }()
	for ended := false; ; {
		got, err := io.ReadFull(body, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+got]
		ended = err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !ended {
			return nil, 0, err
		}
		end := header.End(buf)
		if end < 0 && !ended && len(buf) < headMax {
			buf = slices.Grow(buf, len(buf))
			continue
		}
		if head = buf; end >= 0 {
			head = buf[:end]
		}
		if octets < 0 {
			rest, err := io.Copy(io.Discard, body)
			return head, int64(len(buf)) + rest, err
		}
		return head, octets, nil
	}
}

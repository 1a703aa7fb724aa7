package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"time"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// headMax is how much of a message is looked at for its header.
const headMax = 256 << 10

// List yields every message of f, of an mbox in the file's order, else by name. Octets are told of mbox files, and of
// what has to be read to its end for its state.
func (s *Store) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		sh, err := s.find(ctx, f.Path)
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		for m, err := range sh.list(ctx) {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// Fetch yields the octets of refs, in the order in which they lie on disk.
func (s *Store) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		sh, err := s.find(ctx, f.Path)
		if err != nil {
			yield(mail.Fetched{}, err)
			return
		}
		for got, err := range sh.read(ctx, refs) {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(got, err) || err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				return
			}
		}
	}
}

// Describe yields Octets, InternalDate and Envelope of refs. Where a file does not show the length it is read to its end.
func (s *Store) Describe(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return s.described(ctx, f, refs, describe)
}

// Dates is Describe without Octets, where a file would have to be read to its end for them: they are -1.
func (s *Store) Dates(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return s.described(ctx, f, refs, describeHead)
}

// described reads of each message what describe does.
func (s *Store) described(ctx context.Context, f mail.Folder, refs []mail.Ref, describe func(*mail.Fetched, []byte) ([]byte, error)) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		var buf []byte
		for got, err := range s.Fetch(ctx, f, refs) {
			if errors.Is(err, mail.ErrGone) {
				continue
			}
			if err == nil {
				buf, err = describe(&got, buf)
			}
			if err != nil && mail.ScopeOf(err) == mail.ScopeStore && ctx.Err() == nil {
				err = s.fail("describe", mail.ScopeMessage, got.Ref, err)
			}
			if !yield(got.Message, err) {
				return
			}
		}
	}
}

// describe tells Envelope, Octets and InternalDate. The body is read to its end where the octets are not known.
func describe(got *mail.Fetched, buf []byte) ([]byte, error) {
	buf, err := describeHead(got, buf)
	if err != nil || got.Octets >= 0 {
		return buf, err
	}
	got.Octets, err = io.Copy(io.Discard, got.Body)
	return buf, err
}

// describeHead tells what the header does: Envelope, and InternalDate where nothing else has told it. The body is whole again.
func describeHead(got *mail.Fetched, buf []byte) ([]byte, error) {
	head, whole, buf, err := readHead(got.Body, buf)
	if err != nil {
		return buf, err
	}
	got.Body, got.Envelope = whole, header.Envelope(head)
	if got.InternalDate.IsZero() {
		got.InternalDate, _ = header.Received(head, time.Time{})
	}
	return buf, nil
}

// readHead reads r as far as the header goes. whole gives everything, from the first octet on, until buf is used again.
func readHead(r io.Reader, buf []byte) (head []byte, whole io.Reader, kept []byte, err error) {
	buf = slices.Grow(buf[:0], 8<<10)
	for {
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return nil, nil, buf, err
		}
		end := header.End(buf)
		if end < 0 && !ended && len(buf) < headMax {
			buf = slices.Grow(buf, len(buf))
			continue
		}
		if head = buf; end >= 0 {
			head = buf[:end]
		}
		whole = bytes.NewReader(buf)
		if !ended {
			whole = io.MultiReader(whole, r)
		}
		return head, whole, buf, nil
	}
}

// body is a message's, an error of which is that message's own.
func (s *Store) body(got *mail.Fetched) io.Reader {
	return mail.BodyOf(got.Body, func(err error) error { return s.fail("fetch", mail.ScopeMessage, got.Ref, err) })
}

// fail says what went wrong with one message, or with a folder.
func (s *Store) fail(op string, scope mail.Scope, ref mail.Ref, err error) error {
	return &mail.Error{Op: op, Place: s.given, Ref: ref, Scope: scope, Err: err}
}

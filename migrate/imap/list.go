package imap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// List yields every message of f, in the order of UIDs as a rule, as the answers come in. A message that the
// server leaves out of its answer though it has it is asked for once more, and told without its size at the least.
func (st *Store) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		s, leave, err := st.enter(ctx, "list", f, forReading, true)
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		defer leave()
		if s.box.folder.Messages == 0 {
			return // 1:* is an error on some servers then
		}
		count, wanted := 0, true
		var seen goimap.UIDSet
		pass := func(it item, o *goimap.FetchOptions) error {
			return s.fetch(it, everything, o, func(m *imapclient.FetchMessageData) bool {
				t := told{Message: mail.Message{Octets: -1}}
				for it := m.Next(); it != nil; it = m.Next() {
					t.take(s, it)
				}
				if seen.Contains(goimap.UID(t.uid)) {
					return true
				}
				seen.AddNum(goimap.UID(t.uid))
				count++
				wanted = yield(t.Message, nil)
				return wanted
			})
		}
		err = pass(theSize, &goimap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true})
		if isRefusal(err) || err == nil && wanted && count < s.box.folder.Messages {
			err = pass(theUID, &goimap.FetchOptions{UID: true, Flags: true})
		}
		if err != nil && wanted {
			yield(mail.Message{}, at(s.fail(ctx, "list", mail.ScopeFolder, err), f.Path))
		}
	}
}

// isRefusal tells whether err is the server's NO or BAD, after which the connection goes on.
func isRefusal(err error) bool {
	return errors.As(err, new(*goimap.Error))
}

// header fields by which copies find each other; what an Envelope is made of.
var envelopeFields = &goimap.FetchItemBodySection{Specifier: goimap.PartSpecifierHeader, Peek: true,
	HeaderFields: []string{"MESSAGE-ID", "DATE", "FROM", "SUBJECT"}}

const (
	describeAtOnce = 300
	maxHeader      = 1 << 20 // of the four fields of one message; the rest is cut off
)

// Describe yields size, date and envelope of refs, in any order. What is gone is left out; what the server
// has but does not tell is an error of that message.
func (st *Store) Describe(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		if len(refs) == 0 {
			return
		}
		s, leave, err := st.enter(ctx, "describe", f, forReading, false)
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		defer leave()
		uids, err := s.uids("describe", refs)
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		for _, part := range chunks(uids, describeAtOnce) {
			if !s.describe(ctx, part, yield) {
				return
			}
		}
	}
}

// describe deals with one set. It gives false when the iteration is over.
func (s *session) describe(ctx context.Context, part []uint32, yield func(mail.Message, error) bool) bool {
	over := false
	ask := func(uids []uint32, done map[uint32]bool) error {
		o := &goimap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true, BodySection: []*goimap.FetchItemBodySection{envelopeFields}}
		return s.fetch(theBody, uidSet(uids), o, func(m *imapclient.FetchMessageData) bool {
			t, err := s.envelope(m)
			if err != nil {
				return true // the connection is gone, and fetch will say so
			}
			done[t.uid] = true
			over = !yield(t.Message, nil)
			return !over
		})
	}
	missing := func(uid uint32, err error) bool {
		if errors.Is(err, mail.ErrGone) {
			return true
		}
		return yield(mail.Message{Ref: s.ref(uid), Octets: -1}, err)
	}
	return s.everyOne(ctx, "describe", part, ask, missing, func() bool { return over }, func(err error) { yield(mail.Message{}, err) })
}

// envelope reads one answer to the question for envelopes.
func (s *session) envelope(m *imapclient.FetchMessageData) (told, error) {
	t := told{Message: mail.Message{Octets: -1}}
	for it := m.Next(); it != nil; it = m.Next() {
		b, ok := it.(imapclient.FetchItemDataBodySection)
		if !ok {
			t.take(s, it)
			continue
		}
		var head bytes.Buffer
		if _, err := io.Copy(&head, io.LimitReader(b.Literal, maxHeader)); err != nil {
			return t, err
		}
		t.Envelope = header.Envelope(head.Bytes())
	}
	return t, nil
}

// everyOne asks for uids together; what did not come though it is there is asked for one by one, whatever
// was the reason: an answer lost, split, or withheld. ask notes in done what came. missing is told of
// what never comes, lost of the end of the connection. It gives false when the iteration is over.
func (s *session) everyOne(ctx context.Context, op string, uids []uint32, ask func(uids []uint32, done map[uint32]bool) error,
	missing func(uint32, error) bool, over func() bool, lost func(error)) bool {
	done := map[uint32]bool{}
	failed := func(err error) bool {
		if over() {
			return true
		}
		if err != nil && !isRefusal(err) {
			lost(at(s.fail(ctx, op, mail.ScopeFolder, err), s.box.folder.Path))
			return true
		}
		return false
	}
	if failed(ask(uids, done)) {
		return false
	}
	var left []uint32
	for _, uid := range uids {
		if !done[uid] {
			left = append(left, uid)
		}
	}
	if len(left) == 0 {
		return true
	}
	present, err := s.there(left)
	if failed(err) {
		return false
	}
	for _, uid := range left {
		if present[uid] || err != nil {
			if err = ask([]uint32{uid}, done); failed(err) {
				return false
			}
		}
		if !done[uid] && !missing(uid, s.missing(ctx, op, uid, present[uid], err)) {
			return false
		}
	}
	return true
}

// missing says why a message did not come.
func (s *session) missing(ctx context.Context, op string, uid uint32, present bool, refusal error) error {
	e := &mail.Error{Op: op, Place: s.server.Host, Ref: s.ref(uid), Scope: mail.ScopeMessage, Err: mail.ErrGone}
	switch {
	case refusal != nil:
		said := s.fail(ctx, op, mail.ScopeMessage, refusal)
		e.Err = errors.Unwrap(said)
	case present:
		e.Err = errors.New("the server lists it but does not give it")
	}
	return e
}

// Fetch yields the octets of refs as they come over the wire. A Body is good for the iteration it came with; it
// ends with io.EOF only where all announced octets came and the server's answer went on properly behind them.
func (st *Store) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		if len(refs) == 0 {
			return
		}
		s, leave, err := st.enter(ctx, "fetch", f, forReading, false)
		if err != nil {
			yield(mail.Fetched{}, err)
			return
		}
		defer leave()
		uids, err := s.uids("fetch", refs)
		if err != nil {
			yield(mail.Fetched{}, err)
			return
		}
		for _, part := range chunks(uids, fetchAtOnce) {
			if !s.bodies(ctx, part, yield) {
				return
			}
		}
	}
}

const fetchAtOnce = 1000

var wholeBody = &goimap.FetchItemBodySection{Peek: true}

// bodies deals with one set. It gives false when the iteration is over.
func (s *session) bodies(ctx context.Context, part []uint32, yield func(mail.Fetched, error) bool) bool {
	over := false
	buf := make([]byte, 64<<10)
	ask := func(uids []uint32, done map[uint32]bool) error {
		o := &goimap.FetchOptions{UID: true, BodySection: []*goimap.FetchItemBodySection{wholeBody}}
		return s.fetch(theBody, uidSet(uids), o, func(m *imapclient.FetchMessageData) bool {
			t := told{}
			for it := m.Next(); it != nil; it = m.Next() {
				b, ok := it.(imapclient.FetchItemDataBodySection)
				if !ok {
					t.take(s, it)
					continue
				}
				t.Octets = b.Literal.Size()
				body := &body{ref: t.Ref, lit: b.Literal, left: t.Octets, buf: buf}
				over = !yield(mail.Fetched{Message: t.Message, Body: body}, nil)
				if over {
					s.close() // rather than read to the end what nobody wants
					return false
				}
				done[t.uid] = body.err == nil
			}
			return true
		})
	}
	missing := func(uid uint32, err error) bool {
		return yield(mail.Fetched{Message: mail.Message{Ref: s.ref(uid), Octets: -1}}, err)
	}
	return s.everyOne(ctx, "fetch", part, ask, missing, func() bool { return over }, func(err error) { yield(mail.Fetched{}, err) })
}

// body is a literal on the wire.
type body struct {
	ref  mail.Ref
	lit  io.Reader
	left int64
	buf  []byte
	err  error // other than io.EOF
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.lit.Read(p)
	b.left -= int64(n)
	if err == nil || err == io.EOF && b.left == 0 {
		return n, err
	}
	if err == io.EOF {
		err = fmt.Errorf("%d octets are missing", b.left)
	}
	b.err = &mail.Error{Op: "fetch", Ref: b.ref, Retry: true, Err: fmt.Errorf("%w: %w", mail.ErrCut, err)}
	return n, b.err
}

// WriteTo copies the rest of the body to w.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		n, err := b.Read(b.buf)
		if n > 0 {
			m, werr := w.Write(b.buf[:n])
			if total += int64(m); werr != nil {
				return total, werr
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

package imap

import (
	"bytes"
	"context"
	"errors"
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
			return s.fetch(it, everything, o, func(m *imapclient.FetchMessageData) verdict {
				t := told{Message: mail.Message{Octets: -1}}
				for it := m.Next(); it != nil; it = m.Next() {
					t.take(s, it)
				}
				if seen.Contains(goimap.UID(t.uid)) {
					return more
				}
				seen.AddNum(goimap.UID(t.uid))
				count++
				if wanted = yield(t.Message, nil); !wanted {
					return enough
				}
				return more
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
	q := question{s: s, ctx: ctx, op: "describe"}
	q.ask = func(uids []uint32) error {
		o := &goimap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true, BodySection: []*goimap.FetchItemBodySection{envelopeFields}}
		return s.fetch(theBody, uidSet(uids), o, func(m *imapclient.FetchMessageData) verdict {
			t, err := s.envelope(m)
			if err != nil {
				return abandon
			}
			q.done[t.uid] = true
			if q.over = !yield(t.Message, nil); q.over {
				return enough
			}
			return more
		})
	}
	q.fail = func(r mail.Ref, err error) bool {
		if errors.Is(err, mail.ErrGone) {
			return true
		}
		return yield(mail.Message{Ref: r, Octets: -1}, err)
	}
	return q.put(part)
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

package imap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"

	goimap "github.com/emersion/go-imap/v2"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// List yields every message of f, in the order of UIDs as a rule, as the answers come in. A message that the
// server leaves out of its answer though it has it is asked for once more, and told without its size at the least.
func (st *Store) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		s, asked, leave, err := st.enterListing(ctx, f)
		if err != nil {
			yield(mail.Message{}, at(err, f.Path))
			return
		}
		defer leave()
		count, wanted := 0, true
		var seen goimap.UIDSet
		each := func(a *answer) verdict {
			if seen.Contains(goimap.UID(a.uid)) {
				return more
			}
			seen.AddNum(goimap.UID(a.uid))
			count++
			if wanted = yield(s.message(a), nil); !wanted {
				return enough
			}
			return more
		}
		if asked != nil {
			err = asked.read(each)
		}
		if s.box.folder.Messages == 0 {
			err = unlessRefusal(err) // 1:* is an error on some servers then
		} else if isRefusal(err) || err == nil && wanted && count < s.box.folder.Messages {
			err = s.fetch(theUID, everything, "UID FLAGS", each)
		}
		if err != nil && wanted {
			yield(mail.Message{}, at(s.fail(ctx, "list", mail.ScopeFolder, err), f.Path))
		}
	}
}

// enterListing selects f and asks for what List tells, in one breath where there is mail in it. asked is nil where there is none.
func (st *Store) enterListing(ctx context.Context, f mail.Folder) (s *session, asked *answers, leave func(), err error) {
	const items = "UID FLAGS INTERNALDATE RFC822.SIZE"
	if f.Messages > 0 {
		return st.askAll(ctx, "list", f, theSize, items)
	}
	if s, leave, err = st.enter(ctx, "list", f, forReading, true); err != nil || s.box.folder.Messages == 0 {
		return s, nil, leave, err
	}
	if asked, err = s.askFor(theSize, everything, items); err != nil {
		err = s.lost(ctx, "list", err)
		leave()
	}
	return s, asked, leave, err
}

// isRefusal tells whether err is the server's NO or BAD, after which the connection goes on.
func isRefusal(err error) bool {
	return errors.As(err, new(*goimap.Error))
}

// unlessRefusal is err where it ended the connection.
func unlessRefusal(err error) error {
	if isRefusal(err) {
		return nil
	}
	return err
}

// header fields by which copies find each other; what an Envelope is made of.
const envelopeFields = "UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)]"

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
		return s.fetch(theBody, uidSet(uids), envelopeFields, func(a *answer) verdict {
			m := s.message(a)
			var head bytes.Buffer
			if _, err := io.Copy(&head, io.LimitReader(a.body, maxHeader)); err != nil {
				return enough
			}
			m.Envelope = header.Envelope(head.Bytes())
			q.done[a.uid] = true
			if q.over = !yield(m, nil); q.over {
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

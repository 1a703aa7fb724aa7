package imap

import (
	"context"
	"fmt"
	"io"
	"iter"

	"mailmv/formats/mail"
)

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

// fetchAtOnce is large, for between two such questions there is a round trip.
const fetchAtOnce = 5000

// bodies deals with one set. It gives false when the iteration is over.
func (s *session) bodies(ctx context.Context, part []uint32, yield func(mail.Fetched, error) bool) bool {
	q := question{s: s, ctx: ctx, op: "fetch"}
	q.ask = func(uids []uint32) error {
		return s.fetch(theBody, uidSet(uids), "UID FLAGS INTERNALDATE BODY.PEEK[]", func(a *answer) verdict {
			m := s.message(a)
			m.Octets = a.body.n
			body := &body{ref: m.Ref, lit: a.body}
			if q.over = !yield(mail.Fetched{Message: m, Body: body}, nil); q.over {
				s.close() // rather than read to the end what nobody wants
				return enough
			}
			if body.err == nil {
				q.done[a.uid] = true
			}
			return more
		})
	}
	q.fail = func(r mail.Ref, err error) bool {
		return yield(mail.Fetched{Message: mail.Message{Ref: r, Octets: -1}}, err)
	}
	return q.put(part)
}

// body is a message's octets as they come.
type body struct {
	ref mail.Ref
	lit *literal
	err error // other than io.EOF
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.lit.Read(p)
	return n, b.fault(err)
}

// WriteTo copies the rest of the body to w.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	n, err := b.lit.WriteTo(w)
	return n, b.fault(err)
}

// fault makes the error of a body that did not come whole one of the message; another is not ours.
func (b *body) fault(err error) error {
	if b.lit.err != nil && b.err == nil {
		b.err = &mail.Error{Op: "fetch", Ref: b.ref, Retry: true, Err: fmt.Errorf("%w: %w", mail.ErrCut, b.lit.err)}
	}
	if b.err != nil {
		return b.err
	}
	return err
}

package imap

import (
	"context"
	"fmt"
	"io"
	"iter"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

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

var wholeBody = &goimap.FetchItemBodySection{Peek: true}

// bodies deals with one set. It gives false when the iteration is over.
func (s *session) bodies(ctx context.Context, part []uint32, yield func(mail.Fetched, error) bool) bool {
	buf := make([]byte, 64<<10)
	q := question{s: s, ctx: ctx, op: "fetch"}
	q.ask = func(uids []uint32) error {
		o := &goimap.FetchOptions{UID: true, Flags: true, InternalDate: true, BodySection: []*goimap.FetchItemBodySection{wholeBody}}
		return s.fetch(theBody, uidSet(uids), o, func(m *imapclient.FetchMessageData) verdict {
			t := told{}
			for it := m.Next(); it != nil; it = m.Next() {
				b, ok := it.(imapclient.FetchItemDataBodySection)
				if !ok {
					t.take(s, it)
					continue
				}
				t.Octets = b.Literal.Size()
				body := &body{ref: t.Ref, lit: b.Literal, left: t.Octets, buf: buf}
				q.over = !yield(mail.Fetched{Message: t.Message, Body: body}, nil)
				if q.over {
					s.close() // rather than read to the end what nobody wants
				}
				switch {
				case body.err != nil:
					return abandon
				case q.over:
					return enough
				}
				q.done[t.uid] = true
			}
			return more
		})
	}
	q.fail = func(r mail.Ref, err error) bool {
		return yield(mail.Fetched{Message: mail.Message{Ref: r, Octets: -1}}, err)
	}
	return q.put(part)
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

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

// Sweep yields the octets of all that f holds, as they come over the wire, by one question that does not wait for the folder to
// be selected. What the server leaves out of its answer is not asked for again.
func (st *Store) Sweep(ctx context.Context, f mail.Folder) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		if err := st.sweep(ctx, f, yield); err != nil {
			yield(mail.Fetched{}, at(err, f.Path))
		}
	}
}

func (st *Store) sweep(ctx context.Context, f mail.Folder, yield func(mail.Fetched, error) bool) error {
	s, asked, leave, err := st.askAll(ctx, "fetch", f, theBody, bodyItems)
	if err != nil {
		return err
	}
	defer leave()
	over := false
	err = unlessRefusal(asked.read(s.handing(yield, &over)))
	if over {
		return nil
	}
	return s.fail(ctx, "fetch", mail.ScopeFolder, err)
}

// askAll selects f for reading and asks for all that it holds without waiting for that: it saves a round trip. The answers are still to be
// read. The session comes with its turn; leave gives it back.
func (st *Store) askAll(ctx context.Context, op string, f mail.Folder, want item, items string) (s *session, asked *answers, leave func(), err error) {
	raw, err := st.rawName(ctx, op, f.Path)
	if err != nil {
		return nil, nil, nil, err
	}
	if s, err = st.reader(ctx); err != nil {
		return nil, nil, nil, err
	}
	stop := s.watch(ctx)
	leave = func() {
		stop()
		s.giveTurn()
	}
	if asked, err = s.askAll(ctx, op, f, raw, want, items); err != nil {
		leave()
		return nil, nil, nil, err
	}
	return s, asked, leave, nil
}

func (s *session) askAll(ctx context.Context, op string, f mail.Folder, raw string, want item, items string) (asked *answers, err error) {
	ask := func() (err error) {
		asked, err = s.askFor(want, everything, items)
		return err
	}
	if s.isFresh(raw) {
		if err = ask(); err != nil {
			return nil, s.lost(ctx, op, err)
		}
	} else {
		err = s.selectAnd(ctx, op, f.Path.Clean(), raw, forReading, ask)
	}
	switch {
	case err != nil && s.dead.Load():
		return nil, err
	case err != nil:
		if lost := unlessRefusal(asked.read(nobody)); lost != nil {
			return nil, s.fail(ctx, op, mail.ScopeFolder, lost)
		}
		return nil, s.absent(ctx, op, raw, err, nil)
	case f.Validity != s.box.folder.Validity && (f.Validity != 0 || want == theBody):
		err = s.anotherGeneration(op, f.Validity)
		if want == theBody {
			s.close() // rather than read what nobody asked for
		} else if lost := unlessRefusal(asked.read(nobody)); lost != nil {
			return nil, s.fail(ctx, op, mail.ScopeFolder, lost)
		}
		return nil, err
	}
	return asked, nil
}

// nobody wants an answer.
func nobody(*answer) verdict { return enough }

// fetchAtOnce is large, for between two such questions there is a round trip.
const fetchAtOnce = 5000

// bodies deals with one set. It gives false when the iteration is over.
func (s *session) bodies(ctx context.Context, part []uint32, yield func(mail.Fetched, error) bool) bool {
	q := question{s: s, ctx: ctx, op: "fetch"}
	each := s.handing(func(f mail.Fetched, _ error) bool {
		wanted := yield(f, nil)
		if body, ok := f.Body.(*body); ok && wanted && body.err == nil {
			q.done[body.uid] = true
		}
		return wanted
	}, &q.over)
	q.ask = func(uids []uint32) error { return s.fetch(theBody, uidSet(uids), bodyItems, each) }
	q.fail = func(r mail.Ref, err error) bool {
		return yield(mail.Fetched{Message: mail.Message{Ref: r, Octets: -1}}, err)
	}
	return q.put(part)
}

const bodyItems = "UID FLAGS INTERNALDATE BODY.PEEK[]"

// handing yields the message of each answer; over: no more is wanted, and the connection is closed rather than read to its end.
func (s *session) handing(yield func(mail.Fetched, error) bool, over *bool) func(*answer) verdict {
	return func(a *answer) verdict {
		m := s.message(a)
		m.Octets = a.body.n
		if *over = !yield(mail.Fetched{Message: m, Body: &body{ref: m.Ref, uid: a.uid, lit: a.body}}, nil); *over {
			s.close()
			return enough
		}
		return more
	}
}

// body is a message's octets as they come.
type body struct {
	ref mail.Ref
	uid uint32
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

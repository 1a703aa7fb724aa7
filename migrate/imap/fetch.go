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
	raw, err := st.rawName(ctx, "fetch", f.Path)
	if err != nil {
		return err
	}
	s, err := st.reader(ctx)
	if err != nil {
		return err
	}
	defer s.giveTurn()
	defer s.watch(ctx)()
	var asked *answers
	ask := func() (err error) {
		asked, err = s.askFor(theBody, everything, bodyItems)
		return err
	}
	if s.isFresh(raw) {
		if err = ask(); err != nil {
			return s.lost(ctx, "fetch", err)
		}
	} else {
		err = s.selectAnd(ctx, "fetch", f.Path.Clean(), raw, forReading, ask)
	}
	switch {
	case err != nil && s.dead.Load():
		return err
	case err == nil && f.Validity != s.box.folder.Validity:
		err = s.anotherGeneration("fetch", f.Validity)
		s.close() // rather than read what nobody asked for
		return err
	case err != nil:
		if lost := unlessRefusal(asked.read(nobody)); lost != nil {
			return s.fail(ctx, "fetch", mail.ScopeFolder, lost)
		}
		return s.absent(ctx, "fetch", raw, err, nil)
	}
	over := false
	err = unlessRefusal(asked.read(s.handing(yield, &over)))
	if over {
		return nil
	}
	return s.fail(ctx, "fetch", mail.ScopeFolder, err)
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

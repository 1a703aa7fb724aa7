package pop3

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"strconv"

	"mailmv/formats/mail"
)

// errStopped ends a series because the consumer wants no more.
var errStopped = errors.New("stopped")

// cheapToDrain is what is rather read to the end than paid for with a new login.
const cheapToDrain = 256 << 10

// Fetch yields the octets of refs, as they come off the wire. -ERR for one message is that message's error, with
// the server's words. Where the consumer stops while many answers are on their way, the session ends.
func (s *Store) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		fail := func(ref mail.Ref, err error) bool { return yield(mail.Fetched{Message: mail.Message{Ref: ref}}, err) }
		if err := s.only(f); err != nil {
			fail(mail.Ref{}, err)
			return
		}
		if len(refs) == 0 {
			return
		}
		ses, release, err := s.listed(ctx)
		if err != nil {
			fail(mail.Ref{}, err)
			return
		}
		defer release()
		at := make([]int32, 0, len(refs))
		for _, ref := range refs {
			if i, ok := ses.drop.find(ref); ok {
				at = append(at, int32(i))
			} else if !fail(ref, s.ofMessage("fetch", ref, mail.ErrGone)) {
				return
			}
		}
		s.fetchAll(ses, at, yield)
	}
}

func (s *Store) fetchAll(ses *session, at []int32, yield func(mail.Fetched, error) bool) {
	r := s.retrs(ses, at)
	r.each = func(m mail.Message, b *body, refused error) error {
		var more bool
		if refused != nil {
			more = yield(mail.Fetched{Message: m}, s.ofMessage("fetch", m.Ref, refused))
		} else {
			more = yield(mail.Fetched{Message: m, Body: b}, nil)
		}
		if !more {
			return errStopped
		}
		return nil
	}
	switch err := r.run(); {
	case err == nil:
	case errors.Is(err, errStopped):
		s.settle(r)
	default:
		yield(mail.Fetched{}, s.lost("fetch", err))
	}
}

// settle leaves the session usable after a stop, or ends it.
func (s *Store) settle(r *retrs) {
	answers, octets := r.unanswered()
	if b := r.body; b != nil && !b.whole() {
		octets += max(b.announced-b.n, 0)
		if b.announced < 0 {
			octets += usualMessage
		}
	}
	if answers <= 100 && octets <= cheapToDrain && r.drain() == nil {
		return
	}
	if b := r.body; b != nil && errors.Is(b.err, errNoEnd) {
		s.careful = true
	}
	s.forget()
}

// retrs is a series of RETR.
type retrs struct {
	series
	at   []int32
	top  bool  // the answers are TOP's: not the messages
	body *body // the last one
	fail func(error) error
	// each gets every message with its body, or why the server refuses it. What it leaves unread is skipped.
	each func(m mail.Message, b *body, refused error) error
}

func (s *Store) retrs(ses *session, at []int32) *retrs {
	if s.options.Remember && ses.sums == nil {
		ses.sums = make([]remembered, len(ses.drop.entries))
	}
	r := &retrs{at: at, fail: func(err error) error { return s.failure(ses, "fetch", err) }}
	r.series = series{
		ses: ses, count: len(at),
		command: func(k int) string { return "RETR " + strconv.Itoa(int(ses.drop.entries[at[k]].number)) },
		octets:  func(k int) int64 { return ses.drop.entries[at[k]].octets },
		answer:  r.take,
	}
	return r
}

// take reads one message.
func (r *retrs) take(k int, _ string, refused error) error {
	i := int(r.at[k])
	m := r.ses.drop.message(i)
	if refused != nil {
		r.body = nil
		if err := r.alive(); err != nil {
			return err
		}
		return r.each(m, nil, refused)
	}
	r.body = newBody(r.ses.conn, r.ses.bareLF, m.Octets)
	r.body.fail = r.fail
	remember := r.ses.sums != nil && !r.top
	if remember {
		r.body.sum = sha256.New()
	}
	if r.top {
		r.body.announced = -1
	}
	if err := r.each(m, r.body, nil); err != nil {
		return err
	}
	if err := r.body.skip(); err != nil {
		return err
	}
	if remember {
		r.ses.sums[i] = remembered{sum: r.body.digest(), octets: r.body.n, known: true}
	}
	return nil
}

// alive tells whether a refusal was about the message. Servers that are about to hang up ("-ERR Disconnected for
// inactivity") say so in place of an answer, and that is no message's fault.
func (r *retrs) alive() error {
	if answers, _ := r.unanswered(); answers > 0 {
		_, err := r.ses.conn.Peek(1)
		return err
	}
	if _, err := r.ses.ask("NOOP"); err != nil && !refused(err) {
		return err
	}
	return nil
}

// drain reads what is still to come and lets it go.
func (r *retrs) drain() error {
	if r.body != nil {
		if err := r.body.skip(); err != nil {
			return err
		}
	}
	r.each = func(mail.Message, *body, error) error { return nil }
	r.count = r.sent
	return r.run()
}

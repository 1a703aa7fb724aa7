package pop3

import (
	"context"
	"iter"
	"strconv"
	"time"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// headMax is how much of a header is looked at; the rest is skipped.
const headMax = 256 << 10

// Describe yields Octets as LIST has them, and InternalDate and Envelope out of the header: by TOP (RFC 1939 §7), or
// where the server has none by reading whole messages. InternalDate is zero where no header field tells it.
func (s *Store) Describe(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		if err := s.only(f); err != nil {
			yield(mail.Message{}, err)
			return
		}
		if len(refs) == 0 {
			return
		}
		ses, release, err := s.listed(ctx)
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		defer release()
		var at []int32
		for _, ref := range refs {
			if i, ok := ses.drop.find(ref); ok {
				at = append(at, int32(i))
			}
		}
		s.describeAll(ses, at, yield)
	}
}

func (s *Store) describeAll(ses *session, at []int32, yield func(mail.Message, error) bool) {
	r := s.retrs(ses, at)
	top, err := s.hasTop(ses, at)
	if err != nil {
		yield(mail.Message{}, s.lost("describe", err))
		return
	}
	if top {
		r.top = true
		r.command = func(k int) string { return topCommand(ses, at[k]) }
		r.octets = func(int) int64 { return usualHeader }
	}
	var head headReader
	r.each = func(m mail.Message, b *body, refused error) error {
		if refused != nil {
			return goOn(yield(m, s.ofMessage("describe", m.Ref, refused)))
		}
		head.b = head.b[:0]
		if _, err := b.WriteTo(&head); err != nil {
			return err
		}
		described(&m, head.b)
		return goOn(yield(m, nil))
	}
	switch err := r.run(); err {
	case nil:
	case errStopped:
		s.settle(r)
	default:
		yield(mail.Message{}, s.lost("describe", err))
	}
}

const usualHeader = 4 << 10

func topCommand(ses *session, i int32) string {
	return "TOP " + strconv.Itoa(int(ses.drop.entries[i].number)) + " 0"
}

// hasTop tells whether the server knows TOP. Where it does not say, one is tried.
func (s *Store) hasTop(ses *session, at []int32) (bool, error) {
	if ses.hasTop || ses.caps.has("TOP") || len(at) == 0 {
		return true, nil
	}
	if ses.caps == nil && !ses.noTop {
		_, err := ses.ask(topCommand(ses, at[0]))
		if err == nil {
			ses.hasTop = true
			return true, newBody(ses.conn, ses.bareLF, -1).skip()
		}
		if !refused(err) {
			return false, err
		}
	}
	ses.noTop = true
	s.note("top", "the server has no TOP: headers are read with the whole messages")
	return false, nil
}

func goOn(more bool) error {
	if more {
		return nil
	}
	return errStopped
}

func described(m *mail.Message, head []byte) {
	if end := header.End(head); end >= 0 {
		head = head[:end]
	}
	m.Envelope = header.Envelope(head)
	if t, from := header.Received(head, time.Time{}); from != header.FromNow {
		m.InternalDate = t
	}
}

// headReader keeps the front of what is written to it.
type headReader struct{ b []byte }

func (h *headReader) Write(p []byte) (int, error) {
	h.b = append(h.b, p[:min(len(p), headMax-len(h.b))]...)
	return len(p), nil
}

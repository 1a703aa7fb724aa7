package imap

import (
	"context"
	"errors"

	"mailmv/formats/mail"
)

// question asks for something of many messages and sees to it that every one of them is accounted for. What
// does not come though it is there is asked for one by one, whatever was the reason: an answer lost, split,
// or withheld.
type question struct {
	s   *session
	ctx context.Context
	op  string
	// ask asks for uids, and notes in done what came.
	ask func(uids []uint32) error
	// fail is told of a message that never comes (its Ref), and of the end of the connection (no Ref). false: that is enough.
	fail func(mail.Ref, error) bool
	done map[uint32]bool
	over bool // nobody wants more
}

// put asks for uids. It gives false when the iteration is over.
func (q *question) put(uids []uint32) bool {
	q.done = map[uint32]bool{}
	if q.ended(q.ask(uids)) {
		return false
	}
	var left []uint32
	for _, uid := range uids {
		if !q.done[uid] {
			left = append(left, uid)
		}
	}
	if len(left) == 0 {
		return true
	}
	there, unsure := q.s.there(left)
	if q.ended(unsure) {
		return false
	}
	for _, uid := range left {
		var refusal error
		if there[uid] || unsure != nil {
			if refusal = q.ask([]uint32{uid}); q.ended(refusal) {
				return false
			}
		}
		if !q.done[uid] && !q.fail(q.missing(uid, there[uid], refusal)) {
			return false
		}
	}
	return true
}

// ended tells whether the iteration is over, after err or because nobody wants more.
func (q *question) ended(err error) bool {
	if q.over || err == nil || isRefusal(err) {
		return q.over
	}
	q.fail(mail.Ref{}, at(q.s.fail(q.ctx, q.op, mail.ScopeFolder, err), q.s.box.folder.Path))
	return true
}

// missing says why a message did not come.
func (q *question) missing(uid uint32, there bool, refusal error) (mail.Ref, error) {
	e := &mail.Error{Op: q.op, Place: q.s.server.Host, Ref: q.s.ref(uid), Scope: mail.ScopeMessage, Err: mail.ErrGone}
	switch {
	case refusal != nil:
		e.Err = errors.Unwrap(q.s.fail(q.ctx, q.op, mail.ScopeMessage, refusal))
	case there:
		e.Err = errors.New("the server lists it but does not give it")
	}
	return e.Ref, e
}

package imap

import (
	"context"
	"strconv"
	"strings"
)

// query asks for the sizes of what was stored.
type query struct {
	raw  string // the mailbox
	uids []uint32
	sent *sent // nil: not asked yet
	void bool  // another folder was selected meanwhile
	// polled: it was put again, behind a NOOP.
	polled bool
}

// stored reads APPENDUID (RFC 4315 §3) and puts the question for the sizes on the list. What is absurd there
// is as good as nothing. u.mu is held.
func (u *uplink) stored(c *sent) {
	box := u.s.box
	if c.answer.code != "APPENDUID" || box == nil {
		return
	}
	v, set, _ := strings.Cut(strings.TrimSpace(c.answer.args), " ")
	validity, err := strconv.ParseUint(v, 10, 32)
	if err != nil || validity == 0 || uint32(validity) != box.folder.Validity {
		return
	}
	uids, ok := expandSet(set, c.stores)
	if !ok {
		return
	}
	c.query = &query{raw: box.raw, uids: uids}
	u.due = append(u.due, c.query)
}

// ask sends what questions are due, and tells whether there were any. The caller has the turn.
func (u *uplink) ask() bool {
	u.mu.Lock()
	due := u.due
	u.due = nil
	for _, q := range due {
		q.void = u.s.box == nil || u.s.box.raw != q.raw
		for _, uid := range q.uids {
			u.sizes[uid] = -1
		}
	}
	u.mu.Unlock()
	for _, q := range due {
		if !q.void {
			if u.polls {
				tag, _ := u.issue(0, nil)
				u.writer().WriteString(tag + " NOOP\r\n")
			}
			tag, c := u.issue(0, nil)
			u.writer().WriteString(tag + " UID FETCH " + formatSet(q.uids) + " (UID RFC822.SIZE)\r\n")
			q.sent = c
		}
	}
	if len(due) == 0 {
		return false
	}
	if err := u.writer().Flush(); err != nil {
		u.s.close()
	}
	return true
}

// size takes a size out of a FETCH response, if it was asked for.
func (u *uplink) size(text []byte) {
	s := scan{text}
	s.number(32)
	s.blanks()
	if !strings.EqualFold(s.word(), "FETCH") {
		return
	}
	s.blanks()
	if !s.accept('(') {
		return
	}
	var uid, size uint64
	var hasSize bool
	for s.blanks(); !s.done() && !s.accept(')'); s.blanks() {
		name := strings.ToUpper(s.word())
		s.blanks()
		switch name {
		case "UID":
			uid, _ = s.number(32)
		case "RFC822.SIZE":
			size, hasSize = s.number(63)
		default:
			if !s.skip() {
				return
			}
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, asked := u.sizes[uint32(uid)]; asked && hasSize {
		u.sizes[uint32(uid)] = int64(size)
	}
}

// answered waits for the sizes of q and gives them; -1 for what the server does not tell. Where it tells none,
// it is asked once more behind a NOOP.
func (u *uplink) answered(ctx context.Context, q *query) []int64 {
	for {
		if u.s.takeTurn(ctx) != nil {
			return nil
		}
		u.ask()
		u.s.giveTurn()
		if q.void || q.sent == nil {
			return nil
		}
		<-q.sent.done
		if sizes, again := u.taken(q); !again {
			return sizes
		}
	}
}

// taken gives the sizes that came for q and forgets them. again: none came, and the question was put once more.
func (u *uplink) taken(q *query) (sizes []int64, again bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	came := false
	for _, uid := range q.uids {
		sizes = append(sizes, u.sizes[uid])
		came = came || u.sizes[uid] >= 0
		delete(u.sizes, uid)
	}
	if !came && !q.polled && q.sent.err == nil {
		u.polls, q.polled = true, true
		u.due = append(u.due, q)
		return nil, true
	}
	return sizes, false
}

package imap

import (
	"errors"
	"fmt"

	"mailmv/formats/mail"
)

// wait settles the fate of every parcel.
func (b *batch) wait() ([]mail.Stored, error) {
	for _, r := range b.runs {
		b.resolve(r)
	}
	if b.unsent && b.err == nil {
		b.err = b.s.lost(b.ctx, "append", errEnded)
	}
	return b.out, at(b.err, b.path)
}

// resolve takes the answer to one command. After an error nothing more is sent, but what is on its way is
// still waited for.
func (b *batch) resolve(r run) {
	<-r.sent.done
	switch {
	case r.sent.err != nil:
		b.lost(r, r.sent.err)
	case r.sent.answer.kind == "OK":
		b.stored(r)
	case r.sent.answer.kind == "BAD":
		b.bad(r)
	case b.err == nil:
		b.refused(r)
	}
}

// stored notes UIDs and sizes of a command that was answered OK.
func (b *batch) stored(r run) {
	for _, i := range r.index {
		b.st.suspects.clear(b.parcels[i].Ref)
	}
	q := r.sent.query
	if q == nil {
		return
	}
	for at, i := range r.index {
		b.out[i].Ref.ID = formatUID(q.uids[at])
	}
	for at, size := range b.s.uplink.answered(b.ctx, q) {
		b.out[r.index[at]].Octets = size
	}
}

// lost ends the batch because the connection ended.
func (b *batch) lost(r run, err error) {
	if b.ctx.Err() == nil {
		b.blame(r, 1, r.alone, "the connection ended")
	}
	for _, i := range r.index {
		if b.out[i].Err != nil {
			err = errors.New("given up because of a message that is not what it was said to be")
		}
	}
	if b.err == nil {
		b.err = b.s.lost(b.ctx, "append", err)
	}
}

// bad ends the batch because the server did not understand us; the connection is closed already.
func (b *batch) bad(r run) {
	said := b.s.words.clean(r.sent.answer.text)
	b.blame(r, 2, len(r.index) == 1, fmt.Sprintf("server answers BAD: %q", said))
	if b.err == nil {
		b.err = &mail.Error{Op: "append", Place: b.s.server.Host, Retry: true, Err: fmt.Errorf("server answers BAD: %q", said)}
	}
}

// blame remembers over which messages a connection broke. One of which that is sure is refused here and now
// if it was the second time.
func (b *batch) blame(r run, weight int, sure bool, why string) {
	for _, i := range r.index {
		if b.out[i].Err != nil {
			continue
		}
		if err := b.st.suspects.blame(b.parcels[i].Ref, weight, sure, why); err != nil {
			b.refuse(i, err)
		}
	}
}

// refused deals with NO. A MULTIAPPEND is all or nothing (RFC 3502 §5), so it is cut in two until the
// message that is meant stands alone.
func (b *batch) refused(r run) {
	answer := r.sent.answer
	if answer.code == "TRYCREATE" && !b.created {
		b.created = true
		b.again(b.create, r.index)
		return
	}
	e := b.s.words.refused("append", answer, mail.ScopeMessage)
	e.Place = b.s.server.Host
	quota := errors.Is(e, mail.ErrQuota)
	switch {
	case e.Scope != mail.ScopeMessage && !(quota && len(r.index) > 1):
		b.err = e
	case len(r.index) == 1:
		b.refuse(r.index[0], e)
	default:
		half := len(r.index) / 2
		b.again(func() {}, r.index[:half], r.index[half:])
	}
}

// again sends parts of a refused command anew, each as a command of its own, and settles their fate.
func (b *batch) again(before func(), parts ...[]int) {
	from := len(b.runs)
	if err := b.s.takeTurn(b.ctx); err != nil {
		b.unsent = true
		return
	}
	before()
	for _, part := range parts {
		b.send(part)
	}
	b.s.giveTurn()
	for _, r := range b.runs[from:] {
		b.resolve(r)
	}
}

// create makes the folder that the server asks for. If it cannot be made the next answer says so.
func (b *batch) create() {
	mailbox, err := quoted(b.raw)
	if err != nil {
		return
	}
	if answer, err := b.s.uplink.run("CREATE " + mailbox); err == nil && answer.kind == "OK" {
		b.s.uplink.run("SUBSCRIBE " + mailbox)
	}
}

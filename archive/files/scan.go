package files

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"time"

	"mailmv/formats/header"
	"mailmv/formats/mbox"
)

// left counts what a folder has that is not passed on, and what is odd in it.
type left struct {
	ghosts, partial, internal int
	doubts                    mbox.Doubts
	cut                       bool
	foreign                   bool  // see labels
	damage                    error // of a packed file, behind its messages that are whole
}

// quoted says what a dialect would take off a message's octets.
type quoted struct {
	n      int // of the place
	octets [2]int64
}

// undoing are the dialects by which a message's length differs; MboxCL is MboxO here.
var undoing = [2]mbox.Dialect{mbox.MboxO, mbox.MboxRD}

// scan notes where the messages lie. What the dialect is, and with it their lengths, is known at the end.
func (b *box) scan(ctx context.Context, file *mbox.File, now fs.FileInfo) error {
	b.info, b.places, b.bySum, b.states = nil, nil, nil, states{}
	var l left
	s, err := file.Scan(mbox.Options{Doubt: l.doubts.Add})
	if err != nil {
		return err
	}
	var unlike []quoted
	var labels labels
	for e, err := range s.Entries() {
		if err == nil {
			err = ctx.Err()
		}
		if errors.Is(err, mbox.ErrDamaged) {
			l.damage = err
			break
		}
		if err != nil {
			return err
		}
		l.cut = e.Cut
		if l.leaves(e.State) {
			continue
		}
		for _, label := range e.State.Labels {
			b.store.notes.label(label, mbox.KeywordOf(label))
		}
		labels.add(len(b.places), e.State)
		own := ownFields(e.Header)
		q := quoted{n: len(b.places), octets: [2]int64{e.Octets(undoing[0]) - own, e.Octets(undoing[1]) - own}}
		p := place{offset: e.Offset, length: e.Length, octets: e.Octets(mbox.Unknown) - own, sum: e.Name(),
			date: dateOf(e), state: b.states.add(e.State.Flags, e.State.Keywords)}
		if q.octets != [2]int64{p.octets, p.octets} {
			unlike = append(unlike, q)
		}
		b.places = append(b.places, p)
	}
	if len(b.places) > math.MaxInt32 {
		return fmt.Errorf("%d messages are too many for one folder", len(b.places))
	}
	b.dialect = s.Dialect()
	b.settle(unlike)
	b.presume(&labels)
	b.order()
	b.info = now
	l.foreign = labels.foreign()
	b.report(l)
	return nil
}

// ownFields counts the octets of Thunderbird's own fields on top of a message, or of those that an archive of ours shows state in, with
// CRLF line ends.
func ownFields(head []byte) int64 {
	own := head[:mbox.OwnFields(head)]
	return int64(len(own) + bytes.Count(own, []byte("\n")) - bytes.Count(own, []byte("\r\n")))
}

// leaves tells whether a message is not passed on.
func (l *left) leaves(st mbox.State) bool {
	switch {
	case st.Internal:
		l.internal++
	case st.Expunged:
		l.ghosts++
	case st.Partial:
		l.partial++
	default:
		return false
	}
	return true
}

// settle puts the lengths right that depend on the dialect.
func (b *box) settle(unlike []quoted) {
	for _, q := range unlike {
		switch b.dialect {
		case mbox.MboxO, mbox.MboxCL:
			b.places[q.n].octets = q.octets[0]
		case mbox.MboxRD:
			b.places[q.n].octets = q.octets[1]
		}
	}
}

// dateOf is the received date where it is not the header that tells it best (see the package comment).
func dateOf(e *mbox.Entry) int64 {
	usable := e.From.Date.Unix() > 0 // a zero date is written as 1970
	if usable && mbox.WriterFields(e.Header) > 0 {
		return e.From.Date.Unix() // an archive of ours wrote the internal date there, in UTC
	}
	_, source := header.Received(e.Header, time.Time{})
	switch {
	case source == header.FromReceived, source == header.FromDate && !(usable && e.From.Zoned):
		return headerDate
	case usable:
		return e.From.Date.Unix()
	}
	return noDate
}

// tell tells what was left out.
func (l *left) tell(n *notes, where string) {
	for _, part := range []struct {
		n    int
		text string
	}{
		{l.ghosts, "messages that Thunderbird deleted and has not compacted away are left out"},
		{l.partial, "messages of which Thunderbird has only the beginning are left out: have it fetch them, or take them from the server"},
		{l.internal, "records of the mail program itself, which are no mail, are left out"},
	} {
		n.left(part.text, where, part.n)
	}
}

// report tells what was left out, and what is odd.
func (b *box) report(l left) {
	where := cmp.Or(string(b.at), b.name)
	l.tell(&b.store.notes, where)
	if l.doubts.N > 0 {
		b.store.notes.say("%s: %v", where, &l.doubts)
	}
	b.store.spoilt(b.at, l.damage)
	if l.damage != nil {
		file := b.store.given
		if b.store.only == "" {
			file = path.Join(file, b.name)
		}
		b.store.notes.say("%s: damaged: the messages that unpack whole are read, and what comes then is left out: %v", file, l.damage)
	}
	if l.foreign {
		b.store.notes.foreign(where)
	}
	if l.cut {
		b.store.notes.say("%s: the file ends in the middle of a line: its last message may be cut short", where)
	}
}

package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mailmv/formats/mail"
)

// lookForLost finds out, once in a run for each folder of the sink, which copies that the journal tells of are no longer there
// (Run.Refetch). One listing tells; no octets are read.
func (x *runner) lookForLost(ctx context.Context, toN uint16, to mail.Folder) error {
	if !x.Refetch || x.lookedAt[toN] || toN == nowhere {
		return nil
	}
	var there []uint32
	for msg, err := range x.Sink.List(ctx, to) {
		if errors.Is(err, mail.ErrNoFolder) { // of a dry run, which does not make it again
			break
		}
		if err != nil {
			return err
		}
		there = append(there, uidOf(msg.Ref))
	}
	slices.Sort(there)
	if unknown := x.Journal.lose(toN, there); unknown > 0 {
		x.note("the destination did not tell where it put %s: whether they are still there only verify can tell", mail.Count(unknown, "message", "messages"))
	}
	x.lookedAt[toN] = true
	return nil
}

// tellLost says how many messages of a source folder can be had from nowhere any more.
func (x *runner) tellLost(m *move) {
	if n := x.Journal.lostUnlisted(m.from, m.toN, x.pass); n > 0 {
		text := fmt.Sprintf("%s: %s: messages copied before that are gone from the destination, and from the source too: %d", m.src.Name, m.folder.Path, n)
		x.noteOnce(text, text)
	}
}

// lose marks what was settled in a folder of the sink and is not among there, which is in order; so does it with twins that such
// a copy stood for. They are not found any more: what the source still has of them is new again. The mark lasts as long
// as the run, for another one may find them where they were. unknown counts those of which nobody knows where they are.
func (j *Journal) lose(to uint16, there []uint32) (unknown int) {
	j.lock()
	defer j.mu.Unlock()
	for e := range j.entries.all {
		at, uid := e.to, e.uid
		if e.state&twin != 0 {
			s := j.twins[e.key]
			at, uid = s.to, s.uid
		}
		if at != to || e.state&dropped != 0 {
			continue
		}
		switch _, ok := slices.BinarySearch(there, uid); {
		case uid == 0 && len(there) > 0:
			unknown++
		case !ok:
			e.state |= lost
		}
	}
	return unknown
}

// isLost tells whether a message was copied before and its copy is gone.
func (j *Journal) isLost(k key, to uint16) bool {
	j.lock()
	defer j.mu.Unlock()
	e := j.entries.find(k)
	return e != nil && e.to == to && e.state&lost != 0
}

// lostUnlisted counts the messages whose copies are gone and which the source did not list in this pass.
func (j *Journal) lostUnlisted(from, to uint16, pass uint8) (n int) {
	j.lock()
	defer j.mu.Unlock()
	for e := range j.entries.all {
		if e.from == from && e.to == to && e.pass != pass && e.state&(lost|dropped|twin) == lost {
			n++
		}
	}
	return n
}

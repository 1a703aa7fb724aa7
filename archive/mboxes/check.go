package mboxes

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"mailmv/archive"
	"mailmv/archive/ledger"
	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// Check reads every octet in the archive and holds it against the manifest. It changes nothing (but numbers
// mail that other programs put there, unless Options.ReadOnly). An error is what kept it from going on.
func (a *Archive) Check(ctx context.Context) iter.Seq2[archive.Finding, error] {
	return func(yield func(archive.Finding, error) bool) {
		for _, d := range a.Damage() {
			if !yield(archive.Finding{Trouble: archive.Damaged, File: a.state + "/manifest", Detail: d,
				Hint: "the mail is not concerned: what the line told of is indexed anew"}, nil) {
				return
			}
		}
		for f, err := range a.findings(ctx, a.inspect) {
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// Repair indexes anew what other programs added, moved or removed: foreign messages are summed, missing and moved ones
// are no longer waited for, and From_ lines show the dates that were written. It touches no message: rotten ones stay what they are. It yields
// what it did, once that is durable.
func (a *Archive) Repair(ctx context.Context) iter.Seq2[archive.Finding, error] {
	return func(yield func(archive.Finding, error) bool) {
		if a.ReadOnly {
			yield(archive.Finding{}, a.fail("repair", mail.ScopeStore, mail.Ref{}, archive.ErrReadOnly))
			return
		}
		var done []archive.Finding
		var back []mail.Dating
		mend := func(ctx context.Context, r *reader, e entry) (archive.Finding, error) {
			f, err := a.mend(ctx, r, e)
			if f.Trouble == archive.Redated {
				back = append(back, mail.Dating{Ref: f.Ref, Date: time.Unix(e.date, 0)})
			}
			return f, err
		}
		for f, err := range a.findings(ctx, mend) {
			if err != nil {
				yield(f, err)
				return
			}
			done = append(done, f)
		}
		a.setBack(ctx, done, back)
		a.mu.Lock()
		err := a.manifest.Flush()
		a.mu.Unlock()
		if err != nil {
			yield(archive.Finding{}, a.fail("repair", mail.ScopeStore, mail.Ref{}, err))
			return
		}
		for _, f := range done {
			if !yield(f, nil) {
				return
			}
		}
	}
}

// inspector looks at one message; r reads it, where its file is there.
type inspector func(ctx context.Context, r *reader, e entry) (archive.Finding, error)

// findings goes over all messages that the manifest tells of, or that are there.
func (a *Archive) findings(ctx context.Context, look inspector) iter.Seq2[archive.Finding, error] {
	return func(yield func(archive.Finding, error) bool) {
		shelves, err := a.allShelves(ctx)
		if err != nil {
			yield(archive.Finding{}, err)
			return
		}
		for _, p := range a.unread {
			if !yield(archive.UnreadFolder(p), nil) {
				return
			}
		}
		for _, s := range shelves {
			if !a.findingsIn(ctx, s, look, yield) {
				return
			}
		}
	}
}

func (a *Archive) findingsIn(ctx context.Context, s *shelf, look inspector, yield func(archive.Finding, error) bool) bool {
	r := &reader{a: a, s: s}
	defer r.close() // only read
	if a.exists(s) {
		err := r.open(ctx)
		if err = a.wider(err, s); mail.ScopeOf(err) == mail.ScopeFolder {
			return yield(archive.UnreadFolder(s.path), nil)
		}
		if err != nil {
			yield(archive.Finding{}, err)
			return false
		}
	}
	for i := 0; i < len(s.entries); i++ {
		f, err := look(ctx, r, s.entries[i])
		if err == nil {
			err = ctx.Err()
		}
		if f.Trouble == "" && err == nil {
			continue
		}
		if !yield(f, err) || err != nil {
			return false
		}
	}
	return true
}

// allShelves lists and scans all folders that can be read, those without a file last: their mail is missing, or moved.
func (a *Archive) allShelves(ctx context.Context) ([]*shelf, error) {
	folders, err := a.Folders(ctx)
	if err != nil {
		return nil, err
	}
	var there []*shelf
	for _, f := range folders {
		there = append(there, a.manifest.byPath[f.Path])
	}
	for n := uint32(1); n <= a.manifest.last; n++ {
		if s := a.manifest.shelves[n]; s != nil && !a.exists(s) {
			for i := range s.entries {
				s.entries[i].bits &^= here
			}
			there = append(there, s)
		}
	}
	return there, nil
}

// inspect judges one message.
func (a *Archive) inspect(ctx context.Context, r *reader, e entry) (archive.Finding, error) {
	f := a.finding(r.s, &e)
	switch {
	case e.bits&here == 0 && e.bits&gone != 0:
		return archive.Finding{}, nil
	case e.bits&here == 0:
		return a.absent(f, r.s, e), nil
	case e.bits&summed == 0:
		f.Trouble, f.Detail = archive.Foreign, "put there by another program; nothing is known of its octets"
		f.Hint = "check --repair sums it"
		return f, nil
	}
	body, err := r.message(e)
	if err == nil {
		_, err = io.Copy(io.Discard, body)
	}
	if err == nil && !a.redated(&e, r.from) {
		return archive.Finding{}, nil
	}
	a.mu.Lock()
	rec, recErr := a.manifest.recordAt(e.at)
	a.mu.Unlock()
	if err == nil {
		f.From = rec.From
		return inspectDate(f, &e, r.from), nil
	}
	f.From, f.Date = rec.From, rec.Date
	f.Hint = archive.WayBack(rec.From, "delete it there with a mail program and ")
	switch {
	case ctx.Err() != nil:
		return f, ctx.Err()
	case recErr != nil:
		f.Trouble, f.Detail, f.Hint = archive.Damaged, recErr.Error(), "the manifest was changed meanwhile, or the disk fails: check once more"
	case errors.Is(err, mail.ErrChanged):
		f.Trouble, f.Detail = archive.Rot, "where it lies are other octets than were written"
	default:
		f.Trouble, f.Detail, f.Hint = archive.Damaged, err.Error(), cmp.Or(archive.Hint(err), f.Hint)
	}
	return f, nil
}

func (a *Archive) finding(s *shelf, e *entry) archive.Finding {
	f := archive.Finding{Ref: mail.Ref{Folder: s.path, Validity: s.validity, ID: fmt.Sprint(e.num)}, File: fmt.Sprintf("%s, octet %d", s.file, e.offset)}
	if e.date != 0 {
		f.Date = time.Unix(e.date, 0).UTC()
	}
	return f
}

// absent judges a message that is not in its file.
func (a *Archive) absent(f archive.Finding, s *shelf, e entry) archive.Finding {
	if e.bits&summed == 0 { // another program put it there, and took it away again
		return archive.Finding{}
	}
	f.File = s.file
	a.mu.Lock()
	rec, err := a.manifest.recordAt(e.at)
	again := err == nil && a.cameAgain(s, e, rec)
	a.mu.Unlock()
	if again {
		return archive.Finding{}
	}
	f.From = rec.From
	for _, other := range a.manifest.shelves {
		if found := other.keyed(e.key, 0); other != s && found != nil && found.bits&(summed|here) == here {
			f.Trouble, f.Detail = archive.Moved, fmt.Sprintf("it is in %s now, as message %d", other.path, found.num)
			f.Hint = "check --repair notes that"
			return f
		}
	}
	f.Trouble, f.Detail = archive.Missing, "it is not in the file any more, or its header was changed"
	if !a.exists(s) {
		f.Detail = "its file is gone"
	}
	f.Hint = archive.WayBack(f.From, "") + "; if it was removed or changed on purpose, check --repair notes that"
	return f
}

// cameAgain tells whether a message that is gone was copied once more from where it came from. The caller holds mu.
func (a *Archive) cameAgain(s *shelf, gone entry, rec record) bool {
	for twin := 0; ; twin++ {
		e := s.keyed(gone.key, twin)
		if e == nil {
			return false
		}
		if e.bits&(summed|here) != summed|here {
			continue
		}
		if r, err := a.manifest.recordAt(e.at); err == nil && rec.Again(r.Mail) {
			return true
		}
	}
}

// mend notes one message anew, if that is what it wants. The line waits for the next flush.
func (a *Archive) mend(ctx context.Context, r *reader, e entry) (archive.Finding, error) {
	f := a.finding(r.s, &e)
	switch {
	case e.bits&here == 0 && e.bits&gone == 0:
		if f = a.absent(f, r.s, e); f.Trouble == "" {
			return f, nil
		}
		f.Hint = "noted: it is no longer waited for"
		a.mu.Lock()
		defer a.mu.Unlock()
		a.manifest.Add(lineLost, r.s.n, e.num)
		r.s.numbered(e.num).bits |= gone
		return f, nil
	case e.bits&(here|summed) == here:
		rec, err := a.sum(r, e)
		if err != nil {
			f.Trouble, f.Detail, f.Hint = archive.Damaged, err.Error(), "it cannot be read"
			return f, ctx.Err()
		}
		f.Trouble, f.Detail, f.Hint = archive.Foreign, "put there by another program", "noted, with its sums"
		a.mu.Lock()
		defer a.mu.Unlock()
		e.note(a.manifest, rec, a.manifest.Next())
		a.manifest.Add(rec.fields(r.s.n, &e)...)
		*r.s.numbered(e.num) = e
		return f, nil
	case e.bits&(here|sent) == here|sent:
		line, err := fromLine(r.raw, &e)
		if from := mbox.ParseFrom(string(bytes.TrimRight(line, "\r\n"))); err == nil && a.redated(&e, from) {
			return inspectDate(f, &e, from), nil
		}
	}
	return archive.Finding{}, nil
}

// sum reads a message of another program's for its line. One that came from another folder is what it was.
func (a *Archive) sum(r *reader, e entry) (record, error) {
	if rec, ok := a.remembered(r, &e); ok {
		return rec, nil
	}
	body, err := r.found(e)
	if err != nil {
		return record{}, err
	}
	d, n := dedupe.NewDigest(), mbox.NewNoter()
	if _, err := io.Copy(io.MultiWriter(d, n), body); err != nil {
		return record{}, err
	}
	a.mu.Lock()
	state := a.manifest.states.all[e.state]
	a.mu.Unlock()
	return record{Mail: ledger.Mail{Sums: d.Sums(), Date: time.Unix(e.date, 0).UTC(), Flags: state.Flags, Keywords: state.Keywords},
		dialect: e.dialect, note: n.Note()}, nil
}

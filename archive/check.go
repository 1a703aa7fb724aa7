package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// Trouble is what Check found of a message.
type Trouble string

// The troubles that a message can be in.
const (
	Rot     Trouble = "rot"     // the file has its length, but other octets than were written
	Changed Trouble = "changed" // the file has another length than was written
	Missing Trouble = "missing" // its file is gone
	Moved   Trouble = "moved"   // its file is in another folder now
	Redated Trouble = "redated" // its file shows another date than was written
	Unnamed Trouble = "unnamed" // a folder's file of keywords does not name the letters of its messages as it did
	Foreign Trouble = "foreign" // put there by another program, or its line was lost: not summed yet
	Damaged Trouble = "damaged" // a line of the manifest, or a message that cannot be read
)

// Finding is one message, one folder, or one line of the manifest, that is not as it should be.
type Finding struct {
	Trouble Trouble
	Ref     mail.Ref  // zero for a line of the manifest
	File    string    // where in the tree it is, or was; empty: the whole folder is meant
	Detail  string    // what differs
	Hint    string    // the way out
	From    mail.Ref  // where the archive had it from; zero: not known
	Date    time.Time // internal date; zero: not known
}

// Check reads every octet in the archive and holds it against the manifest. It wants Options.ReadOnly, and changes nothing then: whoever
// lists a folder to write notes what a cut may have kept from the manifest, and that is found no more. An error is what kept it from going on.
func (a *Archive) Check(ctx context.Context) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		for _, f := range a.inspectManifest() {
			if !yield(f, nil) {
				return
			}
		}
		for f, err := range a.findings(ctx, a.inspect, a.inspectLetters) {
			if !yield(f, err) || err != nil {
				return
			}
		}
		for _, s := range a.shelves() {
			for _, m := range s.namesakes {
				if !yield(namesakeFinding(s, m), nil) {
					return
				}
			}
		}
	}
}

// inspectManifest judges the manifest itself.
func (a *Archive) inspectManifest() (found []Finding) {
	for _, d := range a.Damage() {
		found = append(found, Finding{Trouble: Damaged, File: manifestFile, Detail: d,
			Hint: "the mail is not concerned: what the line told of is indexed anew"})
	}
	if len(found) == 0 && a.manifest != nil && a.manifest.layout == "" {
		found = append(found, Finding{Trouble: Damaged, File: manifestFile, Detail: "it is empty, or gone: nothing is known of what was written",
			Hint: "take it from a backup, or see by mailmv verify that all is there, and check --repair begins it anew"})
	}
	return found
}

// Repair indexes anew what other programs added, moved or removed: foreign messages are summed, missing and moved ones
// are no longer waited for, files show the dates that were written, and letters have the names that they had. It touches no message: rotten and changed ones stay what they are. It yields what it did.
func (a *Archive) Repair(ctx context.Context) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		if a.ReadOnly {
			yield(Finding{}, a.fail("repair", mail.ScopeStore, mail.Ref{}, ErrReadOnly))
			return
		}
		a.repairing = true
		defer func() { a.repairing = false }()
		var done []Finding // told once their lines are durable
		tell := func() bool {
			if err := a.flush("repair"); err != nil {
				yield(Finding{}, err)
				return false
			}
			for _, f := range done {
				if !yield(f, nil) {
					return false
				}
			}
			done = done[:0]
			return true
		}
		for f, err := range a.findings(ctx, a.mend, a.mendLetters) {
			if err != nil {
				if tell() {
					yield(f, err)
				}
				return
			}
			if done = append(done, f); len(done) == repairAtOnce && !tell() {
				return
			}
		}
		tell()
	}
}

// repairAtOnce is how many lines Repair writes with one sync.
const repairAtOnce = 500

func (a *Archive) flush(op string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.manifest.Flush(); err != nil {
		return a.fail(op, mail.ScopeStore, mail.Ref{}, err)
	}
	return nil
}

// findings goes over all messages that the manifest tells of, or that are there, and over their folders.
func (a *Archive) findings(ctx context.Context, look func(context.Context, *shelf, entry) (Finding, error), whole func(*shelf) Finding) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		shelves, err := a.allShelves(ctx)
		if err != nil {
			yield(Finding{}, err)
			return
		}
		for _, p := range a.unread {
			if !yield(UnreadFolder(p), nil) {
				return
			}
		}
		for _, s := range shelves {
			for i := 0; i < len(s.entries); i++ {
				f, err := look(ctx, s, s.entries[i])
				if err == nil {
					err = ctx.Err()
				}
				if f.Trouble == "" && err == nil {
					continue
				}
				if !yield(f, err) || err != nil {
					return
				}
			}
			if f := whole(s); f.Trouble != "" && !yield(f, nil) {
				return
			}
		}
	}
}

// UnreadFolder is what is told of a folder that cannot be read.
func UnreadFolder(p mail.Path) Finding {
	return Finding{Trouble: Damaged, Ref: mail.Ref{Folder: p}, Detail: "the folder cannot be read: nothing is known of its mail", Hint: unreadHint}
}

// allShelves lists and scans all folders that can be read, those without a directory last: their mail is missing, or moved.
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
		s := a.manifest.shelves[n]
		if s == nil {
			continue
		}
		if ok, err := s.folder.Exists(); !ok && err == nil {
			for i := range s.entries {
				s.entries[i].state &^= here
			}
			s.whole = false
			there = append(there, s)
		}
	}
	return there, nil
}

// inspect judges one message.
func (a *Archive) inspect(ctx context.Context, s *shelf, e entry) (Finding, error) {
	f := Finding{Ref: a.refOf(s, &e), File: e.file}
	switch {
	case e.state&here == 0 && e.state&gone != 0:
		return Finding{}, nil
	case e.state&here == 0:
		return a.absent(f, s, e)
	case e.state&summed == 0:
		return a.inspectUnsummed(ctx, f, s, e), nil
	}
	rec, err := a.recordOf(e)
	if err != nil {
		f.Trouble, f.Detail, f.Hint = Damaged, err.Error(), "the manifest was changed meanwhile, or the disk fails: check once more"
		return f, nil
	}
	f.From, f.Date = rec.From, rec.Date
	now, err := a.sum(ctx, s, e.entry())
	switch {
	case errors.Is(err, fs.ErrNotExist): // renamed beside us
		if scanErr := a.scan(ctx, s); scanErr != nil {
			return f, scanErr
		}
		if again := s.numbered(e.num); again.file != e.file {
			return a.inspect(ctx, s, *again)
		}
		return a.absent(f, s, e)
	case ctx.Err() != nil:
		return f, ctx.Err()
	case err != nil:
		f.Trouble, f.Detail, f.Hint = Damaged, err.Error(), Hint(err)
		if f.Hint != "" {
			return f, nil
		}
	case now.size != rec.size:
		f.Trouble, f.Detail = Changed, fmt.Sprintf("%s on disk, %d were written", mail.Count(now.size, "octet", "octets"), rec.size)
	case now.Sums.Exact != rec.Sums.Exact:
		f.Trouble, f.Detail = Rot, "as long as it was, but with other octets"
	default:
		return a.inspectDate(f, s, e)
	}
	f.Hint = WayBack(rec.From, "move its file out of the archive and ")
	if f.Trouble == Changed {
		f.Hint += "; if it was changed on purpose, give its file another name, and it is new mail"
	}
	return f, nil
}

// inspectUnsummed judges a message of whose octets nothing is written.
func (a *Archive) inspectUnsummed(ctx context.Context, f Finding, s *shelf, e entry) Finding {
	if a.movedHere(ctx, s, e) {
		return Finding{} // told where it was
	}
	f.Trouble, f.Detail, f.Hint = Foreign, whose(e)+"; nothing is known of its octets", "check --repair sums it"
	if maildir.ParseName(e.file).Ours() {
		f.Hint = "if a run was cut, run it again; else see by mailmv verify that it is what it was, and check --repair sums it"
	}
	return f
}

// whose tells how a message came to be without sums.
func whose(e entry) string {
	if maildir.ParseName(e.file).Ours() {
		return "no line of the manifest tells of it"
	}
	return "put there by another program"
}

// inspectDate judges the date that other programs see.
func (a *Archive) inspectDate(f Finding, s *shelf, e entry) (Finding, error) {
	i, err := s.folder.Lstat(e.entry())
	if err != nil {
		return Finding{}, nil // renamed just now: its octets were what they should be
	}
	shown, moved := e.redated(i)
	if !moved {
		return Finding{}, nil
	}
	f.Trouble = Redated
	f.Detail = fmt.Sprintf("its file shows %s, not %s: other programs take that for its date", shown.UTC().Format(time.RFC3339), time.Unix(e.date, 0).UTC().Format(time.RFC3339))
	f.Hint = "check --repair sets the file's time back"
	return f, nil
}

// absent judges a message whose file is not there.
func (a *Archive) absent(f Finding, s *shelf, e entry) (Finding, error) {
	if e.state&summed != 0 {
		if rec, err := a.recordOf(e); err == nil {
			if a.cameAgain(s, e, rec) {
				return Finding{}, nil
			}
			f.From, f.Date = rec.From, rec.Date
		}
	}
	for _, other := range a.manifest.shelves {
		if found := other.named(e.unique()); other != s && found != nil && found.state&here != 0 {
			f.Trouble, f.Detail = Moved, fmt.Sprintf("it is in %s now, as message %d", other.path, found.num)
			f.Hint = "check --repair notes that"
			return f, nil
		}
	}
	f.Trouble, f.Detail = Missing, "its file is gone"
	f.Hint = WayBack(f.From, "") + "; if it was removed on purpose, check --repair notes that"
	return f, nil
}

// cameAgain tells whether a message that is gone was copied once more from where it came from.
func (a *Archive) cameAgain(s *shelf, gone entry, rec record) bool {
	for e := range a.present(s) {
		if e.state&summed == 0 || e.octets != gone.octets || e.date != gone.date {
			continue
		}
		if r, err := a.recordOf(e); err == nil && rec.Again(r.Mail) {
			return true
		}
	}
	return false
}

// WayBack tells how a message can be had again that is damaged or gone. first is what has to be done before, in words that end
// in "and ".
func WayBack(from mail.Ref, first string) string {
	if from.ID == "" {
		return "take it from a backup"
	}
	return fmt.Sprintf("%srun the command that brought it (message %q of %s) once more with --refetch, or take it from a backup", first, from.ID, from.Folder)
}

func (a *Archive) recordOf(e entry) (record, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.manifest.recordAt(e.at)
}

// mend notes one message anew, if that is what it wants. The line waits in the manifest's buffer.
func (a *Archive) mend(ctx context.Context, s *shelf, e entry) (Finding, error) {
	f := Finding{Ref: a.refOf(s, &e), File: e.file}
	switch {
	case e.state&here == 0 && e.state&gone == 0:
		if f, _ = a.absent(f, s, e); f.Trouble == "" {
			return f, nil
		}
		f.Hint = "noted: it is no longer waited for"
		a.mu.Lock()
		defer a.mu.Unlock()
		a.manifest.Add(lineLost, s.n, e.num)
		s.numbered(e.num).state |= gone
		return f, nil
	case e.state&(here|summed) == here:
		r, err := a.sum(ctx, s, e.entry())
		if errors.Is(err, fs.ErrNotExist) {
			return Finding{}, nil // on its way elsewhere: the next time
		}
		if err != nil {
			f.Trouble, f.Detail, f.Hint = Damaged, err.Error(), "it cannot be read"
			return f, ctx.Err()
		}
		f.Trouble, f.Detail, f.Hint = Foreign, whose(e), "noted, with its sums"
		if _, redated := a.remember(s, &r); redated {
			f.Hint += ", and the date that it came with"
			if err := s.folder.Redate(e.entry(), r.Date); err != nil {
				f.Hint += "; its file does not show that: " + err.Error()
			}
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		s.put(a.line(s, e.num, e.entry(), &r))
		return f, nil
	case e.state&(here|summed) == here|summed:
		if f, _ = a.inspectDate(f, s, e); f.Trouble == "" {
			return f, nil
		}
		if err := s.folder.Redate(e.entry(), time.Unix(e.date, 0)); err != nil {
			f.Hint = "it could not be set back: " + err.Error()
			return f, nil
		}
		f.Hint = "set back"
		return f, nil
	}
	return Finding{}, nil
}

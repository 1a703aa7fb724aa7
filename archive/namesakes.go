package archive

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// Namesakes are files of one folder with the same unique part. A Maildir must not have them, and a program that copies or
// restores files by hand makes them all the same. Each is a message: a source hands out all of them, by their whole names, so that
// none is taken for the other; an archive counts the one that its manifest tells of, and Check tells of the others.

// wholeName names a file of a folder by all there is. A slash is in no unique part.
func wholeName(m maildir.Entry) string { return m.Sub + "/" + m.File }

// lasting is the name by which a source knows the message.
func (e *entry) lasting() string {
	if e.state&shared != 0 {
		return wholeName(e.entry())
	}
	return e.unique()
}

// lasting finds the entry that a source knows by that name.
func (s *shelf) lasting(name string) *entry {
	if e := s.named(name); e != nil {
		if e.state&shared != 0 {
			return nil // one of several: which, is not said
		}
		return e
	}
	sub, file, ok := strings.Cut(name, "/")
	if !ok {
		return nil
	}
	if e := s.named(maildir.ParseName(file).Unique); e != nil && e.entry() == (maildir.Entry{Sub: sub, File: file}) {
		return e
	}
	return nil
}

// apart tells two files with one unique part from one that was renamed during the listing, or has two links for a moment.
func (a *Archive) apart(s *shelf, m, other maildir.Entry) bool {
	i, err := s.folder.Lstat(m)
	j, err2 := s.folder.Lstat(other)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err2, fs.ErrNotExist) {
		return false
	}
	return err != nil || err2 != nil || !os.SameFile(i, j)
}

// share notes a further file with the unique part of e. Which of them the manifest means, its sums tell.
func (a *Archive) share(ctx context.Context, s *shelf, e *entry, m maildir.Entry, found *finds) {
	if e.state&summed == 0 {
		e.state |= shared
	} else if first := e.entry(); !a.holds(ctx, s, e, first) && a.holds(ctx, s, e, m) {
		e.show(m)
		m = first
	}
	if found.namesakes == nil {
		found.namesakes = map[maildir.Entry]bool{}
	}
	found.namesakes[m] = true
}

// holds tells whether a file has the octets that the manifest tells of e.
func (a *Archive) holds(ctx context.Context, s *shelf, e *entry, m maildir.Entry) bool {
	rec, err := a.manifest.recordAt(e.at)
	if err != nil {
		return false
	}
	now, err := a.sum(ctx, s, m)
	return err == nil && now.Sums.Exact == rec.Sums.Exact
}

// settle ends a listing with the namesakes that it found. In a source they are messages of this session, without a line.
func (a *Archive) settle(s *shelf, found map[maildir.Entry]bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s.namesakes = nil
	var fresh []entry
	for _, m := range slices.SortedFunc(maps.Keys(found), compareEntries) {
		if _, err := s.folder.Lstat(m); errors.Is(err, fs.ErrNotExist) {
			continue // renamed, and found by that name too
		}
		s.namesakes = append(s.namesakes, m)
		a.tellNamesake(s, m)
		if !a.byName {
			continue
		}
		if e := s.named(wholeName(m)); e != nil {
			e.show(m)
			continue
		}
		e := entry{num: s.next + uint32(len(fresh)), octets: -1, at: -1, state: namesake}
		e.show(m)
		fresh = append(fresh, e)
	}
	s.take(fresh)
}

func (a *Archive) tellNamesake(s *shelf, m maildir.Entry) {
	what := "it is not counted, and check tells of it"
	if a.byName {
		what = "each is read as a message"
	}
	a.tell("%s: %s: %s has the unique part of another file: %s", a.root, s.path, wholeName(m), what)
}

func compareEntries(x, y maildir.Entry) int {
	return cmp.Or(maildir.Compare(x.File, y.File), cmp.Compare(x.Sub, y.Sub))
}

func namesakeFinding(s *shelf, m maildir.Entry) Finding {
	return Finding{Trouble: Foreign, Ref: mail.Ref{Folder: s.path}, File: m.File,
		Detail: "in " + m.Sub + ", with the unique part of another file: it does not count as a message, and nothing is known of its octets",
		Hint:   "change what stands before the flags in its name, and it is new mail; or move it away"}
}

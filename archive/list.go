package archive

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"iter"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// List yields every message of f that is there, by number (OpenSource: in the order in which they came).
func (a *Archive) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return a.listing(ctx, f, func(s *shelf, r *maildir.Reading, e entry) (mail.Message, error) {
		return a.message(s, e, unopened{r, e.entry()})
	})
}

// stater tells of a file.
type stater interface{ Stat() (fs.FileInfo, error) }

// unopened is a file that is not open.
type unopened struct {
	r *maildir.Reading
	maildir.Entry
}

func (u unopened) Stat() (fs.FileInfo, error) { return u.r.Lstat(u.Entry) }

// Glance is List without a look at each file, by which a listing of many takes half as long: of a message that the manifest
// does not tell of there is no InternalDate, and Octets are what the name tells. Fetch tells the date, as List does.
func (a *Archive) Glance(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return a.listing(ctx, f, func(s *shelf, _ *maildir.Reading, e entry) (mail.Message, error) {
		if e.state&summed != 0 {
			return a.message(s, e, nil)
		}
		m := mail.Message{Ref: a.refOf(s, &e), Octets: e.octets}
		a.tellState(&m, s, maildir.ParseName(e.file))
		if octets, ok := e.entry().OctetsTold(); ok {
			m.Octets = octets
		}
		return m, nil
	})
}

// listing lists f, and tells of each message what tell says.
func (a *Archive) listing(ctx context.Context, f mail.Folder, tell func(*shelf, *maildir.Reading, entry) (mail.Message, error)) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		s, err := a.find(f.Path)
		if err == nil && !a.stillFresh(s) {
			err = a.scan(ctx, s)
		}
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		r := s.folder.Reading()
		defer r.Close()
		for e := range a.present(s) {
			m, err := tell(s, r, e)
			if m.MoreKeywords && a.byName {
				a.tellUnnamed(s, e)
			}
			if err == nil {
				err = ctx.Err()
			}
			if Narrow(err, mail.ScopeMessage) == mail.ScopeMessage && err != nil {
				m.Octets, err = -1, nil // renamed since, or it cannot be looked at: Fetch tells
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// stillFresh tells, once, that Look has just scanned the folder of a source.
func (a *Archive) stillFresh(s *shelf) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := s.fresh
	s.fresh = time.Time{}
	return a.byName && !at.IsZero() && a.Now().Sub(at).Abs() < time.Second
}

// present yields copies of the entries whose files are there.
func (a *Archive) present(s *shelf) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for i := 0; ; i++ {
			a.mu.Lock()
			if i >= len(s.entries) {
				a.mu.Unlock()
				return
			}
			e := s.entries[i]
			a.mu.Unlock()
			if e.state&here != 0 && !yield(e) {
				return
			}
		}
	}
}

// message tells what is known of a message without reading it.
func (a *Archive) message(s *shelf, e entry, file stater) (mail.Message, error) {
	m := mail.Message{Ref: a.refOf(s, &e), Octets: e.octets}
	name := maildir.ParseName(e.file)
	a.tellState(&m, s, name)
	if e.state&summed == 0 {
		i, err := file.Stat()
		if err != nil {
			return m, err
		}
		m.InternalDate = dateOf(name, i)
		if octets, ok := e.entry().OctetsOf(i.Size()); ok {
			m.Octets = octets
		}
		return m, nil
	}
	m.InternalDate = time.Unix(e.date, 0)
	if a.FileDates && file != nil {
		i, err := file.Stat()
		if err != nil {
			return m, err
		}
		if shown, moved := e.redated(i); moved {
			m.InternalDate = shown
		}
	}
	m.Keywords = append(m.Keywords, a.beyond(s, e)...)
	return m, nil
}

// beyond are the keywords of a message that have no letter, and stand in its line alone.
func (a *Archive) beyond(s *shelf, e entry) []string {
	if e.state&extra == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r, err := a.manifest.recordAt(e.at)
	if err != nil {
		return nil
	}
	return a.unlettered(s, r.Keywords)
}

// tellState tells flags and keywords.
func (a *Archive) tellState(m *mail.Message, s *shelf, name maildir.Name) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m.Flags, m.Keywords = s.state(name)
	m.MoreKeywords = s.names.Unnamed(name.Letters()) != 0
}

// ToldAs tells whether List and Fetch have told of a source's folder what f.Listing sums up, since Look gave f. It may have changed
// meanwhile, and be again what it was when it is looked at next.
func (a *Archive) ToldAs(f mail.Folder) bool {
	if !a.byName {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.manifest.byPath[f.Path]
	return s != nil && s.told == f.Listing && !s.moved
}

// recall notes that a scan found something else than what Look has told of.
func (a *Archive) recall(s *shelf) {
	a.mu.Lock()
	told := s.told
	a.mu.Unlock()
	if told == [32]byte{} || a.sumOf(s) == told {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.moved = true
}

// sumOf is what List would tell of s, in short: the names of the files, their sizes where their names do not tell them, and what letters
// mean. What is in a file never changes under its name. Zero: somebody renames meanwhile.
func (a *Archive) sumOf(s *shelf) (sum [32]byte) {
	h := sha256.New()
	w := bufio.NewWriter(h)
	fmt.Fprintf(w, "%q %q\n", s.names, s.courier)
	r := s.folder.Reading()
	defer r.Close()
	for e := range a.present(s) {
		m := e.entry()
		_, _ = w.WriteString(m.Sub + "/" + m.File)
		if _, told := m.OctetsTold(); !told && e.state&summed == 0 {
			i, err := r.Lstat(m)
			if err != nil {
				return sum
			}
			fmt.Fprintf(w, " %d", i.Size())
		}
		if e.state&extra != 0 { // keywords that the manifest alone tells: a change of them is another line
			fmt.Fprintf(w, " at %d", e.at)
		}
		_ = w.WriteByte(0) // in no name
	}
	_ = w.Flush() // a hash takes everything
	h.Sum(sum[:0])
	return sum
}

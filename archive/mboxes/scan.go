package mboxes

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"slices"
	"time"

	"mailmv/archive"
	"mailmv/formats/header"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// scan sees to it that the entries of a folder are right. A file that is as it was when the manifest was written is not read.
func (a *Archive) scan(ctx context.Context, s *shelf) error {
	a.settle()
	i, err := a.disk.Lstat(s.file)
	if err == nil && !i.Mode().IsRegular() {
		err = maildir.ErrNoFile
	}
	if err == nil && s.writing == nil && (s.stamp == stampOf(i) || i.Size() == 0 && len(s.entries) == 0) {
		s.scanned = true
		return nil
	}
	if err == nil {
		err = a.rescan(ctx, s)
	}
	switch {
	case err == nil:
		s.scanned = true
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		err = errors.Join(mail.ErrNoFolder, err)
	}
	if _, ok := errors.AsType[*mail.Error](err); ok {
		return err
	}
	return a.fail("list", archive.Narrow(err, mail.ScopeFolder), mail.Ref{Folder: s.path}, err)
}

// rescan reads the file through: under its locks, unless nothing may be written.
func (a *Archive) rescan(ctx context.Context, s *shelf) (err error) {
	if a.ReadOnly {
		f, err := a.disk.Open(s.file)
		if err != nil {
			return err
		}
		defer f.Close()
		return a.readThrough(ctx, s, f)
	}
	h, err := a.hold(ctx, s.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.release()) }()
	return a.current(ctx, s, h)
}

// current makes the entries right while the file is locked: what a dead run left is cut off, and what others did is found.
func (a *Archive) current(ctx context.Context, s *shelf, f maildir.File) error {
	if s.writing != nil {
		if err := a.mendTail(s, f); err != nil {
			return err
		}
	}
	i, err := f.Stat()
	if err != nil {
		return err
	}
	if s.stamp == stampOf(i) && s.writing == nil {
		return nil
	}
	return a.readThrough(ctx, s, f)
}

// options say how the scanner reads a file.
func (a *Archive) options(s *shelf) mbox.Options {
	if s.made {
		return mbox.Options{Dialect: a.manifest.dialect, Lengths: true}
	}
	return mbox.Options{}
}

// readThrough finds every message again, and numbers those that nobody knew.
func (a *Archive) readThrough(ctx context.Context, s *shelf, f maildir.File) error {
	before, err := f.Stat()
	if err != nil {
		return err
	}
	r := &reading{a: a, s: s, before: before}
	var doubts mbox.Doubts
	o := a.options(s)
	o.Doubt = doubts.Add
	scanner := mbox.NewScanner(io.NewSectionReader(f, 0, math.MaxInt64/2), o)
	a.mu.Lock()
	defer a.mu.Unlock()
	r.begin()
	for e, err := range scanner.Entries() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			r.abandon()
			return err
		}
		r.take(e)
	}
	if doubts.N > 0 {
		a.tell("%s: %s: %v", a.at, s.path, &doubts)
	}
	dialect := mbox.Unknown
	if !s.made {
		dialect = scanner.Dialect()
	}
	if err := r.sortTwins(ctx, f); err != nil {
		r.abandon()
		return err
	}
	return r.conclude(dialect, f)
}

// sighting is a message as the file has it now.
type sighting struct {
	mbox.Extent
	key    uint64
	octets [3]int64 // by dialect: unknown, mboxo and mboxcl, mboxrd
	date   int64
	from   int64  // the date of its From_ line
	shown  uint32 // in states
	told   bool
	mutt   bool  // wrote it
	known  int32 // which entry it is; -1: none
}

// reading is one reading through of a file. Archive.mu is held.
type reading struct {
	a      *Archive
	s      *shelf
	before fs.FileInfo
	seen   []sighting
	left   int // messages that the programs themselves do not show
}

func (r *reading) begin() {
	for i := range r.s.entries {
		r.s.entries[i].bits &^= seen
	}
}

// abandon leaves the entries as they were.
func (r *reading) abandon() { r.begin() }

// take notes one message. A ghost of Thunderbird's and a program's own record are none.
func (r *reading) take(e *mbox.Entry) {
	if e.State.Internal || e.State.Expunged || e.State.Partial {
		r.left++
		return
	}
	own := e.Header[:mbox.WriterFields(e.Header)] // of one that no line of the manifest tells of any more
	n := int64(len(own) + bytes.Count(own, []byte("\n")) - bytes.Count(own, []byte("\r\n")))
	r.seen = append(r.seen, sighting{Extent: e.Extent, key: e.Key(), known: -1, told: e.State.Told, mutt: mbox.ByMutt(e.Header),
		octets: [3]int64{e.Octets(mbox.Unknown) - n, e.Octets(mbox.MboxO) - n, e.Octets(mbox.MboxRD) - n},
		date:   dateOf(e, r.before).Unix(), from: e.From.Date.Unix(), shown: r.a.manifest.states.add(e.State.Flags, e.State.Keywords)})
}

// dateOf is the received date of a message that other programs wrote, as package files has it.
func dateOf(e *mbox.Entry, now fs.FileInfo) time.Time {
	usable := e.From.Date.Unix() > 0 // a zero date is written as 1970
	date, source := header.Received(e.Header, time.Time{})
	switch {
	case source == header.FromReceived, source == header.FromDate && !(usable && e.From.Zoned):
		return date
	case usable:
		return e.From.Date
	}
	return now.ModTime()
}

// conclude takes over what was found, and writes it down.
func (r *reading) conclude(dialect mbox.Dialect, f maildir.File) error {
	s, m := r.s, r.a.manifest
	places := newMover(s)
	for i := range s.entries {
		s.entries[i].bits &^= here
	}
	for i := range r.seen {
		if w := &r.seen[i]; w.known >= 0 {
			r.again(&s.entries[w.known], w)
		}
	}
	for i := range s.entries {
		if s.entries[i].bits&(seen|gone) == seen|gone {
			s.entries[i].bits &^= gone
		}
	}
	places.write(m)
	for i := range r.seen {
		if w := &r.seen[i]; w.known < 0 {
			r.adopt(w, dialect)
		}
	}
	s.stamp, s.writing = stampOf(r.before), nil
	if after, err := f.Stat(); err != nil || stampOf(after) != s.stamp {
		s.stamp = unstamped // changed beside us by who heeds no lock: read again the next time
	}
	if coarse(r.before.ModTime(), r.a.Now()) {
		s.stamp = unstamped
	}
	if m.Writes() {
		m.noteStamp(s)
	}
	if r.left > 0 {
		r.a.tell("%s: %s: %s left out", r.a.at, s.path, mail.Count(r.left, "record that mail programs do not show is", "records that mail programs do not show are"))
	}
	if err := m.Flush(); err != nil {
		return r.a.fail("list", mail.ScopeStore, mail.Ref{Folder: s.path}, err)
	}
	return nil
}

// coarse tells of a file that was written just now, with a time in whole seconds: what is written to it in this second will not show by that.
// Dovecot sets such times, and writes flags into room that it left for them.
func coarse(written, now time.Time) bool {
	return written.Nanosecond() == 0 && now.Sub(written).Abs() < 3*time.Second
}

// again notes where a message is now, and its state.
func (r *reading) again(e *entry, w *sighting) {
	m := r.a.manifest
	e.offset, e.length = w.Offset, w.Length
	e.bits |= here | seen
	if e.bits&summed == 0 {
		e.octets = w.octetsAs(e.dialect)
	}
	if e.bits&hidden != 0 && !w.told {
		return
	}
	was, now := m.states.all[e.state], m.states.all[w.shown]
	keywords := slices.Clone(now.Keywords)
	for _, k := range was.Unshown() {
		if !slices.Contains(keywords, k) {
			keywords = append(keywords, k)
		}
	}
	flags := now.Flags
	if w.mutt {
		flags |= was.Flags & mail.Draft // it dropped that for want of a word, not because somebody asked it to
	}
	if state := m.states.add(flags, keywords); state != e.state && !sameState(was, mbox.Shown{Flags: flags, Keywords: keywords}) {
		e.state = state
		if m.Writes() {
			m.Add(append([]any{lineState, r.s.n, e.num}, stateFields(m.states.all[state])...)...)
		}
	}
}

func sameState(a, b mbox.Shown) bool {
	x, y := slices.Sorted(slices.Values(a.Keywords)), slices.Sorted(slices.Values(b.Keywords))
	return a.Flags == b.Flags && slices.Equal(x, y)
}

func (w *sighting) octetsAs(d mbox.Dialect) int64 {
	switch d {
	case mbox.MboxO, mbox.MboxCL:
		return w.octets[1]
	case mbox.MboxRD:
		return w.octets[2]
	}
	return w.octets[0]
}

// adopt numbers a message that another program put there. It is summed by Repair.
func (r *reading) adopt(w *sighting, dialect mbox.Dialect) {
	m := r.a.manifest
	e := entry{num: r.s.next, state: w.shown, offset: w.Offset, length: w.Length, octets: w.octetsAs(dialect), key: w.key, date: w.date,
		at: -1, dialect: dialect, bits: here | seen}
	if was := r.a.elsewhere(r.s, w.key); was != nil {
		e.octets, e.date = was.octets, was.date
	}
	r.s.put(e)
	if m.Writes() {
		m.Add(m.foundFields(r.s, &e)...)
	}
}

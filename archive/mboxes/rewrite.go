package mboxes

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// change is what becomes of a message as its file is written anew.
type change struct {
	drop bool
	show mbox.Shown // where it is not dropped
	from []byte     // its From_ line, where that changes
	as   *again     // how it is written, where that is told
}

// rewriting is what is done to a file: messages change, by number, and others come back, by the number of the one that they go behind.
type rewriting struct {
	changes map[uint32]change
	back    map[uint32][]again
}

// errChangedBeside: a program that heeds no lock wrote to the file.
var errChangedBeside = errors.New("another program changed the file meanwhile, without a lock")

// rewrite writes a file anew, and puts it in the place of the old one: whoever looks finds one or the other, whole.
// The file is locked and the entries are right. Before the new one takes its place, foretell is called.
func (a *Archive) rewrite(ctx context.Context, s *shelf, h maildir.File, what rewriting, foretell func() error) error {
	before, err := h.Stat()
	if err != nil {
		return err
	}
	d, err := a.disk.Create(a.draft())
	if err != nil {
		return err
	}
	w := &rewriter{from: h, w: bufio.NewWriterSize(d, 256<<10)}
	err = w.all(ctx, s, what, before.Size())
	if err == nil {
		err = cmp.Or(w.w.Flush(), d.Sync())
	}
	if err = errors.Join(err, d.Close()); err == nil {
		err = foretell()
	}
	if err == nil {
		err = unchanged(a.disk, s.file, before)
	}
	if err != nil {
		return errors.Join(err, a.disk.Remove(a.draft()))
	}
	if err := a.disk.Rename(a.draft(), s.file); err != nil {
		return errors.Join(err, a.disk.Remove(a.draft()))
	}
	if err := errors.Join(a.disk.SyncDir(path.Dir(s.file)), a.disk.SyncDir(a.state)); err != nil {
		return err
	}
	return a.replaced(s, w, what.changes)
}

func unchanged(d maildir.Disk, name string, was fs.FileInfo) error {
	now, err := d.Lstat(name)
	if err == nil && stampOf(now) != stampOf(was) {
		err = fmt.Errorf("%s: %w", name, errChangedBeside)
	}
	return err
}

// replaced takes over where everything lies now.
func (a *Archive) replaced(s *shelf, w *rewriter, changes map[uint32]change) error {
	now, err := a.disk.Lstat(s.file)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.manifest
	places := newMover(s)
	for num, x := range w.now {
		e := s.numbered(num)
		e.offset, e.length = x.Offset, x.Length
		e.bits = e.bits&^gone | here
	}
	for num, c := range changes {
		e := s.numbered(num)
		if c.drop {
			e.bits = e.bits&^here | gone
			continue
		}
		if c.from == nil {
			e.state = m.states.add(c.show.Flags, c.show.Keywords)
			m.Add(append([]any{lineState, s.n, num}, stateFields(c.show)...)...)
		}
	}
	places.write(m)
	s.stamp = stampOf(now)
	m.noteStamp(s)
	return m.Flush()
}

// rewriter copies a file, message by message, and all that stands between them.
type rewriter struct {
	from io.ReaderAt
	w    *bufio.Writer
	n    int64                  // octets written
	now  map[uint32]mbox.Extent // where messages lie now
}

func (w *rewriter) all(ctx context.Context, s *shelf, what rewriting, size int64) error {
	w.now = map[uint32]mbox.Extent{}
	if err := w.putBack(what.back[0], true); err != nil {
		return err
	}
	at := int64(0)
	for _, e := range s.inFile() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.copy(at, e.offset); err != nil {
			return err
		}
		next, err := w.separator(e.end(), size)
		if err != nil {
			return err
		}
		c, ok := what.changes[e.num]
		if at = e.end(); ok && c.drop {
			at = next
		} else if err := w.one(e, c, ok); err != nil {
			return err
		}
		if back := what.back[e.num]; len(back) > 0 {
			if err := w.copy(at, next); err != nil {
				return err
			}
			if err := w.putBack(back, next > e.end()); err != nil {
				return err
			}
			at = next
		}
	}
	return w.copy(at, size)
}

// one writes a message that stays, changed or not.
func (w *rewriter) one(e *entry, c change, changes bool) (err error) {
	if c.as != nil {
		return w.rewritten(e.num, *c.as)
	}
	start := w.n
	if changes {
		err = w.restate(e, c)
	} else {
		err = w.copy(e.offset, e.end())
	}
	w.lies(e.num, start)
	return err
}

// lies notes where a message is that was just written.
func (w *rewriter) lies(num uint32, start int64) {
	w.now[num] = mbox.Extent{Offset: start, Length: w.n - start}
}

// separator gives the place behind the empty line at place.
func (w *rewriter) separator(place, size int64) (int64, error) {
	b := make([]byte, min(2, size-place))
	if _, err := w.from.ReadAt(b, place); err != nil && err != io.EOF {
		return 0, err
	}
	return place + int64(len(separatorIn(b))), nil
}

func (w *rewriter) copy(from, to int64) error {
	n, err := io.Copy(w.w, io.NewSectionReader(w.from, from, to-from))
	w.n += n
	if err == nil && n != to-from {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// restate copies a message with another state or From_ line.
func (w *rewriter) restate(e *entry, c change) error {
	message := io.NewSectionReader(w.from, e.offset, e.length)
	if c.from == nil {
		n, err := mbox.Restated(w.w, message, c.show)
		w.n += n
		return err
	}
	line, err := fromLine(w.from, e)
	if err != nil {
		return err
	}
	n, err := w.w.Write(c.from)
	w.n += int64(n)
	if err != nil {
		return err
	}
	return w.copy(e.offset+int64(len(line)), e.end())
}

// live is the archive that knows what lies where: the one that writes, once there is one. Another could not tell which of two alike is gone.
func (a *Archive) live() *Archive {
	if a.writing != nil {
		return a.writing
	}
	return a
}

// changer is the archive itself; where it was opened as a source, one that may write, which is opened once and holds the lock
// until Close.
func (a *Archive) changer(op string) (*Archive, error) {
	if !a.ReadOnly {
		return a, nil
	}
	if !a.byKey {
		return nil, a.fail(op, mail.ScopeStore, mail.Ref{}, archive.ErrReadOnly)
	}
	if a.writing != nil {
		return a.writing, nil
	}
	o := a.Options
	o.ReadOnly = false
	w, err := Open(a.at, o)
	if err != nil {
		return nil, err
	}
	w.byKey = true
	a.writing = w
	return w, nil
}

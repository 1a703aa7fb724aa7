package maildir

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Trace is all of a message's file that its octets as mail do not tell: with both, Restore makes the very same file.
type Trace struct {
	Entry
	Changed time.Time // the file's time of change
	Size    int64     // of the file
	ends    lineEnds
	mode    fs.FileMode
	owner   *owner // nil: not known, as on Windows
	bare    bool   // written by a mailmv that noted neither mode nor owner
}

// owner is who a file belongs to.
type owner struct{ uid, gid int }

// lineEnds says how the lines of a file end: one way, but for those with these numbers.
type lineEnds struct {
	crlf bool
	odd  []int64 // ascending
}

// maxOdd bounds how many lines may end the other way.
const maxOdd = 5000

// ErrMixed: the lines of a file end in so mixed a way that it is not written down.
var ErrMixed = errors.New("its line ends are mixed beyond what can be written down")

// Trace reads the file of a message to its end. fs.ErrNotExist where it is not by that name any more.
func (f *Folder) Trace(e Entry) (Trace, error) {
	r, err := f.OpenNow(e)
	if err != nil {
		return Trace{}, err
	}
	defer r.Close() // only read
	i, err := r.Stat()
	if err != nil {
		return Trace{}, err
	}
	t := Trace{Entry: e, Changed: i.ModTime(), Size: i.Size(), mode: i.Mode().Perm(), owner: ownerOf(i)}
	if ParseName(e.File).Verbatim() {
		t.ends.crlf = true
		return t, nil
	}
	t.ends, err = endsOf(r)
	return t, err
}

// endsOf finds the rule and its exceptions.
func endsOf(r io.Reader) (lineEnds, error) {
	var n int64
	var lf, crlf []int64 // the numbers of lines that end so, up to one more than maxOdd
	last := byte(0)
	buf := make([]byte, 64<<10)
	for {
		got, err := r.Read(buf)
		for b := buf[:got]; len(b) > 0; {
			i := bytes.IndexByte(b, '\n')
			if i < 0 {
				last = b[len(b)-1]
				break
			}
			if i > 0 {
				last = b[i-1]
			}
			if last == '\r' && len(crlf) <= maxOdd {
				crlf = append(crlf, n)
			} else if last != '\r' && len(lf) <= maxOdd {
				lf = append(lf, n)
			}
			n++
			last, b = '\n', b[i+1:]
		}
		switch {
		case err == nil:
		case err != io.EOF:
			return lineEnds{}, err
		case len(lf) > maxOdd && len(crlf) > maxOdd:
			return lineEnds{}, ErrMixed
		case len(crlf) > len(lf):
			return lineEnds{crlf: true, odd: lf}, nil
		default:
			return lineEnds{odd: crlf}, nil
		}
	}
}

// String is a line of text that ParseTrace reads.
func (t Trace) String() string {
	ends := "lf"
	if t.ends.crlf {
		ends = "crlf"
	}
	var odd strings.Builder
	for _, n := range t.ends.odd {
		fmt.Fprintf(&odd, ",%d", n)
	}
	return fmt.Sprintf("%s %d %d %s%s%s %s", t.Sub, t.Changed.UnixNano(), t.Size, ends, odd.String(), t.access(), t.File)
}

// access is mode and owner as text: ";0640;1000:8", ";0640" where no owner is known.
func (t Trace) access() string {
	switch {
	case t.bare:
		return ""
	case t.owner == nil:
		return fmt.Sprintf(";%04o", t.mode)
	}
	return fmt.Sprintf(";%04o;%d:%d", t.mode, t.owner.uid, t.owner.gid)
}

func (t *Trace) readAccess(words []string) error {
	if t.bare = len(words) == 0; t.bare {
		return nil
	}
	mode, err := strconv.ParseUint(words[0], 8, 9)
	if t.mode = fs.FileMode(mode); err != nil || len(words) > 2 {
		return errTrace
	}
	if len(words) == 1 {
		return nil
	}
	uid, gid, _ := strings.Cut(words[1], ":")
	u, err := strconv.ParseUint(uid, 10, 32)
	g, err2 := strconv.ParseUint(gid, 10, 32)
	if err != nil || err2 != nil {
		return errTrace
	}
	t.owner = &owner{int(u), int(g)}
	return nil
}

var errTrace = errors.New("no trace of a file in a Maildir")

// ParseTrace reads what String wrote.
func ParseTrace(s string) (t Trace, err error) {
	words := strings.SplitN(s, " ", 5)
	if len(words) < 5 || words[0] != "cur" && words[0] != "new" || words[4] == "" || strings.ContainsAny(words[4], "/\x00") {
		return t, errTrace
	}
	t.Entry = Entry{words[0], words[4]}
	changed, err := strconv.ParseInt(words[1], 10, 64)
	size, err2 := strconv.ParseInt(words[2], 10, 64)
	if err != nil || err2 != nil {
		return t, errTrace
	}
	t.Changed, t.Size = time.Unix(0, changed), size
	access := strings.Split(words[3], ";")
	if err := t.readAccess(access[1:]); err != nil {
		return t, err
	}
	ends := strings.Split(access[0], ",")
	if t.ends.crlf = ends[0] == "crlf"; !t.ends.crlf && ends[0] != "lf" {
		return t, errTrace
	}
	for _, w := range ends[1:] {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			return t, errTrace
		}
		t.ends.odd = append(t.ends.odd, n)
	}
	return t, nil
}

// Restore writes the file of a message again: its name, its octets, its mode and owner, its time of change. fs.ErrExist where a file of that
// name is there. The new name is durable after Sync. An owner that this user may not give is ErrOwner beside a file that is there.
func (f *Folder) Restore(t Trace, body io.WriterTo) error {
	to := path.Join(f.Dir, t.Sub, t.File)
	if _, err := f.disk.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = &fs.PathError{Op: "restore", Path: to, Err: fs.ErrExist}
		}
		return err
	}
	draft := path.Join(f.Dir, "tmp", t.File)
	if err := f.disk.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a run that was cut
		return err
	}
	file, err := f.disk.Create(draft)
	if err != nil {
		return err
	}
	err = f.fill(file, t, body)
	var others error
	if err = errors.Join(err, file.Close()); err == nil {
		others, err = f.giveBack(draft, t)
	}
	if err == nil {
		err = f.disk.SetTime(draft, t.Changed)
	}
	if err == nil {
		err = f.disk.Rename(draft, to)
	}
	if err != nil {
		return errors.Join(err, f.disk.Remove(draft))
	}
	return others
}

// ErrOwner: a file could not be given the owner that it had.
var ErrOwner = errors.New("it belonged to another user or group, which only root may give back")

// giveBack gives a file mode and owner. others is ErrOwner.
func (f *Folder) giveBack(name string, t Trace) (others, err error) {
	if t.bare {
		return nil, nil
	}
	i, err := f.disk.Lstat(name)
	if err != nil {
		return nil, err
	}
	if now := ownerOf(i); now != nil && t.owner != nil && *now != *t.owner {
		if err := f.disk.SetOwner(name, t.owner.uid, t.owner.gid); err != nil {
			others = fmt.Errorf("%s: %w (%d:%d): %w", t.File, ErrOwner, t.owner.uid, t.owner.gid, err)
		}
	}
	if i.Mode().Perm() != t.mode { // after the owner, whose change takes some of it away
		err = f.disk.SetMode(name, t.mode)
	}
	return others, err
}

func (f *Folder) fill(file File, t Trace, body io.WriterTo) error {
	out := bufio.NewWriterSize(file, 64<<10)
	w := &endsWriter{w: out, ends: t.ends}
	if _, err := body.WriteTo(w); err != nil {
		return err
	}
	if err := errors.Join(w.flush(), out.Flush()); err != nil {
		return err
	}
	i, err := file.Stat()
	if err == nil && i.Size() != t.Size {
		err = fmt.Errorf("%s: %d octets would be restored, not the %d that it had", t.File, i.Size(), t.Size)
	}
	if err != nil {
		return err
	}
	return file.Sync()
}

// endsWriter gives lines the ends that they had.
type endsWriter struct {
	w    *bufio.Writer
	ends lineEnds
	n    int64 // of the line
	held bool  // a CR was given and is not written yet
}

func (e *endsWriter) Write(b []byte) (int, error) {
	for _, c := range b {
		switch {
		case c == '\n':
			odd := len(e.ends.odd) > 0 && e.ends.odd[0] == e.n
			if odd {
				e.ends.odd = e.ends.odd[1:]
			}
			if e.held && e.ends.crlf != odd {
				e.w.WriteByte('\r')
			}
			e.held = false
			e.n++
		case e.held:
			e.w.WriteByte('\r')
			e.held = false
		}
		if c == '\r' {
			e.held = true
			continue
		}
		if err := e.w.WriteByte(c); err != nil { // bufio keeps the first error
			return 0, err
		}
	}
	return len(b), nil
}

// flush writes a CR at the very end.
func (e *endsWriter) flush() error {
	if !e.held {
		return nil
	}
	return e.w.WriteByte('\r')
}

// Retrace gives a message's file the time it had and, if its flags are what they were, the very name, in the place where it was. The change is
// durable after Sync.
func (f *Folder) Retrace(now Entry, was Trace) error {
	if err := f.Redate(now, was.Changed); err != nil {
		return err
	}
	flags := func(e Entry) string {
		letters := []byte(ParseName(e.File).Letters())
		slices.Sort(letters)
		return string(letters)
	}
	if now == was.Entry || flags(now) != flags(was.Entry) {
		return nil
	}
	to := path.Join(f.Dir, was.Sub, was.File)
	if _, err := f.disk.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fs.ErrExist)
	}
	return f.disk.Rename(path.Join(f.Dir, now.Sub, now.File), to)
}

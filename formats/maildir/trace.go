package maildir

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
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
}

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
	t := Trace{Entry: e, Changed: i.ModTime(), Size: i.Size()}
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
	return fmt.Sprintf("%s %d %d %s%s %s", t.Sub, t.Changed.UnixNano(), t.Size, ends, odd.String(), t.File)
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
	ends := strings.Split(words[3], ",")
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

// Restore writes the file of a message again: its name, its octets, its time of change. fs.ErrExist where a file of that
// name is there. The new name is durable after Sync.
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
	if err = errors.Join(err, file.Close()); err == nil {
		err = f.disk.SetTime(draft, t.Changed)
	}
	if err == nil {
		err = f.disk.Rename(draft, to)
	}
	if err != nil {
		return errors.Join(err, f.disk.Remove(draft))
	}
	return nil
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

// Retrace gives a message's file the very name it had, in the place where it was. The change is durable after Sync.
func (f *Folder) Retrace(now, was Entry) error {
	if now == was {
		return nil
	}
	to := path.Join(f.Dir, was.Sub, was.File)
	if _, err := f.disk.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fs.ErrExist)
	}
	return f.disk.Rename(path.Join(f.Dir, now.Sub, now.File), to)
}

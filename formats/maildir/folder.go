package maildir

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"

	"mailmv/formats/mail"
)

// Folder is one Maildir: a directory with "cur" and, but for maildir-lite, "new" and "tmp".
type Folder struct {
	disk Disk
	Path mail.Path
	Dir  string // below the tree's root; "." for the root
}

// NewFolder names the Maildir in directory dir of a tree. It looks at nothing.
func NewFolder(d Disk, p mail.Path, dir string) *Folder { return &Folder{d, p, dir} }

// Entry is a message as a listing finds it.
type Entry struct {
	Sub  string // "cur" or "new"
	File string // the file's name
}

// OddError is something in a folder that is no message: it is skipped, with this word.
type OddError struct {
	Name, What string
	Path       mail.Path // of the folder that it is, or would be in; empty: it would be none
	Link       bool
}

func (e *OddError) Error() string { return fmt.Sprintf("%s: skipped: %s", e.Name, e.What) }

// Entries yields the messages in the folder, in no order: those in cur, then those in new. An *OddError
// is a thing passed over, and the listing goes on; any other error ends it. A message that another program
// moves meanwhile may be seen twice or not at all: who needs to be sure looks again.
func (f *Folder) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, sub := range []string{"cur", "new"} {
			for e, err := range f.disk.ReadDir(path.Join(f.Dir, sub)) {
				if sub == "new" && errors.Is(err, fs.ErrNotExist) {
					break // maildir-lite
				}
				if err != nil {
					yield(Entry{}, err)
					return
				}
				if e.Name()[0] == '.' {
					continue // by the rule not mail
				}
				entry := Entry{sub, e.Name()}
				if odd := oddity(e); odd != "" {
					if !yield(entry, &OddError{path.Join(f.Dir, sub, e.Name()), odd, f.Path, e.Type()&fs.ModeSymlink != 0}) {
						return
					}
					continue
				}
				if !yield(entry, nil) {
					return
				}
			}
		}
	}
}

func oddity(e fs.DirEntry) string {
	switch t := e.Type(); {
	case t.IsRegular():
		return ""
	case t.IsDir():
		return "a directory where a message should be"
	case t&fs.ModeSymlink != 0:
		return "a link where a message should be"
	case t&fs.ModeNamedPipe != 0:
		return "a FIFO where a message should be"
	}
	return "neither file nor directory"
}

// Find looks for the file of a message by its unique part, in new and cur, twice, since a listing may
// miss what is renamed beside it. It fails with mail.ErrGone.
func (f *Folder) Find(unique string) (Entry, error) {
	for range 2 {
		for e, err := range f.Entries() {
			if odd := (*OddError)(nil); errors.As(err, &odd) {
				continue
			}
			if err != nil {
				return Entry{}, err
			}
			if strings.HasPrefix(e.File, unique) && ParseName(e.File).Unique == unique {
				return e, nil
			}
		}
	}
	return Entry{}, mail.ErrGone
}

// OpenNow opens the file of a message by that very name; fs.ErrNotExist where it is gone or renamed.
func (f *Folder) OpenNow(e Entry) (File, error) {
	return f.disk.Open(path.Join(f.Dir, e.Sub, e.File))
}

// Open opens the file of a message and looks for it where it is not by that name any more. It returns the
// entry as it is now.
func (f *Folder) Open(e Entry) (File, Entry, error) {
	for range 3 {
		r, err := f.OpenNow(e)
		if !errors.Is(err, fs.ErrNotExist) {
			return r, e, err
		}
		if e, err = f.Find(ParseName(e.File).Unique); err != nil {
			return nil, e, err
		}
	}
	return nil, e, fmt.Errorf("%s: renamed again and again: %w", e.File, mail.ErrGone)
}

// Lstat tells of the file of a message.
func (f *Folder) Lstat(e Entry) (fs.FileInfo, error) {
	return f.disk.Lstat(path.Join(f.Dir, e.Sub, e.File))
}

// Mail reads an open file as mail, with CRLF line ends.
func (e Entry) Mail(r io.Reader) io.Reader {
	if ParseName(e.File).Verbatim() {
		return r
	}
	return NewReader(r)
}

// Octets is the length of a message with CRLF line ends, r its open file. What the name tells of a file of that
// size is believed; else the file is read to its end.
func (e Entry) Octets(r File) (int64, error) {
	i, err := r.Stat()
	if err != nil {
		return 0, err
	}
	if octets, ok := e.OctetsOf(i.Size()); ok {
		return octets, nil
	}
	return mailLength(io.NewSectionReader(r, 0, i.Size()))
}

// OctetsOf is Octets where the name tells it of a file of that size. What cannot be is not believed: a CR for each octet is the most
// that can be missing.
func (e Entry) OctetsOf(size int64) (int64, bool) {
	n := ParseName(e.File)
	if n.Verbatim() {
		return size, true
	}
	told, ok := n.Size()
	octets, both := n.Octets()
	return octets, ok && both && told == size && octets >= size && octets-size <= size
}

// OctetsTold is OctetsOf where the file has the size that its name tells.
func (e Entry) OctetsTold() (int64, bool) {
	size, ok := ParseName(e.File).Size()
	if !ok {
		return 0, false
	}
	return e.OctetsOf(size)
}

// Remove takes a message's file away. The removal is durable after Sync.
func (f *Folder) Remove(e Entry) error {
	return f.disk.Remove(path.Join(f.Dir, e.Sub, e.File))
}

// Sync makes durable what was removed and renamed.
func (f *Folder) Sync() error {
	if err := f.disk.SyncDir(path.Join(f.Dir, "cur")); err != nil {
		return err
	}
	if err := f.disk.SyncDir(path.Join(f.Dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Compare orders file names as their messages came: runs of digits by their value.
func Compare(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && digit(a[n-1]) { // what they share ends within a run
		n--
	}
	a, b = a[n:], b[n:]
	for a != "" && b != "" {
		if !digit(a[0]) || !digit(b[0]) {
			if c := cmp.Compare(a[0], b[0]); c != 0 {
				return c
			}
			a, b = a[1:], b[1:]
			continue
		}
		m, restA := number(a)
		n, restB := number(b)
		if c := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n)); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// number is the run of digits that s begins with, without leading zeros.
func number(s string) (digits, rest string) {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	return strings.TrimLeft(s[:n], "0"), s[n:]
}

package files

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mailmv/formats/maildir"
)

// Entries yields what is in a directory, in the order that compare makes of the names. It keeps little more than the names: there
// may be very many. An error comes alone.
func (t *tree) Entries(dir string, compare func(a, b string) int) iter.Seq2[fs.DirEntry, error] {
	return t.entries(dir, compare, t.root.Lstat)
}

func (t *tree) entries(dir string, compare func(a, b string) int, lstat func(string) (fs.FileInfo, error)) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		all, err := t.names(dir)
		if err != nil {
			yield(nil, err)
			return
		}
		text := all.text.String()
		name := func(at uint32) string {
			rest := text[at+1:]
			return rest[:strings.IndexByte(rest, 0)]
		}
		slices.SortFunc(all.at, func(a, b uint32) int { return compare(name(a), name(b)) })
		for _, at := range all.at {
			if !yield(&entryIn{dir, name(at), all.kinds[text[at]], lstat}, nil) {
				return
			}
		}
	}
}

func (t *tree) names(dir string) (*nameList, error) {
	f, err := t.file(dir)
	if err != nil {
		return nil, err
	}
	all := &nameList{}
	for e, err := range maildir.ListDir(f, filepath.Join(t.at, dir)) {
		if err == nil {
			err = all.add(e)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
	}
	return all, nil
}

// nameList is the names of a directory: for each a number of its kind, the name and a NUL.
type nameList struct {
	text  strings.Builder
	at    []uint32
	kinds []fs.FileMode
}

func (l *nameList) add(e fs.DirEntry) error {
	if uint64(l.text.Len()) > math.MaxUint32 {
		return errors.New("too many names in one directory")
	}
	kind := slices.Index(l.kinds, e.Type())
	if kind < 0 {
		kind = len(l.kinds)
		l.kinds = append(l.kinds, e.Type())
	}
	l.at = append(l.at, uint32(l.text.Len()))
	l.text.WriteByte(byte(kind))
	l.text.WriteString(e.Name())
	l.text.WriteByte(0)
	return nil
}

// entryIn is a name in a directory. Info looks at it when it is called.
type entryIn struct {
	dir, name string
	kind      fs.FileMode
	lstat     func(string) (fs.FileInfo, error)
}

func (e *entryIn) Name() string               { return e.name }
func (e *entryIn) Type() fs.FileMode          { return e.kind }
func (e *entryIn) IsDir() bool                { return e.kind.IsDir() }
func (e *entryIn) Info() (fs.FileInfo, error) { return e.lstat(path.Join(e.dir, e.name)) }

// walk visits what is below a directory, by name, as fs.WalkDir does.
func (t *tree) walk(dir string, d fs.DirEntry, visit fs.WalkDirFunc) error {
	for e, err := range t.Entries(dir, strings.Compare) {
		if err != nil {
			return visit(dir, d, err)
		}
		name := path.Join(dir, e.Name())
		err = visit(name, e, nil)
		if err == nil && e.IsDir() {
			err = t.walk(name, e, visit)
		}
		if err != nil && !(e.IsDir() && errors.Is(err, fs.SkipDir)) {
			return err
		}
	}
	return nil
}

package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"mailmv/archive/ledger"
	"mailmv/formats/eml"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// tree is a directory that nothing leads out of (os.Root). It is an fs.FS that opens regular files and directories only,
// and never a link.
type tree struct {
	root *os.Root
	at   string // for people
	name string // of the directory itself
}

func openTree(dir string) (*tree, error) {
	r, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	t := &tree{root: r, at: filepath.Clean(dir)}
	if full, err := filepath.Abs(dir); err == nil {
		t.name = filepath.Base(full)
	}
	return t, nil
}

// Close ends the use of the tree.
func (t *tree) Close() error { return t.root.Close() }

// Open is fs.FS's. It never blocks.
func (t *tree) Open(name string) (fs.File, error) {
	f, err := t.file(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (t *tree) file(name string) (*os.File, error) {
	refuse := &fs.PathError{Op: "open", Path: name, Err: eml.ErrNotRegular}
	fits := func(m fs.FileMode) bool { return m.IsRegular() || m.IsDir() }
	if !validName(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if i, err := t.root.Lstat(name); err != nil {
		return nil, err
	} else if !fits(i.Mode()) {
		return nil, refuse
	}
	f, err := t.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if i, err := f.Stat(); err != nil || !fits(i.Mode()) {
		_ = f.Close()
		if err != nil {
			return nil, err
		}
		return nil, refuse
	}
	return f, nil
}

// validName is fs.ValidPath but for octets that are no UTF-8: names of old disks have such.
func validName(name string) bool { return fs.ValidPath(strings.ToValidUTF8(name, "?")) }

// regular tells of a file; eml.ErrNotRegular: it is none.
func (t *tree) regular(name string) (eml.File, error) {
	if !validName(name) {
		return eml.File{Name: name}, fs.ErrNotExist
	}
	i, err := t.root.Lstat(name)
	switch {
	case err != nil:
		return eml.File{Name: name}, err
	case !i.Mode().IsRegular():
		return eml.File{Name: name}, fmt.Errorf("%s: %w", name, eml.ErrNotRegular)
	}
	return eml.File{Name: name, Size: i.Size(), Changed: i.ModTime()}, nil
}

// walk visits every regular file below dirs. What is passed over is noted: links, odd things, directories that cannot be
// read.
func (s *Store) walk(ctx context.Context, dirs []string, visit func(name string, d fs.DirEntry) error) error {
	return s.walkAs(ctx, dirs, func(name string, _ bool) string { return name }, visit)
}

// walkAs is walk where folderOf tells the folder that a file, or a directory, belongs to.
func (s *Store) walkAs(ctx context.Context, dirs []string, folderOf func(name string, isDir bool) string, visit func(name string, d fs.DirEntry) error) error {
	for _, dir := range dirs {
		err := s.tree.walk(dir, nil, func(name string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil && name == dir {
				return err
			}
			switch {
			case err != nil && path.Base(name) == "lost+found":
				return fs.SkipDir
			case err != nil:
				s.unreadable(name, folderOf(name, true), err)
				return fs.SkipDir
			case d.IsDir() && name != dir && s.inMaildir(name):
				return fs.SkipDir
			case d.IsDir():
				return nil
			case d.Type()&fs.ModeSymlink != 0:
				if to := s.leadsToMail(name); to != nil {
					s.notes.links.add(name)
					s.unreadIn(folderOf(name, to.IsDir()))
					return nil
				}
				fallthrough
			case !d.Type().IsRegular():
				s.notes.odd(oddName(d.Type()), name)
				return nil
			}
			return visit(name, d)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// inMaildir tells of a directory that what is in it is the messages of a Maildir, or an archive's own: the files beside them are looked at.
func (s *Store) inMaildir(name string) bool {
	switch path.Base(name) {
	case ledger.Dir:
		return true
	case "cur":
		if s.lite {
			return true // findLite has seen it
		}
		s.notes.odd("Maildirs (to read them give the place as maildir:PATH)", path.Dir(name))
		return true
	case "new", "tmp":
		i, err := s.tree.root.Lstat(path.Join(path.Dir(name), "cur"))
		return err == nil && i.IsDir()
	}
	return false
}

// leadsToMail tells what a link leads to behind which there may be mail, and nowhere else in what is read of the place; else nil.
func (s *Store) leadsToMail(name string) fs.FileInfo {
	parts := []part{s.part}
	if s.part.dir != "" && s.part.dir != "." {
		parts = s.accounts() // what one part of a profile links to in another is found there
	}
	var to fs.FileInfo
	for _, p := range parts {
		short, err := filepath.Rel(cmp.Or(p.dir, "."), name)
		if err != nil {
			return nil
		}
		out := false
		if to, out = maildir.LeadsOut(filepath.Join(s.tree.at, p.dir), filepath.ToSlash(short)); !out {
			return nil
		}
	}
	if to.IsDir() || to.Mode().IsRegular() && to.Size() > 0 {
		return to
	}
	return nil
}

// unreadable notes what cannot be read: a file or directory, and the file or directory of the folder that it belongs to.
func (s *Store) unreadable(name, folder string, err error) {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		err = e.Err
	}
	s.notes.say("%s: left out, for it cannot be read: %v", path.Join(s.tree.at, name), err)
	if !errors.Is(err, fs.ErrNotExist) { // what went away meanwhile is not there, which is no fault
		s.unreadIn(folder)
	}
}

// unreadIn says that the folder of a file or directory is not wholly read.
func (s *Store) unreadIn(name string) {
	levels := boxLevels(strings.TrimPrefix(name, s.part.dir+"/"), s.part.utf7)
	s.unread = append(s.unread, pathOf(levels))
}

// Unread tells the folders that Folders had to leave out, whole or in part, since a file or a directory cannot be read, and those of
// which List found that the file is damaged.
func (s *Store) Unread() []mail.Path { return slices.Concat(s.unread, s.damaged) }

// spoilt says that the file of a folder is damaged, or is not any more.
func (s *Store) spoilt(at mail.Path, err error) {
	s.damaged = slices.DeleteFunc(s.damaged, func(p mail.Path) bool { return p == at })
	if err != nil {
		s.damaged = append(s.damaged, at)
	}
}

func oddName(t fs.FileMode) string {
	if t&fs.ModeSymlink != 0 {
		return "links, which are not followed"
	}
	return "names that are neither file nor directory"
}

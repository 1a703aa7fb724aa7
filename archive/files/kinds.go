package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"mailmv/formats/eml"
	"mailmv/formats/mail"
)

// findEML finds the directories that hold messages.
func findEML(ctx context.Context, s *Store) ([]shelf, error) {
	return s.findLetters(ctx, &emlKind{only: s.only}, s.isLetter)
}

// errNotMail: the file belongs to the format, and nothing is to be said of it.
var errNotMail = errors.New("not mail")

// findLetters makes a folder of each directory in which there is a message. judge tells why a file is none.
func (s *Store) findLetters(ctx context.Context, kind letterKind, judge judge) ([]shelf, error) {
	if s.only != "" {
		return []shelf{&letters{store: s, at: mail.Inbox, dirs: []string{"."}, kind: kind}}, nil
	}
	dirs, err := s.letterDirs(ctx, judge, func(dir string) string { return dir })
	if err != nil {
		return nil, err
	}
	taken := namer{}
	var all []shelf
	for _, dir := range dirs {
		all = append(all, &letters{store: s, at: taken.path(strings.Split(dir, "/")), dirs: []string{dir}, root: dir == ".", kind: kind})
	}
	return all, nil
}

// judge tells why a file is no message; errNotMail: nothing is to be said of it.
type judge func(name string, d fs.DirEntry) (why string, err error)

// letterDirs finds the directories that hold messages. folderOf gives the folder of a directory.
func (s *Store) letterDirs(ctx context.Context, judge judge, folderOf func(dir string) string) ([]string, error) {
	var dirs []string
	folder := func(name string, isDir bool) string {
		if !isDir {
			name = path.Dir(name)
		}
		return folderOf(name)
	}
	err := s.walkAs(ctx, []string{"."}, folder, func(name string, d fs.DirEntry) error {
		why, err := judge(name, d)
		dir := path.Dir(name)
		switch {
		case errors.Is(err, errNotMail), errors.Is(err, fs.ErrNotExist):
		case err != nil:
			s.unreadable(name, folderOf(dir), err)
		case why != "":
			s.notes.odd(why, name)
		case len(dirs) == 0 || dirs[len(dirs)-1] != dir:
			dirs = append(dirs, dir)
		}
		return nil
	})
	s.notes.flush(s.tree.at)
	slices.Sort(dirs)
	return slices.Compact(dirs), err
}

// isLetter tells why a file is no message of a tree of .eml files. Names tell, and where they do not, the first octets do.
func (s *Store) isLetter(name string, d fs.DirEntry) (why string, err error) {
	if eml.IsMessage(name) {
		return "", nil
	}
	info, err := d.Info()
	if err != nil {
		return "", err
	}
	if info.Size() == 0 {
		return "empty files", nil
	}
	head, err := s.rawHead(name)
	if err != nil {
		return "", err
	}
	switch {
	case eml.Begins(head):
		return "", nil
	case bytes.HasPrefix(head, []byte("From ")):
		return "files that look like mbox files (to read them give the place as mbox:PATH)", nil
	}
	return unlikeMail(name, head), nil
}

func (s *Store) rawHead(name string) ([]byte, error) {
	f, err := s.tree.file(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	head := make([]byte, 4<<10)
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// emlKind reads files that are a message and nothing else.
type emlKind struct {
	only string // the one file that counts; empty: all
}

func (k *emlKind) begin(*letters) {}

func (k *emlKind) files(l *letters, dir string) iter.Seq2[eml.File, error] {
	return eml.FilesNamed(&l.near, dir, func(name string) bool {
		if k.only != "" {
			return name == k.only
		}
		if eml.IsMessage(name) {
			return true
		}
		full := path.Join(dir, name)
		i, err := l.store.tree.root.Lstat(full)
		if err != nil || !i.Mode().IsRegular() {
			return false
		}
		why, err := l.store.isLetter(full, fs.FileInfoToDirEntry(i))
		return why == "" && err == nil
	})
}

func (k *emlKind) open(l *letters, f eml.File) (mail.Message, letter, error) {
	file, err := l.near.file(f.Name)
	if err != nil {
		return mail.Message{}, letter{}, err
	}
	r := eml.Opened(file)
	from := letter{Reader: r, Closer: r}
	i, err := file.Stat()
	if err == nil && !i.Mode().IsRegular() {
		err = mail.ErrGone
	}
	if err != nil {
		return mail.Message{}, from, err
	}
	f.Size, f.Changed, from.changed = i.Size(), i.ModTime(), i.ModTime()
	m, err := l.kind.know(l, f)
	return m, from, err
}

func (k *emlKind) know(_ *letters, f eml.File) (mail.Message, error) {
	return mail.Message{Ref: mail.Ref{ID: stamp(f)}, Octets: -1}, nil
}

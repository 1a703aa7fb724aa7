// Package emlx reads the messages of Apple Mail (10.4 and later): files <number>.emlx, each of them a line
// with a count, that many octets of message, and a property list with its state. Nothing is ever written.
// Line ends are as in package eml.
//
// A file <number>.partial.emlx lacks the bodies of attachments, which lie elsewhere: what it gives is not the
// message as it was received.
package emlx

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailmv/formats/eml"
	"mailmv/formats/mail"
)

// ErrDamaged: the file is not a count, a message and a list.
var ErrDamaged = errors.New("not an emlx file, or a damaged one")

// IsMessage tells whether a file of that name is a message, whole or partial.
func IsMessage(name string) bool {
	return strings.EqualFold(path.Ext(name), ".emlx") && !strings.HasPrefix(path.Base(name), ".")
}

// IsPartial tells whether a file of that name lacks the bodies of its attachments.
func IsPartial(name string) bool {
	return strings.HasSuffix(strings.ToLower(name), ".partial.emlx")
}

// Folder is a mailbox of Apple Mail. Its messages lie in several directories.
type Folder struct {
	// Path is made of the directories that lead to it, "Name.mbox" and "Name.imapmbox" counting as Name. Empty: the tree is one
	// mailbox.
	Path mail.Path
	Dirs []string
}

// IsOwn tells whether a file of that path is one that Apple Mail keeps beside its messages: their attachments, its lists and its
// indexes.
func IsOwn(name string) bool {
	base := strings.ToLower(path.Base(name))
	switch {
	case slices.Contains([]string{".ds_store", "table_of_contents", "mbox.toc", ".mboxcache.plist"}, base), strings.HasPrefix(base, "envelope index"):
		return true
	case slices.Contains([]string{".plist", ".emlxpart", ".plist-shm", ".plist-wal"}, path.Ext(base)):
		return true
	}
	return slices.Contains(strings.Split(path.Dir(name), "/"), "Attachments")
}

// Folders makes mailboxes of the directories that hold messages, by path.
func Folders(dirs []string) []Folder {
	byPath := map[mail.Path][]string{}
	for _, dir := range dirs {
		p := pathOf(dir)
		byPath[p] = append(byPath[p], dir)
	}
	var all []Folder
	for p, dirs := range byPath {
		all = append(all, Folder{p, dirs})
	}
	slices.SortFunc(all, func(a, b Folder) int { return strings.Compare(string(a.Path), string(b.Path)) })
	return all
}

// Mailbox gives the directory that is the mailbox in which a directory lies: "a.mbox/b.mbox" of "a.mbox/b.mbox/x/Data"; "." where
// the tree is the mailbox.
func Mailbox(dir string) string {
	levels := strings.Split(dir, "/")
	for n := len(levels); n > 0; n-- {
		if nameOf(levels[n-1]) != "" {
			return strings.Join(levels[:n], "/")
		}
	}
	return path.Join(append([]string{"."}, outside(levels)...)...)
}

// nameOf is the name of the mailbox that a directory is; empty: its name does not say that it is one.
func nameOf(dir string) string {
	for _, end := range []string{".mbox", ".imapmbox"} { // the second of IMAP accounts, from 10.4 to 10.6
		if name, ok := strings.CutSuffix(dir, end); ok {
			return name
		}
	}
	return ""
}

// outside leaves off what Apple Mail keeps in a mailbox: [UUID/]Data[/d/d/d]/Messages, or Messages alone.
func outside(levels []string) []string {
	end := slices.Index(levels, "Data")
	if end < 0 {
		end = slices.Index(levels, "Messages")
	}
	if end < 0 {
		return levels
	}
	if end > 0 && len(levels[end-1]) == 36 {
		end--
	}
	return levels[:end]
}

// pathOf takes "a/Work.mbox/2004.mbox/<uuid>/Data/1/Messages" and "a/Work/2004.imapmbox/Messages" for a/Work/2004, and what is inside
// one mailbox for the empty path.
func pathOf(dir string) mail.Path {
	levels := strings.Split(dir, "/")
	last := -1
	for i, d := range levels {
		if name := nameOf(d); name != "" {
			levels[i], last = name, i
		}
	}
	switch {
	case last >= 0:
		levels = levels[:last+1]
	case levels[len(levels)-1] == "Messages":
		return mail.Path(strings.Join(outside(levels), "/")).Clean()
	}
	return mail.Path(strings.TrimPrefix(strings.Join(levels, "/"), ".")).Clean()
}

// Files yields the messages of one folder, by directory and name.
func Files(fsys fs.FS, f Folder) iter.Seq2[eml.File, error] {
	return func(yield func(eml.File, error) bool) {
		for _, dir := range f.Dirs {
			for file, err := range eml.FilesNamed(fsys, dir, IsMessage) {
				if !yield(file, err) {
					return
				}
			}
		}
	}
}

// Message is an open file. Read gives the message's octets with CRLF line ends; a file that ends too early is mail.ErrCut.
type Message struct {
	*eml.Reader
	State
	// Partial: see the package comment.
	Partial bool
	// Changed is the file's own time.
	Changed time.Time
	file    fs.File
}

// Close closes the file.
func (m *Message) Close() error {
	_ = m.Reader.Close()
	return m.file.Close()
}

// State is what the property list tells.
type State struct {
	// Told says that there was a list with flags; without one nothing is known.
	Told     bool
	Flags    mail.Flags
	Keywords []string
	// Received is zero where the list has none.
	Received time.Time
}

// maxList bounds the property list.
const maxList = 1 << 20

// Open opens a message. ErrDamaged: its count cannot be read; a list that cannot be read only tells nothing.
func Open(fsys fs.FS, name string) (*Message, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	m, err := open(f)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	m.Partial = IsPartial(name)
	return m, nil
}

func open(f fs.File) (*Message, error) {
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil, errors.New("a file system without random access")
	}
	head := make([]byte, 32)
	n, err := at.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	begin, count, ok := parseCount(head[:n])
	if !ok {
		return nil, ErrDamaged
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	m := &Message{file: f, Changed: info.ModTime()}
	var text io.Reader = io.NewSectionReader(at, begin, count)
	if have := info.Size() - begin; have < count {
		text = io.MultiReader(io.NewSectionReader(at, begin, have), cut{fmt.Errorf("%s missing: %w", mail.Count(count-have, "octet is", "octets are"), mail.ErrCut)})
	} else {
		m.State = parseList(io.NewSectionReader(at, begin+count, maxList))
	}
	m.Reader = eml.NewReader(text)
	return m, nil
}

type cut struct{ err error }

func (c cut) Read([]byte) (int, error) { return 0, c.err }

// parseCount reads a decimal number, blanks and one LF. What follows is the message, even if it begins with
// empty lines.
func parseCount(b []byte) (begin, count int64, ok bool) {
	line, _, found := strings.Cut(string(b), "\n")
	count, err := strconv.ParseInt(strings.TrimRight(line, " \t\r"), 10, 64)
	return int64(len(line)) + 1, count, found && err == nil && count >= 0 && line[0] != '+'
}

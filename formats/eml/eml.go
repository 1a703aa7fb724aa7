// Package eml reads folders of .eml files, each of which is one message (RFC 5322) and nothing else. Nothing is
// ever written or renamed.
//
// A file whose first line ends in CRLF holds the message as the wire has it and is given out as it is. In any
// other file each LF is a line end and becomes CRLF, unless a CR stands before it. What else the file holds (a byte order mark, an
// old From_ line) is given out too.
//
// The format keeps no state, and no received date but the file's time of change.
package eml

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"mailmv/formats/header"
)

// ErrNotRegular: the name is one of a message, but it is a link, a folder, a FIFO or a device. It is not opened.
var ErrNotRegular = errors.New("not a regular file")

// File is one message's file.
type File struct {
	// Name is its path in the file system given.
	Name string
	// Size is its length on disk: with LF line ends fewer octets than the message has.
	Size int64
	// Changed is the file's own time, which is the received date at best.
	Changed time.Time
}

// IsMessage tells whether a file of that name is a message.
func IsMessage(name string) bool {
	return strings.EqualFold(path.Ext(name), ".eml") && !strings.HasPrefix(path.Base(name), ".")
}

// Begins tells whether a file that begins so is a message, whatever its name: it wants two fields that messages have, and no line that
// is no field before them.
func Begins(head []byte) bool {
	n := 0
	for f := range header.Fields(head) {
		if f.Bad() {
			return false
		}
		for _, known := range []string{"Received", "Return-Path", "Message-ID", "From", "Date", "To", "Subject", "MIME-Version", "Delivered-To", "Content-Type"} {
			if f.Is(known) {
				n++
			}
		}
		if n >= 2 {
			return true
		}
	}
	return false
}

// Files yields the messages of one folder by name. What has such a name and is no regular file comes with its Name
// and ErrNotRegular, and the others follow.
func Files(fsys fs.FS, dir string) iter.Seq2[File, error] {
	return FilesNamed(fsys, dir, IsMessage)
}

// Lister is a file system that yields what is in a directory in any order wanted, and need not hold it all. An error comes alone.
type Lister interface {
	Entries(dir string, compare func(a, b string) int) iter.Seq2[fs.DirEntry, error]
}

// FilesNamed is Files for another choice of names.
func FilesNamed(fsys fs.FS, dir string, choose func(name string) bool) iter.Seq2[File, error] {
	return FilesBy(fsys, dir, choose, strings.Compare)
}

// FilesBy is FilesNamed for another order.
func FilesBy(fsys fs.FS, dir string, choose func(name string) bool, compare func(a, b string) int) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for e, err := range entries(fsys, dir, compare) {
			if err != nil {
				yield(File{Name: dir}, err)
				return
			}
			if !choose(e.Name()) {
				continue
			}
			if f, err := fileOf(path.Join(dir, e.Name()), e); !errors.Is(err, fs.ErrNotExist) && !yield(f, err) {
				return
			}
		}
	}
}

func entries(fsys fs.FS, dir string, compare func(a, b string) int) iter.Seq2[fs.DirEntry, error] {
	if l, ok := fsys.(Lister); ok {
		return l.Entries(dir, compare)
	}
	return func(yield func(fs.DirEntry, error) bool) {
		all, err := fs.ReadDir(fsys, dir)
		if err != nil {
			yield(nil, err)
			return
		}
		slices.SortFunc(all, func(a, b fs.DirEntry) int { return compare(a.Name(), b.Name()) })
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func fileOf(name string, e fs.DirEntry) (File, error) {
	if !e.Type().IsRegular() {
		return File{Name: name}, fmt.Errorf("%s: %w", name, ErrNotRegular)
	}
	info, err := e.Info()
	if err != nil {
		return File{Name: name}, err
	}
	return File{Name: name, Size: info.Size(), Changed: info.ModTime()}, nil
}

// Folders yields the folders that hold at least one message, parents before their children; "." is the root.
// Links are not followed.
func Folders(fsys fs.FS) iter.Seq2[string, error] { return FoldersWith(fsys, IsMessage) }

// FoldersWith is Folders for another choice of names, of which one regular file makes a folder.
func FoldersWith(fsys fs.FS, choose func(name string) bool) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		stop := errors.New("enough")
		err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				if !yield(name, err) {
					return stop
				}
				return fs.SkipDir
			}
			if !d.IsDir() || !holds(fsys, name, choose) {
				return nil
			}
			if !yield(name, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) && !errors.Is(err, fs.SkipDir) {
			yield(".", err)
		}
	}
}

// holds tells whether a folder has a message. What cannot be read is told by the walk.
func holds(fsys fs.FS, dir string, choose func(string) bool) bool {
	entries, _ := fs.ReadDir(fsys, dir)
	for _, e := range entries {
		if e.Type().IsRegular() && choose(e.Name()) {
			return true
		}
	}
	return false
}

// Open gives a message's octets, with CRLF line ends.
func Open(fsys fs.FS, name string) (io.ReadCloser, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	return Opened(f), nil
}

// Opened is Open for a file that is open already.
func Opened(f fs.File) io.ReadCloser { return &openFile{NewReader(f), f} }

type openFile struct {
	*Reader
	file fs.File
}

func (f *openFile) Close() error {
	_ = f.Reader.Close()
	return f.file.Close()
}

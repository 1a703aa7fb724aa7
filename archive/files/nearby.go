package files

import (
	"io"
	"io/fs"
	"iter"
	"path"

	"mailmv/formats/eml"
	"mailmv/formats/maildir"
)

// nearby is a tree of which the directory stays open that was used last: most of what it costs to open a small file is the way there.
// What cannot be had so is had as from the tree, which says what is wrong.
type nearby struct {
	*tree
	disk maildir.Disk
	dir  string
	open *maildir.Reading // of dir; nil: none is open
}

// Open is tree.Open.
func (n *nearby) Open(name string) (fs.File, error) {
	f, err := n.file(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// file is tree.file.
func (n *nearby) file(name string) (file, error) {
	if r := n.reading(name); r != nil {
		if f, err := r.Open(entryOf(name)); err == nil {
			return f, nil
		}
	}
	f, err := n.tree.file(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

type file interface {
	fs.File
	io.ReaderAt
	io.Seeker
}

// regular is tree.regular.
func (n *nearby) regular(name string) (eml.File, error) {
	if r := n.reading(name); r != nil {
		if i, err := r.Lstat(entryOf(name)); err == nil && i.Mode().IsRegular() {
			return eml.File{Name: name, Size: i.Size(), Changed: i.ModTime()}, nil
		}
	}
	return n.tree.regular(name)
}

// Entries is tree.Entries, and what its entries tell of files costs less.
func (n *nearby) Entries(dir string, compare func(a, b string) int) iter.Seq2[fs.DirEntry, error] {
	return n.tree.entries(dir, compare, func(name string) (fs.FileInfo, error) {
		if r := n.reading(name); r != nil {
			if i, err := r.Lstat(entryOf(name)); err == nil {
				return i, nil
			}
		}
		return n.tree.root.Lstat(name)
	})
}

func entryOf(name string) maildir.Entry {
	return maildir.Entry{Sub: path.Dir(name), File: path.Base(name)}
}

// reading opens the directory in which a file lies; nil where that cannot be.
func (n *nearby) reading(name string) *maildir.Reading {
	if !validName(name) {
		return nil
	}
	dir := path.Dir(name)
	if n.open != nil && n.dir == dir {
		return n.open
	}
	n.leave()
	if n.disk == nil {
		d, err := maildir.OpenDisk(n.tree.at)
		if err != nil {
			return nil
		}
		n.disk = d
	}
	n.dir, n.open = dir, maildir.NewFolder(n.disk, "", ".").Reading()
	return n.open
}

// leave closes the directory.
func (n *nearby) leave() {
	if n.open != nil {
		n.open.Close()
		n.open = nil
	}
}

// close closes what is open. It can be used again.
func (n *nearby) close() {
	n.leave()
	if n.disk != nil {
		_ = n.disk.Close() // only read
		n.disk = nil
	}
}

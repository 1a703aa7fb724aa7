package archive

import (
	"io/fs"
	"iter"
	"time"

	"mailmv/formats/maildir"
)

// Nothing is the disk of a dry run over a path where nothing is.
func Nothing() maildir.Disk { return nothing{} }

// nothing is the disk of a dry run over a path where nothing is.
type nothing struct{}

func absent(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

func (nothing) Open(name string) (maildir.File, error)   { return nil, absent("open", name) }
func (nothing) Create(name string) (maildir.File, error) { return nil, absent("create", name) }
func (nothing) Edit(name string) (maildir.File, error)   { return nil, absent("open", name) }
func (nothing) Mkdir(name string) error                  { return absent("mkdir", name) }
func (nothing) Rename(from, to string) error             { return absent("rename", from) }
func (nothing) Link(from, to string) error               { return absent("link", from) }
func (nothing) Remove(name string) error                 { return absent("remove", name) }
func (nothing) SetTime(name string, t time.Time) error   { return absent("chtimes", name) }
func (nothing) SetMode(name string, _ fs.FileMode) error { return absent("chmod", name) }
func (nothing) SetOwner(name string, _, _ int) error     { return absent("chown", name) }
func (nothing) Lstat(name string) (fs.FileInfo, error)   { return nil, absent("lstat", name) }
func (nothing) SyncDir(name string) error                { return absent("sync", name) }
func (nothing) OpenDir(name string) (maildir.Dir, error) { return nil, absent("open", name) }
func (nothing) Close() error                             { return nil }

func (nothing) ReadDir(string) iter.Seq2[fs.DirEntry, error] {
	return func(func(fs.DirEntry, error) bool) {}
}

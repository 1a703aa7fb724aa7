package maildir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"runtime"
	"syscall"
	"time"
)

// Disk is a tree of directories and all that this package does to one, so that a test can make any step
// fail. Names are relative to the tree's root, with slashes. There are as many methods as a disk has verbs.
type Disk interface {
	// Open opens a regular file for reading; ErrNoFile where it is something else. It never blocks.
	Open(name string) (File, error)
	// Create makes a file of mode 0600 for writing; an error where there is something by that name.
	Create(name string) (File, error)
	// Edit opens a file for reading and writing, made with mode 0600 if absent.
	Edit(name string) (File, error)
	// Mkdir makes a directory of mode 0700.
	Mkdir(name string) error
	Rename(from, to string) error
	// Link gives a file a second name; an error where there is something by that name, or where files have but one.
	Link(from, to string) error
	Remove(name string) error
	SetTime(name string, t time.Time) error
	SetMode(name string, mode fs.FileMode) error
	// SetOwner gives a file, but not what a link points at, a user and a group by number.
	SetOwner(name string, uid, gid int) error
	Lstat(name string) (fs.FileInfo, error)
	// ReadDir yields what is in a directory, in no order, a piece at a time. An error ends it.
	ReadDir(name string) iter.Seq2[fs.DirEntry, error]
	// SyncDir makes durable which names are in a directory.
	SyncDir(name string) error
	// OpenDir opens a directory.
	OpenDir(name string) (Dir, error)
	Close() error
}

// File is an open file of a Disk.
type File interface {
	io.ReadWriteSeeker
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Sync() error
	Truncate(size int64) error
	// WriteBack asks that what was written be on its way to the disk; it promises nothing.
	WriteBack()
	// SetTime is Disk.SetTime of the open file; errors.ErrUnsupported where the system has no way to do that.
	SetTime(t time.Time) error
}

// ErrNoFile: what is there is no regular file: a link, a directory, a FIFO, a device.
var ErrNoFile = errors.New("not a regular file")

// OpenDisk opens the tree at a path of the system's. No name and no link in it leads out of it (os.Root).
func OpenDisk(root string) (Disk, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return &disk{Root: r, at: root}, nil
}

type disk struct {
	*os.Root
	at string // for people
	// still is the open directory where files are only read: they are not asked twice for their size and time.
	still    *os.File
	patience patience
}

// Within gives a directory of the tree as a tree of its own, to read from.
func (d *disk) Within(dir string) (Disk, error) {
	r, err := d.Root.OpenRoot(dir)
	if err != nil {
		return nil, d.full(err)
	}
	self, err := r.Open(".")
	if err != nil {
		return nil, errors.Join(d.full(err), r.Close())
	}
	return &disk{Root: r, at: path.Join(d.at, dir), still: self}, nil
}

func (d *disk) Close() error {
	if d.still == nil {
		return d.Root.Close()
	}
	return errors.Join(d.still.Close(), d.Root.Close())
}

// full puts the tree's own path into an error, which os.Root leaves out.
func (d *disk) full(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return &fs.PathError{Op: e.Op, Path: path.Join(d.at, e.Path), Err: e.Err}
	}
	if e := (*os.LinkError)(nil); errors.As(err, &e) {
		return &os.LinkError{Op: e.Op, Old: path.Join(d.at, e.Old), New: path.Join(d.at, e.New), Err: e.Err}
	}
	return err
}

func (d *disk) Open(name string) (File, error) {
	if d.still != nil {
		if f, ok := openStill(d.still, name); ok {
			return f, nil
		}
	}
	f, err := d.open(name, os.O_RDONLY|syscall.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d *disk) Create(name string) (File, error) {
	f, err := d.Root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, d.full(err)
	}
	return file{File: f}, nil
}

func (d *disk) Edit(name string) (File, error) {
	f, err := d.open(name, os.O_RDWR|os.O_CREATE|syscall.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// open opens what is a regular file before and after: a link is not followed, and a FIFO does not block.
func (d *disk) open(name string, flag int) (file, error) {
	refuse := func() (file, error) {
		return file{}, &fs.PathError{Op: "open", Path: path.Join(d.at, name), Err: ErrNoFile}
	}
	if i, err := d.Root.Lstat(name); err == nil && !i.Mode().IsRegular() {
		return refuse()
	}
	f, err := d.Root.OpenFile(name, flag, 0o600)
	if err != nil {
		return file{}, d.full(err)
	}
	i, err := f.Stat()
	if err == nil && i.Mode().IsRegular() {
		if d.still == nil {
			i = nil
		}
		return file{f, i}, nil
	}
	f.Close()
	if err != nil {
		return file{}, d.full(err)
	}
	return refuse()
}

func (d *disk) Mkdir(name string) error      { return d.full(d.Root.Mkdir(name, 0o700)) }
func (d *disk) Rename(from, to string) error { return d.full(d.Root.Rename(from, to)) }
func (d *disk) Link(from, to string) error   { return d.full(d.Root.Link(from, to)) }
func (d *disk) Remove(name string) error     { return d.full(d.Root.Remove(name)) }

func (d *disk) SetTime(name string, t time.Time) error {
	return d.full(d.Root.Chtimes(name, time.Time{}, t))
}

func (d *disk) SetMode(name string, mode fs.FileMode) error {
	return d.full(d.Root.Chmod(name, mode))
}

func (d *disk) SetOwner(name string, uid, gid int) error {
	return d.full(d.Root.Lchown(name, uid, gid))
}

func (d *disk) Lstat(name string) (fs.FileInfo, error) {
	i, err := d.Root.Lstat(name)
	return i, d.full(err)
}

func (d *disk) ReadDir(name string) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		f, err := d.Root.Open(name)
		if err != nil {
			yield(nil, d.full(err))
			return
		}
		ListDir(f, path.Join(d.at, name))(yield)
	}
}

// ListDir yields what is in an open directory, in no order, a piece at a time, and closes it. at is its path. It asks the system no more
// than it must: os.File.ReadDir looks at every file of a directory that was opened in an os.Root. An error ends it.
func ListDir(f *os.File, at string) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		f, err := listable(f, at)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close() // only read
		dirents(f)(yield)
	}
}

func (d *disk) SyncDir(name string) error {
	if runtime.GOOS == "windows" { // NTFS keeps a journal of names; directories cannot be flushed
		return nil
	}
	f, err := d.Root.Open(name)
	if err != nil {
		return d.full(err)
	}
	defer f.Close()
	// Some network and FUSE file systems do not know this call; then there is nothing that could be done.
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("%s: %w", path.Join(d.at, name), err)
	}
	return nil
}

// file is an os.File that can be told to start writing.
type file struct {
	*os.File
	info fs.FileInfo // as it was when it was opened; nil: ask
}

func (f file) Stat() (fs.FileInfo, error) {
	if f.info != nil {
		return f.info, nil
	}
	return f.File.Stat()
}

func (f file) WriteBack() { writeBack(f.File) }

func (f file) SetTime(t time.Time) error { return setTime(f.File, t) }

// ReplaceFile writes a small file beside the old one, durably, and puts it in its place.
func ReplaceFile(d Disk, name string, text []byte) error {
	draft := name + ".mailmv"
	if err := d.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := d.Create(draft)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, d.Remove(draft))
	}
	if err := d.Rename(draft, name); err != nil {
		return err
	}
	return d.SyncDir(path.Dir(name))
}

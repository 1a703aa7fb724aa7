// Package disktest is a maildir.Disk on which any step can be made to fail, for tests.
package disktest

import (
	"io/fs"
	"iter"
	"sync"
	"time"

	"mailmv/formats/maildir"
)

// Faults fails chosen steps of the disk that it wraps. Every call to the disk and to its files is a step, but closing.
type Faults struct {
	maildir.Disk
	// Fail decides on step n (from 1 on), a call of the named method; nil lets it happen. Of a Write that fails, half is written.
	Fail func(n int, method string) error
	// FailAt decides by what is touched; nil: it does not.
	FailAt func(method, name string) error

	mu sync.Mutex
	n  int
}

// At fails step number at, once.
func At(at int, err error) func(int, string) error {
	return func(n int, _ string) error {
		if n == at {
			return err
		}
		return nil
	}
}

// From fails every step from number at on, as after a kill or a disk that went away.
func From(at int, err error) func(int, string) error {
	return func(n int, _ string) error {
		if n >= at {
			return err
		}
		return nil
	}
}

// Every fails all calls of a method.
func Every(method string, err error) func(int, string) error {
	return func(_ int, m string) error {
		if m == method {
			return err
		}
		return nil
	}
}

// Steps is how many steps there were.
func (f *Faults) Steps() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

func (f *Faults) step(method, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	var err error
	if f.Fail != nil {
		err = f.Fail(f.n, method)
	}
	if f.FailAt != nil && err == nil {
		err = f.FailAt(method, name)
	}
	if err != nil {
		return &fs.PathError{Op: method, Path: name, Err: err}
	}
	return nil
}

func (f *Faults) file(method, name string, open func(string) (maildir.File, error)) (maildir.File, error) {
	if err := f.step(method, name); err != nil {
		return nil, err
	}
	r, err := open(name)
	if err != nil {
		return nil, err
	}
	return &file{r, f, name}, nil
}

// Open is step "open".
func (f *Faults) Open(name string) (maildir.File, error) { return f.file("open", name, f.Disk.Open) }

// Create is step "create".
func (f *Faults) Create(name string) (maildir.File, error) {
	return f.file("create", name, f.Disk.Create)
}

// Edit is step "edit".
func (f *Faults) Edit(name string) (maildir.File, error) { return f.file("edit", name, f.Disk.Edit) }

// Mkdir is step "mkdir".
func (f *Faults) Mkdir(name string) error {
	if err := f.step("mkdir", name); err != nil {
		return err
	}
	return f.Disk.Mkdir(name)
}

// Rename is step "rename".
func (f *Faults) Rename(from, to string) error {
	if err := f.step("rename", from); err != nil {
		return err
	}
	return f.Disk.Rename(from, to)
}

// Link is step "link".
func (f *Faults) Link(from, to string) error {
	if err := f.step("link", from); err != nil {
		return err
	}
	return f.Disk.Link(from, to)
}

// Remove is step "remove".
func (f *Faults) Remove(name string) error {
	if err := f.step("remove", name); err != nil {
		return err
	}
	return f.Disk.Remove(name)
}

// SetTime is step "chtimes".
func (f *Faults) SetTime(name string, t time.Time) error {
	if err := f.step("chtimes", name); err != nil {
		return err
	}
	return f.Disk.SetTime(name, t)
}

// SetMode is step "chmod".
func (f *Faults) SetMode(name string, mode fs.FileMode) error {
	if err := f.step("chmod", name); err != nil {
		return err
	}
	return f.Disk.SetMode(name, mode)
}

// SetOwner is step "chown".
func (f *Faults) SetOwner(name string, uid, gid int) error {
	if err := f.step("chown", name); err != nil {
		return err
	}
	return f.Disk.SetOwner(name, uid, gid)
}

// Lstat is step "lstat".
func (f *Faults) Lstat(name string) (fs.FileInfo, error) {
	if err := f.step("lstat", name); err != nil {
		return nil, err
	}
	return f.Disk.Lstat(name)
}

// SyncDir is step "syncdir".
func (f *Faults) SyncDir(name string) error {
	if err := f.step("syncdir", name); err != nil {
		return err
	}
	return f.Disk.SyncDir(name)
}

// ReadDir is step "readdir".
func (f *Faults) ReadDir(name string) iter.Seq2[fs.DirEntry, error] {
	if err := f.step("readdir", name); err != nil {
		return func(yield func(fs.DirEntry, error) bool) { yield(nil, err) }
	}
	return f.Disk.ReadDir(name)
}

// OpenDir is step "opendir".
func (f *Faults) OpenDir(name string) (maildir.Dir, error) {
	if err := f.step("opendir", name); err != nil {
		return nil, err
	}
	d, err := f.Disk.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &dir{d, f, name}, nil
}

// dir is an open directory; its steps are those of the disk.
type dir struct {
	maildir.Dir
	f    *Faults
	name string
}

func (d *dir) Create(name string) (maildir.File, error) {
	return d.f.file("create", name, d.Dir.Create)
}

func (d *dir) Move(name string, to maildir.Dir, as string) error {
	if err := d.f.step("rename", name); err != nil {
		return err
	}
	return d.Dir.Move(name, to.(*dir).Dir, as)
}

func (d *dir) SyncFiles() error {
	if err := d.f.step("syncfiles", d.name); err != nil {
		return err
	}
	return d.Dir.SyncFiles()
}

func (d *dir) Sync() error {
	if err := d.f.step("syncdir", d.name); err != nil {
		return err
	}
	return d.Dir.Sync()
}

type file struct {
	maildir.File
	f    *Faults
	name string
}

func (w *file) Write(b []byte) (int, error) {
	if err := w.f.step("write", w.name); err != nil {
		n, _ := w.File.Write(b[:len(b)/2])
		return n, err
	}
	return w.File.Write(b)
}

func (w *file) Read(b []byte) (int, error) {
	if err := w.f.step("read", w.name); err != nil {
		return 0, err
	}
	return w.File.Read(b)
}

func (w *file) Sync() error {
	if err := w.f.step("sync", w.name); err != nil {
		return err
	}
	return w.File.Sync()
}

func (w *file) Stat() (fs.FileInfo, error) {
	if err := w.f.step("stat", w.name); err != nil {
		return nil, err
	}
	return w.File.Stat()
}

func (w *file) Truncate(size int64) error {
	if err := w.f.step("truncate", w.name); err != nil {
		return err
	}
	return w.File.Truncate(size)
}

func (w *file) SetTime(t time.Time) error {
	if err := w.f.step("chtimes", w.name); err != nil {
		return err
	}
	return w.File.SetTime(t)
}

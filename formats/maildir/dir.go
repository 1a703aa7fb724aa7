package maildir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync/atomic"
	"syscall"
	"time"
)

// Dir is an open directory of a Disk: many files are made in one, and moved on, without its path being walked for
// each. Names have no slash.
type Dir interface {
	// Create is Disk.Create.
	Create(name string) (File, error)
	// Move renames a file of this directory to one of another that was opened of the same Disk.
	Move(name string, to Dir, as string) error
	// Together tells whether SyncFiles can be had, and pays, for so many files.
	Together(files int) bool
	// SyncFiles makes durable, by one call, the contents of all files that were made since the directory was opened.
	SyncFiles() error
	// Sync is Disk.SyncDir.
	Sync() error
	Close() error
}

// dir is a directory of a disk.
type dir struct {
	disk *disk
	name string
	root *os.Root
	self *os.File // opened before the files are: it hears of every error in writing them
	fd   int      // of self, where the system has such
}

func (d *disk) OpenDir(name string) (Dir, error) {
	r, err := d.Root.OpenRoot(name)
	if err != nil {
		return nil, d.full(err)
	}
	self, err := r.Open(".")
	if err != nil {
		return nil, errors.Join(d.full(err), r.Close())
	}
	fd, err := descriptor(self)
	if err != nil {
		return nil, errors.Join(d.full(err), self.Close(), r.Close())
	}
	return &dir{d, name, r, self, fd}, nil
}

func (d *dir) Create(name string) (File, error) {
	f, err := d.create(name)
	if err != nil {
		return nil, d.full(err)
	}
	return f, nil
}

// full puts the path of the directory into an error.
func (d *dir) full(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return &fs.PathError{Op: e.Op, Path: path.Join(d.disk.at, d.name, e.Path), Err: e.Err}
	}
	return err
}

func (d *dir) Move(name string, to Dir, as string) error {
	t, ok := to.(*dir)
	if !ok {
		return fmt.Errorf("cannot happen: a directory of another disk (%T)", to)
	}
	return d.move(name, t, as)
}

func (d *dir) Sync() error {
	// Some network and FUSE file systems do not know this call; then there is nothing that could be done.
	if err := syncDirectory(d.self); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("%s: %w", path.Join(d.disk.at, d.name), err)
	}
	return nil
}

func (d *dir) Close() error {
	return errors.Join(d.self.Close(), d.root.Close())
}

// Syncing files together writes all that the file system holds, other programs' octets too. Where that takes long,
// some of the following batches are synced file by file.
const (
	togetherFrom = 8
	togetherSlow = 2 * time.Second
	apartAfter   = 20 // batches
)

// patience counts the batches that are still to be synced file by file.
type patience struct{ apart atomic.Int32 }

func (p *patience) together() bool {
	if p.apart.Load() <= 0 {
		return true
	}
	p.apart.Add(-1)
	return false
}

func (p *patience) took(d time.Duration) {
	if d > togetherSlow {
		p.apart.Store(apartAfter)
	}
}

func (d *dir) Together(files int) bool {
	return files >= togetherFrom && d.disk.patience.together() && syncsTogether(d.self)
}

func (d *dir) SyncFiles() error {
	start := time.Now()
	err := syncTogether(d.self)
	d.disk.patience.took(time.Since(start))
	if err != nil {
		return fmt.Errorf("%s: %w", path.Join(d.disk.at, d.name), err)
	}
	return nil
}

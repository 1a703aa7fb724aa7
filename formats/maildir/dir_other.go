//go:build !unix

package maildir

import (
	"os"
	"path"
)

func (d *dir) create(name string) (File, error) {
	f, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return file{File: f}, nil
}

// descriptor is not needed here.
func descriptor(*os.File) (int, error) { return -1, nil }

func (d *dir) move(name string, to *dir, as string) error {
	return d.disk.Rename(path.Join(d.name, name), path.Join(to.name, as))
}

// syncDirectory does nothing: NTFS keeps a journal of names, and directories cannot be flushed.
func syncDirectory(*os.File) error { return nil }

// listable has nothing to do here.
func listable(f *os.File, _ string) (*os.File, error) { return f, nil }

//go:build unix

package maildir

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// create makes a file without what an os.File of a socket would need, which costs more than the making.
func (d *dir) create(name string) (*os.File, error) {
	if strings.ContainsRune(name, '/') {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrInvalid}
	}
	var f *os.File
	err := onFD(d.self, func(in int) error {
		for {
			fd, err := unix.Openat(in, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
			if err == nil {
				f = os.NewFile(uintptr(fd), name)
			}
			if !errors.Is(err, unix.EINTR) {
				return err
			}
		}
	})
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: err}
	}
	return f, nil
}

// move renames between the open directories, whatever has become of their paths.
func (d *dir) move(name string, to *dir, as string) error {
	err := onFD(d.self, func(from int) error {
		return onFD(to.self, func(to int) error { return unix.Renameat(from, name, to, as) })
	})
	if err != nil {
		return &os.LinkError{Op: "rename", Old: path.Join(d.disk.at, d.name, name), New: path.Join(d.disk.at, to.name, as), Err: err}
	}
	return nil
}

// onFD calls do with the descriptor of f, and leaves f's mode as it is.
func onFD(f *os.File, do func(fd int) error) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var done error
	if err := c.Control(func(fd uintptr) { done = do(int(fd)) }); err != nil {
		return err
	}
	return done
}

func syncDirectory(f *os.File) error { return f.Sync() }

// listable makes of an open directory one that is listed without a look at each file: of one that was opened in an
// os.Root every name is looked up.
func listable(f *os.File, at string) (*os.File, error) {
	defer f.Close()
	var own *os.File
	err := onFD(f, func(fd int) error {
		copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err == nil {
			own = os.NewFile(uintptr(copied), at)
		}
		return err
	})
	return own, err
}

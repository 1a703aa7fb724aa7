//go:build unix

package maildir

import (
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// create makes a file without what an os.File of a socket would need, which costs more than the making.
func (d *dir) create(name string) (File, error) {
	if strings.ContainsRune(name, '/') {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrInvalid}
	}
	for {
		fd, err := unix.Openat(d.fd, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
		if err == nil {
			return fileOf(fd, name), nil
		}
		if err != unix.EINTR {
			return nil, &fs.PathError{Op: "create", Path: name, Err: err}
		}
	}
}

// move renames between the open directories, whatever has become of their paths.
func (d *dir) move(name string, to *dir, as string) error {
	if err := unix.Renameat(d.fd, name, to.fd, as); err != nil {
		return &os.LinkError{Op: "rename", Old: path.Join(d.disk.at, d.name, name), New: path.Join(d.disk.at, to.name, as), Err: err}
	}
	return nil
}

// descriptor is the number of an open directory, which is good until it is closed.
func descriptor(f *os.File) (number int, err error) {
	err = onFD(f, func(fd int) error { number = fd; return nil })
	return number, err
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

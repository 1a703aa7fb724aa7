//go:build unix

package maildir

import (
	"os"
	"path"

	"golang.org/x/sys/unix"
)

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

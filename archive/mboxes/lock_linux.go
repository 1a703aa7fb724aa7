package mboxes

import (
	"errors"
	"io"
	"syscall"

	"golang.org/x/sys/unix"

	"mailmv/formats/maildir"
)

// lockFile locks the open file against programs that use fcntl. The lock is the open file's own (F_OFD_SETLK): reading the same file
// beside it does not give it up.
func lockFile(f maildir.File) error {
	fd, ok := f.(interface{ Fd() uintptr })
	if !ok {
		return nil
	}
	err := unix.FcntlFlock(fd.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart})
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EACCES):
		return errLocked
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOLCK), errors.Is(err, errors.ErrUnsupported):
		return nil // a file system that knows no such locks: the dotlock has to do
	}
	return err
}

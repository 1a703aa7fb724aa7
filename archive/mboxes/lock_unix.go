//go:build unix && !linux && !solaris && !illumos && !aix

package mboxes

import (
	"errors"
	"io"
	"syscall"

	"golang.org/x/sys/unix"

	"mailmv/formats/maildir"
)

// lockFile locks the file against programs that use fcntl. It holds until any descriptor of the file is closed: the dotlock is the one that counts.
func lockFile(f maildir.File) error {
	fd, ok := f.(interface{ Fd() uintptr })
	if !ok {
		return nil
	}
	err := unix.FcntlFlock(fd.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart})
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EACCES):
		return errLocked
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOLCK), errors.Is(err, errors.ErrUnsupported):
		return nil
	}
	return err
}

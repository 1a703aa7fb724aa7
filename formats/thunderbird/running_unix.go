//go:build unix && !solaris && !illumos && !aix

package thunderbird

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Running tells whether a Thunderbird has the profile open. It holds a lock (fcntl) on .parentlock, a file that stays when it ends;
// where that cannot be, as on some network file systems, it leaves a link "lock" to "HOST:+PID".
func Running(profile string) bool {
	f, err := os.OpenFile(filepath.Join(profile, ".parentlock"), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err == nil {
		defer f.Close() // only read
		lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
		if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock); err == nil {
			return lock.Type != unix.F_UNLCK
		}
	}
	to, err := os.Readlink(filepath.Join(profile, "lock"))
	if err != nil {
		return false
	}
	_, number, _ := strings.Cut(to, ":")
	pid, err := strconv.Atoi(strings.TrimPrefix(number, "+"))
	if err != nil || pid <= 0 {
		return false
	}
	err = syscall.Kill(pid, 0) // asks whether there is such a process, and does nothing to it
	return err == nil || errors.Is(err, syscall.EPERM)
}

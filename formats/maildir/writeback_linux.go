package maildir

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// writeBack starts writing a file's octets without waiting, so that the syncs that follow find them written.
func writeBack(f *os.File) {
	// Only a hint: what goes wrong shows at the sync.
	_ = onFD(f, func(fd int) error { return unix.SyncFileRange(fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE) })
}

// setTime sets when an open file was changed. Linux knows how from 5.8 on.
func setTime(f *os.File, t time.Time) error {
	at, err := unix.TimeToTimespec(t)
	if err != nil {
		return err
	}
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, at}
	err = onFD(f, func(fd int) error { return unix.UtimesNanoAt(fd, "", times, unix.AT_EMPTY_PATH) })
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		return errors.ErrUnsupported
	}
	return err
}

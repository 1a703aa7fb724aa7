package maildir

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// syncsTogether tells whether one syncfs does what a sync of each file does: it has to tell of what could not be written,
// as Linux does from 5.8 on, and the file system has to be known to write all of it.
func syncsTogether(f *os.File) bool {
	if !tellsErrors() {
		return false
	}
	var s unix.Statfs_t
	if err := onFD(f, func(fd int) error { return unix.Fstatfs(fd, &s) }); err != nil {
		return false
	}
	switch int64(uint32(s.Type)) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.TMPFS_MAGIC:
		return true
	}
	return false // network file systems, FUSE and layers over others have their own ideas
}

var tellsErrors = sync.OnceValue(func() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	return atLeast(unix.ByteSliceToString(u.Release[:]), 5, 8)
})

func syncTogether(f *os.File) error {
	return onFD(f, unix.Syncfs)
}

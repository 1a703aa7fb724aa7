package archive

import (
	"os"

	"golang.org/x/sys/unix"
)

func startWriting(f *os.File) {
	unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}

package mboxes

import (
	"io/fs"
	"syscall"
)

// changeOf is when a file's content or status last changed, in nanoseconds; 0: not known.
func changeOf(i fs.FileInfo) int64 {
	if s, ok := i.Sys().(*syscall.Stat_t); ok {
		return s.Ctim.Nano()
	}
	return 0
}

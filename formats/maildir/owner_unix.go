//go:build unix

package maildir

import (
	"io/fs"
	"syscall"
)

// ownerOf tells who a file belongs to.
func ownerOf(i fs.FileInfo) *owner {
	if s, ok := i.Sys().(*syscall.Stat_t); ok {
		return &owner{int(s.Uid), int(s.Gid)}
	}
	return nil
}

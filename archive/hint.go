package archive

import (
	"errors"
	"io/fs"
	"syscall"

	"mailmv/archive/ledger"
)

const unreadHint = "give the user who runs mailmv the right to read it, and to write where mail goes; an archive belongs to whoever writes it"

// ProfileHint is the way to have mail in Thunderbird.
const ProfileHint = "name a new mbox: path outside of it, and have Thunderbird import the files from there; or push to its IMAP account"

// Hint is the way out of what commonly goes wrong with an archive's disk; empty where none is known.
func Hint(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return unreadHint
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room there and run again: it goes on where it stopped"
	case errors.Is(err, syscall.EROFS):
		return "the file system is mounted read-only"
	case errors.Is(err, ErrProfile):
		return ProfileHint
	case errors.Is(err, ledger.ErrIdentity):
		return "remove that file: what was sent from the archive before is known by the archive's path then, if it still lies there"
	case errors.Is(err, ErrVersion):
		return "use the mailmv that wrote it, or a newer one"
	}
	return ""
}

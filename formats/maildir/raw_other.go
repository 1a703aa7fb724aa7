//go:build !linux

package maildir

import (
	"errors"
	"os"
	"time"
)

func fileOf(fd int, name string) File { return file{File: os.NewFile(uintptr(fd), name)} }

// writeBack has no portable form; the sync does it all.
func writeBack(*os.File) {}

// setTime has no portable form; the file's path has to do.
func setTime(*os.File, time.Time) error { return errors.ErrUnsupported }

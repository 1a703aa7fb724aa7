//go:build !linux

package maildir

import (
	"errors"
	"os"
)

func syncsTogether(*os.File) bool { return false }

func syncTogether(*os.File) error { return errors.ErrUnsupported }

//go:build !linux

package maildir

import "os"

// openStill has no cheaper way to open a file.
func openStill(*os.File, string) (File, bool) { return nil, false }

//go:build !unix || solaris || illumos || aix

package thunderbird

import (
	"os"
	"path/filepath"
)

// Running tells whether a Thunderbird has the profile open: it has parent.lock open, which goes away with it.
func Running(profile string) bool {
	_, err := os.Lstat(filepath.Join(profile, "parent.lock"))
	return err == nil
}

// Package thunderbird knows the profiles of Thunderbird: which directory is one, and whether a running Thunderbird has it open.
// It reads no mail; packages mbox and maildir do.
package thunderbird

import (
	"os"
	"path/filepath"
)

// ProfileOf gives the profile that a path is or lies in, whatever links lead there; empty: none. What comes last in the path need
// not be there. A profile is a directory with prefs.js and, next to that, Mail or ImapMail.
func ProfileOf(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	if found := above(full); found != "" {
		return found
	}
	return above(real(full))
}

// above looks at a directory and those above it.
func above(dir string) string {
	for {
		if isProfile(dir) {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

func isProfile(dir string) bool {
	if i, err := os.Stat(filepath.Join(dir, "prefs.js")); err != nil || !i.Mode().IsRegular() {
		return false
	}
	for _, mail := range []string{"Mail", "ImapMail"} {
		if i, err := os.Stat(filepath.Join(dir, mail)); err == nil && i.IsDir() {
			return true
		}
	}
	return false
}

// real is a path without links, as far as it exists.
func real(path string) string {
	if found, err := filepath.EvalSymlinks(path); err == nil {
		return found
	}
	up := filepath.Dir(path)
	if up == path {
		return path
	}
	return filepath.Join(real(up), filepath.Base(path))
}

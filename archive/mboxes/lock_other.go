//go:build !unix || solaris || illumos || aix

package mboxes

import "mailmv/formats/maildir"

// lockFile does nothing here: the dotlock has to do.
func lockFile(maildir.File) error { return nil }

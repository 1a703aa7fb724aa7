package mboxes

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"mailmv/archive"
)

// refuseOtherMail keeps an archive from being made among mail of another kind, and under a mail program's hands.
func (a *Archive) refuseOtherMail() error {
	what := a.root
	if a.only != "" {
		what = filepath.Join(a.root, a.only)
	}
	found, err := archive.Detect(what)
	if err != nil {
		return err
	}
	switch found.Kind {
	case archive.Absent, archive.Empty, archive.KindMbox, archive.KindMboxes, archive.KindMboxArchive:
	default:
		return fmt.Errorf("%w: it holds %s (%s); name another place for the archive", archive.ErrLayout, found.Kind, found.Why)
	}
	if a.only != "" {
		return a.refuseFile()
	}
	for name := range a.walk() {
		if owned, err := a.thunderbirds(name); err != nil || owned {
			return errors.Join(err, fmt.Errorf("%w: Thunderbird keeps it; name another place for the archive, and copy from it", archive.ErrLayout))
		}
	}
	return nil
}

// refuseFile refuses one file that cannot be appended to.
func (a *Archive) refuseFile() error {
	if owned, err := a.thunderbirds(a.only); err != nil || owned {
		return errors.Join(err, fmt.Errorf("%w: Thunderbird keeps it; name another file, and copy from it", archive.ErrLayout))
	}
	f, err := a.disk.Open(a.only)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	why, err := sniff(f)
	if err == nil && why != "" {
		err = fmt.Errorf("%w: %s", archive.ErrLayout, why)
	}
	return err
}

// thunderbirds tells whether Thunderbird has an index of an mbox file: then it is its own, and may be in use.
func (a *Archive) thunderbirds(name string) (bool, error) {
	_, err := a.disk.Lstat(name + ".msf")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

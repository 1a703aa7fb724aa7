package archive

import (
	"errors"

	"mailmv/archive/ledger"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// wake reads the manifest, if its gist has been enough so far.
func (a *Archive) wake() error {
	if a.manifest != nil {
		return nil
	}
	m, err := openManifest(a.disk, a.begin)
	if err != nil {
		return errors.Join(err, m.Close())
	}
	a.manifest = m
	return nil
}

// keepGist writes the gist.
func (a *Archive) keepGist() {
	a.manifest.KeepGist(a.disk, stateDir, string(a.manifest.layout), func(yield func(ledger.Folder) bool) {
		for _, s := range a.manifest.byPath {
			if !yield(s.known()) {
				return
			}
		}
	})
}

// known is a folder without a look into it.
func (s *shelf) known() ledger.Folder {
	return ledger.Folder{Folder: mail.Folder{Path: s.path, Role: s.role, Validity: s.validity, Next: s.next, Messages: -1}, Where: s.folder.Dir}
}

// Known tells of a folder of the archive whose directory is there, and does not look into that.
func (a *Archive) Known(p mail.Path) (mail.Folder, bool) {
	if p = p.Clean(); p == "" {
		p = mail.Inbox
	}
	var f ledger.Folder
	ok := false
	if a.manifest == nil {
		f, ok = a.gist.Folders[p]
	} else if s := a.manifest.byPath[p]; s != nil {
		f, ok = s.known(), true
	}
	if !ok || a.byName {
		return mail.Folder{}, false
	}
	there, err := maildir.NewFolder(a.disk, p, f.Where).Exists()
	return f.Folder, there && err == nil
}

package mboxes

import (
	"errors"
	"iter"

	"mailmv/archive/ledger"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// sleep is enough for a run that finds nothing new: the manifest's gist.
func (a *Archive) sleep() bool {
	a.gist = ledger.ReadGist(a.disk, a.state)
	if a.gist == nil {
		return false
	}
	has, ok := mbox.ParseDialect(a.gist.Layout)
	return ok && (a.Dialect == mbox.Unknown || a.Dialect == has)
}

// wake reads the manifest, if its gist has been enough so far.
func (a *Archive) wake() error {
	if a.manifest != nil {
		return nil
	}
	m, err := openManifest(a.disk, a.state, a.Dialect)
	if err != nil {
		return errors.Join(err, m.Close())
	}
	a.manifest = m
	return a.checkDialect()
}

// known are all folders without a look at their files.
func (a *Archive) known() iter.Seq[ledger.Folder] {
	return func(yield func(ledger.Folder) bool) {
		if a.manifest == nil {
			for _, f := range a.gist.Folders {
				if !yield(f) {
					return
				}
			}
			return
		}
		for _, s := range a.manifest.byPath {
			f := mail.Folder{Path: s.path, Role: s.role, Validity: s.validity, Next: s.next, Messages: -1}
			if !yield(ledger.Folder{Folder: f, Where: s.file}) {
				return
			}
		}
	}
}

// Known tells of a folder of the archive whose file is there, and does not look into that.
func (a *Archive) Known(p mail.Path) (mail.Folder, bool) {
	if p = p.Clean(); p == "" {
		p = mail.Inbox
	}
	if a.byKey {
		return mail.Folder{}, false
	}
	for f := range a.known() {
		if f.Path == p {
			return f.Folder, a.there(f.Where)
		}
	}
	return mail.Folder{}, false
}

package archive

import (
	"mailmv/archive/ledger"
	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// The gist of a manifest tells its folders:
//
//	folder  F  VALIDITY  PATH  DIR  NEXT
//
// and so what a run needs to know that finds nothing new. With one that fits, the manifest is read when it is asked for more.

// known is a folder as the gist has it.
type known struct {
	mail.Folder
	dir string
}

// readGist reads the gist; false: there is none that fits.
func (a *Archive) readGist() bool {
	folders := map[mail.Path]known{}
	ok := ledger.ReadGist(a.disk, stateDir, func(p *line.Reader) {
		if p.Text() == lineFolder {
			p.Number(32)
			f := known{Folder: mail.Folder{Validity: uint32(p.Number(32)), Path: mail.Path(p.Text()), Messages: -1}, dir: p.Text()}
			f.Next = uint32(p.Number(32))
			folders[f.Path] = f
		}
	})
	if ok {
		a.known = folders
	}
	return ok
}

// wake reads the manifest, if the gist has been enough so far.
func (a *Archive) wake() (err error) {
	if a.manifest == nil {
		a.manifest, err = openManifest(a.disk, a.layoutFor)
	}
	return err
}

// keepGist writes the gist.
func (a *Archive) keepGist() {
	a.manifest.KeepGist(a.disk, stateDir, func() (b []byte) {
		for _, s := range a.manifest.byPath {
			b = line.Append(b, lineFolder, s.n, s.validity, string(s.path), s.folder.Dir, s.next)
		}
		return b
	})
}

// Known tells of a folder of the archive whose directory is there, and does not look into that.
func (a *Archive) Known(p mail.Path) (mail.Folder, bool) {
	if p = p.Clean(); p == "" {
		p = mail.Inbox
	}
	f, ok := a.known[p]
	if a.manifest != nil {
		s := a.manifest.byPath[p]
		if ok = s != nil; ok {
			f = known{mail.Folder{Path: p, Validity: s.validity, Next: s.next, Messages: -1}, s.folder.Dir}
		}
	}
	if !ok || a.byName {
		return mail.Folder{}, false
	}
	there, err := maildir.NewFolder(a.disk, p, f.dir).Exists()
	return f.Folder, there && err == nil
}

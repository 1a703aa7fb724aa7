package ledger

import (
	"errors"
	"iter"
	"path"

	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

const (
	manifestName = "manifest"
	gistName     = "manifest.gist"
	lineFolder   = "folder"
)

// A Gist is what a run needs to know of a manifest that finds nothing new. It lies beside it (package line), and one that fits
// spares the reading of the manifest until more is asked for. Its lines are
//
//	mailmv-archive  1  LAYOUT               as the manifest has it
//	folder  VALIDITY  PATH  WHERE  NEXT  [ROLE]
type Gist struct {
	Layout  string
	Folders map[mail.Path]Folder
}

// Folder is one of an archive: Messages is -1, and it is kept in the file or directory Where.
type Folder struct {
	mail.Folder
	Where string
}

// ReadGist reads the gist of the manifest in dir; nil: there is none that fits. The lock has to be held.
func ReadGist(d maildir.Disk, dir string) *Gist {
	g := &Gist{Folders: map[mail.Path]Folder{}}
	ok := readGist(d, dir, func(p *line.Reader) {
		switch p.Text() {
		case Magic:
			p.Number(32)
			g.Layout = p.Text()
		case lineFolder:
			f := Folder{Folder: mail.Folder{Validity: uint32(p.Number(32)), Path: mail.Path(p.Text()), Messages: -1}, Where: p.Text()}
			f.Next, f.Role = uint32(p.Number(32)), mail.Role(p.Peek())
			g.Folders[f.Path] = f
		}
	})
	if !ok {
		return nil
	}
	return g
}

// readGist hands each the lines, if it fits.
func readGist(d maildir.Disk, dir string, each func(*line.Reader)) bool {
	f, err := d.Open(path.Join(dir, manifestName))
	if err != nil {
		return false
	}
	defer f.Close()
	of, err := markOf(f)
	if err != nil {
		return false
	}
	g, err := d.Open(path.Join(dir, gistName))
	if err != nil {
		return false
	}
	defer g.Close()
	return line.ReadGist(g, of, each)
}

func markOf(f maildir.File) (line.Mark, error) {
	i, err := f.Stat()
	if err != nil {
		return line.Mark{}, err
	}
	return line.MarkOf(f, i.Size())
}

// KeepGist writes the gist of the manifest as it is now, unless that has failed or is damaged. It is a help: nobody is told
// where it cannot be written.
func (l *Lines) KeepGist(d maildir.Disk, dir, layout string, folders iter.Seq[Folder]) {
	if l.file == nil || !l.write || l.err != nil || len(l.Damage) > 0 {
		return
	}
	of, err := markOf(l.file)
	if err != nil || of.Size != l.size || readGist(d, dir, func(*line.Reader) {}) {
		return
	}
	text := line.Append(nil, Magic, 1, layout)
	for f := range folders {
		text = line.Append(text, lineFolder, f.Validity, string(f.Path), f.Where, f.Next, string(f.Role))
	}
	f, err := d.Edit(path.Join(dir, gistName))
	if err != nil {
		return
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.Write(line.Gist(of, text))
	}
	_ = errors.Join(err, f.Close())
}

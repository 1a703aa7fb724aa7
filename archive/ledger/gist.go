package ledger

import (
	"errors"
	"io"
	"path"

	"mailmv/formats/line"
	"mailmv/formats/maildir"
)

const (
	manifestName = "manifest"
	gistName     = "manifest.gist"
)

// ReadGist hands each the lines of the manifest's gist (package line). false: there is none that fits, or what each was told is
// nothing to go by. The lock has to be held.
func ReadGist(d maildir.Disk, dir string, each func(*line.Reader)) bool {
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

// KeepGist writes lines as the gist of the manifest as it is now, unless it has failed or is damaged. It is a help: nobody is told
// where it cannot be written.
func (l *Lines) KeepGist(d maildir.Disk, dir string, lines func() []byte) {
	if l.file == nil || !l.write || l.err != nil || len(l.Damage) > 0 {
		return
	}
	of, err := markOf(l.file)
	if err != nil || of.Size != l.size || ReadGist(d, dir, func(*line.Reader) {}) {
		return
	}
	f, err := d.Edit(path.Join(dir, gistName))
	if err != nil {
		return
	}
	if err = f.Truncate(0); err == nil {
		_, err = io.WriteString(f, string(line.Gist(of, lines())))
	}
	_ = errors.Join(err, f.Close())
}

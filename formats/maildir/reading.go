package maildir

import (
	"errors"
	"io/fs"
	"path"
)

// Reading opens many messages of a folder, and keeps its directories open meanwhile: most of what it costs to open a
// file is the way there. One goroutine uses it. Close it.
type Reading struct {
	f    *Folder
	subs map[string]Disk // nil: as any other file
}

// Reading begins one.
func (f *Folder) Reading() *Reading { return &Reading{f, map[string]Disk{}} }

// Open is Folder.OpenNow. What the file's Stat tells is from when it was opened.
func (r *Reading) Open(e Entry) (File, error) {
	if d := r.sub(e.Sub); d != nil {
		f, err := d.Open(e.File)
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
		// The directory may be another one by now.
	}
	return r.f.OpenNow(e)
}

// Lstat is Folder.Lstat.
func (r *Reading) Lstat(e Entry) (fs.FileInfo, error) {
	if d := r.sub(e.Sub); d != nil {
		i, err := d.Lstat(e.File)
		if !errors.Is(err, fs.ErrNotExist) {
			return i, err
		}
	}
	return r.f.Lstat(e)
}

// sub is the open directory of that name; nil where it cannot be had, and the way from the top tells what is wrong.
func (r *Reading) sub(name string) Disk {
	d, known := r.subs[name]
	if !known {
		if in, ok := r.f.disk.(interface{ Within(string) (Disk, error) }); ok {
			var err error
			if d, err = in.Within(path.Join(r.f.Dir, name)); err != nil {
				d = nil
			}
		}
		r.subs[name] = d
	}
	return d
}

// Close closes the directories.
func (r *Reading) Close() {
	for _, d := range r.subs {
		if d != nil {
			_ = d.Close() // only read
		}
	}
}

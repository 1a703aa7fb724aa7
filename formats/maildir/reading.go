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
	d, known := r.subs[e.Sub]
	if !known {
		if in, ok := r.f.disk.(interface{ Within(string) (Disk, error) }); ok {
			var err error
			if d, err = in.Within(path.Join(r.f.Dir, e.Sub)); err != nil {
				d = nil // OpenNow tells what is wrong with it
			}
		}
		r.subs[e.Sub] = d
	}
	if d != nil {
		f, err := d.Open(e.File)
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
		// The directory may be another one by now.
	}
	return r.f.OpenNow(e)
}

// Close closes the directories.
func (r *Reading) Close() {
	for _, d := range r.subs {
		if d != nil {
			_ = d.Close() // only read
		}
	}
}

//go:build !linux

package maildir

import (
	"io"
	"io/fs"
	"iter"
	"os"
)

// dirents yields what is in an open directory.
func dirents(f *os.File) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		for {
			some, err := f.ReadDir(512)
			for _, e := range some {
				if !yield(e, nil) {
					return
				}
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

package maildir

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"iter"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// direntsAtOnce is how much of a directory is read by one call.
const direntsAtOnce = 64 << 10

// Where the parts of a struct linux_dirent64 are (getdents64(2)).
const (
	direntLength = 16
	direntType   = 18
	direntName   = 19
)

// dirents yields what is in an open directory. os.File.ReadDir takes several allocations for each name, and calls the system
// eight times as often.
func dirents(f *os.File) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		buf := make([]byte, direntsAtOnce)
		for {
			n := 0
			err := onFD(f, func(fd int) error {
				return again(func() (err error) { n, err = unix.Getdents(fd, buf); return err })
			})
			if err != nil {
				yield(nil, &fs.PathError{Op: "readdirent", Path: f.Name(), Err: err})
				return
			}
			if n <= 0 {
				return
			}
			some := parseDirents(f.Name(), buf[:n])
			for k := range some {
				err := some[k].find()
				if errors.Is(err, fs.ErrNotExist) {
					continue // it is gone
				}
				if !yield(&some[k], err) || err != nil {
					return
				}
			}
		}
	}
}

// parseDirents takes apart what the system wrote. The names share one string.
func parseDirents(dir string, buf []byte) []dirent {
	n, octets := 0, 0
	for name := range rawDirents(buf) {
		n, octets = n+1, octets+len(name)
	}
	var names strings.Builder
	names.Grow(octets)
	all := make([]dirent, 0, n)
	for name, kind := range rawDirents(buf) {
		start := names.Len()
		names.Write(name)
		all = append(all, dirent{dir: dir, name: names.String()[start:], mode: modeOf(kind)})
	}
	return all
}

// rawDirents yields names and types.
func rawDirents(buf []byte) iter.Seq2[[]byte, byte] {
	return func(yield func([]byte, byte) bool) {
		for len(buf) > direntName {
			n := int(binary.NativeEndian.Uint16(buf[direntLength:]))
			name, _, _ := bytes.Cut(buf[direntName:n], []byte{0})
			if string(name) != "." && string(name) != ".." && !yield(name, buf[direntType]) {
				return
			}
			buf = buf[n:]
		}
	}
}

// unknownMode is of what the file system does not tell the type of in a listing.
const unknownMode = fs.ModePerm

func modeOf(kind byte) fs.FileMode {
	switch kind {
	case unix.DT_REG:
		return 0
	case unix.DT_DIR:
		return fs.ModeDir
	case unix.DT_LNK:
		return fs.ModeSymlink
	case unix.DT_FIFO:
		return fs.ModeNamedPipe
	case unix.DT_SOCK:
		return fs.ModeSocket
	case unix.DT_CHR:
		return fs.ModeDevice | fs.ModeCharDevice
	case unix.DT_BLK:
		return fs.ModeDevice
	}
	return unknownMode
}

// dirent is one name in a directory.
type dirent struct {
	dir, name string
	mode      fs.FileMode
}

// find finds out the type where the listing does not tell it.
func (d *dirent) find() error {
	if d.mode != unknownMode {
		return nil
	}
	i, err := d.Info()
	if err == nil {
		d.mode = i.Mode().Type()
	}
	return err
}

func (d *dirent) Name() string               { return d.name }
func (d *dirent) IsDir() bool                { return d.mode.IsDir() }
func (d *dirent) Type() fs.FileMode          { return d.mode }
func (d *dirent) Info() (fs.FileInfo, error) { return os.Lstat(d.dir + "/" + d.name) }

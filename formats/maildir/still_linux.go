package maildir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// still is a file that is open to be read and no more. An os.File costs several calls of the system, and is made to be
// used by many goroutines.
type still struct {
	fd      int
	name    string
	size    int64 // these are as they were when it was opened
	changed time.Time
	mode    fs.FileMode
}

// openStill opens a regular file of an open directory, never by way of a link; false where there is none, or it needs
// another way to open it or to say what is wrong.
func openStill(dir *os.File, name string) (File, bool) {
	if name == "" || strings.ContainsAny(name, "/\x00") {
		return nil, false
	}
	f := &still{name: name}
	err := onFD(dir, func(at int) error {
		return again(func() (err error) {
			f.fd, err = unix.Openat(at, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
			return err
		})
	})
	if err != nil {
		return nil, false
	}
	var status unix.Stat_t
	err = again(func() error { return unix.Fstat(f.fd, &status) })
	if err != nil || status.Mode&unix.S_IFMT != unix.S_IFREG {
		_ = f.Close() // nothing was read
		return nil, false
	}
	f.size, f.changed, f.mode = status.Size, time.Unix(status.Mtim.Unix()), fs.FileMode(status.Mode&0o777)
	return f, true
}

// again calls do until no signal comes between.
func again(do func() error) error {
	for {
		if err := do(); err != unix.EINTR {
			return err
		}
	}
}

// fail makes an error of what a call of the system says.
func (f *still) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: f.name, Err: err}
}

func (f *still) Read(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, nil
	}
	err = again(func() error { n, err = unix.Read(f.fd, b); return err })
	return f.got(n, err)
}

// got is what a call that reads gives.
func (f *still) got(n int, err error) (int, error) {
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(0, n), f.fail("read", err)
}

func (f *still) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) && err == nil {
		var some int
		err = again(func() (err error) { some, err = unix.Pread(f.fd, b[n:], off+int64(n)); return err })
		some, err = f.got(some, err)
		n += some
	}
	return n, err
}

func (f *still) Seek(offset int64, whence int) (int64, error) {
	at, err := unix.Seek(f.fd, offset, whence)
	return at, f.fail("seek", err)
}

func (f *still) Close() error {
	fd := f.fd
	f.fd = -1 // a number that was closed may be another file's
	return f.fail("close", unix.Close(fd))
}

func (f *still) Stat() (fs.FileInfo, error) { return (*stillInfo)(f), nil }

func (f *still) Write([]byte) (int, error) { return 0, f.fail("write", unix.EBADF) }
func (f *still) Truncate(int64) error      { return f.fail("truncate", unix.EBADF) }
func (f *still) Sync() error               { return f.fail("sync", unix.Fsync(f.fd)) }
func (f *still) SetTime(time.Time) error   { return errors.ErrUnsupported }
func (f *still) WriteBack()                {}

// stillInfo tells of the file as it was when it was opened.
type stillInfo still

func (s *stillInfo) Name() string       { return path.Base(s.name) }
func (s *stillInfo) Size() int64        { return s.size }
func (s *stillInfo) Mode() fs.FileMode  { return s.mode }
func (s *stillInfo) ModTime() time.Time { return s.changed }
func (s *stillInfo) IsDir() bool        { return false }
func (s *stillInfo) Sys() any           { return nil }

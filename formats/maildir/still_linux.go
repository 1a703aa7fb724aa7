package maildir

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// still is a file that is open to be read and no more, and is not asked twice for its size and time.
type still struct {
	raw
	info fs.FileInfo // as it was when it was opened
}

// openStill opens a regular file of an open directory, never by way of a link; false where there is none, or it needs
// another way to open it or to say what is wrong.
func openStill(dir *os.File, name string) (File, bool) {
	if name == "" || strings.ContainsAny(name, "/\x00") {
		return nil, false
	}
	f := &still{raw: raw{name: name}}
	err := onFD(dir, func(at int) error {
		return again(func() (err error) {
			f.fd, err = unix.Openat(at, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
			return err
		})
	})
	if err != nil {
		return nil, false
	}
	if f.info, err = f.raw.Stat(); err != nil || !f.info.Mode().IsRegular() {
		_ = f.Close() // nothing was read
		return nil, false
	}
	return f, true
}

func (f *still) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *still) Write([]byte) (int, error) { return 0, f.fail("write", unix.EBADF) }
func (f *still) Truncate(int64) error      { return f.fail("truncate", unix.EBADF) }
func (f *still) SetTime(time.Time) error   { return errors.ErrUnsupported }
func (f *still) WriteBack()                {}

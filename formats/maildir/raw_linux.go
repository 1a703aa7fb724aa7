package maildir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"golang.org/x/sys/unix"
)

// raw is an open file that one goroutine at a time uses. An os.File costs several calls of the system, and is made to be
// used by many.
type raw struct {
	fd   int
	name string
}

func fileOf(fd int, name string) File { return &raw{fd, name} }

// again calls do until no signal comes between.
func again(do func() error) error {
	for {
		if err := do(); err != unix.EINTR {
			return err
		}
	}
}

// fail makes an error of what a call of the system says.
func (f *raw) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: f.name, Err: err}
}

func (f *raw) Read(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, nil
	}
	err = again(func() error { n, err = unix.Read(f.fd, b); return err })
	return f.got(n, err)
}

// got is what a call that reads gives.
func (f *raw) got(n int, err error) (int, error) {
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(0, n), f.fail("read", err)
}

func (f *raw) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) && err == nil {
		var some int
		err = again(func() (err error) { some, err = unix.Pread(f.fd, b[n:], off+int64(n)); return err })
		some, err = f.got(some, err)
		n += some
	}
	return n, err
}

func (f *raw) Write(b []byte) (n int, err error) {
	for n < len(b) {
		some := 0
		err := again(func() (err error) { some, err = unix.Write(f.fd, b[n:min(len(b), n+writeMax)]); return err })
		if err == nil && some == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return n, f.fail("write", err)
		}
		n += some
	}
	return n, nil
}

// writeMax is how much is given to the system at once, which takes no more than 2 GiB.
const writeMax = 1 << 30

func (f *raw) Seek(offset int64, whence int) (int64, error) {
	at, err := unix.Seek(f.fd, offset, whence)
	return at, f.fail("seek", err)
}

func (f *raw) Truncate(size int64) error {
	return f.fail("truncate", again(func() error { return unix.Ftruncate(f.fd, size) }))
}

func (f *raw) Sync() error {
	return f.fail("sync", again(func() error { return unix.Fsync(f.fd) }))
}

// WriteBack starts writing without waiting, so that the syncs that follow find the octets written. What goes wrong shows at
// the sync.
func (f *raw) WriteBack() { _ = unix.SyncFileRange(f.fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE) }

func (f *raw) SetTime(t time.Time) error { return setTimeOf(f.fd, t) }

func (f *raw) Close() error {
	fd := f.fd
	f.fd = -1 // a number that was closed may be another file's
	return f.fail("close", unix.Close(fd))
}

func (f *raw) Stat() (fs.FileInfo, error) {
	var status unix.Stat_t
	if err := again(func() error { return unix.Fstat(f.fd, &status) }); err != nil {
		return nil, f.fail("stat", err)
	}
	return &rawInfo{f.name, status.Size, time.Unix(status.Mtim.Unix()), permissions(status.Mode)}, nil
}

// permissions is the mode of what is a regular file, or at least no directory and no link.
func permissions(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	if mode&unix.S_IFMT != unix.S_IFREG {
		m |= fs.ModeIrregular
	}
	return m
}

// rawInfo tells of a file as it was when it was asked.
type rawInfo struct {
	name    string
	size    int64
	changed time.Time
	mode    fs.FileMode
}

func (i *rawInfo) Name() string       { return path.Base(i.name) }
func (i *rawInfo) Size() int64        { return i.size }
func (i *rawInfo) Mode() fs.FileMode  { return i.mode }
func (i *rawInfo) ModTime() time.Time { return i.changed }
func (i *rawInfo) IsDir() bool        { return false }
func (i *rawInfo) Sys() any           { return nil }

// writeBack is raw.WriteBack.
func writeBack(f *os.File) {
	_ = onFD(f, func(fd int) error { return unix.SyncFileRange(fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE) })
}

// setTime sets when an open file was changed.
func setTime(f *os.File, t time.Time) error {
	return onFD(f, func(fd int) error { return setTimeOf(fd, t) })
}

// setTimeOf is setTime. Linux knows how from 5.8 on.
func setTimeOf(fd int, t time.Time) error {
	at, err := unix.TimeToTimespec(t)
	if err != nil {
		return err
	}
	times := [2]unix.Timespec{{Nsec: unix.UTIME_OMIT}, at}
	err = again(func() error { return unix.UtimesNanoAt(fd, "", times[:], unix.AT_EMPTY_PATH) })
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		return errors.ErrUnsupported
	}
	return err
}

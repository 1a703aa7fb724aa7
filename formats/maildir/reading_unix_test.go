//go:build unix

package maildir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReading: an open directory gives the same files, octets and refusals as the way from the top.
func TestReading(t *testing.T) {
	root := t.TempDir()
	plant(t, root, "secret", []byte("secret\n"))
	plant(t, root, "cur/1.host", []byte("0123456789"))
	plant(t, root, "cur/2.empty", []byte(""))
	plant(t, root, "cur/3.dir/x", nil)
	if err := os.Symlink("../secret", filepath.Join(root, "cur/4.link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(root, "cur/5.fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	folder := NewFolder(d, "INBOX", ".")
	r := folder.Reading()
	defer r.Close()
	for _, c := range []struct {
		name, octets string
		err          error
	}{
		{"1.host", "0123456789", nil},
		{"2.empty", "", nil},
		{"3.dir", "", ErrNoFile},
		{"4.link", "", ErrNoFile},
		{"5.fifo", "", ErrNoFile},
		{"6.absent", "", fs.ErrNotExist},
	} {
		f, err := r.Open(Entry{"cur", c.name})
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if err != nil {
			continue
		}
		checkFile(t, f, filepath.Join(root, "cur", c.name), c.octets)
	}
	if f, err := r.Open(Entry{"cur", "../secret"}); err == nil {
		f.Close()
		t.Error("a name led out of the directory")
	}
}

// checkFile reads f in every way that it can be read.
func checkFile(t *testing.T, f File, name, octets string) {
	t.Helper()
	want, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Stat()
	if err != nil || got.Size() != want.Size() || got.Mode() != want.Mode() || !got.ModTime().Equal(want.ModTime()) || got.Name() != want.Name() || got.IsDir() {
		t.Errorf("%s: Stat is %v (%v), not %v", name, got, err, want)
	}
	if whole, err := io.ReadAll(f); string(whole) != octets || err != nil {
		t.Errorf("%s: read %q (%v)", name, whole, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if whole, err := io.ReadAll(f); string(whole) != octets || err != nil {
		t.Errorf("%s: read %q again (%v)", name, whole, err)
	}
	if end, err := io.ReadAll(io.NewSectionReader(f, 3, 100)); string(end) != octets[min(3, len(octets)):] || err != nil {
		t.Errorf("%s: read %q from 3 on (%v)", name, end, err)
	}
	if _, err := f.Write([]byte("x")); err == nil {
		t.Errorf("%s: was written to", name)
	}
	if err := f.Close(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if _, err := f.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("%s: read after it was closed: %v", name, err)
	}
}
